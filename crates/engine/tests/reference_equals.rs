//! The engine equals the specification: on thousands of random small worlds, for both dialects.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test")]

mod reference;

use std::collections::BTreeMap;
use std::sync::Arc;

use reference::{Answer, Party, Reference};
use ringfence_cluster::{Cni, Complete, Input, Knobs, Stage, Version, World};
use ringfence_engine::{Basis, Decision, Engine, Traffic};
use ringfence_testkit::universe::{objects, protocol};
use ringfence_testkit::vectors::{Flow, Scenario};
use ringfence_testkit::worlds::{self, For, Size};

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

fn compare(random: &worlds::World, engine: For, count: &mut Count) -> Result<(), String> {
    let scenario = scenario_of(random);
    let universe = random.universe();
    let world = world_of(random, engine, &scenario);
    let ours = Engine::new(&world);
    let counted: BTreeMap<&str, bool> = world
        .policies
        .iter()
        .map(|policy| (world.object(policy.object).name().unwrap_or_default(), policy.counts()))
        .collect();
    let counts = |policy: &&serde_json::Value| counted[policy["metadata"]["name"].as_str().unwrap_or_default()];
    let policies: Vec<&serde_json::Value> = random.policies.iter().filter(counts).collect();
    let specification = Reference::new(&random.config, engine == For::Upstream, &random.cast.groups, &policies);
    let party = |name: &str| {
        let (name, person) = random.cast.people.get_key_value(name).expect("it is in the cast");
        Party { name, person, labels: person.labels_under(&random.config) }
    };
    for flow in random.flows.iter().filter(|flow| engine == For::Cilium || is_upstream(flow)) {
        let (from, to) = (party(&flow.from), party(&flow.to));
        let ends = [&flow.from, &flow.to].map(|name| universe.endpoint(name, &scenario, &world));
        let traffic = Traffic { protocol: protocol(&flow.protocol), port: flow.port };
        let connection = ours.connection(&ends[0], &ends[1], traffic);
        for (side, subject, peer, ingress) in
            [(&connection.egress, &from, &to, false), (&connection.ingress, &to, &from, true)]
        {
            if side.basis == Basis::Conflict {
                continue;
            }
            count.sides += 1;
            let expected = match specification.side(subject, peer, ingress, flow) {
                Answer::Allow => Decision::Allow,
                Answer::Deny => Decision::Deny,
                Answer::NotEnforced => Decision::NotApplicable,
            };
            if side.decision == Decision::Unknown && engine == For::Upstream {
                count.unsure += 1;
            } else if side.decision != expected {
                return Err(format!(
                    "{} {} -> {} {}/{} ingress {ingress}: specification {expected:?}, engine {:?} by {:?}\n{:?}\n{:?} {:?}\n{}",
                    random.name,
                    flow.from,
                    flow.to,
                    flow.protocol,
                    flow.port,
                    side.decision,
                    side.basis,
                    random.config,
                    from.labels,
                    to.labels,
                    scenario.policies
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
        let random = worlds::World::random(seed, engine, Size { policies: 5, flows: 12, faults: true });
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
    let count = check(For::Cilium, 1500);
    assert!(count.sides > 30_000, "{count:?}");
}

#[test]
fn upstream() {
    let count = check(For::Upstream, 1500);
    assert!(count.sides > 7_000 && count.unsure * 10 < count.sides, "{count:?}");
}
