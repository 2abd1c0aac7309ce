//! A matrix says of every pair what the pair says by itself: on random worlds of both dialects, whole and half forgotten.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod forget;

use std::sync::Arc;

use forget::{Dice, forget};
use ringfence_cluster::{Cni, Complete, Direction, IdentityId, Input, Knobs, Version, World};
use ringfence_engine::{Endpoint, Engine};
use ringfence_testkit::universe::objects;
use ringfence_testkit::vectors::Scenario;
use ringfence_testkit::worlds::{self, For, Size};

fn built(seed: u64, engine: For) -> World {
    let random = worlds::World::random(seed, engine, Size { policies: 8, flows: 0, faults: true });
    let universe = random.universe();
    if engine == For::Cilium {
        let scenario = Scenario {
            name: random.name.clone(),
            config: random.config.clone(),
            policies: random.text(),
            extra_identities: Vec::new(),
            outcomes: Vec::new(),
        };
        return universe.world(&scenario, Version::NEWEST);
    }
    let knobs = Knobs { cni: Some(Cni::Upstream), complete: Complete::REPOSITORY, ..Knobs::default() };
    let policies = objects(&random.text(), 1);
    let all = universe.manifests().iter().chain(&policies).map(|object| (Arc::clone(object), 0)).collect();
    World::build(&Input { objects: all, ..Input::default() }, &knobs)
}

/// How often each value was seen: no, unknown, yes.
type Seen = [usize; 3];

fn compare(world: &World, name: &str, seen: &mut Seen) {
    let engine = Engine::new(world);
    let mut all: Vec<IdentityId> = world.identity_ids().map(|(id, _)| id).collect();
    all.extend(all.first().copied());
    let reversed: Vec<IdentityId> = all.iter().rev().copied().collect();
    let matrix = engine.matrix(&all, &reversed);
    for (row, &source) in all.iter().enumerate() {
        for (column, &destination) in reversed.iter().enumerate() {
            let ends = [source, destination].map(Endpoint::Pods);
            let both = matrix.both(row, column);
            let told = engine.may_reach(&ends[0], &ends[1]);
            assert_eq!(both.any(), told, "{name}: {source:?} -> {destination:?}");
            seen[told as usize] += 1;
            for (protocol, ports) in both.each() {
                let told = engine.allowed_ports(&ends[0], &ends[1], protocol);
                assert_eq!(*ports, told, "{name}: {source:?} -> {destination:?} {protocol:?}");
            }
            let halves = Direction::BOTH.map(|direction| matrix.side(row, column, direction).any());
            assert!(halves[0].and(halves[1]) >= both.any(), "{name}: a side lets less through than both");
            let classes = (matrix.classes_of_sources()[row], matrix.classes_of_destinations()[column]);
            assert_eq!(matrix.of_classes(classes.0, classes.1), both, "{name}");
        }
    }
}

fn check(engine: For) {
    let mut seen = Seen::default();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for seed in 0..150 {
        let world = built(seed, engine);
        compare(&world, &format!("seed {seed}"), &mut seen);
        compare(&forget(&world, &mut dice), &format!("seed {seed}, half forgotten"), &mut seen);
    }
    println!("no, unknown, yes: {seen:?}");
    assert!(seen.iter().all(|&count| count > 400), "{seen:?}");
}

#[test]
fn of_cilium() {
    check(For::Cilium);
}

#[test]
fn of_the_api() {
    check(For::Upstream);
}
