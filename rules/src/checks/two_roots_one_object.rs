//! One object that two roots bring to a cluster.

use std::collections::BTreeMap;

use ringfence_manifest::Body;
use ringfence_sources::roots::{Root, Tool, What};

use crate::builds::place_of;
use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports policies and workloads that two Flux Kustomizations, or two Argo CD Applications, bring to one cluster:
    /// same kind, namespace and name. Roots that begin in different files are taken to go to one cluster where these lie
    /// below `clusters/`.
    ///
    /// ## Why it matters
    /// Each tool sets the object back to its own version whenever it looks: what the cluster holds changes every few
    /// minutes. When one of the two stops bringing it, pruning deletes the object that the other one still wants, and
    /// pods are open, or cut off, until the next round.
    ///
    /// ## Example
    /// ```yaml bad
    /// # file: clusters/prod/roots.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: baseline, namespace: flux-system}
    /// spec:
    ///   path: ./baseline
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: shop, namespace: flux-system}
    /// spec:
    ///   path: ./shop
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: baseline/policy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: shut, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// # file: shop/policy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: shut, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress: [{from: [{podSelector: {}}]}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// # file: clusters/prod/roots.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: baseline, namespace: flux-system}
    /// spec:
    ///   path: ./baseline
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// ---
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: shop, namespace: flux-system}
    /// spec:
    ///   path: ./shop
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// # file: baseline/policy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: shut, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// # file: shop/policy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: within, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress: [{from: [{podSelector: {}}]}]
    /// ```
    ///
    /// ## References
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#prune>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#fail-the-sync-if-a-shared-resource-is-found>
    pub static TWO_ROOTS_ONE_OBJECT = "two-roots-one-object" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

/// Cluster, kind, group, namespace, name.
type Name<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, &'a str);
/// What two roots both bring: as the one has it, and as the other.
type Shared<'a> = Vec<(&'a Object, &'a Object)>;

pub(crate) fn check(builds: &Builds<'_>, cx: &mut Cx<'_>) {
    let mut owners: BTreeMap<Name<'_>, (usize, &Object)> = BTreeMap::new();
    let mut pairs: BTreeMap<(usize, usize), Shared<'_>> = BTreeMap::new();
    for (at, (root, objects)) in builds.roots().iter().zip(&builds.objects).enumerate() {
        if !is_applied(root) {
            continue;
        }
        for object in objects.iter().map(|object| &**object) {
            let Some(name) = name(root, object) else { continue };
            match owners.get(&name) {
                Some(&(other, first)) if other != at => pairs.entry((other, at)).or_default().push((first, object)),
                Some(_) => {}
                None => drop(owners.insert(name, (at, object))),
            }
        }
    }
    for ((one, other), shared) in pairs {
        let roots = [one, other].map(|at| &builds.roots()[at]);
        if are_of_one_cluster(roots, builds, cx) {
            report(roots, &shared, cx);
        }
    }
}

/// Whether two roots surely go to one cluster: one file begins it, or its folder says so. Others may be variants, of which
/// somebody applies one here and one there.
fn are_of_one_cluster(roots: [&Root; 2], builds: &Builds<'_>, cx: &Cx<'_>) -> bool {
    let files = roots.map(|root| builds.start_of(root).object.place.file);
    let in_cluster = |file| {
        let path = cx.document(file).map_or("", |document| &document.path);
        path.split('/').any(|step| matches!(step, "clusters" | "cluster"))
    };
    files[0] == files[1] || files.into_iter().all(in_cluster)
}

/// Whether its tool takes it to the cluster as it is here.
fn is_applied(root: &Root) -> bool {
    !root.build.is_refused() && root.build.notes.iter().all(|note| note.what != What::Suspended)
}

/// What an object is known by in its cluster. `None` where that is not certain, and of what others may share.
fn name<'a>(root: &'a Root, object: &'a Object) -> Option<Name<'a>> {
    let is_meant = object.kind.is_policy() || matches!(object.body, Body::Workload(_));
    let namespace = object.namespace();
    let is_settled = namespace.is_some() || object.kind.cluster_scoped();
    let open = root.cluster.contains(['{', '$']);
    (is_meant && is_settled && !open).then_some(())?;
    Some((&root.cluster, &object.kind_name, object.group(), namespace, object.name()?))
}

fn report(roots: [&Root; 2], shared: &Shared<'_>, cx: &mut Cx<'_>) {
    let Some(&(first, again)) = shared.first() else { return };
    let names = roots.map(|root| format!("{}/{}", root.id.namespace, root.id.name));
    let names = names.each_ref().map(|name| name.trim_start_matches('/'));
    let more = match shared.len() - 1 {
        0 => String::new(),
        1 => " and one more object".to_owned(),
        more => format!(" and {more} more objects"),
    };
    let one_text = shared.iter().all(|(one, other)| one.place == other.place && one.origin == other.origin);
    let effect = if one_text { "" } else { ": each sets back what the other applied" };
    let message = format!("{} both bring {}{more}{effect}", wording::all(names), wording::title(first));
    let mut draft = cx.report(again.name_place(), message).about(again);
    if one_text {
        draft = draft
            .severity(Severity::Warning)
            .here("built into both")
            .label(place_of(roots[0]), format!("`{}` brings it", names[0]))
            .label(place_of(roots[1]), format!("`{}` brings it too", names[1]))
            .note("the text is the same: pods notice once one of the two stops bringing it and prunes it");
    } else {
        draft = draft
            .here(format!("brought by `{}`", names[1]))
            .label(first.name_place(), format!("brought by `{}`", names[0]));
    }
    let tool = if roots.iter().all(|root| root.tool == Tool::Flux) { "Kustomization" } else { "root" };
    draft.help(format!("let one {tool} bring it alone, or give each its own name"));
}
