//! `cilium-allow-shadowed-by-deny`.

use ringfence_cluster::Tier;
use ringfence_engine::Covered;

use crate::covered::{point_at, voids};
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports rules that allow what deny rules of Cilium policies deny whole, for the same pods, every peer and every port.
    ///
    /// ## Why it matters
    /// A deny goes before every allow, in whatever policy and however narrow the allow is: such a rule never lets anything
    /// through. It still isolates the pods it is for.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: api, namespace: shop}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: api}}
    ///   egress:
    ///     - toCIDR: [198.51.100.7/32]
    ///     - toEntities: [cluster]
    ///   egressDeny:
    ///     - toCIDR: [198.51.100.0/24]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: api, namespace: shop}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: api}}
    ///   egress:
    ///     - toCIDR: [198.51.100.7/32]
    ///     - toEntities: [cluster]
    ///   egressDeny:
    ///     - toCIDRSet: [{cidr: 198.51.100.0/24, except: [198.51.100.7/32]}]
    /// ```
    ///
    /// ## References
    /// [Cilium: deny policies](https://docs.cilium.io/en/stable/security/policy/deny/)
    pub static CILIUM_ALLOW_SHADOWED_BY_DENY = "cilium-allow-shadowed-by-deny" {
        group: Availability, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    for void in voids(cx, Covered::Denied).filter(|void| void.by().all(|deny| deny.tier == Tier::Normal)) {
        let policy = cx.policy(void.entry.policy);
        let who = if void.by_own() { "the policy itself".to_owned() } else { void.others() };
        let verb = if void.rule.by.len() == 1 { "denies" } else { "deny" };
        let message = format!(
            "this rule of `{}` lets nothing through: {who} {} all that it allows",
            world.policy_text(policy.policy),
            if void.by_own() { "denies" } else { verb },
        );
        let draft = cx.report(void.entry.place, message).about(policy.object).here("allows nothing");
        point_at(draft, world, &void.rule.by, "a deny goes before every allow")
            .help("narrow the deny: leave these peers or ports out of it (`except`, `NotIn`); or take this rule out");
    }
}
