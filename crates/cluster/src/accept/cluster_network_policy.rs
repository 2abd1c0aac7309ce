//! What the agent refuses of a ClusterNetworkPolicy (semantics §8.2, §9.4, §2.5.13).

use ringfence_manifest::kinds::cluster_network_policy::{ClusterPolicySpec, EgressPeer, EgressRule};
use ringfence_manifest::{Field, Object};

use super::refusals::{Refusals, has_items, is_set, key_of, place_of, text};
use super::{cidr, decode, fqdn};
use crate::RejectionCode;

/// Checks a policy.
pub(super) fn check(object: &Object, spec: &Field<ClusterPolicySpec>, out: &mut Refusals<'_>) {
    decode::wrong_types(object, out);
    decode::wide_numbers(&spec.node(), out);
    let Some(spec) = spec.get() else { return };
    for rule in spec.egress.values() {
        for peer in rule.to.values() {
            egress_peer(rule, peer, out);
        }
    }
    subject(spec, out);
}

/// The agent asks for one member after the other and takes the first that is there.
fn egress_peer(rule: &EgressRule, peer: &EgressPeer, out: &mut Refusals<'_>) {
    if !(peer.pods.is_nil() && peer.namespaces.is_nil()) {
        return;
    }
    if !peer.nodes.is_nil() {
        if is_set(&peer.nodes) && out.knobs.node_selector_labels == Some(false) {
            let reason = "egress.to.nodes is not supported since node selector labels are disabled";
            out.add(RejectionCode::Feature, key_of(&peer.nodes, peer.place), reason);
        }
    } else if !peer.networks.is_nil() {
        networks(peer, out);
    } else if is_set(&peer.domain_names) {
        domain_names(rule, peer, out);
    }
}

fn networks(peer: &EgressPeer, out: &mut Refusals<'_>) {
    for item in peer.networks.items() {
        if let Some(range) = text(item)
            && let Some(why) = cidr::panic_of(range)
        {
            out.add(RejectionCode::Cidr, place_of(item, peer.place), why);
        }
    }
}

fn domain_names(rule: &EgressRule, peer: &EgressPeer, out: &mut Refusals<'_>) {
    let place = key_of(&peer.domain_names, peer.place);
    // The agent takes an action that it does not know for Accept.
    if matches!(text(&rule.action), Some("Deny" | "Pass")) {
        let reason = "egress.to.domainNames is only supported for egress.action=Accept";
        out.add(RejectionCode::Feature, place, reason);
    }
    if !out.knobs.l7_proxy {
        let reason = "egress.to.domainNames is not supported since L7 proxy is disabled";
        out.add(RejectionCode::Feature, place, reason);
    }
    for item in peer.domain_names.items() {
        let Some(name) = text(item) else { continue };
        let fault = if name.starts_with('*') { fqdn::pattern_fault(name) } else { fqdn::dns_name_fault(name) };
        if let Some(reason) = fault {
            out.add(RejectionCode::Fqdn, place_of(item, peer.place), reason);
        }
    }
}

/// A policy with rules and without a subject makes the agent panic.
fn subject(spec: &ClusterPolicySpec, out: &mut Refusals<'_>) {
    let rules = has_items(&spec.ingress) || has_items(&spec.egress);
    let nobody = match &spec.subject {
        Field::Set(subject, _) => subject.namespaces.is_nil() && subject.pods.is_nil(),
        other => other.is_nil(),
    };
    if rules && nobody {
        let reason =
            "panic: runtime error: invalid memory address or nil pointer dereference (a policy without a subject)";
        out.add(RejectionCode::Required, place_of(&spec.subject, spec.place), reason);
    }
}
