//! Laws that verdicts keep when what is written changes (issue of the engine; each exclusion is a case of semantics §2.5).
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test")]

use ringfence_cluster::Version;
use ringfence_engine::{Decision, Engine, Side};
use ringfence_testkit::agreement::ours;
use ringfence_testkit::dice::Dice;
use ringfence_testkit::vectors::{Flow, Scenario};
use ringfence_testkit::worlds::{For, Size, World};
use serde_json::{Value, json};

/// The decisions of both sides of all flows.
fn decisions(world: &World) -> Vec<(Decision, Decision)> {
    sides(world).iter().map(|(egress, ingress)| (egress.decision, ingress.decision)).collect()
}

fn sides(world: &World) -> Vec<(Side, Side)> {
    let scenario = scenario(world);
    let universe = world.universe();
    let built = universe.world(&scenario, Version::NEWEST);
    let engine = Engine::new(&built);
    let answer = |flow| {
        let connection = ours(&universe, &scenario, &engine, flow);
        (connection.egress, connection.ingress)
    };
    world.flows.iter().map(answer).collect()
}

const SIZE: Size = Size { policies: 4, flows: 10, faults: false };

/// Worlds to which the laws apply: without a range of named ports, rules above ports, other tiers, faults.
fn plain(worlds: u64) -> impl Iterator<Item = World> {
    let excluded = ["serverNames", "\"rules\"", "authentication", "listener", "ClusterNetworkPolicy\",\"metadata"];
    let named_range = |policy: &Value| {
        let text = policy.to_string();
        text.contains("endPort")
            && ["http", "HTTP", "metrics", "dns", "nope", "0x50"]
                .iter()
                .any(|name| text.contains(&format!("\"port\":\"{name}")))
    };
    (0..worlds).map(|seed| World::random(seed, For::Cilium, SIZE)).filter_map(move |mut world| {
        world.policies.retain(|policy| {
            let text = policy.to_string();
            !excluded.iter().any(|word| text.contains(word))
                && !named_range(policy)
                && policy["kind"] != "ClusterNetworkPolicy"
        });
        (!world.policies.is_empty() && accepted(&world)).then_some(world)
    })
}

/// Whether nobody refuses any of the policies.
fn accepted(world: &World) -> bool {
    let built = world.universe().world(&scenario(world), Version::NEWEST);
    built.policies.iter().all(ringfence_cluster::Policy::counts)
}

fn scenario(world: &World) -> Scenario {
    Scenario {
        name: world.name.clone(),
        config: world.config.clone(),
        policies: world.text(),
        extra_identities: Vec::new(),
        outcomes: Vec::new(),
    }
}

/// Compares each world with what a change makes of it; a change may leave a world out.
fn holds(worlds: impl Iterator<Item = World>, least: usize, change: impl Fn(&World, &mut Dice) -> Option<World>) {
    let mut dice = Dice::new(7);
    let mut compared = 0;
    for world in worlds {
        let Some(changed) = change(&world, &mut dice) else { continue };
        let same = decisions(&world) == decisions(&changed);
        assert!(same, "{}\n{}\nbecomes\n{}", world.name, world.text(), changed.text());
        compared += 1;
    }
    println!("{compared} worlds");
    assert!(compared >= least, "{compared} worlds, not {least}");
}

#[test]
fn the_order_of_files_never_matters() {
    let all = (0..300).map(|seed| World::random(seed, For::Cilium, Size { faults: true, policies: 6, ..SIZE }));
    holds(all, 200, |world, dice| {
        let mut changed = world.clone();
        shuffle(&mut changed.policies, dice);
        (changed.policies != world.policies).then_some(changed)
    });
}

#[test]
fn the_order_of_items_never_matters() {
    holds(plain(400), 200, |world, dice| {
        let mut changed = world.clone();
        changed.policies.iter_mut().for_each(|policy| shuffle_lists(policy, dice));
        (changed.policies != world.policies).then_some(changed)
    });
}

/// Where two objects bear `specs`, each may be an object of its own.
#[test]
fn specs_may_be_objects() {
    holds(plain(1500), 40, |world, _| {
        let mut changed = world.clone();
        changed.policies = world.policies.iter().flat_map(split).collect();
        (changed.policies.len() != world.policies.len()).then_some(changed)
    });
}

fn split(policy: &Value) -> Vec<Value> {
    let Some(specs) = policy["specs"].as_array() else { return vec![policy.clone()] };
    let name = policy["metadata"]["name"].as_str().unwrap_or_default();
    let all = policy.get("spec").into_iter().chain(specs).enumerate();
    let object = |(at, spec): (usize, &Value)| {
        let mut one = policy.clone();
        one.as_object_mut().expect("a policy is an object").remove("specs");
        one["spec"] = spec.clone();
        one["metadata"]["name"] = format!("{name}-{at}").into();
        one
    };
    all.map(object).collect()
}

