//! The engine equals the specification: on thousands of random small worlds for both dialects, on the smallest ones
//! exhaustively, and, where something is unknown, on everything that it may turn out to be.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test")]

mod reference;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reference::{Answer, Party, Reference};
use ringfence_cluster::{Cni, Complete, Input, Knobs, Stage, Version, World};
use ringfence_engine::{Basis, Decision, Engine, Side, Traffic};
use ringfence_testkit::dice::Dice;
use ringfence_testkit::universe::{Person, objects, protocol};
use ringfence_testkit::vectors::{Config, Flow, Scenario};
use ringfence_testkit::worlds::{self, Cast, For, Size};
use serde_json::{Value, json};

/// Sides that were compared, and those of which the engine is not sure.
#[derive(Default, Debug)]
struct Count {
    sides: usize,
    unsure: usize,
}

fn world_of(random: &worlds::World, engine: For, scenario: &Scenario) -> World {
    let universe = random.universe();
    if engine == For::Cilium {
        return universe.world(scenario, Version::NEWEST);
    }
    let knobs = Knobs {
        cni: Some(Cni::Upstream),
        stage: Stage::ApiServerAndAgent,
        complete: Complete::ALL,
        ..scenario.config.knobs(Version::NEWEST)
    };
    let policies = objects(&scenario.policies, 1);
    let all = universe.manifests().iter().chain(&policies).map(|object| (Arc::clone(object), 0)).collect();
    World::build(&Input { objects: all, ..Input::default() }, &knobs)
}

fn scenario_of(random: &worlds::World) -> Scenario {
    Scenario {
        name: random.name.clone(),
        config: random.config.clone(),
        policies: random.text(),
        extra_identities: Vec::new(),
        outcomes: Vec::new(),
    }
}

/// The decisions of the specification: both sides of each flow.
fn specified(random: &worlds::World, engine: For, policies: &[&Value]) -> Vec<[Decision; 2]> {
    let specification = Reference::new(&random.config, engine == For::Upstream, &random.cast.groups, policies);
    let party = |name: &str| {
        let (name, person) = random.cast.people.get_key_value(name).expect("it is in the cast");
        Party { name, person, labels: person.labels_under(&random.config) }
    };
    let decision = |answer| match answer {
        Answer::Allow => Decision::Allow,
        Answer::Deny => Decision::Deny,
        Answer::NotEnforced => Decision::NotApplicable,
    };
    let sides = |flow: &Flow| {
        let (from, to) = (party(&flow.from), party(&flow.to));
        [specification.side(&from, &to, false, flow), specification.side(&to, &from, true, flow)].map(decision)
    };
    random.flows.iter().map(sides).collect()
}

/// The answers of the engine, and which policies count.
fn answered(random: &worlds::World, engine: For) -> (Vec<[Side; 2]>, Vec<bool>) {
    let scenario = scenario_of(random);
    let universe = random.universe();
    let world = world_of(random, engine, &scenario);
    let ours = Engine::new(&world);
    let answer = |flow: &Flow| {
        let ends = [&flow.from, &flow.to].map(|name| universe.endpoint(name, &scenario, &world));
        let traffic = Traffic { protocol: protocol(&flow.protocol), port: flow.port };
        let connection = ours.connection(&ends[0], &ends[1], traffic);
        [connection.egress, connection.ingress]
    };
    let counts = |policy: &Value| {
        let named =
            |own: &&ringfence_cluster::Policy| world.object(own.object).name() == policy["metadata"]["name"].as_str();
        world.policies.iter().find(named).is_some_and(ringfence_cluster::Policy::counts)
    };
    (random.flows.iter().map(answer).collect(), random.policies.iter().map(counts).collect())
}

fn counted<'a>(policies: &'a [Value], counts: &[bool]) -> Vec<&'a Value> {
    policies.iter().zip(counts).filter(|(_, counts)| **counts).map(|(policy, _)| policy).collect()
}

