//! One item of `ingress`, `ingressDeny`, `egress` or `egressDeny` of a Cilium policy (V04–V30).

use ringfence_manifest::kinds::cilium::{Item, Listener, Peers, PortRule, Ports};
use ringfence_manifest::{Field, List, Place};

use super::port::{self, Checked};
use super::refusals::{Refusals, has_items, is_set, key_of, len, place_of, text};
use super::selector::{self, Keys};
use super::{cidr, fqdn, http, icmp};
use crate::{Direction, RejectionCode, Version};

/// What an item stands in.
#[derive(Clone, Copy)]
pub(super) struct Around {
    /// Its direction.
    pub(super) direction: Direction,
    /// Whether the subject is surely a node.
    pub(super) host: bool,
}

/// Checks an item, in the order of the agent.
pub(super) fn check(item: &dyn Item, around: Around, out: &mut Refusals<'_>) {
    let peers = item.peers();
    combined(&peers, around, item.place(), out);
    check_peers(&peers, out);
    let ports = item.ports();
    if let Ports::Allow(ports) = ports {
        l7(ports, around, out);
    }
    icmp_beside_ports(item, out);
    match ports {
        Ports::Allow(ports) => ports.values().for_each(|rule| allow_ports(rule, around, out)),
        Ports::Deny(ports) => ports.values().for_each(|rule| {
            port::too_many(&rule.ports, rule.place, out);
            check_ports(&rule.ports, false, out);
        }),
    }
    item.icmps().values().for_each(|rule| icmp::check(rule, out));
    peers.fqdns.values().for_each(|selector| fqdn::check(selector, out));
}

/// V09: two kinds of peers in one item.
fn combined(peers: &Peers<'_>, around: Around, whole: Place, out: &mut Refusals<'_>) {
    let ingress = around.direction == Direction::Ingress;
    let mut given = [
        member("Endpoints", peers.endpoints, whole),
        member("CIDR", peers.cidr, whole),
        member("CIDRSet", peers.cidr_set, whole),
        member("Entities", peers.entities, whole),
        member("Services", peers.services, whole),
        member("Groups", peers.groups, whole),
        member("Nodes", peers.nodes, whole),
        member("FQDNs", peers.fqdns, whole),
    ];
    given.sort_by_key(|member| member.map(|(_, place)| place));
    let mut given = given.into_iter().flatten();
    if let (Some((first, _)), Some((second, place))) = (given.next(), given.next()) {
        let side = if ingress { "From" } else { "To" };
        let reason = format!("combining {side}{first} and {side}{second} is not supported yet");
        out.add(RejectionCode::CombinedPeers, place, reason);
    }
}

/// The name of a kind of peers and the place of its key, if the item surely has some.
fn member<T>(name: &'static str, list: &Field<List<T>>, whole: Place) -> Option<(&'static str, Place)> {
    has_items(list).then(|| (name, key_of(list, whole)))
}

fn check_peers(peers: &Peers<'_>, out: &mut Refusals<'_>) {
    let keys = Keys::Cilium(out.version());
    for selector in peers.endpoints.values().chain(peers.nodes.values()) {
        selector::check(selector, keys, "invalid label selector: ", None, out);
    }
    for item in peers.cidr.items() {
        if let (Some(text), Some(at)) = (text(item), item.at()) {
            cidr::check(text, at.value, out);
        }
    }
    peers.cidr_set.values().for_each(|rule| cidr::check_rule(rule, out));
    for item in peers.entities.items() {
        if let (Some(entity), Some(at)) = (text(item), item.at())
            && !is_entity(entity, out.version())
        {
            out.add(RejectionCode::UnknownEntity, at.value, format!("unsupported entity: {entity}"));
        }
    }
    // V11. The agent says it last, behind whatever else is wrong with the peers.
    if has_items(peers.nodes) && out.knobs.node_selector_labels == Some(false) {
        let reason = "FromNodes/ToNodes rules can only be applied when the \"enable-node-selector-labels\" flag is set";
        if let Some(at) = peers.nodes.at() {
            out.add(RejectionCode::Feature, at.key, reason);
        }
    }
}

/// V12. The API server knows neither `world-ipv4` nor `world-ipv6`.
fn is_entity(entity: &str, version: Version) -> bool {
    const ALWAYS: &[&str] = &[
        "all",
        "world",
        "world-ipv4",
        "world-ipv6",
        "cluster",
        "host",
        "init",
        "ingress",
        "unmanaged",
        "remote-node",
        "health",
        "none",
        "kube-apiserver",
    ];
    ALWAYS.contains(&entity) || (entity == "cluster-mesh" && version.at_least(1, 20))
}

/// V05–V07: where L7 may stand at all.
fn l7(ports: &Field<List<PortRule>>, around: Around, out: &mut Refusals<'_>) {
    let ingress = around.direction == Direction::Ingress;
    let Some(first) = ports.values().find(|rule| has_l7(rule)) else { return };
    let place = key_of(&first.rules, first.place);
    if ingress && around.host {
        out.add(RejectionCode::L7, place, "L7 policy is not supported on host ingress yet");
    }
    if !out.knobs.l7_proxy {
        out.add(RejectionCode::Feature, place, "L7 policy is not supported since L7 proxy is not enabled");
    }
    let refused = |rule: &PortRule| {
        let rules = rule.rules.get()?;
        if ingress {
            has_items(&rules.dns)
                .then(|| (key_of(&rules.dns, rules.place), "L7 protocol DNS is not supported on ingress yet"))
        } else {
            let http = around.host && has_items(&rules.http);
            http.then(|| (key_of(&rules.http, rules.place), "L7 protocol HTTP is not supported on host egress yet"))
        }
    };
    if let Some((place, reason)) = ports.values().find_map(refused) {
        out.add(RejectionCode::L7, place, reason);
    }
}

