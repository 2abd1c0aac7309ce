//! What is said once about a run: how much was read, and what cannot be known from it.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{Cni, Complete, Dialect, GapReason, Version};
use ringfence_diagnostics::{Counts, Finding, Place as Line, Summary, Unknown};
use ringfence_manifest::{Obscured, Place, Why};
use ringfence_sources::{kustomize, roots};
use ringfence_text::Files;
use smol_str::SmolStr;

use crate::Config;
use crate::findings::are_several;
use crate::library::Library;
use crate::plan::Plan;
use crate::run::Worlds;

/// Things that leave something open: by place, or by name where they have none.
type Things = BTreeSet<(Option<Place>, SmolStr)>;

/// The summary of a run. `files` holds the files of `library` in the same order.
pub(crate) fn summary(
    library: &Library,
    plan: &Plan,
    worlds: &Worlds,
    findings: &[Finding],
    files: &Files,
    config: &Config,
) -> Summary {
    let units = || library.files.iter().flat_map(|file| &file.units);
    Summary {
        files: library.files.len(),
        documents: library.files.iter().map(|file| file.documents).sum(),
        objects: units().map(|unit| unit.objects.len()).sum(),
        worlds: names(worlds),
        findings: Counts::of(findings),
        unknown: unknown(library, plan, worlds, files),
        notes: notes(worlds, findings, config),
    }
}

/// The worlds by name, where there are several.
fn names(worlds: &Worlds) -> Vec<String> {
    let reached = worlds.iter().filter(|(_, world)| are_several(worlds) && !world.unreached);
    reached.map(|(name, _)| name.clone()).collect()
}

fn unknown(library: &Library, plan: &Plan, worlds: &Worlds, files: &Files) -> Vec<Unknown> {
    let mut reasons: BTreeMap<&'static str, Things> = BTreeMap::new();
    let mut add = |reason, place, name| reasons.entry(reason).or_default().insert((place, name));
    for file in &library.files {
        for obscured in file.units.iter().flat_map(|unit| &unit.obscured) {
            add(obscured_reason(obscured), Some(obscured_place(obscured)), SmolStr::default());
        }
        for place in &file.skipped {
            add("pieces of Markdown show no object that is known", Some(*place), SmolStr::default());
        }
    }
    for note in plan.notes() {
        if let Some(reason) = open_reason(&note.what) {
            add(reason, Some(note.place), SmolStr::default());
        }
    }
    for (reason, place, name) in worlds.values().flat_map(|world| &world.gaps) {
        if let Some(reason) = gap_reason(*reason) {
            add(reason, *place, name.clone());
        }
    }
    let mut unknown: Vec<Unknown> = reasons
        .into_iter()
        .map(|(reason, things)| Unknown {
            reason: reason.to_owned(),
            count: things.len(),
            example: things.iter().find_map(|(place, _)| line(library, files, (*place)?)),
        })
        .collect();
    unknown.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)));
    unknown
}

fn obscured_reason(obscured: &Obscured) -> &'static str {
    match obscured.why {
        Why::Template(_) => "templates are not rendered: what they make is unknown",
        Why::Encrypted => "encrypted documents are not read",
        Why::Broken | Why::NotJson(_) | Why::TooManyAliases(_) => "documents cannot be read: what they hold is unknown",
    }
}

/// What a build leaves open. Documents that cannot be read are counted as such already, and what is refused is a finding.
fn open_reason(what: &roots::What) -> Option<&'static str> {
    use kustomize::What as Kustomize;
    use roots::What as Root;
    Some(match what {
        Root::Build(Kustomize::Remote { .. }) => "bases on the net are not fetched: what they hold is unknown",
        Root::Build(Kustomize::Unseen { .. }) => {
            "kustomizations name files that were not given: what they hold is unknown"
        }
        Root::Build(Kustomize::NoInput { .. }) => "generators read files that are not here: what they hold is unknown",
        Root::Build(Kustomize::Helm) | Root::Helm => "charts are not rendered: what they hold is unknown",
        Root::Build(Kustomize::NotBuilt { .. } | Kustomize::Plugin { .. }) | Root::NotBuilt { .. } => {
            "some fields are not followed in builds: what they change is unknown"
        }
        Root::OtherRepository { .. } => "roots are built from other repositories: what they hold is unknown",
        Root::NotFilledIn { .. } | Root::Generator { .. } => "what some generators and templates make is unknown",
        Root::Suspended => "roots are suspended: the cluster may hold something older",
        Root::NoVariables { .. } => "variables are set outside of these files: their values are unknown",
        _ => return None,
    })
}

/// Where to look: the braces of a template, else the whole document.
fn obscured_place(obscured: &Obscured) -> Place {
    match obscured.why {
        Why::Template(at) | Why::NotJson(at) | Why::TooManyAliases(at) => at,
        Why::Broken | Why::Encrypted => obscured.place,
    }
}

/// What leaves the pods of a namespace open. Documents that cannot be read are counted as such already.
const fn gap_reason(reason: GapReason) -> Option<&'static str> {
    Some(match reason {
        GapReason::NoWorkload => "namespaces without a workload among the files: their pods are unknown",
        GapReason::HelmRelease => "Helm releases are not rendered: their pods are unknown",
        GapReason::ArgoApplication => "Argo CD applications are not rendered: their pods are unknown",
        GapReason::RootsAlone => "roots are given without the repository around them: others may bring more",
        GapReason::CustomResource => "custom resources may make pods: these are unknown",
        GapReason::Placeholder => "placeholders such as `${VAR}` are not filled in: what they stand for is unknown",
        // A build says itself what it could not build.
        GapReason::Kustomization
        | GapReason::Template
        | GapReason::Unreadable
        | GapReason::Fragment
        | GapReason::Unreached => return None,
    })
}

fn line(library: &Library, files: &Files, place: Place) -> Option<Line> {
    let at = library.documents.binary_search_by_key(&place.file, |document| document.file).ok()?;
    let (_, file) = files.iter().nth(at)?;
    Some(Line { path: file.path().to_owned(), line: file.position(place.used_at().start).line })
}

fn notes(worlds: &Worlds, findings: &[Finding], config: &Config) -> Vec<String> {
    let mut notes = Vec::new();
    // Guessed as upstream there is nothing to say: a NetworkPolicy means the same to both, but for its edges.
    let guessed = |dialect: &Dialect| dialect.guessed && dialect.cni == Cni::Cilium;
    if worlds.values().filter_map(|world| world.dialect).any(|dialect| guessed(&dialect)) {
        let Version { major, minor, .. } = config.knobs.version;
        // Only a cluster tells what it looks like before its objects are looked at.
        let because = match config.knobs.guess {
            Some(_) => "the cluster serves Cilium policies",
            None => "Cilium policies are among the files",
        };
        notes.push(format!(
            "verdicts are those of Cilium {major}.{minor}, because {because}; to settle it, set `cni` in `ringfence.yaml`"
        ));
    }
    let about_dns = findings.iter().any(|finding| finding.rule.split('-').any(|word| word == "dns"));
    if about_dns && worlds.values().any(|world| world.dns_stand_in) {
        let seen = if config.knobs.complete == Complete::REPOSITORY { "is among the files" } else { "could be read" };
        notes.push(format!("DNS is taken to be `k8s-app: kube-dns` in `kube-system`, because no DNS pod {seen}"));
    }
    notes
}
