//! `diff` of two random worlds equals comparing every pair of common ends, one by one.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::ask;
use ringfence_cluster::{Cni, Complete, Input, Knobs, Protocol, Stage, Version, World};
use ringfence_questions::{Detail, Diff, End, Ends, Inquiry, Resources, Shift, Who};
use ringfence_testkit::dice::Dice;
use ringfence_testkit::universe::{Universe, objects};
use ringfence_testkit::worlds::{self, For, Size};

/// How many pairs of worlds are compared for each dialect.
const WORLDS: u64 = 30;
const SIZE: Size = Size { policies: 6, flows: 0, faults: true };

/// A world, and one that came out of it: some policies gone, some new, labels of some pods changed.
fn two(seed: u64, engine: For) -> (World, World) {
    let mut dice = Dice::new(seed);
    let before = worlds::World::random(seed, engine, SIZE);
    let mut after = before.clone();
    let keep = dice.between(0, after.policies.len());
    after.policies = dice.some(&after.policies, keep, keep);
    if dice.percent(60) {
        let fresh = worlds::World::random(seed + 1_000_000, engine, Size { policies: 2, ..SIZE });
        let count = fresh.policies.len();
        after.policies.extend(dice.some(&fresh.policies, 1, count));
    }
    if dice.percent(50) {
        let names: Vec<String> = after.cast.people.keys().filter(|name| name.contains('/')).cloned().collect();
        let person = after.cast.people.get_mut(dice.one(&names)).unwrap();
        person.labels.retain(|label| !label.starts_with("k8s:app="));
        person.labels.push(format!("k8s:app={}", dice.one(&["front", "back", "db"])));
    }
    let complete = if dice.percent(50) { Complete::ALL } else { Knobs::default().complete };
    (world(&before, engine, complete), world(&after, engine, complete))
}

fn world(random: &worlds::World, engine: For, complete: Complete) -> World {
    let cni = if engine == For::Cilium { Cni::Cilium } else { Cni::Upstream };
    let knobs = Knobs {
        cni: Some(cni),
        complete,
        default_namespace: Some("default".into()),
        stage: Stage::ApiServerAndAgent,
        ..random.config.knobs(Version::NEWEST)
    };
    let universe: Universe = random.universe();
    let policies = objects(&random.text(), 1);
    let all = universe.manifests().iter().chain(&policies).map(|object| (Arc::clone(object), 0)).collect();
    World::build(&Input { objects: all, ..Input::default() }, &knobs)
}

/// The ports between two ends, as `can` tells them.
fn ports(inquiry: &Inquiry<'_>, source: &End, destination: &End) -> Vec<(Protocol, ringfence_engine::Ports)> {
    let one = |end: &End| Ends { name: String::new(), members: vec![end.clone()], perhaps_more: false };
    match inquiry.can(one(source), one(destination)).pairs.remove(0).detail {
        Detail::Ports(ports, _) => ports,
        Detail::At(_) => unreachable!("no port is asked for"),
    }
}

type Shifts = BTreeMap<(usize, usize), Vec<Shift>>;

fn one_by_one(diff: &Diff, before: &Inquiry<'_>, after: &Inquiry<'_>) -> Shifts {
    let mut found = Shifts::new();
    for (from, source) in diff.ends.iter().enumerate().filter(|(_, end)| !matches!(end.old.who, Who::Dns(_))) {
        for (to, destination) in diff.ends.iter().enumerate() {
            let (old, new) =
                (ports(before, &source.old, &destination.old), ports(after, &source.new, &destination.new));
            for ((protocol, old), (_, new)) in old.into_iter().zip(new) {
                let shifts = old.shifts(&new).into_iter().map(|((before, after), ports)| Shift {
                    protocol,
                    ports,
                    before,
                    after,
                });
                found.entry((from, to)).or_default().extend(shifts);
            }
        }
    }
    found.retain(|_, shifts| !shifts.is_empty());
    found
}

fn told(diff: &Diff) -> Shifts {
    let mut told = Shifts::new();
    for change in &diff.changes {
        assert!(!change.causes.is_empty() && !change.shifts.is_empty());
        for &from in &change.sources {
            for &to in &change.destinations {
                told.entry((from, to)).or_default().extend(change.shifts.iter().cloned());
            }
        }
    }
    told
}

fn sorted(mut shifts: Shifts) -> Shifts {
    for shifts in shifts.values_mut() {
        shifts.sort();
    }
    shifts
}

fn compare(engine: For) {
    let mut changed = 0;
    for seed in 0..WORLDS {
        let (old, new) = two(seed, engine);
        ask(&old, &Resources::default(), |before| {
            ask(&new, &Resources::default(), |after| {
                let diff = before.diff(&after);
                changed += diff.changes.len();
                assert_eq!(sorted(told(&diff)), sorted(one_by_one(&diff, &before, &after)), "seed {seed}");
            });
        });
    }
    assert!(changed > WORLDS as usize, "worlds that do not differ prove nothing: {changed}");
}

#[test]
fn equals_comparing_pair_by_pair_on_cilium() {
    compare(For::Cilium);
}

#[test]
fn equals_comparing_pair_by_pair_upstream() {
    compare(For::Upstream);
}
