//! `access-policy-without-label`.

use std::collections::BTreeSet;

use crate::prelude::*;
use crate::tenants::tenants;
use ringfence_cluster::blueprint::Role;

declare_rule! {
    /// ## What it does
    /// Reports access labels that policies read and no namespace of the input carries, where other namespaces carry access
    /// labels.
    ///
    /// ## Why it matters
    /// Nobody has the access that the policy grants. Often that is fine and the policy waits for its first user; sometimes
    /// the label was lost when a namespace was rewritten.
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
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: access-queue}
    /// spec:
    ///   enableDefaultDeny: {ingress: false}
    ///   endpointSelector:
    ///     matchLabels: {io.kubernetes.pod.namespace: queue}
    ///   ingress:
    ///     - fromEndpoints:
    ///         - matchLabels: {io.cilium.k8s.namespace.labels.access.example.org/queue: "true"}
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
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: queue}
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
    pub static ACCESS_POLICY_WITHOUT_LABEL = "access-policy-without-label" {
        group: Blueprint, severity: Info, confidence: Medium, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let (world, blueprint) = (cx.world(), cx.blueprint());
    let mut carried: BTreeSet<&str> = BTreeSet::new();
    for tenant in tenants(world) {
        let marks = tenant.labels(blueprint).into_iter().chain(tenant.annotations(blueprint));
        carried.extend(marks.filter(|mark| mark.role == Role::Access).map(|mark| mark.key));
    }
    // A label that no policy reads may be a slip of the one that is missing: `access-label-without-policy` says so.
    let all_read = carried.iter().all(|key| !blueprint.uses(key).is_empty());
    if carried.is_empty() || !all_read || hides_namespaces(world) {
        return;
    }
    for key in blueprint.access().filter(|key| !carried.contains(key)) {
        report(key, cx);
    }
}

/// Whether some namespace that runs something is declared elsewhere, or has labels that we do not all see.
fn hides_namespaces(world: &World) -> bool {
    let hidden = |namespace: &ringfence_cluster::Namespace| {
        (namespace.has_workload && namespace.object.is_none())
            || (namespace.object.is_some() && namespace.labels.open_namespace)
    };
    world.namespace_ids().any(|(_, namespace)| hidden(namespace))
}

fn report(key: &str, cx: &mut Cx<'_>) {
    let mut places = Vec::new();
    for each in cx.blueprint().uses(key) {
        let spot = each.place.and_then(|place| crate::spot::spot(cx, place, each.requirement));
        if let Some(place) = spot.map(|spot| spot.place).filter(|place| !places.iter().any(|(known, _)| known == place))
        {
            places.push((place, cx.policy(cx.world().entry(each.entry).policy)));
        }
    }
    let Some(((first, policy), rest)) = places.split_first() else { return };
    let name = cx.world().policy_text(policy.policy);
    let mut draft = cx
        .report(*first, format!("nobody uses the access that `{name}` grants: no namespace carries `{key}`"))
        .about(policy.object)
        .here("carried by no namespace of the input");
    for (place, _) in rest {
        draft = draft.label(*place, "asked for here too");
    }
    draft.help("set the label on the namespaces that need it, or take the policy away");
}
