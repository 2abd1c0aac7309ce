//! What the API server and the agent refuse of a NetworkPolicy (semantics §3.1, §3.2, §2.5.13).

use std::fmt::Arguments;

use ringfence_manifest::kinds::network_policy::{IpBlock, NetworkPolicySpec, Peer, Port};
use ringfence_manifest::{Field, IntOrString, List, Object};

use super::refusals::{Refusals, is_set, len, place_of, quoted, text};
use super::selector::{self, Keys};
use super::{cidr, decode, names, port};
use crate::RejectionCode;

/// The peers and ports of one rule of either direction, with the path of the rule.
struct Rule<'a> {
    path: String,
    /// `from` or `to`.
    peers_key: &'static str,
    peers: &'a Field<List<Peer>>,
    ports: &'a Field<List<Port>>,
}

fn rules(spec: &NetworkPolicySpec) -> impl Iterator<Item = Rule<'_>> {
    let ingress = numbered(&spec.ingress, "ingress");
    let ingress = ingress.map(|(path, rule)| Rule { path, peers_key: "from", peers: &rule.from, ports: &rule.ports });
    let egress = numbered(&spec.egress, "egress");
    ingress.chain(egress.map(|(path, rule)| Rule { path, peers_key: "to", peers: &rule.to, ports: &rule.ports }))
}

fn numbered<'a, T>(list: &'a Field<List<T>>, key: &str) -> impl Iterator<Item = (String, &'a T)> {
    let items = list.items().iter().enumerate();
    items.filter_map(move |(at, item)| Some((format!("spec.{key}[{at}]"), item.get()?)))
}

/// What the API server refuses (`ValidateNetworkPolicySpec` of Kubernetes). It says everything at once.
pub(super) fn api_server(spec: &Field<NetworkPolicySpec>, out: &mut Refusals<'_>) {
    let Some(spec) = spec.get() else { return };
    if let Some(selector) = spec.pod_selector.get() {
        selector::check(selector, Keys::Kubernetes, "", Some(format_args!("spec.podSelector")), out);
    }
    for rule in rules(spec) {
        for (at, item) in rule.ports.items().iter().enumerate() {
            if let Field::Set(port, _) = item {
                check_port(port, format_args!("{}.ports[{at}]", rule.path), out);
            }
        }
        for (at, item) in rule.peers.items().iter().enumerate() {
            check_peer_item(item, format_args!("{}.{}[{at}]", rule.path, rule.peers_key), out);
        }
    }
    policy_types(spec, out);
}

/// Numbers that do not fit 32 bits: a NetworkPolicy has numbers in its ports alone.
pub(super) fn wide_numbers(spec: &Field<NetworkPolicySpec>, out: &mut Refusals<'_>) {
    let Some(spec) = spec.get() else { return };
    let ingress = spec.ingress.values().map(|rule| &rule.ports);
    let egress = spec.egress.values().map(|rule| &rule.ports);
    for port in ingress.chain(egress).flat_map(Field::values) {
        if let Field::Set(IntOrString::Int(number), at) = &port.port {
            decode::wide_number(*number, at.value, out);
        }
        if let Field::Set(number, at) = &port.end_port {
            decode::wide_number(*number, at.value, out);
        }
    }
}

fn policy_types(spec: &NetworkPolicySpec, out: &mut Refusals<'_>) {
    let types = &spec.policy_types;
    if let Some(len) = len(types).filter(|&len| len > 2) {
        let shown = format!("spec.policyTypes: Invalid value: {len} types: may not specify more than two policyTypes");
        out.add(RejectionCode::PolicyType, place_of(types, spec.place), shown);
        return;
    }
    for (at, item) in types.items().iter().enumerate() {
        if let Some(kind) = text(item).filter(|kind| !matches!(*kind, "Ingress" | "Egress")) {
            let wrong = format!("Unsupported value: {}: supported values: \"Egress\", \"Ingress\"", quoted(kind));
            let place = place_of(item, spec.place);
            out.add(RejectionCode::PolicyType, place, format!("spec.policyTypes[{at}]: {wrong}"));
        }
    }
}

/// An item of `from` or `to`. `path` is put into words only where something is wrong: most policies are right.
fn check_peer_item(item: &Field<Peer>, path: Arguments<'_>, out: &mut Refusals<'_>) {
    match item {
        Field::Set(peer, _) => check_peer(peer, path, out),
        Field::Null(at) => {
            out.add(RejectionCode::PeerOneOf, at.value, format!("{path}: Required value: must specify a peer"));
        }
        _ => {}
    }
}

fn check_peer(peer: &Peer, path: Arguments<'_>, out: &mut Refusals<'_>) {
    let by_label = is_set(&peer.pod_selector) || is_set(&peer.namespace_selector);
    for (selector, key) in [(&peer.pod_selector, "podSelector"), (&peer.namespace_selector, "namespaceSelector")] {
        if let Some(selector) = selector.get() {
            selector::check(selector, Keys::Kubernetes, "", Some(format_args!("{path}.{key}")), out);
        }
    }
    if let Some(block) = peer.ip_block.get() {
        check_block(block, format_args!("{path}.ipBlock"), out);
        if by_label {
            let reason = format!("{path}: Forbidden: may not specify both ipBlock and another peer");
            out.add(RejectionCode::PeerOneOf, peer.place, reason);
        }
    } else if peer.pod_selector.is_nil() && peer.namespace_selector.is_nil() && peer.ip_block.is_nil() {
        out.add(RejectionCode::PeerOneOf, peer.place, format!("{path}: Required value: must specify a peer"));
    }
}