fn compare(random: &worlds::World, engine: For, count: &mut Count) -> Result<(), String> {
    let (sides, counts) = answered(random, engine);
    let specified = specified(random, engine, &counted(&random.policies, &counts));
    for ((flow, sides), specified) in random.flows.iter().zip(&sides).zip(&specified) {
        for (side, expected) in sides.iter().zip(specified).filter(|(side, _)| side.basis != Basis::Conflict) {
            count.sides += 1;
            if side.decision == Decision::Unknown && engine == For::Upstream {
                count.unsure += 1;
            } else if side.decision != *expected {
                return Err(format!(
                    "{} {} -> {} {}/{}: specification {expected:?}, engine {:?} by {:?}\n{:?}\n{}",
                    random.name,
                    flow.from,
                    flow.to,
                    flow.protocol,
                    flow.port,
                    side.decision,
                    side.basis,
                    random.config,
                    random.text()
                ));
            }
        }
    }
    Ok(())
}

/// Upstream there are pods and addresses; what nodes and Cilium's own endpoints are, the API leaves open.
fn is_upstream(flow: &Flow) -> bool {
    let known = |name: &str| name.contains('/') && !name.contains(':') || name.starts_with("ip:");
    known(&flow.from)
        && known(&flow.to)
        && flow.from != flow.to
        && ["TCP", "UDP", "SCTP"].contains(&flow.protocol.as_str())
}

fn check(engine: For, worlds: u64) -> Count {
    let mut count = Count::default();
    let mut wrong = Vec::new();
    for seed in 0..worlds {
        let mut random = worlds::World::random(seed, engine, Size { policies: 5, flows: 12, faults: true });
        random.flows.retain(|flow| engine == For::Cilium || is_upstream(flow));
        if let Err(difference) = compare(&random, engine, &mut count) {
            wrong.push(difference);
        }
    }
    println!("{worlds} worlds, {count:?}, {} differ", wrong.len());
    assert!(wrong.is_empty(), "{} worlds differ\n{}", wrong.len(), wrong[..wrong.len().min(3)].join("\n\n"));
    count
}

#[test]
fn cilium() {
    let count = check(For::Cilium, 1000);
    assert!(count.sides > 20_000, "{count:?}");
}

#[test]
fn upstream() {
    let count = check(For::Upstream, 1000);
    assert!(count.sides > 5_000 && count.unsure * 10 < count.sides, "{count:?}");
}

/// A label of a pod, or a value that a policy asks for, is a variable: what the engine is sure of must hold whatever it
/// turns out to be (semantics §10.1).
#[test]
fn what_is_sure_holds_in_every_completion() {
    let mut dice = Dice::new(11);
    let mut count = Count::default();
    for seed in 0..600 {
        let random = worlds::World::random(seed, For::Cilium, Size { policies: 4, flows: 12, faults: false });
        let whole =
            if dice.percent(50) { variable_label(&random, &mut dice) } else { variable_value(&random, &mut dice) };
        let Some((partial, completions)) = whole else { continue };
        let (sides, counts) = answered(&partial, For::Cilium);
        for complete in &completions {
            let specified = specified(complete, For::Cilium, &counted(&complete.policies, &counts));
            for ((flow, sides), specified) in partial.flows.iter().zip(&sides).zip(&specified) {
                for (side, expected) in sides.iter().zip(specified) {
                    count.sides += 1;
                    count.unsure += usize::from(side.decision == Decision::Unknown);
                    assert!(
                        side.decision == Decision::Unknown || side.decision == *expected,
                        "seed {seed} {flow:?}: specification {expected:?}, engine {side:?}\n{}\nfor\n{}",
                        partial.text(),
                        complete.text()
                    );
                }
            }
        }
    }
    println!("{count:?}");
    assert!(count.sides > 20_000 && count.unsure > 0 && count.unsure * 3 < count.sides, "{count:?}");
}

/// Values that labels have in worlds, and one that none has.
const VALUES: [&str; 9] = ["front", "api", "db", "web", "shop", "kube-dns", "public", "", "other"];

