//! NetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy as the API means them, against recorded lists of who
//! may talk to whom in random worlds of plain manifests.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;

use ringfence_cluster::{Cni, Complete, Input, Knobs, Protocol, World};
use ringfence_engine::{Endpoint, Engine, Ports};
use ringfence_testkit::vectors;

/// The ports of each protocol: intervals.
type Allowed = BTreeMap<&'static str, Vec<(u16, u16)>>;

const PROTOCOLS: [(&str, Protocol); 3] = [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp), ("SCTP", Protocol::Sctp)];

/// Where all pods are. No range of these worlds reaches a pod: worlds in which one would were left out.
const POD_ADDRESS: Ipv4Addr = Ipv4Addr::new(239, 255, 0, 1);

fn parse(text: &str) -> Allowed {
    if text == "All Connections" {
        return PROTOCOLS.iter().map(|&(name, _)| (name, vec![(1, u16::MAX)])).collect();
    }
    let mut allowed = Allowed::new();
    let mut current = "";
    for part in text.split(',') {
        let (protocol, ports) = part.split_once(' ').unwrap_or((current, part));
        current = PROTOCOLS.iter().find(|(name, _)| *name == protocol).expect("a protocol").0;
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        allowed.entry(current).or_default().push((first.parse().unwrap(), last.parse().unwrap()));
    }
    allowed
}

/// The sure ports; text where some port is unknown.
fn ours(engine: &Engine<'_>, source: &Endpoint, destination: &Endpoint) -> Result<Allowed, String> {
    let mut allowed = Allowed::new();
    for (name, protocol) in PROTOCOLS {
        let ports: Ports = engine.allowed_ports(source, destination, protocol);
        if !ports.perhaps().is_empty() {
            return Err(format!("{name} {ports}"));
        }
        if !ports.sure().is_empty() {
            allowed.insert(name, ports.sure().to_vec());
        }
    }
    Ok(allowed)
}

/// An end of a line: a workload by its name, or a range of addresses.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum End {
    Workload(String),
    Range(u32, u32),
}

impl End {
    fn parse(text: &str) -> Self {
        let Some(range) = text.strip_suffix("[External]") else { return Self::Workload(text.to_owned()) };
        let (first, last) = range.split_once('-').unwrap();
        let number = |address: &str| address.parse::<Ipv4Addr>().unwrap().to_bits();
        Self::Range(number(first), number(last))
    }

    /// Whether the line's end includes one of ours.
    fn includes(&self, own: &Self) -> bool {
        match (self, own) {
            (Self::Range(first, last), Self::Range(start, _)) => (first..=last).contains(&start),
            _ => self == own,
        }
    }
}

/// The workloads of a world, and one address of each range that some line begins or ends.
fn endpoints(world: &World, lines: &[(End, End, Allowed)]) -> Vec<(End, Endpoint)> {
    let of_workload = |workload: &ringfence_cluster::Workload| {
        let object = world.object(workload.object);
        let namespace = world.namespace_name(workload.namespace).unwrap();
        let name = format!("{namespace}/{}[{}]", object.name().unwrap(), object.kind_name);
        let identity = workload.identity.expect("no pod is on the host's network");
        (End::Workload(name), Endpoint::PodAt(identity, POD_ADDRESS.into()))
    };
    let mut starts = BTreeSet::from([0]);
    for end in lines.iter().flat_map(|(source, destination, _)| [source, destination]) {
        if let End::Range(first, last) = end {
            starts.insert(*first);
            starts.extend(last.checked_add(1));
        }
    }
    let address = |start: u32| (End::Range(start, start), Endpoint::Address(Ipv4Addr::from_bits(start).into()));
    world.workloads.iter().map(of_workload).chain(starts.into_iter().map(address)).collect()
}

fn line(text: &str) -> (End, End, Allowed) {
    let (ends, allowed) = text.split_once(" : ").unwrap();
    let (source, destination) = ends.split_once(" => ").unwrap();
    (End::parse(source), End::parse(destination), parse(allowed))
}

fn differences(files: &serde_json::Value, expected: &str) -> (usize, Vec<String>) {
    let texts = files.as_object().unwrap().values().zip(0..);
    let objects = texts
        .flat_map(|(text, file)| ringfence_testkit::universe::objects(text.as_str().unwrap(), file))
        .map(|object| (object, 0));
    let knobs = Knobs {
        cni: Some(Cni::Upstream),
        complete: Complete::ALL,
        default_namespace: Some("default".into()),
        ipv6: false,
        ..Knobs::default()
    };
    let world = World::build(&Input { objects: objects.collect(), ..Input::default() }, &knobs);
    let engine = Engine::new(&world);
    let lines: Vec<_> = expected.lines().map(line).collect();
    let endpoints = endpoints(&world, &lines);
    let (mut pairs, mut wrong) = (0, Vec::new());
    for (source, from) in &endpoints {
        for (destination, to) in endpoints.iter().filter(|(end, _)| end != source) {
            if [source, destination].iter().all(|end| matches!(end, End::Range(..))) {
                continue;
            }
            pairs += 1;
            let recorded = lines.iter().find(|(own, other, _)| own.includes(source) && other.includes(destination));
            let theirs = recorded.map(|(.., allowed)| allowed.clone()).unwrap_or_default();
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
    let path = vectors::folder().join("upstream-random/upstream-random.jsonl.gz");
    let file = BufReader::new(std::fs::File::open(path).unwrap());
    let text = BufReader::new(flate2::bufread::GzDecoder::new(file));
    let (mut worlds, mut pairs, mut wrong) = (0, 0, Vec::new());
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let (compared, differ) = differences(&line["files"], line["expected"].as_str().unwrap());
        worlds += 1;
        pairs += compared;
        wrong.extend(differ.into_iter().map(|difference| format!("{}: {difference}", line["name"].as_str().unwrap())));
    }
    println!("{worlds} worlds, {pairs} pairs, {} differ", wrong.len());
    for difference in wrong.iter().take(30) {
        println!("  {difference}");
    }
    assert!(wrong.is_empty(), "{} of {pairs} pairs differ", wrong.len());
}