fn check_block(block: &IpBlock, path: Arguments<'_>, out: &mut Refusals<'_>) {
    let Some(cidr) = text(&block.cidr) else { return };
    let place = place_of(&block.cidr, block.place);
    if cidr.is_empty() {
        out.add(RejectionCode::Cidr, place, format!("{path}.cidr: Required value"));
        return;
    }
    let wrong = |field: &str, value: &str| {
        let example = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        format!("{path}.{field}: Invalid value: {}: {example}", quoted(value))
    };
    let Some(range) = cidr::parse_sloppy(cidr) else {
        out.add(RejectionCode::Cidr, place, wrong("cidr", cidr));
        return;
    };
    for (at, item) in block.except.items().iter().enumerate() {
        let Some(hole_text) = text(item) else { continue };
        let (field, place) = (format!("except[{at}]"), place_of(item, block.place));
        match cidr::parse_sloppy(hole_text) {
            None => out.add(RejectionCode::Except, place, wrong(&field, hole_text)),
            Some(hole) if !range.strictly_contains(hole) => {
                let shown = quoted(hole_text);
                let reason = format!("{path}.{field}: Invalid value: {shown}: must be a strict subset of `cidr`");
                out.add(RejectionCode::Except, place, reason);
            }
            Some(_) => {}
        }
    }
}

fn check_port(port: &Port, path: Arguments<'_>, out: &mut Refusals<'_>) {
    if let Some(protocol) = text(&port.protocol)
        && !matches!(protocol, "TCP" | "UDP" | "SCTP")
        && !port.protocol.is_nil()
    {
        let supported = "supported values: \"SCTP\", \"TCP\", \"UDP\"";
        let reason = format!("{path}.protocol: Unsupported value: {}: {supported}", quoted(protocol));
        out.add(RejectionCode::Protocol, place_of(&port.protocol, port.place), reason);
    }
    number_or_name(port, path, out);
    end_port(port, path, out);
}

fn number_or_name(port: &Port, path: Arguments<'_>, out: &mut Refusals<'_>) {
    let place = place_of(&port.port, port.place);
    match &port.port {
        Field::Set(IntOrString::Int(number), _) if !(1..=65535).contains(number) => {
            let reason = format!("{path}.port: Invalid value: {number}: must be between 1 and 65535, inclusive");
            out.add(RejectionCode::Port, place, reason);
        }
        Field::Set(IntOrString::Name(name), _) => {
            for fault in names::port_name(name) {
                let reason = format!("{path}.port: Invalid value: {}: {fault}", quoted(name));
                out.add(RejectionCode::Port, place, reason);
            }
        }
        _ => {}
    }
}

fn end_port(port: &Port, path: Arguments<'_>, out: &mut Refusals<'_>) {
    let Field::Set(end, at) = &port.end_port else { return };
    let reason = match &port.port {
        Field::Absent | Field::Null(_) => {
            format!("{path}.endPort: Invalid value: {end}: may not be specified when `port` is not specified")
        }
        Field::Set(IntOrString::Name(_), _) => {
            format!("{path}.endPort: Invalid value: {end}: may not be specified when `port` is non-numeric")
        }
        Field::Set(IntOrString::Int(start), _) if end < start => {
            format!("{path}.endPort: Invalid value: {end}: must be greater than or equal to `port`")
        }
        _ if !(1..=65535).contains(end) => {
            format!("{path}.endPort: Invalid value: {end}: must be between 1 and 65535, inclusive")
        }
        _ => return,
    };
    out.add(RejectionCode::Port, at.value, reason);
}

/// What the agent refuses. What the API server refuses, the agent mostly takes.
pub(super) fn agent(object: &Object, spec: &Field<NetworkPolicySpec>, out: &mut Refusals<'_>) {
    decode::wrong_types(object, out);
    wide_numbers(spec, out);
    let Some(spec) = spec.get() else { return };
    for rule in rules(spec) {
        for peer in rule.peers.values() {
            agent_peer(peer, out);
        }
        for port in rule.ports.values() {
            agent_protocol(port, out);
        }
    }
    if !out.version().at_least(1, 19) {
        agent_keys(&spec.pod_selector, "k8s", out);
    }
}

fn agent_peer(peer: &Peer, out: &mut Refusals<'_>) {
    if !out.version().at_least(1, 19) {
        agent_keys(&peer.namespace_selector, "k8s.io.cilium.k8s.namespace.labels", out);
        agent_keys(&peer.pod_selector, "k8s", out);
    }
    let Some(block) = peer.ip_block.get() else { return };
    // Of two members the agent takes the selectors.
    if !(peer.pod_selector.is_nil() && peer.namespace_selector.is_nil()) {
        return;
    }
    let ranges = std::iter::once((&block.cidr, RejectionCode::Cidr));
    for (field, code) in ranges.chain(block.except.items().iter().map(|hole| (hole, RejectionCode::Except))) {
        if let Some(why) = text(field).and_then(cidr::panic_of) {
            out.add(code, place_of(field, block.place), why);
        }
    }
}

fn agent_protocol(port: &Port, out: &mut Refusals<'_>) {
    let Some(protocol) = text(&port.protocol).filter(|protocol| !protocol.is_empty()) else { return };
    if !port::is_protocol(protocol, out.version()) {
        let reason = port::invalid_protocol(protocol, out.version());
        out.add(RejectionCode::Protocol, place_of(&port.protocol, port.place), reason);
    }
}

/// Until 1.18 the agent checked a NetworkPolicy as its own policies, keys behind their source (semantics §5.5).
fn agent_keys(selector: &Field<ringfence_manifest::LabelSelector>, behind: &'static str, out: &mut Refusals<'_>) {
    if let Some(selector) = selector.get() {
        selector::check(selector, Keys::Behind(behind), "invalid label selector: ", None, out);
    }
}
