//! Answers on random worlds against the engine asked pair by pair.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::BTreeMap;

use common::ask;
use ringfence_cluster::{Cni, Direction, Input, Knobs, Protocol, Tri, World};
use ringfence_engine::{Endpoint, Engine, Ports, Traffic};
use ringfence_questions::{Detail, End, Ends, Inquiry, Partners, Quantity, Resources, Who};
use ringfence_testkit::universe::objects;
use ringfence_testkit::worlds::{self, For, Size};

const WORLDS: u64 = 60;
const PROTOCOLS: [Protocol; 5] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp, Protocol::Icmp, Protocol::Icmpv6];

/// The worlds of both dialects, as repositories: much is unknown.
fn random_worlds() -> impl Iterator<Item = World> {
    (0..WORLDS).flat_map(|seed| {
        [(For::Cilium, Cni::Cilium), (For::Upstream, Cni::Upstream)].map(|(engine, cni)| {
            let random = worlds::World::random(seed, engine, Size { policies: 6, flows: 0, faults: false });
            let text = format!("{}{}", random.universe().manifests_text(), random.text());
            let objects = objects(&text, 0).into_iter().map(|object| (object, 0)).collect();
            let knobs = Knobs { cni: Some(cni), cluster_network_policy: true, ..Knobs::default() };
            World::build(&Input { objects, ..Input::default() }, &knobs)
        })
    })
}

fn workloads(world: &World) -> Vec<End> {
    let pods = world.workload_ids().filter_map(|(id, workload)| Some((id, workload.identity?)));
    let end = |(id, identity)| End {
        who: Who::Workload(id),
        shapes: vec![Endpoint::Pods(identity)],
        belongs: Tri::Yes,
        traffic: None,
    };
    pods.map(end).collect()
}

fn alone(end: &End) -> Ends {
    Ends { name: String::new(), members: vec![end.clone()], perhaps_more: false }
}

fn allowed(engine: &Engine<'_>, from: &End, to: &End) -> Vec<(Protocol, Ports)> {
    PROTOCOLS.map(|one| (one, engine.allowed_ports(&from.shapes[0], &to.shapes[0], one))).to_vec()
}

fn is_open(ports: &[(Protocol, Ports)]) -> bool {
    ports.iter().any(|(_, ports)| !ports.is_none())
}

#[test]
fn can_is_what_the_engine_says_of_each_pair() {
    let mut seen: BTreeMap<Quantity, usize> = BTreeMap::new();
    for world in random_worlds() {
        ask(&world, &Resources::default(), |inquiry| {
            for from in workloads(&world) {
                for to in workloads(&world) {
                    compare_pair(inquiry, &from, &to, &mut seen);
                }
            }
        });
    }
    assert_eq!(seen.len(), 4, "every answer occurs: {seen:?}");
}

fn compare_pair(inquiry: Inquiry<'_>, from: &End, to: &End, seen: &mut BTreeMap<Quantity, usize>) {
    let can = inquiry.can(alone(from), alone(to));
    *seen.entry(can.quantity).or_default() += 1;
    let Detail::Ports(ports, example) = &can.pairs[0].detail else { panic!("no port was asked for") };
    assert_eq!(*ports, allowed(inquiry.engine(), from, to));
    for port in [80, 443, 5432, example.traffic.port] {
        let traffic = Traffic { protocol: Protocol::Tcp, port };
        let to = End { traffic: Some(vec![traffic]), ..to.clone() };
        let expected = match inquiry.engine().connection(&from.shapes[0], &to.shapes[0], traffic).allowed() {
            Tri::Yes => Quantity::All,
            Tri::No => Quantity::None,
            Tri::Unknown => Quantity::Unknown,
        };
        assert_eq!(inquiry.can(alone(from), alone(&to)).quantity, expected);
    }
}

/// Who is at the other end, by the end's own shape.
fn of<'p>(partners: &'p Partners, end: &End) -> Option<&'p [(Protocol, Ports)]> {
    partners.partners.iter().find(|one| one.end.who == end.who).map(|one| one.ports.as_slice())
}

#[test]
fn who_can_reach_and_reach_are_the_same_connections_from_both_ends() {
    let (mut pairs, mut half_open) = (0, 0);
    for world in random_worlds() {
        ask(&world, &Resources::default(), |inquiry| {
            let ends = workloads(&world);
            let reaching: Vec<Partners> = ends.iter().map(|end| inquiry.who_can_reach(alone(end))).collect();
            let reached: Vec<Partners> = ends.iter().map(|end| inquiry.reach(alone(end))).collect();
            for (from, outward) in ends.iter().zip(&reached) {
                for (to, inward) in ends.iter().zip(&reaching) {
                    let open = allowed(inquiry.engine(), from, to);
                    let told: Vec<_> = open.iter().filter(|(_, ports)| !ports.is_none()).cloned().collect();
                    let told = is_open(&open).then_some(told.as_slice());
                    assert_eq!((of(inward, from), of(outward, to)), (told, told));
                    pairs += 1;
                    half_open += usize::from(compare_half_open(inquiry, (from, to), (outward, inward)));
                }
            }
        });
    }
    assert!(pairs > 1000 && half_open > 20, "{pairs} pairs, {half_open} half open");
}

/// A pair is half open from both ends or from none, and one half surely allows what the other surely does not.
fn compare_half_open(
    inquiry: Inquiry<'_>,
    (from, to): (&End, &End),
    (outward, inward): (&Partners, &Partners),
) -> bool {
    let find = |partners: &Partners, end: &End| partners.half_open.iter().find(|one| one.end.who == end.who).cloned();
    let (one, other) = (find(outward, to), find(inward, from));
    assert_eq!(one.as_ref().map(|half| (half.open, half.ports.clone())), other.map(|half| (half.open, half.ports)));
    let Some(half) = one else { return false };
    let connection = inquiry.engine().connection(&from.shapes[0], &to.shapes[0], half.reply.traffic);
    let (egress, ingress) = (connection.egress.decision.allows(), connection.ingress.decision.allows());
    let expected = if half.open == Direction::Egress { (Tri::Yes, Tri::No) } else { (Tri::No, Tri::Yes) };
    assert_eq!((egress, ingress), expected);
    assert!(!is_open(&allowed(inquiry.engine(), from, to)));
    true
}