/// Values of labels mean nothing: others in their place, one for one, change no verdict.
#[test]
fn values_of_labels_may_be_others() {
    let pairs = [("front", "v1"), ("api", "front"), ("db", "Db_9"), ("red", "blue"), ("blue", "red"), ("prod", "x.y")];
    let other = |value: &str| pairs.iter().find(|(from, _)| *from == value).map(|(_, to)| (*to).to_owned());
    holds(plain(400), 200, |world, _| {
        // The name of a service account is no value of a label.
        if world.text().contains("serviceaccount") {
            return None;
        }
        let mut changed = world.clone();
        for person in changed.cast.people.values_mut() {
            for label in &mut person.labels {
                let value = label.strip_prefix("k8s:").and_then(|rest| rest.split_once('='));
                if let Some((key, new)) = value.and_then(|(key, value)| Some((key, other(value)?)))
                    && !key.ends_with("serviceaccount")
                {
                    *label = format!("k8s:{key}={new}");
                }
            }
        }
        changed.policies.iter_mut().for_each(|policy| rename(policy, &other));
        (changed.policies != world.policies).then_some(changed)
    });
}

fn rename(value: &mut Value, other: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                match (key.as_str(), value) {
                    ("matchLabels", Value::Object(labels)) => {
                        labels.values_mut().for_each(|value| rename_text(value, other));
                    }
                    ("values", Value::Array(values)) => values.iter_mut().for_each(|value| rename_text(value, other)),
                    (_, value) => rename(value, other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, other)),
        _ => {}
    }
}

fn rename_text(value: &mut Value, other: &impl Fn(&str) -> Option<String>) {
    if let Some(new) = value.as_str().and_then(other) {
        *value = new.into();
    }
}

/// An allow more, where the direction is isolated already, takes no connection away.
#[test]
fn an_allow_more_takes_nothing_away() {
    let mut compared = 0;
    for mut world in plain(600) {
        let more_flows: Vec<_> = world
            .flows
            .iter()
            .map(|flow| Flow { from: flow.to.clone(), to: flow.from.clone(), ..flow.clone() })
            .collect();
        world.flows.extend(more_flows);
        let before = sides(&world);
        let mut more = world.clone();
        for (section, peers) in [("ingress", "fromEntities"), ("egress", "toEntities")] {
            let mut spec = json!({"endpointSelector": {}});
            spec[section] = json!([{peers: ["cluster"]}]);
            more.policies.push(json!({
                "apiVersion": "cilium.io/v2", "kind": "CiliumClusterwideNetworkPolicy",
                "metadata": {"name": format!("more-{section}")}, "spec": spec,
            }));
        }
        for (old, new) in before.iter().zip(sides(&more)) {
            for (old, new) in [(&old.0, &new.0), (&old.1, &new.1)] {
                if old.isolation.isolated.is_yes() && old.decision == Decision::Allow {
                    compared += 1;
                    assert_eq!(
                        new.decision,
                        Decision::Allow,
                        "{} {:?} {old:?}\n{}",
                        world.name,
                        world.config,
                        world.text()
                    );
                }
            }
        }
    }
    println!("{compared} sides");
    assert!(compared > 150, "{compared} sides");
}

fn shuffle<T>(items: &mut [T], dice: &mut Dice) {
    for at in (1..items.len()).rev() {
        items.swap(at, dice.roll(at + 1));
    }
}

fn shuffle_lists(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Array(items) => {
            for item in items.iter_mut() {
                shuffle_lists(item, dice);
            }
            shuffle(items, dice);
        }
        Value::Object(fields) => fields.values_mut().for_each(|value| shuffle_lists(value, dice)),
        _ => {}
    }
}

/// Why named ports with an end are left out: the first end that is merged holds for all (semantics §2.5.1).
#[test]
fn a_named_range_breaks_the_law_of_order() {
    let worlds = (0..40).map(|seed| World::random(seed, For::Cilium, SIZE));
    let differs = worlds.filter(|world| world.config.cluster.is_none()).all(|mut world| {
        let pod = world.cast.people.iter().find(|(name, _)| name.contains('/') && !name.contains(':'));
        let (name, _) = pod.map(|(name, person)| (name.clone(), person.clone())).expect("there is a pod");
        world.config = ringfence_testkit::vectors::Config::default();
        world.cast.people.get_mut(&name).expect("it is there").ports = vec![("TCP".into(), "http".into(), 8080)];
        let mut flow = world.flows[0].clone();
        (flow.from, flow.to, flow.protocol, flow.port) = ("ip".into(), name.clone(), "TCP".into(), 8085);
        flow.from = world.cast.people.keys().find(|name| name.starts_with("ip:")).expect("an address").clone();
        world.flows = vec![flow];
        let namespace = name.split('/').next().unwrap_or_default().to_owned();
        let ranged = json!({"fromEntities": ["host"], "toPorts": [{"ports": [{"port": "http", "endPort": 9000, "protocol": "TCP"}]}]});
        let plain = json!({"toPorts": [{"ports": [{"port": "http", "protocol": "TCP"}]}]});
        let policy = |items: [&Value; 2]| {
            json!({
                "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy",
                "metadata": {"name": "p", "namespace": namespace},
                "spec": {"endpointSelector": {}, "ingress": items},
            })
        };
        let mut answers = Vec::new();
        for items in [[&ranged, &plain], [&plain, &ranged]] {
            world.policies = vec![policy(items)];
            answers.push(decisions(&world)[0].1);
        }
        answers == [Decision::Allow, Decision::Deny]
    });
    assert!(differs);
}
