//! `admin-rule-shadowed`.

use ringfence_engine::Covered;

use crate::covered::{Void, point_at, verb, voids};
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports rules of an AdminNetworkPolicy, BaselineAdminNetworkPolicy or ClusterNetworkPolicy that never decide, because
    /// an earlier rule of the same policy matches everything that they match.
    ///
    /// ## Why it matters
    /// Within such a policy the order counts, and the first rule that matches decides: "allow any, then deny the database"
    /// denies nothing.
    ///
    /// If the earlier rule says the same, it is only noted.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: tenants}
    /// spec:
    ///   priority: 10
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///     - action: Allow
    ///       from: [{namespaces: {}}]
    ///     - action: Deny
    ///       from: [{namespaces: {matchLabels: {trust: none}}}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: tenants}
    /// spec:
    ///   priority: 10
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///     - action: Deny
    ///       from: [{namespaces: {matchLabels: {trust: none}}}]
    ///     - action: Allow
    ///       from: [{namespaces: {}}]
    /// ```
    ///
    /// ## References
    /// [Network Policy API: AdminNetworkPolicy](https://network-policy-api.sigs.k8s.io/api-overview/)
    pub static ADMIN_RULE_SHADOWED = "admin-rule-shadowed" {
        group: Correctness, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    for void in voids(cx, Covered::Preceded).filter(|void| void.by_own()) {
        report(void, cx);
    }
}

/// Reports a rule that an earlier one leaves nothing.
pub(super) fn report(void: Void<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let policy = cx.policy(void.entry.policy);
    let before = if void.by_own() {
        if void.rule.by.len() == 1 { "an earlier rule matches".to_owned() } else { "earlier rules match".to_owned() }
    } else {
        format!(
            "{}, asked before it, already {}",
            void.others(),
            if void.rule.by.len() == 1 { "matches" } else { "match" }
        )
    };
    let name = world.policy_text(policy.policy);
    let message = format!("this rule of `{name}` never decides: {before} all that it matches");
    let same = void.by().all(|other| other.verdict == void.entry.verdict);
    let verbs: Vec<&str> = void.by().map(|other| verb(other.verdict)).collect();
    let goes_first = match verbs.as_slice() {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => format!("goes first, and {first}"),
        _ => "goes first".to_owned(),
    };
    let severity = if same { Severity::Info } else { Severity::Warning };
    let help = match (same, void.by_own()) {
        (true, _) => "take it out: what goes first says the same",
        (false, true) => "put it before the wider rule",
        (false, false) => "give its policy a smaller `priority`, or narrow the rule that goes first",
    };
    let draft = cx.report(void.entry.place, message).about(policy.object).severity(severity).here("is never reached");
    point_at(draft, world, &void.rule.by, &goes_first).help(help);
}
