//! `rule-covered-by-policy`.

use ringfence_engine::Covered;

use crate::covered::{point_at, voids};
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports rules that add nothing, because other policies do the same to the same pods, for every peer and port that
    /// they name. Labels, address ranges, entities and ports are compared, not the pods of today.
    ///
    /// ## Why it matters
    /// Policies add up. Whoever narrows this rule, or takes it out, changes nothing, and looks in vain for the reason in
    /// this file.
    ///
    /// Rules that look at more than ports (HTTP, DNS, TLS, authentication) are left alone. A policy of which nothing is
    /// left is reported whole, as `policy-redundant`.
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
    ///     - from: [{ipBlock: {cidr: 192.0.2.0/24}}]
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
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{ipBlock: {cidr: 192.0.2.0/24}}]
    /// ```
    ///
    /// ## References
    /// [Kubernetes: network policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/)
    pub static RULE_COVERED_BY_POLICY = "rule-covered-by-policy" {
        group: Style, severity: Info, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    for void in voids(cx, Covered::Repeated).filter(|void| !void.by_own()) {
        let (entry, policy) = (void.entry, cx.policy(void.entry.policy));
        if cx.coverage().policies.contains(&entry.policy) {
            continue; // `policy-redundant` reports the whole of it.
        }
        let (name, others, verb) = (world.policy_text(policy.policy), void.others(), void.verb());
        let (does, include) = match void.rule.by.len() {
            1 => (format!("already {verb}"), "includes it"),
            _ => (format!("together {}", verb.trim_end_matches('s')), "includes part of it"),
        };
        let message = format!("this rule of `{name}` adds nothing: {others} {does} all of it");
        let draft = cx.report(entry.place, message).about(policy.object).here(format!("{verb} nothing of its own"));
        point_at(draft, world, &void.rule.by, include)
            .help("take it out; or, if this rule is meant to be the limit, narrow the wider one");
    }
}
