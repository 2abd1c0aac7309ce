//! Judging the worlds: each built and looked at by every rule, unless nothing in it has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use ringfence_cluster::blueprint::Blueprint;
use ringfence_cluster::{Cni, Dialect, GapReason, Knobs, NamespaceId, World};
use ringfence_diagnostics::Finding;
use ringfence_engine::Engine;
use ringfence_manifest::Place;
use ringfence_rules::{Builds, Entry, Options, RULES, Scene};
use ringfence_text::FileId;
use smol_str::SmolStr;

use crate::Config;
use crate::draft::{Draft, Piece, drafts, rename_equals, unreached_drafts};
use crate::library::Library;
use crate::plan::Plan;
use crate::suppose::Supposition;
use crate::{local, parallel, provenance};

/// What is known of a world.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// What it was made of.
    signature: Vec<u64>,
    /// The versions of the units that it holds as they stand in their files.
    pub(crate) units: Vec<u64>,
    /// The files that something is built from in it.
    pub(crate) read: BTreeSet<FileId>,
    /// Whether no root reaches its files.
    pub(crate) unreached: bool,
    /// Whose meaning its verdicts have.
    cni: Cni,
    /// What the rules found. Files have the numbers of the [`Library`].
    pub(crate) findings: Vec<Finding>,
    /// Why pods may be unseen, each thing once; with the namespace where the reason has no place.
    pub(crate) gaps: BTreeSet<(GapReason, Option<Place>, SmolStr)>,
    /// Whose verdicts these are, if there is any policy at all.
    pub(crate) dialect: Option<Dialect>,
    /// Whether answers may rest on the stand-in for cluster DNS.
    pub(crate) dns_stand_in: bool,
}

/// The worlds that were judged, by name.
pub(crate) type Worlds = BTreeMap<String, Judged>;

/// Judges every world; of `known` those are kept whose parts are the same. `progress` is called with how many worlds there
/// are, after each one.
pub(crate) fn judge(
    library: &mut Library,
    plan: &Plan,
    config: &Config,
    mut known: Worlds,
    progress: &mut dyn FnMut(usize),
) -> Worlds {
    let knobs = knobs(library, config);
    let rules = selected(config);
    local::examine(library, &config.options, &rules);
    let mut drafts = drafts(library, plan, config, &Supposition::default());
    drafts.extend(unreached_drafts(library, plan, config, &Supposition::default()));
    rename_equals(&mut drafts);
    let (count, mut judged, mut open) = (drafts.len(), Worlds::new(), Vec::new());
    for draft in drafts {
        let signature = draft.signature();
        match known.remove(&draft.name).filter(|old| old.signature == signature && Some(old.cni) == cni(&knobs)) {
            Some(old) => {
                judged.insert(draft.name, old);
                progress(count);
            }
            None => open.push((draft, signature)),
        }
    }
    // Many worlds side by side, or the rules of the only one.
    let side_by_side = open.len() == 1;
    let builds = plan.builds(library);
    let bench =
        Bench { library, knobs: &knobs, options: &config.options, rules: &rules, side_by_side, builds: &builds };
    let judge = |(draft, signature): (Draft<'_>, Vec<u64>)| {
        let world = draft.judge(&bench, signature);
        (draft.name, world)
    };
    judged.extend(parallel::map(open, 1, judge, || progress(count)));
    judged
}

pub(crate) fn selected(config: &Config) -> Vec<&'static Entry> {
    let selected = config.selection.rules();
    RULES.iter().filter(|entry| selected.contains(entry.rule.name)).collect()
}

/// What all worlds are judged by.
struct Bench<'l> {
    library: &'l Library,
    knobs: &'l Knobs,
    options: &'l Options,
    rules: &'l [&'static Entry],
    /// Whether rules may run on threads of their own.
    side_by_side: bool,
    builds: &'l Builds<'l>,
}

