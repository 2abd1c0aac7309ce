//! `np-overridden-by-admin`.

use ringfence_cluster::Tier;
use ringfence_engine::Covered;

use crate::covered::{point_at, voids};
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports rules that allow what policies of the Admin tier deny whole, for the same pods, every peer and every port.
    ///
    /// ## Why it matters
    /// The Admin tier (AdminNetworkPolicy, ClusterNetworkPolicy) is asked first, and its deny is final: such a rule never
    /// lets anything through. Who owns the namespace cannot see why.
    ///
    /// Where the Admin tier may pass some of the traffic on, nothing is reported.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: no-telnet}
    /// spec:
    ///   priority: 10
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///     - action: Deny
    ///       from: [{namespaces: {}}]
    ///       ports: [{portRange: {protocol: TCP, start: 20, end: 25}}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: console, namespace: plant}
    /// spec:
    ///   podSelector: {matchLabels: {app: console}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{namespaceSelector: {matchLabels: {team: floor}}}]
    ///       ports: [{protocol: TCP, port: 23}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: no-telnet}
    /// spec:
    ///   priority: 10
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///     - action: Pass
    ///       from: [{namespaces: {matchLabels: {team: floor}}}]
    ///     - action: Deny
    ///       from: [{namespaces: {}}]
    ///       ports: [{portRange: {protocol: TCP, start: 20, end: 25}}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: console, namespace: plant}
    /// spec:
    ///   podSelector: {matchLabels: {app: console}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{namespaceSelector: {matchLabels: {team: floor}}}]
    ///       ports: [{protocol: TCP, port: 23}]
    /// ```
    ///
    /// ## References
    /// [Network Policy API: AdminNetworkPolicy](https://network-policy-api.sigs.k8s.io/api-overview/)
    pub static NP_OVERRIDDEN_BY_ADMIN = "np-overridden-by-admin" {
        group: Availability, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    for void in voids(cx, Covered::Denied).filter(|void| void.by().any(|deny| deny.tier == Tier::Admin)) {
        let policy = cx.policy(void.entry.policy);
        let verb = if void.rule.by.len() == 1 { "denies" } else { "together deny" };
        let message = format!(
            "this rule of `{}` lets nothing through: {} {verb} all that it allows, in the Admin tier",
            world.policy_text(policy.policy),
            void.others(),
        );
        let draft = cx.report(void.entry.place, message).about(policy.object).here("allows nothing");
        point_at(draft, world, &void.rule.by, "is asked first, and final")
            .help("have the Admin tier pass this traffic on (`action: Pass`, before the deny); or take this rule out");
    }
}
