//! A policy that no root brings to a cluster.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_sources::plain;
use ringfence_sources::roots::{Standalone, Tool};
use ringfence_text::{Edit, FileId};
use ringfence_yaml::{Node, edit};

use crate::prelude::*;
use crate::unseen_builds::Unseen;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports policies in files that nothing brings to a cluster: the repository says what Flux or Argo CD build, and
    /// these files are in none of it. Silent where a root may bring them after all: one whose path is filled in elsewhere,
    /// that cannot be built, or that reads another repository with such a path. Files of charts are left alone.
    ///
    /// ## Why it matters
    /// Such a policy was reviewed and merged, and protects nothing. Usually one line is missing in the `resources` of a
    /// `kustomization.yaml`.
    ///
    /// Files that a pipeline or somebody applies by hand look the same; that is why most findings are of medium confidence.
    ///
    /// ## Example
    /// ```yaml bad
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: apps, namespace: flux-system}
    /// spec:
    ///   path: ./apps
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: apps/kustomization.yaml
    /// resources:
    ///   - namespace.yaml
    /// # file: apps/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// # file: apps/policy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: shut, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: apps, namespace: flux-system}
    /// spec:
    ///   path: ./apps
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: apps/kustomization.yaml
    /// resources:
    ///   - namespace.yaml
    ///   - policy.yaml
    /// # file: apps/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// # file: apps/policy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: shut, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/>
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#generating-a-kustomizationyaml-file>
    pub static POLICY_NEVER_APPLIED = "policy-never-applied" {
        group: Correctness, severity: Warning, confidence: Medium, fix: Suggestion, since: "0.1.0"
    }
}

/// The names of a kustomization.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What roots are built from.
struct Reached<'a> {
    /// The paths of all files of the run.
    all: BTreeSet<String>,
    files: BTreeSet<FileId>,
    folders: BTreeSet<String>,
    /// The kustomizations among them, by folder.
    kustomizations: BTreeMap<String, &'a Document>,
}

/// Policies that one line would bring.
struct Group<'a> {
    /// The outermost folder that nothing is built from; `None` where the file lies among others that are built.
    folder: Option<String>,
    policies: Vec<(String, &'a Object)>,
}

pub(crate) fn check(builds: &Builds<'_>, cx: &mut Cx<'_>) {
    let policies: Vec<&Object> = builds.unreached.iter().copied().filter(|object| object.kind.is_policy()).collect();
    if policies.is_empty() {
        return;
    }
    let reached = Reached::of(builds, cx);
    let unseen = Unseen::of(builds, cx);
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for policy in policies {
        let Some(document) = cx.document(policy.place.file) else { continue };
        let path = plain(&document.path);
        // A base that one overlay brings may be in another overlay too, which nobody uses.
        let is_new = seen.insert(policy.place);
        if !is_new || reached.files.contains(&policy.place.file) || unseen.covers(&path) || reached.is_of_chart(&path) {
            continue;
        }
        let folder = reached.outermost(&path);
        let group = groups.entry(folder.clone().unwrap_or_else(|| path.clone()));
        group.or_insert_with(|| Group { folder, policies: Vec::new() }).policies.push((path, policy));
    }
    for (_, mut group) in groups {
        group.policies.sort_by_key(|(_, policy)| policy.place);
        report(&group, &reached, builds, cx);
    }
}

/// The folders around a path, the innermost first, without the top.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(folder, _)| folder.rsplit_once('/')).map(|(folder, _)| folder)
}

impl<'a> Reached<'a> {
    fn of(builds: &Builds<'_>, cx: &Cx<'a>) -> Self {
        let begins = builds.roots.iter().flat_map(|roots| &roots.begins).map(|(_, file)| *file);
        let read = builds.roots().iter().flat_map(|root| root.build.read.iter().copied());
        let files: BTreeSet<FileId> = read.chain(begins).collect();
        let (mut folders, mut kustomizations) = (BTreeSet::new(), BTreeMap::new());
        for document in files.iter().filter_map(|file| cx.document(*file)) {
            let path = plain(&document.path);
            folders.extend(above(&path).map(str::to_owned));
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if KUSTOMIZATIONS.contains(&name) {
                kustomizations.insert(folder.to_owned(), document);
            }
        }
        let all = cx.documents().iter().map(|document| plain(&document.path)).collect();
        Self { all, files, folders, kustomizations }
    }

    /// Whether a folder has one of these files.
    fn has(&self, folder: &str, names: &[&str]) -> bool {
        names.iter().any(|name| self.all.contains(&format!("{folder}/{name}")))
    }

    /// Whether a file belongs to a chart, which a release may install.
    fn is_of_chart(&self, path: &str) -> bool {
        above(path).any(|folder| self.has(folder, &["Chart.yaml"]))
    }

    /// The outermost folder around a path of which nothing is built.
    fn outermost(&self, path: &str) -> Option<String> {
        let unreached = above(path).take_while(|folder| !self.folders.contains(*folder));
        unreached.last().map(str::to_owned)
    }

    /// The nearest kustomization that is built, in the folder of a path or above it, with that folder.
    fn kustomization(&self, path: &str) -> Option<(&str, &'a Document)> {
        let mut around = above(path).chain([""]);
        around.find_map(|folder| {
            let (folder, document) = self.kustomizations.get_key_value(folder)?;
            Some((folder.as_str(), *document))
        })
    }
}

