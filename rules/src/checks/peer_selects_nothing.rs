//! A peer whose selector matches no pod.

use std::collections::BTreeMap;

use ringfence_cluster::{Entry, Peer};
use ringfence_manifest::Place as At;

use crate::dead::{Role, Use, report};
use crate::name_label::{NameLabels, asked_of_pods};
use crate::near::Near;
use crate::prelude::*;
use crate::split::splits;
use ringfence_engine::dns::is_dns_port;

declare_rule! {
    /// ## What it does
    /// Reports a peer (`from`, `to`, `fromEndpoints`, `toEndpoints` and their like) that matches no pod, or a namespace that
    /// does not exist, and names what comes nearest: a slip in key or value, another habit for the same key, a label of the
    /// Deployment or of the namespace, pods in another namespace than the policy's own, pods that use the node's network.
    ///
    /// It speaks only where all pods of the namespaces concerned are in the input, else only of a near miss, with medium
    /// confidence. A namespace counts as missing only where the input declares others; those of `external` in the
    /// configuration exist.
    ///
    /// ## Why it matters
    /// The rule is dead. If it is the only one, nobody gets in: the callers see timeouts, and no error says why.
    ///
    /// ```yaml bad
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: backend, namespace: shop, labels: {app: backend}}
    /// spec: {containers: [{name: main, image: "backend:1"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: frontend, namespace: shop, labels: {app: frontend}}
    /// spec: {containers: [{name: main, image: "frontend:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: backend, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: backend}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - podSelector: {matchLabels: {app: frontent}}
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: backend, namespace: shop, labels: {app: backend}}
    /// spec: {containers: [{name: main, image: "backend:1"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: frontend, namespace: shop, labels: {app: frontend}}
    /// spec: {containers: [{name: main, image: "frontend:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: backend, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: backend}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - podSelector: {matchLabels: {app: frontend}}
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors>
    /// - <https://docs.cilium.io/en/stable/security/policy/kubernetes/#namespaces>
    pub static PEER_SELECTS_NOTHING = "peer-selects-nothing" {
        group: Availability, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    let names = NameLabels::of(world);
    let told = cx.told();
    let mut near = Near::new(cx);
    let mut dead: BTreeMap<SelectorId, (Vec<Use<'_>>, _)> = BTreeMap::new();
    for policy in cx.policies().filter(|policy| policy.policy.counts()) {
        let split: Vec<At> = splits(cx, policy, &mut near).iter().map(|split| split.pods).collect();
        for (id, entry) in policy.entries().filter(|(_, entry)| !entry.node && !is_dns(world, entry)) {
            let untold = |peer: &&Peer| !split.contains(&peer.place) && !told.has(policy.id, peer.place);
            for peer in peers(entry).iter().filter(untold) {
                let PeerKind::Endpoints(selector) = peer.kind else { continue };
                let written = world.selector(selector);
                if names.asked(world, written).is_some() || asked_of_pods(world, policy.policy, written).is_some() {
                    continue;
                }
                let Some(verdict) = near.judge(selector, cx.engine().selected(selector)) else { continue };
                let told = verdict.blame.is_some_and(|blame| cx.blueprint().covers(blame, world));
                if !told && !cx.engine().subjects(id).is_none() {
                    let place = Use { policy, entry, id, place: peer.place };
                    dead.entry(selector).or_insert_with(|| (Vec::new(), verdict)).0.push(place);
                }
            }
        }
    }
    for (selector, (uses, verdict)) in dead {
        report(cx, Role::Peer, selector, &uses, verdict);
    }
}

fn peers(entry: &Entry) -> &[Peer] {
    if let L3::Peers(peers) = &entry.l3 { peers } else { &[] }
}

/// Peers of name resolution have rules of their own.
fn is_dns(world: &World, entry: &Entry) -> bool {
    let L4::Ports(ports) = &entry.l4 else { return false };
    entry.direction == Direction::Egress && !ports.is_empty() && ports.iter().all(|rule| is_dns_port(rule, world))
}
