//! A policy whose selector matches no pod.

use std::collections::BTreeMap;

use crate::dead::{Role, Use, is_about_namespaces, report};
use crate::name_label::{NameLabels, asked_of_pods};
use crate::near::Near;
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports a policy whose own selector matches no pod, and names the label that comes nearest: a slip in key or value,
    /// another habit for the same key (`app` and `app.kubernetes.io/name`), a label that stands on the Deployment and not on
    /// its pods, a pod label that Cilium leaves out of identities, pods in another namespace.
    ///
    /// It speaks only where all pods of the namespace are in the input. Where some may be missing (a Helm release, a
    /// template), it speaks only of a near miss, with medium confidence.
    ///
    /// ## Why it matters
    /// The policy is accepted and shown by `kubectl get`, but isolates nobody: the pods it was written for stay open.
    ///
    /// ```yaml bad
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   selector: {matchLabels: {app: frontend}}
    ///   template:
    ///     metadata: {labels: {app: frontend}}
    ///     spec: {containers: [{name: web, image: "web:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: frontned}}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   selector: {matchLabels: {app: frontend}}
    ///   template:
    ///     metadata: {labels: {app: frontend}}
    ///     spec: {containers: [{name: web, image: "web:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: frontend}}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    /// - <https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/>
    pub static POLICY_SELECTS_NOTHING = "policy-selects-nothing" {
        group: Correctness, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    let names = NameLabels::of(world);
    let told = cx.told();
    let mut near = Near::new(cx);
    let mut dead: BTreeMap<SelectorId, (Vec<Use<'_>>, _)> = BTreeMap::new();
    for policy in cx.policies().filter(|policy| policy.policy.counts()) {
        let mut seen: Vec<SelectorId> = Vec::new();
        for (id, entry) in policy.entries().filter(|(_, entry)| !entry.node) {
            let (selector, Some(place)) = (entry.subject, entry.subject_place) else { continue };
            if seen.contains(&selector) || told.has(policy.id, place) {
                continue;
            }
            seen.push(selector);
            let written = world.selector(selector);
            let elsewhere =
                names.asked(world, written).is_some() || asked_of_pods(world, policy.policy, written).is_some();
            if elsewhere {
                continue;
            }
            let Some(verdict) = near.judge(selector, &cx.engine().subjects(id)) else { continue };
            if verdict.blame.is_some_and(|blame| cx.blueprint().covers(blame, world)) {
                continue;
            }
            let spot = Use { policy, entry, id, place };
            dead.entry(selector).or_insert_with(|| (Vec::new(), verdict)).0.push(spot);
        }
    }
    for (selector, (uses, verdict)) in dead {
        let absent_label = is_about_namespaces(world, &verdict);
        let alone = uses.iter().all(|each| each.policy.policy.namespace.is_none());
        if !absent_label || alone {
            report(cx, Role::Subject, selector, &uses, verdict);
        }
    }
}