impl Bench<'_> {
    /// What rules about the world or its policies find, in the order of the rules.
    fn findings(&self, scene: Scene<'_>) -> Vec<Finding> {
        let run = |entry: &'static Entry| {
            let mut findings = Vec::new();
            entry.run(scene, std::iter::empty(), std::iter::empty(), &mut findings);
            findings
        };
        let rules: Vec<&'static Entry> = self.rules.iter().copied().filter(|entry| entry.check.is_of_world()).collect();
        let at_once = if self.side_by_side && scene.world.policies.len() > FEW { 1 } else { rules.len().max(1) };
        parallel::map(rules, at_once, run, || {}).concat()
    }
}

/// Rules about no more policies than this are done before a thread has started.
const FEW: usize = 100;

/// The worlds without any judgement, by name: for questions.
///
/// What no root reaches is only among them where there is nothing else.
pub(crate) fn build(
    library: &Library,
    plan: &Plan,
    config: &Config,
    supposition: &Supposition,
) -> Vec<(String, World)> {
    let knobs = knobs(library, config);
    let build = |draft: Draft<'_>| {
        let world = World::build(&draft.input(), &knobs);
        (draft.name, supposition.label(world))
    };
    let mut drafts = drafts(library, plan, config, supposition);
    if drafts.is_empty() {
        drafts = unreached_drafts(library, plan, config, supposition);
    }
    rename_equals(&mut drafts);
    drafts.into_iter().map(build).collect()
}

/// The knobs that all worlds share, whose dialect is guessed from the files of all of them.
pub(crate) fn knobs(library: &Library, config: &Config) -> Knobs {
    let guess = config.knobs.guess.unwrap_or_else(|| guess(library));
    Knobs { guess: Some(guess), ..config.knobs.clone() }
}

/// What the files look like.
pub(crate) fn guess(library: &Library) -> Cni {
    let units = library.files.iter().flat_map(|file| &file.units);
    Cni::guess(units.flat_map(|unit| &unit.objects).map(|object| &**object))
}

fn cni(knobs: &Knobs) -> Option<Cni> {
    knobs.cni.or(knobs.guess)
}
impl Draft<'_> {
    fn judge(&self, bench: &Bench<'_>, signature: Vec<u64>) -> Judged {
        let world = World::build(&self.input(), bench.knobs);
        let engine = Engine::new(&world);
        let (documents, options) = (&bench.library.documents, bench.options);
        let blueprint = Blueprint::of(&world, &options.labels);
        let (coverage, told) = (OnceLock::new(), OnceLock::new());
        let mut findings = bench.findings(Scene {
            world: &world,
            engine: &engine,
            documents,
            options,
            blueprint: &blueprint,
            coverage: &coverage,
            told: &told,
            builds: bench.builds,
        });
        findings.extend(self.pieces.iter().filter(|piece| piece.fresh).flat_map(Piece::local).cloned());
        findings.extend(local::of_objects(self.built().map(|object| &**object), documents, options, bench.rules));
        provenance::show(&mut findings, documents, self.built().map(|object| &**object));
        Judged {
            signature,
            units: self.pieces.iter().map(|piece| piece.unit.version).collect(),
            read: self.made.iter().flat_map(|(made, _)| made.read.iter().copied()).collect(),
            unreached: self.unreached,
            cni: world.dialect.cni,
            findings,
            gaps: gaps(&world),
            dialect: (!world.policies.is_empty()).then_some(world.dialect),
            dns_stand_in: world.identities.iter().any(|identity| identity.dns_stand_in),
        }
    }
}

/// The gaps of the namespaces that somebody wrote about. `kube-public` exists everywhere, and nobody wants to hear of it.
fn gaps(world: &World) -> BTreeSet<(GapReason, Option<Place>, SmolStr)> {
    let with_policies: BTreeSet<NamespaceId> = world.policies.iter().filter_map(|policy| policy.namespace).collect();
    let concerned = world
        .namespace_ids()
        .filter(|(id, namespace)| namespace.object.is_some() || namespace.has_workload || with_policies.contains(id));
    let gaps = concerned.flat_map(|(id, namespace)| {
        let name = SmolStr::new(world.namespace_name(id).unwrap_or_default());
        namespace.gaps.iter().map(move |gap| (gap, name.clone()))
    });
    gaps.map(|(gap, name)| (gap.reason, gap.place, if gap.place.is_some() { SmolStr::default() } else { name }))
        .collect()
}
