//! NetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy as the API means them, against recorded lists of who
//! may talk to whom in random worlds of plain manifests.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ringfence_cluster::{Cni, Complete, Input, Knobs, Protocol, World};
use ringfence_engine::{Endpoint, Engine, Ports};
use ringfence_testkit::connlist::{Allowed, End, Lines, Recorded, read_as_written, recorded};
use ringfence_testkit::universe::objects;
use ringfence_testkit::vectors;

const PROTOCOLS: [(&str, Protocol); 3] = [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp), ("SCTP", Protocol::Sctp)];

/// Where all pods are. No range of these worlds reaches a pod: worlds in which one would were left out.
const POD_ADDRESS: Ipv4Addr = Ipv4Addr::new(239, 255, 0, 1);

/// The sure ports; text where some port is unknown.
fn ours(engine: &Engine<'_>, source: &Endpoint, destination: &Endpoint) -> Result<Allowed, String> {
    let mut allowed = Allowed::new();
    for (name, protocol) in PROTOCOLS {
        let ports: Ports = engine.allowed_ports(source, destination, protocol);
        if !ports.perhaps().is_empty() {
            return Err(format!("{name} {ports}"));
        }
        if !ports.sure().is_empty() {
            allowed.insert(name.to_owned(), ports.sure().to_vec());
        }
    }
    Ok(allowed)
}

/// Whether the end of a line includes one of ours.
fn includes(end: &End, own: &End) -> bool {
    match (end, own) {
        (End::Addresses(first, last), End::Addresses(start, _)) => (first..=last).contains(&start),
        _ => end == own,
    }
}

/// The workloads of a world, and one address of each range that some line begins or ends.
fn endpoints(world: &World, lines: &Lines) -> Vec<(End, Endpoint)> {
    let of_workload = |workload: &ringfence_cluster::Workload| {
        let object = world.object(workload.object);
        let namespace = world.namespace_name(workload.namespace).unwrap();
        let name = format!("{namespace}/{}[{}]", object.name().unwrap(), object.kind_name);
        let identity = workload.identity.expect("no pod is on the host's network");
        (End::Named(name), Endpoint::PodAt(identity, POD_ADDRESS.into()))
    };
    let mut starts = BTreeSet::from([0]);
    for end in lines.keys().flat_map(|(source, destination)| [source, destination]) {
        if let End::Addresses(first, last) = end {
            starts.insert(*first);
            starts.extend(last.checked_add(1));
        }
    }
    let address = |start: u32| (End::Addresses(start, start), Endpoint::Address(Ipv4Addr::from_bits(start).into()));
    world.workloads.iter().map(of_workload).chain(starts.into_iter().map(address)).collect()
}

fn differences(recorded: &Recorded) -> (usize, Vec<String>) {
    let objects = recorded.texts().zip(0..).flat_map(|(text, file)| objects(text, file)).map(|object| (object, 0));
    let knobs = Knobs {
        cni: Some(Cni::Upstream),
        complete: Complete::ALL,
        default_namespace: Some("default".into()),
        ipv6: false,
        ..Knobs::default()
    };
    let world = World::build(&Input { objects: objects.collect(), ..Input::default() }, &knobs);
    let engine = Engine::new(&world);
    let lines = read_as_written(&recorded.expected).unwrap();
    let endpoints = endpoints(&world, &lines);
    let (mut pairs, mut wrong) = (0, Vec::new());
    for (source, from) in &endpoints {
        for (destination, to) in endpoints.iter().filter(|(end, _)| end != source) {
            if [source, destination].iter().all(|end| matches!(end, End::Addresses(..))) {
                continue;
            }
            pairs += 1;
            let line = lines.iter().find(|((own, other), _)| includes(own, source) && includes(other, destination));
            let theirs = line.map(|(_, allowed)| allowed.clone()).unwrap_or_default();
            let own = ours(&engine, from, to);
            if own.as_ref() != Ok(&theirs) {
                wrong.push(format!("{source:?} => {destination:?}: theirs {theirs:?}, ours {own:?}"));
            }
        }
    }
    (pairs, wrong)
}

#[test]
fn random_worlds_agree() {
    let worlds = recorded(&vectors::folder().join("upstream-random/upstream-random.jsonl.gz")).unwrap().unwrap();
    let (mut pairs, mut wrong) = (0, Vec::new());
    for world in &worlds {
        let (compared, differ) = differences(world);
        pairs += compared;
        wrong.extend(differ.into_iter().map(|difference| format!("{}: {difference}", world.name)));
    }
    println!("{} worlds, {pairs} pairs, {} differ", worlds.len(), wrong.len());
    for difference in wrong.iter().take(30) {
        println!("  {difference}");
    }
    assert!(wrong.is_empty(), "{} of {pairs} pairs differ", wrong.len());
}