/// One label of one pod forgotten, and all that it may be.
fn variable_label(random: &worlds::World, dice: &mut Dice) -> Option<(worlds::World, Vec<worlds::World>)> {
    let own = |label: &String| !label.contains("io.c") && !label.contains("io.k") && label.starts_with("k8s:");
    let pods = random.cast.people.iter().filter(|(name, _)| name.contains('/') && !name.contains(':'));
    let labels: Vec<(String, usize)> = pods
        .flat_map(|(name, person)| {
            let at = person.labels.iter().enumerate().filter(|(_, label)| own(label)).map(|(at, _)| at);
            at.map(|at| (name.clone(), at)).collect::<Vec<_>>()
        })
        .collect();
    let (name, at) = if labels.is_empty() { return None } else { dice.one(&labels).clone() };
    let with = |value: &str| {
        let mut world = random.clone();
        let label = &mut world.cast.people.get_mut(&name).expect("it is there").labels[at];
        let key = label.split_once('=').map_or(label.as_str(), |(key, _)| key);
        *label = format!("{key}={value}");
        world
    };
    Some((with("${VALUE}"), VALUES.map(with).to_vec()))
}

/// One value that a policy asks for forgotten, and all that it may be.
fn variable_value(random: &worlds::World, dice: &mut Dice) -> Option<(worlds::World, Vec<worlds::World>)> {
    let paths: BTreeSet<String> =
        random.policies.iter().enumerate().flat_map(|(at, policy)| label_values(policy, &format!("/{at}"))).collect();
    let paths: Vec<String> = paths.into_iter().collect();
    let path = if paths.is_empty() { return None } else { dice.one(&paths).clone() };
    let with = |value: &str| {
        let mut world = random.clone();
        let mut all = Value::Array(std::mem::take(&mut world.policies));
        *all.pointer_mut(&path).expect("the path was found there") = value.into();
        world.policies = all.as_array().cloned().unwrap_or_default();
        world
    };
    Some((with("${VALUE}"), VALUES.map(with).to_vec()))
}

/// The paths to the values under `matchLabels`.
fn label_values(value: &Value, path: &str) -> Vec<String> {
    let step = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(_)
                    if path.ends_with("/matchLabels") && !key.contains("io.") && !key.contains("reserved") =>
                {
                    vec![step(key)]
                }
                _ => label_values(value, &step(key)),
            })
            .collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(at, value)| label_values(value, &format!("{path}/{at}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// Every world of one Cilium policy of one item, and every two of a choice of them.
#[test]
fn the_smallest_worlds() {
    let peers = [
        json!({}),
        json!({"Endpoints": [{}]}),
        json!({"Endpoints": []}),
        json!({"Endpoints": [{"matchLabels": {"app": "b"}}]}),
        json!({"Endpoints": [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "two"}}]}),
        json!({"Endpoints": [{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}]}),
        json!({"Endpoints": [{"matchExpressions": [{"key": "io.kubernetes.pod.namespace", "operator": "DoesNotExist"}]}]}),
        json!({"Entities": ["all"]}),
        json!({"Entities": ["world"]}),
        json!({"Entities": ["cluster"]}),
        json!({"Entities": ["host"]}),
        json!({"Entities": []}),
        json!({"CIDR": ["0.0.0.0/0"]}),
        json!({"CIDRSet": [{"cidr": "8.0.0.0/8", "except": ["8.8.0.0/16"]}]}),
        json!({"Groups": []}),
    ];
    let ports = [
        json!({}),
        json!({"toPorts": []}),
        json!({"toPorts": [{}]}),
        json!({"toPorts": [{"ports": [{"port": "0"}]}]}),
        json!({"toPorts": [{"ports": [{"port": "80", "protocol": "TCP"}]}]}),
        json!({"toPorts": [{"ports": [{"port": "http"}]}]}),
        json!({"toPorts": [{"ports": [{"port": "79", "endPort": 81}]}]}),
        json!({"icmps": [{"fields": [{"type": 8}]}]}),
    ];
    let mut all = Vec::new();
    for namespace in [Some("one"), None] {
        for subject in [json!({}), json!({"matchLabels": {"app": "a"}})] {
            for section in ["ingress", "ingressDeny", "egress", "egressDeny"] {
                for isolates in [None, Some(false)] {
                    for peers in &peers {
                        all.extend(
                            ports
                                .iter()
                                .map(|ports| small_policy(namespace, &subject, section, isolates, peers, ports)),
                        );
                    }
                }
            }
        }
    }
    let mut world = small_world();
    let mut count = Count::default();
    for policy in &all {
        world.policies = vec![policy.clone()];
        compare(&world, For::Cilium, &mut count).expect("they agree");
    }
    let some: Vec<&Value> = all.iter().step_by(97).collect();
    for (at, one) in some.iter().enumerate() {
        for other in &some[at + 1..] {
            let mut second = (*other).clone();
            second["metadata"]["name"] = "q".into();
            world.policies = vec![(*one).clone(), second];
            compare(&world, For::Cilium, &mut count).expect("they agree");
        }
    }
    println!("{} policies, {} pairs, {count:?}", all.len(), some.len() * (some.len() - 1) / 2);
}

