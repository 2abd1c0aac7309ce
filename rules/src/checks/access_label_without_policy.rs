//! `access-label-without-policy`.

use std::collections::BTreeMap;

use ringfence_yaml::edit::replace_scalar;

use crate::near::is_near;
use crate::prelude::*;
use crate::tenants::{Mark, tenants};
use crate::wording;
use ringfence_cluster::blueprint::Role;

declare_rule! {
    /// ## What it does
    /// Reports access labels of namespaces that no policy reads. An access label is one with the value `true` whose key
    /// shares its prefix with keys that clusterwide policies grant access by, or that the configuration names.
    ///
    /// ## Why it matters
    /// The label looks like a permission and is none: whoever set it expects the connection to work, and it is refused as
    /// soon as the namespace is isolated. Either the policy was never written, or the key has a slip.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: access-cache}
    /// spec:
    ///   enableDefaultDeny: {ingress: false}
    ///   endpointSelector:
    ///     matchLabels: {io.kubernetes.pod.namespace: cache}
    ///   ingress:
    ///     - fromEndpoints:
    ///         - matchLabels: {io.cilium.k8s.namespace.labels.access.example.org/cache: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {access.example.org/cache: "true", access.example.org/queue: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: cache}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: access-cache}
    /// spec:
    ///   enableDefaultDeny: {ingress: false}
    ///   endpointSelector:
    ///     matchLabels: {io.kubernetes.pod.namespace: cache}
    ///   ingress:
    ///     - fromEndpoints:
    ///         - matchLabels: {io.cilium.k8s.namespace.labels.access.example.org/cache: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {access.example.org/cache: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: cache}
    /// ```
    ///
    /// ## References
    /// [Cilium: identity-relevant labels](https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/)
    pub static ACCESS_LABEL_WITHOUT_POLICY = "access-label-without-policy" {
        group: Blueprint, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let mut unread: BTreeMap<&str, Vec<Mark<'_>>> = BTreeMap::new();
    for tenant in tenants(cx.world()) {
        let marks = tenant.labels(cx.blueprint()).into_iter().chain(tenant.annotations(cx.blueprint()));
        for mark in marks.filter(|mark| mark.role == Role::Access && cx.blueprint().uses(mark.key).is_empty()) {
            unread.entry(mark.key).or_default().push(mark);
        }
    }
    for (key, marks) in unread {
        report(key, &marks, cx);
    }
}

fn report(key: &str, marks: &[Mark<'_>], cx: &mut Cx<'_>) {
    let [first, rest @ ..] = marks else { return };
    let known: Vec<&str> = cx.blueprint().access().collect();
    let meant = known.iter().copied().find(|other| is_near(name(key), name(other)));
    let used = meant.and_then(|meant| cx.blueprint().uses(meant).first());
    let spot = used.and_then(|used| crate::spot::spot(cx, used.place?, used.requirement));
    let edits = meant.map(|meant| {
        marks.iter().map(|mark| cx.edit(mark.key_place, |node| replace_scalar(node, meant))).collect::<Option<Vec<_>>>()
    });
    let sibling = sibling(key, cx);
    let owners = wording::few(&marks.iter().map(|mark| mark.tenant.name).collect::<Vec<_>>());
    let mut draft = cx
        .report(first.key_place, format!("the access label `{key}` of {owners} grants nothing: no policy reads it"))
        .about(first.tenant.object)
        .here("read by no policy");
    for mark in rest {
        draft = draft.label(mark.key_place, "carried here too");
    }
    if let (Some(meant), Some(spot)) = (meant, spot) {
        draft.label(spot.place, format!("`{meant}` comes nearest")).help(format!("`{meant}` may be meant")).fix_all(
            Applicability::Unsafe,
            format!("use `{meant}`: the access it grants is opened"),
            edits.flatten(),
        );
    } else {
        if let Some((place, policy)) = sibling {
            draft = draft.label(place, format!("`{policy}` reads a label of the same family"));
        }
        draft
            .help("write its policies, one for those who carry it and one for what they reach; or take the label away");
    }
}

/// A policy that reads another key of the family, and where.
fn sibling(key: &str, cx: &Cx<'_>) -> Option<(Place, String)> {
    let prefix = |key: &str| key.rsplit_once('/').map(|(prefix, _)| prefix.to_owned());
    let keys = cx.blueprint().access().filter(|other| prefix(other) == prefix(key));
    keys.flat_map(|other| cx.blueprint().uses(other)).find_map(|each| {
        let place = crate::spot::spot(cx, each.place?, each.requirement)?.place;
        Some((place, cx.world().policy_text(cx.world().policy(cx.world().entry(each.entry).policy))))
    })
}

/// The part of a key that differs within its family.
fn name(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}
