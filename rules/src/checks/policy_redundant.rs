//! `policy-redundant`.

use std::collections::BTreeSet;

use ringfence_cluster::Entry;

use crate::covered::{are_twins, point_at, policies};
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports policies that could be deleted without changing any verdict: everything that their rules allow or deny, other
    /// policies allow or deny too, to the same pods, and these isolate the same pods. Labels, address ranges, entities and
    /// ports are compared, not the pods of today.
    ///
    /// ## Why it matters
    /// Two policies that say one thing drift apart: the next change is made in one of them and has no effect. Of two equal
    /// ones the second is reported.
    ///
    /// Policies without any rule, such as a default deny, are meant for what comes, and are left alone.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: same-namespace, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{podSelector: {}}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{podSelector: {matchLabels: {app: front}}}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: same-namespace, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{podSelector: {}}]
    /// ```
    ///
    /// ## References
    /// [Kubernetes: network policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/)
    pub static POLICY_REDUNDANT = "policy-redundant" {
        group: Style, severity: Info, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    for &id in &cx.coverage().policies {
        report(id, cx);
    }
}

fn report(id: PolicyId, cx: &mut Cx<'_>) {
    let (world, coverage, policy) = (cx.world(), cx.coverage(), cx.policy(id));
    let own = coverage.rules.iter().filter(|rule| rule.entries.iter().any(|&entry| world.entry(entry).policy == id));
    let elsewhere = |entry: &EntryId| world.entry(*entry).policy != id;
    let by: Vec<EntryId> = own.flat_map(|rule| &rule.by).copied().filter(elsewhere).collect();
    if by.iter().any(|&entry| are_twins(world, id, world.entry(entry).policy)) {
        return;
    }
    let others = policies(world, by.iter().map(|&entry| world.entry(entry).policy));
    let name = world.policy_text(policy.policy);
    let isolates = policy.entries().any(|(_, entry): (_, &Entry)| entry.default_deny.is_yes());
    let others_are: BTreeSet<PolicyId> = by.iter().map(|&entry| world.entry(entry).policy).collect();
    let (does, isolate) = if others_are.len() == 1 { ("already does", "isolates") } else { ("together do", "isolate") };
    let isolation = if isolates { format!(", and {isolate} the same pods") } else { String::new() };
    let message = format!("`{name}` changes nothing: {others} {does} all that its rules do{isolation}");
    let draft = cx.report(policy.name_place(), message).about(policy.object).here("may be deleted");
    point_at(draft, world, &by, "includes what it says")
        .help("delete it; or, if it is meant to be the limit, narrow the wider policy");
}
