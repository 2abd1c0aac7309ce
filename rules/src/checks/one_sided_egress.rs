//! `one-sided-egress`.

use crate::one_sided::{OneSided, one_sided};
use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports egress rules that let pods send to other pods, where these surely admit nothing of it: they are isolated in
    /// ingress, or a policy denies it, and that holds for every pair of pods that the rule is about, on every port. All
    /// policies are taken together.
    ///
    /// ## Why it matters
    /// A connection needs both ends: egress where it leaves, ingress where it arrives. The rule looks as if the connection
    /// were open, and every attempt times out at the other end.
    ///
    /// Rules for DNS have checks of their own, as access labels have. Where some pair works, or may, nothing is said.
    ///
    /// ## Example
    /// ```yaml bad
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
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   policyTypes: [Ingress]
    ///   ingress: []
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
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to: [{podSelector: {matchLabels: {app: db}}}]
    ///       ports: [{protocol: TCP, port: 5432}]
    ///     - ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
    /// ---
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
    pub static ONE_SIDED_EGRESS = "one-sided-egress" {
        group: Availability, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    for one in one_sided(Direction::Egress, cx) {
        let (from, to) = (wording::pods(cx.world(), &one.subjects), wording::pods(cx.world(), &one.peers));
        let ports = one.on_ports(cx.world());
        let refused = if one.is_denied() { "it is denied there" } else { "nothing admits it there" };
        let message = format!("{from} may send to {to}{ports}, and {refused}");
        let help = "admit it: an ingress rule for the pods it is sent to; or take this rule out";
        report(&one, message, "lets it out", help, cx);
    }
}

/// Reports a rule with what stands against it at the other end.
pub(super) fn report(one: &OneSided, message: String, here: &str, help: &str, cx: &mut Cx<'_>) {
    let world = cx.world();
    let entry = world.entry(one.entry);
    let policy = cx.policy(entry.policy);
    let (reason, miss) = (one.reason(world), one.near_miss(cx));
    let mut draft = cx.report(entry.place, message).about(policy.object).here(here).help(help);
    if let Some((place, text)) = reason {
        draft = draft.label(place, text);
    }
    if let Some((id, text)) = miss {
        draft = draft.label(world.entry(id).place, text);
    }
    if !one.is_whole(world) {
        draft.confidence(Confidence::Medium);
    }
}
