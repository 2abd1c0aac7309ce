//! What is proven by set algebra holds in random worlds: rules that are said to say nothing are taken out, all at once, and
//! every answer stays; where nothing stands in the way, everything gets through.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_cluster::{Cni, Complete, Direction, Input, Knobs, L3, Version, World};
use ringfence_engine::{Coverage, Covered, Decision, Endpoint, Engine, Traffic};
use ringfence_testkit::universe::{Universe, objects, protocol};
use ringfence_testkit::vectors::Scenario;
use ringfence_testkit::worlds::{self, For, Size};

const SIZE: Size = Size { policies: 9, flows: 60, faults: false };
const WORLDS: u64 = 400;

fn built(random: &worlds::World, engine: For) -> (World, Universe, Scenario) {
    let scenario = Scenario {
        name: random.name.clone(),
        config: random.config.clone(),
        policies: random.text(),
        extra_identities: Vec::new(),
        outcomes: Vec::new(),
    };
    let universe = random.universe();
    let world = match engine {
        For::Cilium => universe.world(&scenario, Version::NEWEST),
        For::Upstream => {
            let knobs =
                Knobs { cni: Some(Cni::Upstream), complete: Complete::ALL, ..scenario.config.knobs(Version::NEWEST) };
            let policies = objects(&scenario.policies, 1);
            let all = universe.manifests().iter().chain(&policies).map(|object| (Arc::clone(object), 0)).collect();
            World::build(&Input { objects: all, ..Input::default() }, &knobs)
        }
    };
    (world, universe, scenario)
}

/// The world with the rules left in place that isolate, and nothing left that they match.
fn emptied(world: &World, coverage: &Coverage) -> World {
    let mut less = world.clone();
    for id in coverage.rules.iter().flat_map(|rule| &rule.entries) {
        less.entries[id.0 as usize].l3 = L3::Nothing;
    }
    less
}

fn same(random: &worlds::World, ends: &[[Endpoint; 2]], whole: &Engine<'_>, less: &Engine<'_>) {
    for (flow, [from, to]) in random.flows.iter().zip(ends) {
        let traffic = Traffic { protocol: protocol(&flow.protocol), port: flow.port };
        let [before, after] = [whole, less].map(|engine| engine.connection(from, to, traffic));
        for (before, after) in [(before.egress, after.egress), (before.ingress, after.ingress)] {
            // What contradicts itself, or has no fixed order, may come to have one.
            let settled = before.decision == Decision::Unknown;
            assert!(settled || before.decision == after.decision, "{flow:?}\n{}", random.text());
        }
    }
}

/// Looks at worlds in which each of `expected` is found, often enough to show something.
fn check(engine: For, expected: &[Covered]) {
    let mut found: BTreeMap<Covered, usize> = BTreeMap::new();
    let mut policies = 0;
    for seed in 0..WORLDS {
        let random = worlds::World::random(seed, engine, SIZE);
        let (world, universe, scenario) = built(&random, engine);
        let whole = Engine::new(&world);
        let coverage = Coverage::of(&whole);
        let end = |name: &str| universe.endpoint(name, &scenario, &world);
        let ends: Vec<[Endpoint; 2]> = random.flows.iter().map(|flow| [end(&flow.from), end(&flow.to)]).collect();
        let less = emptied(&world, &coverage);
        same(&random, &ends, &whole, &Engine::new(&less));
        same(&random, &ends, &whole, &whole.without(&coverage.policies));
        for rule in &coverage.rules {
            *found.entry(rule.how).or_default() += 1;
        }
        policies += coverage.policies.len();
    }
    println!("{found:?}, {policies} policies");
    let often = |how: &Covered| found.get(how).is_some_and(|&count| count >= 4);
    assert!(expected.iter().all(often), "too few to show anything: {found:?}");
    assert!(policies > 5, "only {policies} policies");
}

#[test]
fn covered_rules_change_nothing_in_cilium() {
    check(For::Cilium, &[Covered::Denied, Covered::Preceded, Covered::Repeated]);
}

#[test]
fn covered_rules_change_nothing_upstream() {
    check(For::Upstream, &[Covered::Preceded, Covered::Repeated]);
}

/// The sides of flows at ends to which nothing is said to stand in the way; and how many there were.
fn open_sides(engine: For) -> usize {
    let mut open = 0;
    for seed in 0..WORLDS {
        let random = worlds::World::random(seed, engine, SIZE);
        let (world, universe, scenario) = built(&random, engine);
        let whole = Engine::new(&world);
        for flow in &random.flows {
            let traffic = Traffic { protocol: protocol(&flow.protocol), port: flow.port };
            let [from, to] = [&flow.from, &flow.to].map(|name| universe.endpoint(name, &scenario, &world));
            for (subject, peer, direction) in [(&from, &to, Direction::Egress), (&to, &from, Direction::Ingress)] {
                if whole.obstacles(subject, direction).is_none() {
                    let decision = whole.side(subject, peer, direction, traffic).decision;
                    assert!(decision != Decision::Deny, "{flow:?}\n{}", random.text());
                    open += 1;
                }
            }
        }
    }
    open
}

#[test]
fn what_nothing_stands_in_the_way_of_gets_through() {
    for engine in [For::Cilium, For::Upstream] {
        let open = open_sides(engine);
        println!("{open} open sides");
        assert!(open > 1000, "too few to show anything: {open}");
    }
}
