//! Knowing less never changes an answer, it only takes it away (semantics §10.1).
//!
//! Every recorded world is one completion of the worlds that are left when some of it is forgotten: a label, a value, the
//! ports of a pod, a peer, a port, whether an item isolates, a whole policy. What is still sure there must hold in the recorded
//! world.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod forget;

use forget::{Dice, forget};
use ringfence_cluster::{PolicyId, Tri, World};
use ringfence_engine::{Basis, Decision, Endpoint, Engine, Traffic};
use ringfence_testkit::universe::{Universe, protocol};
use ringfence_testkit::vectors::{self, Scenario};

/// Now and then a policy that nobody is shown.
fn hide_policy(world: &mut World, dice: &mut Dice) -> Option<PolicyId> {
    let count = world.policies.len() as u64;
    let hidden = (count > 0 && dice.one_in(8)).then(|| PolicyId(dice.roll(count) as u32));
    world.knobs.complete.policies = hidden.is_none();
    hidden
}

/// How many answers were still sure, of how many.
fn compare(universe: &Universe, scenario: &Scenario, dice: &mut Dice) -> (usize, usize) {
    let outcome = scenario.outcomes.last().unwrap();
    let world = universe.world(scenario, outcome.version);
    let mut less = forget(&world, dice);
    let hidden = hide_policy(&mut less, dice);
    let (whole, partial) = (Engine::new(&world), Engine::new(&less).without(hidden.as_slice()));
    let (mut sure, mut all) = (0, 0);
    for flow in &outcome.flows {
        let ends: [Endpoint; 2] = [&flow.from, &flow.to].map(|name| universe.endpoint(name, scenario, &world));
        let traffic = Traffic { protocol: protocol(&flow.protocol), port: flow.port };
        let [known, guessed] = [&whole, &partial].map(|engine| engine.connection(&ends[0], &ends[1], traffic));
        for (known, guessed) in [(&known.egress, &guessed.egress), (&known.ingress, &guessed.ingress)] {
            if known.basis == Basis::Conflict {
                continue; // What nobody knows is taken not to bring L7 rules into conflict.
            }
            all += 1;
            if guessed.decision != Decision::Unknown {
                sure += 1;
                assert_eq!(guessed.decision, known.decision, "{} {flow:?}", scenario.name);
            }
            if guessed.isolation.isolated != Tri::Unknown && known.decision != Decision::Unknown {
                assert_eq!(guessed.isolation.isolated, known.isolation.isolated, "{} {flow:?}", scenario.name);
            }
        }
        if flow.port == 0 {
            continue; // No port that anybody can be at.
        }
        let range = partial.allowed_ports(&ends[0], &ends[1], traffic.protocol);
        let point = partial.connection(&ends[0], &ends[1], traffic).allowed();
        assert_eq!(range.get(traffic.port), point, "{} {flow:?}", scenario.name);
    }
    (sure, all)
}

fn check(universe: &Universe, scenarios: impl Iterator<Item = Scenario>) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut sure, mut all) = (0, 0);
    for scenario in scenarios {
        for _ in 0..2 {
            let (kept, of) = compare(universe, &scenario, &mut dice);
            (sure, all) = (sure + kept, all + of);
        }
    }
    println!("{sure} of {all} sides are still sure");
    assert!(sure * 3 > all, "a test in which nearly everything is unknown tests nothing: {sure} of {all}");
    assert!(sure < all, "nothing was forgotten");
}

#[test]
fn random_worlds() {
    check(&Universe::of_file("random"), vectors::random().take(600));
}

#[test]
fn wide_worlds() {
    check(&Universe::of_file("wide"), vectors::wide());
}
