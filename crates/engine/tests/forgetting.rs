//! Knowing less never changes an answer, it only takes it away (semantics §10.1).
//!
//! Every recorded world is one completion of the worlds that are left when some of it is forgotten: a label, a value, the
//! ports of a pod, a peer, a port, whether an item isolates, a whole policy. What is still sure there must hold in the recorded
//! world.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use ringfence_cluster::{
    L3, L4, LabelSet, NAMESPACE_LABELS, PeerKind, PolicyId, PortMatch, Protocol, Source, Symbol, Tri, World,
};
use ringfence_engine::{Basis, Decision, Endpoint, Engine, Traffic};
use ringfence_testkit::universe::{Universe, protocol};
use ringfence_testkit::vectors::{self, Scenario};

/// A small generator, the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

fn forget(world: &World, dice: &mut Dice) -> World {
    let mut less = world.clone();
    for identity in &mut less.identities {
        if dice.one_in(2) {
            identity.labels = forget_labels(&identity.labels, world, dice);
        }
        if dice.one_in(6) {
            identity.ports.clear();
            identity.open_ports = true;
        } else if let Some(port) = identity.ports.first_mut().filter(|_| dice.one_in(6)) {
            port.number = None;
        }
    }
    for selector in &mut less.selectors {
        selector.uncertain |= dice.one_in(12);
    }
    for entry in &mut less.entries {
        if dice.one_in(8) {
            entry.default_deny = Tri::Unknown;
        }
        forget_peers(&mut entry.l3, dice);
        forget_ports(&mut entry.l4, dice);
    }
    less
}

/// Now and then a policy that nobody is shown.
fn hide_policy(world: &mut World, dice: &mut Dice) -> Option<PolicyId> {
    let count = world.policies.len() as u64;
    let hidden = (count > 0 && dice.one_in(8)).then(|| PolicyId(dice.roll(count) as u32));
    world.knobs.complete.policies = hidden.is_none();
    hidden
}

fn forget_labels(labels: &LabelSet, world: &World, dice: &mut Dice) -> LabelSet {
    let mut open = (false, false);
    let mut kept = Vec::new();
    for (key, value) in labels.iter() {
        let text = world.symbols.text(key.name);
        let of_namespace = text.starts_with(NAMESPACE_LABELS);
        let ours =
            key.source == Source::K8s && !text.starts_with("io.kubernetes.pod") && !text.ends_with("policy.cluster");
        match dice.roll(4) {
            0 if ours && of_namespace => open.1 = true,
            0 if ours => open.0 = true,
            1 if ours => kept.push((key, None::<Symbol>)),
            _ => kept.push((key, value)),
        }
    }
    let mut less = LabelSet::new(kept);
    (less.open_pod, less.open_namespace) = open;
    less
}

fn forget_peers(l3: &mut L3, dice: &mut Dice) {
    if dice.one_in(12) {
        *l3 = L3::Unknown;
    } else if let L3::Peers(peers) = l3 {
        for peer in peers.iter_mut().filter(|_| dice.one_in(8)) {
            peer.kind = PeerKind::Unknown;
        }
    }
}

fn forget_ports(l4: &mut L4, dice: &mut Dice) {
    if dice.one_in(12) {
        *l4 = L4::Unknown;
    } else if let L4::Ports(rules) = l4 {
        for rule in rules.iter_mut() {
            match dice.roll(12) {
                0 => rule.port = PortMatch::Unknown,
                1 => rule.protocol = Protocol::Unknown,
                _ => {}
            }
        }
    }
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