fn small_policy(
    namespace: Option<&str>,
    subject: &Value,
    section: &str,
    isolates: Option<bool>,
    peers: &Value,
    ports: &Value,
) -> Value {
    let direction = if section.starts_with("in") { ("ingress", "from") } else { ("egress", "to") };
    let mut item = ports.clone();
    for (kind, list) in peers.as_object().into_iter().flatten() {
        item[format!("{}{kind}", direction.1)] = list.clone();
    }
    let mut spec = json!({"endpointSelector": subject});
    spec[section] = json!([item]);
    if let Some(isolates) = isolates {
        spec["enableDefaultDeny"] = json!({direction.0: isolates});
    }
    let (kind, metadata) = match namespace {
        Some(namespace) => ("CiliumNetworkPolicy", json!({"name": "p", "namespace": namespace})),
        None => ("CiliumClusterwideNetworkPolicy", json!({"name": "p"})),
    };
    json!({"apiVersion": "cilium.io/v2", "kind": kind, "metadata": metadata, "spec": spec})
}

/// Two pods, the node, two addresses; every flow between a pod and another.
fn small_world() -> worlds::World {
    let pod = |namespace: &str, app: &str| {
        let labels = [
            format!("k8s:io.kubernetes.pod.namespace={namespace}"),
            format!("k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name={namespace}"),
            "k8s:io.cilium.k8s.policy.cluster=default".to_owned(),
            "k8s:io.cilium.k8s.policy.serviceaccount=default".to_owned(),
            format!("k8s:app={app}"),
        ];
        let ports = vec![("TCP".to_owned(), "http".to_owned(), 80)];
        Person { labels: labels.to_vec(), ports, enforced: true, ..Person::default() }
    };
    let other = |labels: &[&str]| {
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        Person { labels, ..Person::default() }
    };
    let people = BTreeMap::from([
        ("one/a".to_owned(), pod("one", "a")),
        ("two/b".to_owned(), pod("two", "b")),
        ("host".to_owned(), other(&["reserved:host"])),
        ("ip:8.1.1.1".to_owned(), other(&["cidr:8.1.1.1/32", "reserved:world-ipv4"])),
        ("ip:8.8.8.8".to_owned(), other(&["cidr:8.8.8.8/32", "reserved:world-ipv4"])),
    ]);
    let names: Vec<String> = people.keys().cloned().collect();
    let pairs = names.iter().flat_map(|from| names.iter().map(move |to| (from.clone(), to.clone())));
    let pairs = pairs.filter(|(from, to)| from != to && (from.contains('/') || to.contains('/')));
    let sent = [("TCP", 80), ("UDP", 53), ("ICMP", 8)];
    let flows = pairs.flat_map(|(from, to)| {
        sent.map(|(protocol, port)| Flow {
            from: from.clone(),
            to: to.clone(),
            protocol: protocol.to_owned(),
            port,
            egress: None,
            ingress: None,
            named_tcp: BTreeMap::new(),
            named_udp: BTreeMap::new(),
        })
    });
    let cast = Cast { people: people.clone(), ..Cast::default() };
    worlds::World {
        name: "small".into(),
        config: Config::default(),
        cast,
        policies: Vec::new(),
        flows: flows.collect(),
    }
}
