//! Flux Kustomizations that wait for each other.

use ringfence_manifest::Place;
use ringfence_sources::roots::{Id, Root};

use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports Flux Kustomizations whose `dependsOn` lead back to themselves.
    ///
    /// ## Why it matters
    /// Each waits until the next one is ready, so none of them is ever applied, nor is what waits for them. Flux says
    /// `dependency not ready` of each, which looks like a slow start; the policies in them never arrive.
    ///
    /// ## Example
    /// ```yaml bad
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: apps, namespace: flux-system}
    /// spec:
    ///   path: ./apps
    ///   dependsOn: [{name: policies}]
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: policies, namespace: flux-system}
    /// spec:
    ///   path: ./policies
    ///   dependsOn: [{name: apps}]
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: apps/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// # file: policies/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: bank}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// # file: clusters/prod/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: apps, namespace: flux-system}
    /// spec:
    ///   path: ./apps
    ///   dependsOn: [{name: policies}]
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: policies, namespace: flux-system}
    /// spec:
    ///   path: ./policies
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: apps/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// # file: policies/namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: bank}
    /// ```
    ///
    /// ## References
    /// [Flux: Kustomization dependencies](https://fluxcd.io/flux/components/kustomize/kustomizations/#dependencies)
    pub static DEPENDS_ON_CYCLE = "depends-on-cycle" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(builds: &Builds<'_>, cx: &mut Cx<'_>) {
    for cycle in builds.roots.iter().flat_map(|roots| &roots.cycles) {
        report(cycle, builds, cx);
    }
}

fn report(cycle: &[usize], builds: &Builds<'_>, cx: &mut Cx<'_>) {
    let roots = builds.roots();
    let ring: Vec<&Root> = cycle.iter().filter_map(|&at| roots.get(at)).collect();
    let waits = |root: &Root, others: &[&Root]| -> Vec<(Place, String)> {
        let inside = |id: &Id| others.iter().any(|other| other.cluster == root.cluster && other.id == *id);
        let own = root.id.name.clone();
        let lines = root.depends_on.iter().filter(|(_, id)| inside(id));
        lines.map(|(place, id)| (*place, waits_for(&own, &id.name))).collect()
    };
    let mut lines = ring.iter().flat_map(|root| waits(root, &ring));
    let Some((first, text)) = lines.next() else { return };
    let names: Vec<&str> = ring.iter().map(|root| root.id.name.as_str()).collect();
    let message = match names[..] {
        [one] => format!("`{one}` waits for itself: it is never applied"),
        _ => format!("{} wait for each other: none of them is ever applied", wording::few(&names)),
    };
    let policies = cycle.iter().filter_map(|&at| builds.objects.get(at)).flat_map(|objects| objects.iter());
    let policies = policies.filter(|object| object.kind.is_policy()).count();
    let others = roots.iter().enumerate().filter(|(at, root)| !cycle.contains(at) && !waits(root, &ring).is_empty());
    let others: Vec<&str> = others.map(|(_, root)| root.id.name.as_str()).collect();
    let mut draft = cx.report(first, message).here(text);
    for (place, text) in lines {
        draft = draft.label(place, text);
    }
    if policies > 0 {
        let which = if names.len() == 1 { "it" } else { "them" };
        let what = wording::count(policies, "policy never arrives", "policies never arrive");
        draft = draft.note(format!("with {which} {what}"));
    }
    if !others.is_empty() {
        let does =
            if others.len() == 1 { "waits for this ring and never comes" } else { "wait for this ring and never come" };
        draft = draft.note(format!("{} {does} either", wording::few(&others)));
    }
    let one = if names.len() == 1 { "take the line away" } else { "take one of these lines away" };
    draft.help(format!("{one}: what the others need must wait for nothing of theirs"));
}

fn waits_for(own: &str, other: &str) -> String {
    if own == other { "waits for itself".to_owned() } else { format!("`{own}` waits for `{other}`") }
}
