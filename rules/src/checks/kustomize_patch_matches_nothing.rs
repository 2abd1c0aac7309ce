//! A patch for an object that is not there.

use ringfence_manifest::Transformer;
use ringfence_sources::kustomize::What;

use crate::builds::{Made, lost, of_kustomize};
use crate::near::is_near;
use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports patches of a kustomization, of a Flux Kustomization or of an Argo CD Application that find no object to
    /// change, where all objects of the build are known. Of a component all who use it are asked.
    ///
    /// ## Why it matters
    /// A patch without a `target` makes kustomize refuse the build, and nothing is applied. A patch with a `target` that
    /// selects nothing is left out without a word: the policy goes into the cluster as its base has it, wider or narrower
    /// than the overlay says.
    ///
    /// ## Example
    /// ```yaml bad
    /// # file: kustomization.yaml
    /// resources:
    ///   - policy.yaml
    /// patches:
    ///   - target: {kind: NetworkPolicy, name: frontned}
    ///     patch: |
    ///       - {op: add, path: /metadata/labels, value: {tier: web}}
    /// # file: policy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: frontend, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// # file: kustomization.yaml
    /// resources:
    ///   - policy.yaml
    /// patches:
    ///   - target: {kind: NetworkPolicy, name: frontend}
    ///     patch: |
    ///       - {op: add, path: /metadata/labels, value: {tier: web}}
    /// # file: policy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: frontend, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    /// [kustomize: patches](https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/)
    pub static KUSTOMIZE_PATCH_MATCHES_NOTHING = "kustomize-patch-matches-nothing" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

/// What a patch is for, as far as it says.
#[derive(Default)]
struct Wanted {
    kind: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
}

pub(crate) fn check(builds: &Builds<'_>, cx: &mut Cx<'_>) {
    for (note, by) in builds.notes() {
        match of_kustomize(&note) {
            Some(What::PatchFindsNothing { id }) => {
                let whole: Vec<Made<'_>> = by.into_iter().filter(|made| made.is_whole()).collect();
                if !whole.is_empty() {
                    report_refused(note.place, id, &whole, builds, cx);
                }
            }
            Some(What::SelectsNothing { by: Transformer::Patch }) => {
                let all = by.len() == builds.concerned(note.place).len();
                if all && by.iter().all(|made| made.is_whole()) {
                    report_idle(note.place, &by, builds, cx);
                }
            }
            _ => {}
        }
    }
}

/// A patch that kustomize stops at: who misses the object is refused, whoever else has it.
fn report_refused<'a>(place: Place, id: &str, by: &[Made<'a>], builds: &Builds<'a>, cx: &mut Cx<'_>) {
    let wanted = Wanted::of_id(id);
    let message = format!("kustomize refuses this build: the patch is for {}, which is not there", wanted.title());
    let draft = cx.report(named(place, cx), message).here("finds no object").notes(lost(by, place));
    match near(&wanted, by, builds) {
        Some(object) => draft.label(object.name_place(), meant(&wanted, object)).help("name the object that is there"),
        None => draft.help("name an object of the build, or take the patch away"),
    };
}

/// A patch that does nothing.
fn report_idle<'a>(place: Place, by: &[Made<'a>], builds: &Builds<'a>, cx: &mut Cx<'_>) {
    let wanted = Wanted::of_target(place, cx);
    let message = format!("this patch changes nothing: its `target` selects {}", wanted.absence());
    let draft = cx
        .report(inner(place, &["target"], cx), message)
        .severity(Severity::Warning)
        .here("selects no object")
        .note("kustomize says nothing of it: the objects are applied as they were without the patch");
    match near(&wanted, by, builds) {
        Some(object) => {
            draft.label(object.name_place(), meant(&wanted, object)).help("select the object that is there")
        }
        None => draft.help("select an object of the build, or take the patch away"),
    };
}

/// Where a patch names its object.
fn named(patch: Place, cx: &Cx<'_>) -> Place {
    inner(patch, &["metadata", "name"], cx)
}

/// The value under some keys of the mapping at a place, where that is to be found.
fn inner(place: Place, keys: &[&str], cx: &Cx<'_>) -> Place {
    let node = cx.node(place).and_then(|node| keys.iter().try_fold(node, |node, key| Some(node.get(key)?.value)));
    node.map_or(place, |node| cx.place_of(node, place))
}

/// An object of its kind with a name like the one asked for, or of that very name in another namespace.
fn near<'a>(wanted: &Wanted, by: &[Made<'a>], builds: &Builds<'a>) -> Option<&'a Object> {
    let name = wanted.name.as_deref()?;
    let of_kind = |object: &&Object| wanted.kind.as_deref().is_none_or(|kind| kind == object.kind_name);
    let all = || by.iter().flat_map(|made| builds.objects_of(*made)).map(|object| &**object).filter(of_kind);
    let same = all().find(|object| object.name() == Some(name));
    same.or_else(|| all().find(|object| object.name().is_some_and(|other| is_near(name, other))))
}

fn meant(wanted: &Wanted, object: &Object) -> String {
    let same_name = wanted.name.as_deref() == object.name();
    match object.namespace().filter(|_| same_name) {
        Some(namespace) if wanted.namespace.as_deref() != Some(namespace) => {
            format!("this one is in namespace `{namespace}`")
        }
        _ => format!("perhaps {} is meant", wording::title(object)),
    }
}

impl Wanted {
    /// What a note names: kind, then namespace and name.
    fn of_id(id: &str) -> Self {
        let (kind, rest) = id.split_once(' ').unwrap_or(("", id));
        let (namespace, name) = rest.split_once('/').map_or((None, rest), |(namespace, name)| (Some(namespace), name));
        Self { kind: Some(kind.to_owned()), namespace: namespace.map(str::to_owned), name: Some(name.to_owned()) }
    }

    /// What the `target` of a patch asks for.
    fn of_target(patch: Place, cx: &Cx<'_>) -> Self {
        let target = cx.node(patch).and_then(|node| Some(node.get("target")?.value));
        let text = |key| Some(target?.get(key)?.value.scalar()?.as_str().to_owned());
        Self { kind: text("kind"), namespace: text("namespace"), name: text("name") }
    }

    fn title(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let path = self.namespace.as_ref().map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
        format!("{} `{path}`", self.kind.as_deref().unwrap_or("object")).trim_start().to_owned()
    }

    /// What is not there.
    fn absence(&self) -> String {
        match (&self.kind, &self.name) {
            (_, Some(_)) => format!("{}, which is not there", self.title()),
            (Some(kind), None) => format!("no {kind} that is there"),
            (None, None) => "no object that is there".to_owned(),
        }
    }
}