fn report(group: &Group<'_>, reached: &Reached<'_>, builds: &Builds<'_>, cx: &mut Cx<'_>) {
    let Some((path, first)) = group.policies.first() else { return };
    let nearest = reached.kustomization(path).filter(|(_, document)| list(document).is_some());
    let in_same_folder = nearest.is_some_and(|(folder, _)| above(path).next().unwrap_or("") == folder);
    let lines = nearest.map(|(folder, _)| lines(group, folder, reached)).unwrap_or_default();
    let left_out = nearest.is_some_and(|(_, document)| is_in_comment(document, &lines));
    let list = nearest.and_then(|(_, document)| list(document));
    let component = component(first.place.file, builds);
    // A component is listed under another key.
    let edits = list.filter(|_| component.is_none()).and_then(|list| adding(list, &lines, cx));
    let mut draft = cx.report(first.name_place(), message(group, builds)).about(first).here("in no build");
    for (_, other) in group.policies.iter().skip(1).take(SHOWN) {
        draft = draft.label(other.name_place(), "nor is this one");
    }
    if let Some(place) = list {
        draft = draft.label(place, format!("{} not listed here", not_listed(&lines)));
    }
    if let Some(one) = component {
        draft = draft.note(format!("`{}` is a component: only what lists it under `components` brings it", one.folder));
    }
    if left_out {
        draft = draft.note("a comment there names it: it may be left out on purpose");
    }
    let what = if group.folder.is_some() { "the folder" } else { "the file" };
    let confidence = match () {
        () if left_out || component.is_some() => Confidence::Low,
        () if in_same_folder => Confidence::High,
        () => Confidence::Medium,
    };
    draft
        .confidence(confidence)
        .help(format!(
            "list {what} where it belongs, or delete it; where something else applies it, suppress this finding"
        ))
        .fix(
            Applicability::Suggestion,
            format!("add {} to `resources`", wording::all(lines.iter().map(String::as_str))),
            edits,
        );
}

/// How many more policies of a folder are shown.
const SHOWN: usize = 3;

fn message(group: &Group<'_>, builds: &Builds<'_>) -> String {
    let (path, first) = &group.policies[0];
    let tools = tools(builds);
    match (&group.folder, group.policies.len()) {
        (Some(folder), 1) => {
            format!("{} is never applied: nothing that {tools} leads into `{folder}`", wording::title(first))
        }
        (Some(folder), count) => {
            format!("{count} policies are never applied: nothing that {tools} leads into `{folder}`")
        }
        (None, 1) => format!("{} is never applied: nothing that {tools} names `{path}`", wording::title(first)),
        (None, count) => format!("{count} policies are never applied: nothing that {tools} names `{path}`"),
    }
}

/// Whose builds are known: "Flux builds".
fn tools(builds: &Builds<'_>) -> &'static str {
    let is_flux = |tool| matches!(tool, Tool::Flux);
    let is_argo = |tool| matches!(tool, Tool::Application | Tool::ApplicationSet);
    let any = |is: fn(Tool) -> bool| builds.roots().iter().any(|root| is(root.tool));
    match (any(is_flux), any(is_argo)) {
        (true, true) => "Flux or Argo CD builds",
        (true, false) => "Flux builds",
        (false, true) => "Argo CD builds",
        (false, false) => "the configured roots build",
    }
}

/// The component that a file is of, where nothing uses it.
fn component<'a>(file: FileId, builds: &Builds<'a>) -> Option<&'a Standalone> {
    builds.standalone.iter().find(|one| one.component && one.build.read.contains(&file))
}

/// What has to be listed in a kustomization: a folder that has one of its own, else each file.
fn lines(group: &Group<'_>, folder: &str, reached: &Reached<'_>) -> Vec<String> {
    let inside = |path: &str| path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/').to_owned();
    let own = |path: &str| {
        let around = above(path).take_while(|outer| outer.len() > folder.len());
        around.filter(|outer| reached.has(outer, &KUSTOMIZATIONS)).last().map(str::to_owned)
    };
    let mut lines: Vec<String> =
        group.policies.iter().map(|(path, _)| inside(&own(path).unwrap_or_else(|| path.clone()))).collect();
    lines.dedup();
    lines
}

fn not_listed(lines: &[String]) -> String {
    let verb = if lines.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", wording::few(&lines.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// The list of a kustomization that names files.
fn list(document: &Document) -> Option<Place> {
    let part = document.parts.first()?;
    let list = resources(part.tree.document(0)?.root()?)?;
    Some(Place::new(document.file, list.span().shifted(part.base)))
}

fn resources(root: Node<'_>) -> Option<Node<'_>> {
    Some(root.get("resources")?.value)
}

/// Whether a comment of a kustomization names what is not listed.
fn is_in_comment(document: &Document, lines: &[String]) -> bool {
    let trees = document.parts.iter().map(|part| &part.tree);
    let mut comments = trees.flat_map(|tree| tree.comments().iter().map(|comment| comment.span.slice(tree.text())));
    comments.any(|comment| lines.iter().any(|line| comment.contains(line.as_str())))
}

fn adding(list: Place, lines: &[String], cx: &Cx<'_>) -> Option<(FileId, Vec<Edit>)> {
    let add = |node: Node<'_>| match lines {
        [one] => edit::append_item(node, one),
        _ if node.flow() => edit::append_item(node, &lines.join(", ")),
        // All are put at one place: they become one insertion.
        _ => {
            let edits: Option<Vec<Edit>> = lines.iter().map(|line| edit::append_item(node, line)?.pop()).collect();
            let whole = edits?.into_iter().reduce(|one, next| Edit { span: one.span, text: one.text + &next.text })?;
            Some(vec![whole])
        }
    };
    cx.edit(list, add)
}
