//! `rule-covered-by-rule`.

use ringfence_engine::Covered;

use crate::covered::{point_at, voids};
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports rules of a policy that add nothing, because other rules of the same policy do the same to every peer and
    /// port that they name. Labels, address ranges, entities and ports are compared, not the pods of today.
    ///
    /// ## Why it matters
    /// The narrow rule reads as if it were the limit, and is none: whoever takes it out expects traffic to stop, and it goes
    /// on. Often the wide rule is the mistake.
    ///
    /// Rules that look at more than ports (HTTP, DNS, TLS, authentication) are left alone.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{podSelector: {matchLabels: {app: front}}}]
    ///       ports: [{protocol: TCP, port: 8080}]
    ///     - from: [{podSelector: {}}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{podSelector: {matchLabels: {app: front}}}]
    ///       ports: [{protocol: TCP, port: 8080}]
    /// ```
    ///
    /// ## References
    /// [Kubernetes: network policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/)
    pub static RULE_COVERED_BY_RULE = "rule-covered-by-rule" {
        group: Style, severity: Info, confidence: High, fix: Safe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    for void in voids(cx, Covered::Repeated).filter(|void| void.by_own()) {
        let (entry, policy) = (void.entry, cx.policy(void.entry.policy));
        if cx.coverage().policies.contains(&entry.policy) {
            continue; // `policy-redundant` reports the whole of it.
        }
        let same_list = void.by().all(|other| (other.spec, other.section) == (entry.spec, entry.section));
        let fix = same_list.then(|| cx.edit(entry.place, ringfence_yaml::edit::delete_item)).flatten();
        let (name, verb) = (world.policy_text(policy.policy), void.verb());
        let (does, include) = match void.rule.by.len() {
            1 => (format!("another rule of the policy {verb}"), "includes it"),
            _ => (format!("other rules of the policy {}", verb.trim_end_matches('s')), "includes part of it"),
        };
        let message = format!("this rule of `{name}` adds nothing: {does} all of it");
        let draft = cx.report(entry.place, message).about(policy.object).here(format!("{verb} nothing of its own"));
        point_at(draft, world, &void.rule.by, include)
            .help("take it out; or, if this rule is meant to be the limit, take out the wider one")
            .fix(Applicability::Safe, "take the rule out: every verdict stays as it is", fix);
    }
}
