//! `policy-redundant`.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::Entry;

use crate::covered::{are_twins, point_at, policies};
use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports policies that could be deleted without changing any verdict: everything that their rules allow or deny, other
    /// policies allow or deny too, to the same pods, and these isolate the same pods. Labels, address ranges, entities and
    /// ports are compared, not the pods of today.
    ///
    /// ## Why it matters
    /// Two policies that say one thing drift apart: the next change is made in one of them and has no effect. Of two equal
    /// ones the second is reported; what one wide policy leaves nothing to is reported together.
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

/// A policy of which nothing is left, with the entries of others that leave it nothing.
type Redundant = (PolicyId, Vec<EntryId>);

pub(crate) fn check(cx: &mut Cx<'_>) {
    // One wide policy may leave nothing to many: that is one finding.
    let mut by_cause: BTreeMap<BTreeSet<PolicyId>, Vec<Redundant>> = BTreeMap::new();
    let told = cx.told();
    // A policy that a build put into the wrong namespace is not to be deleted.
    for &id in cx.coverage().policies.iter().filter(|&&id| !told.has_whole(id)) {
        let by = covering(id, cx);
        let others: BTreeSet<PolicyId> = by.iter().map(|&entry| cx.world().entry(entry).policy).collect();
        if !others.iter().any(|&other| are_twins(cx.world(), id, other)) {
            by_cause.entry(others).or_default().push((id, by));
        }
    }
    for (others, redundant) in by_cause {
        report(&others, &redundant, cx);
    }
}

/// The entries of other policies that leave nothing to a policy.
fn covering(id: PolicyId, cx: &Cx<'_>) -> Vec<EntryId> {
    let of = |entry: &EntryId| cx.world().entry(*entry).policy;
    let own = cx.coverage().rules.iter().filter(|rule| rule.entries.iter().any(|entry| of(entry) == id));
    own.flat_map(|rule| &rule.by).copied().filter(|entry| of(entry) != id).collect()
}

fn report(others: &BTreeSet<PolicyId>, redundant: &[Redundant], cx: &mut Cx<'_>) {
    const SHOWN: usize = 3;
    let Some((id, by)) = redundant.first() else { return };
    let world = cx.world();
    let policy = cx.policy(*id);
    let isolates = policy.entries().any(|(_, entry): (_, &Entry)| entry.default_deny.is_yes());
    let (does, isolate) = if others.len() == 1 { ("already does", "isolates") } else { ("together do", "isolate") };
    let isolation = if isolates { format!(", and {isolate} the same pods") } else { String::new() };
    let name = world.policy_text(policy.policy);
    let (who, change, their) = match redundant.len() {
        1 => (format!("`{name}`"), "changes", "its"),
        more => {
            (format!("`{name}` and {}", wording::count(more - 1, "other policy", "other policies")), "change", "their")
        }
    };
    let causes = policies(world, others.iter().copied());
    let message = format!("{who} {change} nothing: {causes} {does} all that {their} rules do{isolation}");
    let more: Vec<Place> =
        redundant.iter().skip(1).take(SHOWN - 1).map(|(other, _)| cx.policy(*other).name_place()).collect();
    let mut draft = cx.report(policy.name_place(), message).about(policy.object).here("may be deleted");
    for place in more {
        draft = draft.label(place, "may be deleted too");
    }
    point_at(draft, world, by, "includes what it says")
        .help("delete what changes nothing; or, if it is meant to be the limit, narrow the wider policy");
}
