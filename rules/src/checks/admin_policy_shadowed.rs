//! `admin-policy-shadowed`.

use ringfence_engine::Covered;

use super::admin_rule_shadowed::report;
use crate::covered::voids;
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports rules of an AdminNetworkPolicy or ClusterNetworkPolicy that never decide, because a policy of a smaller
    /// `priority` matches everything that they match.
    ///
    /// ## Why it matters
    /// In a tier the policy of the smallest number is asked first, and what it matches no later policy sees.
    ///
    /// Policies of equal priority have no order, and are left alone. If what goes first says the same, it is only noted.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: monitoring}
    /// spec:
    ///   priority: 10
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///     - action: Allow
    ///       from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
    /// ---
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: vault}
    /// spec:
    ///   priority: 20
    ///   subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: vault}}}
    ///   ingress:
    ///     - action: Deny
    ///       from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: monitoring}
    /// spec:
    ///   priority: 10
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///     - action: Allow
    ///       from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
    /// ---
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: vault}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: vault}}}
    ///   ingress:
    ///     - action: Deny
    ///       from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
    /// ```
    ///
    /// ## References
    /// [Network Policy API: AdminNetworkPolicy](https://network-policy-api.sigs.k8s.io/api-overview/)
    pub static ADMIN_POLICY_SHADOWED = "admin-policy-shadowed" {
        group: Correctness, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    for void in voids(cx, Covered::Preceded).filter(|void| !void.by_own()) {
        report(void, cx);
    }
}
