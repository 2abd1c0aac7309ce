//! What empty lists and items mean (semantics §2.1), row by row.

mod common;

use common::{complete, entries};
use ringfence_cluster::{L3, L4};

/// The first egress item of a CiliumNetworkPolicy, as (L3, L4).
fn lowered(item: &str) -> (&'static str, &'static str) {
    let text = format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p, namespace: own}}\n\
         spec: {{endpointSelector: {{}}, egress: [{item}]}}"
    );
    let world = complete(&text);
    let entry = &entries(&world)[0];
    assert!(entry.default_deny.is_yes(), "an item isolates, whatever it says: {item}");
    let l3 = match &entry.l3 {
        L3::Nothing => "nothing",
        L3::Anyone => "anyone",
        L3::Peers(_) => "peers",
        L3::Unknown => "unknown",
    };
    let l4 = match &entry.l4 {
        L4::Any => "any",
        L4::Ports(ports) if ports.is_empty() => "nothing",
        L4::Ports(_) => "ports",
        L4::Unknown => "unknown",
    };
    (l3, l4)
}

const PEER: &str = "toEndpoints: [{}]";
const PORTS: &str = "toPorts: [{ports: [{port: \"80\"}]}]";

#[test]
fn items_without_a_part() {
    assert_eq!(lowered("{}"), ("nothing", "any"));
    assert_eq!(lowered("null"), ("nothing", "any"));
    assert_eq!(lowered(&format!("{{{PORTS}}}")), ("anyone", "ports"));
    assert_eq!(lowered(&format!("{{{PEER}}}")), ("peers", "any"));
    assert_eq!(lowered(&format!("{{{PEER}, {PORTS}}}")), ("peers", "ports"));
}

#[test]
fn port_lists_without_ports() {
    assert_eq!(lowered(&format!("{{{PEER}, toPorts: []}}")), ("peers", "any"));
    assert_eq!(lowered(&format!("{{{PEER}, toPorts: null}}")), ("peers", "any"));
    for ports in ["[{}]", "[{ports: []}]", "[{rules: {http: [{}]}}]"] {
        assert_eq!(lowered(&format!("{{{PEER}, toPorts: {ports}}}")), ("peers", "nothing"), "{ports}");
    }
    assert_eq!(lowered(&format!("{{{PEER}, icmps: [{{fields: []}}]}}")), ("peers", "nothing"));
    assert_eq!(lowered(&format!("{{{PEER}, icmps: [{{fields: [{{type: 8}}]}}]}}")), ("peers", "ports"));
}

#[test]
fn empty_lists_of_peers_select_nobody() {
    for list in ["toEndpoints", "toEntities", "toCIDR", "toCIDRSet", "toNodes"] {
        assert_eq!(lowered(&format!("{{{list}: []}}")), ("nothing", "any"), "{list}");
        assert_eq!(lowered(&format!("{{{list}: [], {PORTS}}}")), ("nothing", "ports"), "{list}");
        // An empty list beside a full one of another kind takes the whole item with it.
        let full = if list == "toEndpoints" { "toEntities: [all]" } else { PEER };
        assert_eq!(lowered(&format!("{{{list}: [], {full}}}")), ("nothing", "any"), "{list}");
        // null is not empty.
        assert_eq!(lowered(&format!("{{{list}: null, {PORTS}}}")), ("anyone", "ports"), "{list}");
    }
}

#[test]
fn other_empty_lists_open_the_ports_to_everyone() {
    for list in ["toFQDNs", "toGroups", "toServices"] {
        assert_eq!(lowered(&format!("{{{list}: [], {PORTS}}}")), ("anyone", "ports"), "{list}");
        assert_eq!(lowered(&format!("{{{list}: []}}")), ("nothing", "any"), "{list}");
    }
    let missing = "toServices: [{k8sService: {serviceName: gone, namespace: own}}]";
    assert_eq!(lowered(&format!("{{{missing}, {PORTS}}}")), ("anyone", "ports"));
    assert_eq!(lowered(&format!("{{{missing}}}")), ("nothing", "any"));
}

#[test]
fn placeholders_are_unknown_and_still_isolate() {
    assert_eq!(lowered("{toEndpoints: '${X}'}"), ("peers", "any"), "an unknown peer");
    assert_eq!(lowered("{toPorts: '${X}'}"), ("unknown", "unknown"));
    assert_eq!(lowered("'${X}'"), ("unknown", "unknown"));
    assert_eq!(lowered("{toEndpoints: [{}], toPorts: [{ports: ['${X}']}]}"), ("peers", "unknown"));
}
