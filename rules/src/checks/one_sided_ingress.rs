//! `one-sided-ingress`.

use super::one_sided_egress::report;
use crate::one_sided::one_sided;
use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports ingress rules that admit pods which surely may not send there: they are isolated in egress, or a policy
    /// denies it, and that holds for every pair of pods that the rule is about, on every port. All policies are taken
    /// together.
    ///
    /// ## Why it matters
    /// A connection needs both ends: egress where it leaves, ingress where it arrives. The rule looks as if the connection
    /// were open, and no packet of it ever leaves the sender.
    ///
    /// Rules for DNS have checks of their own, as access labels have. Where some pair works, or may, nothing is said.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{podSelector: {matchLabels: {app: web}}}]
    ///       ports: [{protocol: TCP, port: 5432}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: db}]}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from: [{podSelector: {matchLabels: {app: web}}}]
    ///       ports: [{protocol: TCP, port: 5432}]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to: [{podSelector: {matchLabels: {app: db}}}]
    ///       ports: [{protocol: TCP, port: 5432}]
    ///     - ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: db}]}
    /// ```
    ///
    /// ## References
    /// [Kubernetes: the two sorts of pod isolation](https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation)
    pub static ONE_SIDED_INGRESS = "one-sided-ingress" {
        group: Availability, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    for one in one_sided(Direction::Ingress, cx) {
        let (to, from) = (wording::pods(cx.world(), &one.subjects), wording::pods(cx.world(), &one.peers));
        let ports = one.on_ports(cx.world());
        let refused = if one.is_denied() { "they are denied to send there" } else { "nothing lets them send there" };
        let message = format!("the ingress of {to} admits {from}{ports}, and {refused}");
        let help = "let them send: an egress rule for these pods; or take this rule out";
        report(&one, message, "lets it in", help, cx);
    }
}