/// V08.
fn icmp_beside_ports(item: &dyn Item, out: &mut Refusals<'_>) {
    let icmps = item.icmps();
    if !has_items(icmps) {
        return;
    }
    let place = key_of(icmps, item.place());
    if !out.knobs.icmp_rules {
        let reason = "ICMP rules can only be applied when the \"enable-icmp-rules\" flag is set";
        out.add(RejectionCode::Feature, place, reason);
    }
    let ports = match item.ports() {
        Ports::Allow(ports) => len(ports),
        Ports::Deny(ports) => len(ports),
    };
    if ports.is_some_and(|len| len > 0) {
        let reason = "the ICMPs block may only be present without ToPorts. Define a separate rule to use ToPorts";
        out.add(RejectionCode::Icmp, place, reason);
    }
}

/// Whether an element of `toPorts` surely has an L7 rule.
fn has_l7(rule: &PortRule) -> bool {
    rule.rules.get().is_some_and(|rules| has_items(&rules.http) || has_items(&rules.dns))
}

fn has_dns(rule: &PortRule) -> bool {
    rule.rules.get().is_some_and(|rules| has_items(&rules.dns))
}

/// V15–V27 of one element of `toPorts`. V25 is not among them: V07 has always said it before.
fn allow_ports(rule: &PortRule, around: Around, out: &mut Refusals<'_>) {
    server_names(rule, out);
    port::too_many(&rule.ports, rule.place, out);
    let checked = check_ports(&rule.ports, has_dns(rule), out);
    if has_l7(rule) && !has_dns(rule) {
        only_tcp(&checked, out);
    }
    if let Field::Set(listener, _) = &rule.listener {
        check_listener(listener, rule, around, out);
    }
    if has_l7(rule) {
        l7_rules(rule, checked.iter().any(|(checked, _)| checked.zero), out);
    }
}

/// V26.
fn server_names(rule: &PortRule, out: &mut Refusals<'_>) {
    let names = &rule.server_names;
    if has_items(names) && has_l7(rule) && rule.terminating_tls.is_nil() {
        let reason = "ServerNames are not allowed with L7 rules without TLS termination";
        out.add(RejectionCode::L7, key_of(names, rule.place), reason);
    }
    if let Some(empty) = names.items().iter().find(|name| text(name) == Some("")) {
        out.add(RejectionCode::L7, place_of(empty, rule.place), "empty server name is not allowed");
    }
}

/// Every port of a list, checked, with its place.
fn check_ports(
    ports: &Field<List<ringfence_manifest::kinds::cilium::PortProtocol>>,
    dns: bool,
    out: &mut Refusals<'_>,
) -> Vec<(Checked, Place)> {
    let mut all = Vec::new();
    for item in ports.items() {
        match item {
            Field::Set(port, _) => {
                let place = place_of(&port.protocol, port.place);
                all.push((port::check(port, dns, out), place));
            }
            Field::Null(at) => all.push((port::check(&port::nothing(at.value), dns, out), at.value)),
            _ => {}
        }
    }
    all
}

/// V21.
fn only_tcp(ports: &[(Checked, Place)], out: &mut Refusals<'_>) {
    for (checked, place) in ports {
        if let Some(protocol) = checked.protocol.as_deref().filter(|protocol| *protocol != "TCP") {
            let reason = format!("L7 rules can only apply to TCP (not {protocol}) except for DNS rules");
            out.add(RejectionCode::L7, *place, reason);
        }
    }
}

/// V27.
fn check_listener(listener: &Listener, rule: &PortRule, around: Around, out: &mut Refusals<'_>) {
    let name = text(&listener.name).unwrap_or_default();
    let place = key_of(&rule.listener, rule.place);
    if around.direction == Direction::Ingress {
        out.add(RejectionCode::L7, place, format!("Listener is not allowed on ingress ({name})"));
    }
    if has_l7(rule) {
        out.add(RejectionCode::L7, place, format!("Listener is not allowed with L7 rules ({name})"));
    }
}

/// V22–V24, V29 and the names of DNS rules.
fn l7_rules(rule: &PortRule, zero: bool, out: &mut Refusals<'_>) {
    let Some(rules) = rule.rules.get() else { return };
    let place = key_of(&rule.rules, rule.place);
    if zero {
        out.add(RejectionCode::L7, place, "L7 rules can not be used when a port is 0");
    }
    rules.http.values().for_each(|rule| http::check(rule, out));
    if is_set(&rules.dns) && len(&rule.ports) == Some(0) {
        out.add(RejectionCode::L7, place, "port 53 must be specified for DNS rules");
    }
    rules.dns.values().for_each(|rule| fqdn::check_dns(rule, out));
    if is_set(&rules.http) && is_set(&rules.dns) {
        out.add(RejectionCode::L7, place, "multiple L7 protocol rule types specified in single rule");
    }
}
