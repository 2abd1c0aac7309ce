//! `policyTypes` in both dialects (semantics §3.1, §3.2), and default deny (semantics §4.1).

mod common;

use common::{input, world_of};
use ringfence_cluster::{Cni, Direction, Knobs, L3, Tri, World};

/// Of each direction: isolated, and number of items that count.
fn np(cni: Cni, spec: &str) -> [(Tri, usize); 2] {
    let text = format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: own}}\n\
         spec: {{podSelector: {{}}, {spec}}}"
    );
    summary(&world_of(cni, &text))
}

fn summary(world: &World) -> [(Tri, usize); 2] {
    Direction::BOTH.map(|direction| {
        let entries = || world.entries.iter().filter(|entry| entry.direction == direction);
        let isolated = Tri::any(entries().map(|entry| entry.default_deny));
        (isolated, entries().filter(|entry| entry.item.is_some()).count())
    })
}

const YES: Tri = Tri::Yes;
const NO: Tri = Tri::No;

#[test]
fn types_are_filled_in() {
    for cni in [Cni::Cilium, Cni::Upstream] {
        assert_eq!(np(cni, "ingress: []"), [(YES, 0), (NO, 0)]);
        assert_eq!(np(cni, "egress: []"), [(YES, 0), (NO, 0)], "an empty egress list is no type");
        assert_eq!(np(cni, "egress: [{}]"), [(YES, 0), (YES, 1)], "egress rules isolate ingress too");
        assert_eq!(np(cni, "policyTypes: [], ingress: [{}]"), [(YES, 1), (NO, 0)]);
        assert_eq!(np(cni, "policyTypes: [Ingress, Egress]"), [(YES, 0), (YES, 0)]);
        assert_eq!(np(cni, "policyTypes: [Egress]"), [(NO, 0), (YES, 0)]);
    }
}

#[test]
fn rules_of_a_direction_that_is_no_type() {
    let egress = "policyTypes: [Ingress], egress: [{}]";
    assert_eq!(np(Cni::Upstream, egress), [(YES, 0), (NO, 0)]);
    assert_eq!(np(Cni::Cilium, egress), [(YES, 0), (YES, 1)]);
    let ingress = "policyTypes: [Egress], ingress: [{}]";
    assert_eq!(np(Cni::Upstream, ingress), [(NO, 0), (YES, 0)]);
    assert_eq!(np(Cni::Cilium, ingress), [(YES, 1), (YES, 0)]);
}

#[test]
fn unknown_types_leave_isolation_unknown() {
    assert_eq!(np(Cni::Cilium, "policyTypes: '${T}'"), [(Tri::Unknown, 0), (Tri::Unknown, 0)]);
    assert_eq!(np(Cni::Cilium, "policyTypes: '${T}', egress: [{}]"), [(Tri::Unknown, 0), (YES, 1)]);
    assert_eq!(np(Cni::Upstream, "policyTypes: ['${T}'], egress: [{}]"), [(Tri::Unknown, 0), (Tri::Unknown, 1)]);
}

#[test]
fn an_empty_rule_allows_everyone() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: own}\n\
                spec: {podSelector: {}, ingress: [{}, {from: []}, {from: null}]}";
    assert!(world_of(Cni::Upstream, text).entries.iter().all(|entry| entry.l3 == L3::Anyone));
}

fn cnp(spec: &str, knobs: &Knobs) -> [(Tri, usize); 2] {
    let text = format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p, namespace: own}}\n\
         spec: {{endpointSelector: {{}}, {spec}}}"
    );
    summary(&World::build(&input(&text), knobs))
}

#[test]
fn cilium_isolates_where_there_is_an_item() {
    let knobs = Knobs::default();
    assert_eq!(cnp("ingress: []", &knobs), [(NO, 0), (NO, 0)]);
    assert_eq!(cnp("ingress: [{}]", &knobs), [(YES, 1), (NO, 0)]);
    assert_eq!(cnp("egressDeny: [{toEntities: [world]}]", &knobs), [(NO, 0), (YES, 1)]);
    let flag = "enableDefaultDeny: {egress: false}";
    assert_eq!(cnp(&format!("{flag}, egress: [{{}}], ingress: [{{}}]"), &knobs), [(YES, 1), (NO, 1)]);
    assert_eq!(cnp("enableDefaultDeny: {ingress: true}, egress: [{}]", &knobs), [(NO, 0), (YES, 1)]);
    assert_eq!(cnp("enableDefaultDeny: '${X}', egress: [{}]", &knobs), [(NO, 0), (Tri::Unknown, 1)]);
    let off = Knobs { non_default_deny: false, ..Knobs::default() };
    assert_eq!(cnp(&format!("{flag}, egress: [{{}}]"), &off), [(NO, 0), (YES, 1)], "the flag switches the field off");
}
