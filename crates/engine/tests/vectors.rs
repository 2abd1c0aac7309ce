//! The verdicts of Cilium's own policy engine, flow by flow: policies as YAML, through the whole way that users' files go.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod recorded;

use std::collections::BTreeSet;

use recorded::{Universe, protocol};
use ringfence_cluster::{Direction, EntryId, Version};
use ringfence_engine::{Basis, Decision, Endpoint, Engine, Side, Traffic};
use ringfence_testkit::vectors::{self, Flow, Scenario, Verdict};

/// The endpoint of this scenario carries `fqdn:example.com` by hand, and the policy writes the name in another spelling. In
/// a cluster the address gets a label for each spelling that selects its name, as the wider scenarios have it.
const ANOTHER_SPELLING: &str = "fqdn case + trailing dot";

/// What was compared, and where it differs.
#[derive(Default)]
struct Tally {
    flows: usize,
    sides: usize,
    differences: Vec<String>,
}

impl Tally {
    fn scenario(&mut self, universe: &Universe, scenario: &Scenario) {
        for outcome in &scenario.outcomes {
            let world = universe.world(scenario, outcome.version);
            let engine = Engine::new(&world);
            for flow in &outcome.flows {
                if flow.named_tcp.is_empty() && flow.named_udp.is_empty() {
                    self.flow(universe, scenario, outcome.version, &engine, flow);
                } else {
                    let own = universe.with_ports_of(flow);
                    let world = own.world(scenario, outcome.version);
                    self.flow(&own, scenario, outcome.version, &Engine::new(&world), flow);
                }
            }
        }
    }

    fn flow(&mut self, universe: &Universe, scenario: &Scenario, version: Version, engine: &Engine<'_>, flow: &Flow) {
        let endpoint = |name: &str| universe.endpoint(name, scenario, engine.world());
        let (from, to) = (endpoint(&flow.from), endpoint(&flow.to));
        let traffic = Traffic { protocol: protocol(&flow.protocol), port: flow.port };
        let connection = engine.connection(&from, &to, traffic);
        let failed = [&connection.egress, &connection.ingress].iter().any(|side| side.basis == Basis::Conflict);
        self.flows += 1;
        for (direction, expected, side, subject) in [
            (Direction::Egress, &flow.egress, &connection.egress, &from),
            (Direction::Ingress, &flow.ingress, &connection.ingress, &to),
        ] {
            // The firewall of the host was off in what some files recorded of it, whatever the scenario says.
            let name = if direction == Direction::Egress { &flow.from } else { &flow.to };
            if expected.is_none()
                && !universe.enforces(name)
                && side.decision != Decision::NotApplicable
                && name == "host"
            {
                continue;
            }
            self.sides += 1;
            let theirs = expected.as_ref().map(|side| (side.verdict, side.by.as_str()));
            if let Err(ours) = agrees(engine, theirs, (side, failed), (subject, direction), version) {
                self.differences.push(format!(
                    "{} {version} {} -> {} {}/{} {}: theirs {theirs:?}, ours {ours}",
                    scenario.name,
                    flow.from,
                    flow.to,
                    flow.protocol,
                    flow.port,
                    direction.as_str()
                ));
            }
        }
    }

    fn finish(self, what: &str) {
        let Self { flows, sides, differences } = self;
        println!("{what}: {flows} flows, {sides} sides, {} differ", differences.len());
        for difference in differences.iter().take(40) {
            println!("  {difference}");
        }
        assert!(differences.is_empty(), "{what}: {} of {sides} sides differ", differences.len());
    }
}

fn agrees(
    engine: &Engine<'_>,
    theirs: Option<(Verdict, &str)>,
    (side, failed): (&Side, bool),
    subject: (&Endpoint, Direction),
    version: Version,
) -> Result<(), String> {
    let decision = match theirs {
        None => Decision::NotApplicable,
        Some((Verdict::Allowed, _)) => Decision::Allow,
        Some((Verdict::Denied, _)) => Decision::Deny,
        Some((Verdict::Error, _)) => {
            return if failed { Ok(()) } else { Err(format!("{:?} {:?}", side.decision, side.basis)) };
        }
    };
    let own = names(engine, &side.deciding);
    let ours = || format!("{:?} {:?} {own:?}", side.decision, side.basis);
    let open_host = side.decision == Decision::NotApplicable && decision == Decision::Allow;
    if open_host && matches!(theirs, Some((_, by)) if by.ends_with("derived-from=allow-any-ingress]")) {
        return Ok(()); // Without its firewall the host lets everything in: one file says it so.
    } else if side.decision != decision {
        return Err(ours());
    }
    let Some((_, by)) = theirs else { return Ok(()) };
    let synthesized = |name: &str| name.trim().starts_with('[');
    let same = match by.strip_prefix("[reserved:io.cilium.policy.derived-from=").and_then(|by| by.strip_suffix(']')) {
        _ if !version.at_least(1, 20) && (by.is_empty() || synthesized(by)) => true,
        Some("allow-localhost-ingress") => side.basis == Basis::OwnNode,
        Some("allow-any-ingress" | "allow-any-egress") => {
            matches!(side.basis, Basis::NotIsolated | Basis::ModeNever | Basis::HostLabel)
        }
        Some("deny-any-ingress" | "deny-any-egress") => side.basis == Basis::DefaultDeny && passes(engine, subject),
        Some(_) => false,
        None if by.is_empty() => match side.basis {
            Basis::DefaultDeny => !passes(engine, subject),
            Basis::ModeNever => true,
            _ => false,
        },
        None => {
            side.basis == Basis::Entries
                && by.split(',').all(|name| own.contains(name.trim()) || !version.at_least(1, 20) && synthesized(name))
        }
    };
    if same { Ok(()) } else { Err(ours()) }
}

/// Whether a Pass rule applies to the subject: default deny is then a rule of its own (semantics §2.5.6).
fn passes(engine: &Engine<'_>, (subject, direction): (&Endpoint, Direction)) -> bool {
    let entries = engine.entries_applying(subject, direction);
    entries.iter().any(|&(id, _)| engine.world().entry(id).verdict == ringfence_cluster::Verdict::Pass)
}

fn names<'w>(engine: &Engine<'w>, entries: &[EntryId]) -> BTreeSet<&'w str> {
    let world = engine.world();
    let name = |&id: &EntryId| world.object(world.policy(world.entry(id).policy).object).name().unwrap_or_default();
    entries.iter().map(name).collect()
}

#[test]
fn handwritten_scenarios_agree() {
    let (identities, scenarios) = vectors::handwritten();
    let universe = Universe::of_identities(&identities);
    let mut tally = Tally::default();
    for scenario in scenarios.iter().filter(|scenario| scenario.name != ANOTHER_SPELLING) {
        tally.scenario(&universe.with(scenario), scenario);
    }
    tally.finish("handwritten");
}

#[test]
fn random_scenarios_agree() {
    let universe = Universe::of_file("random");
    let mut tally = Tally::default();
    vectors::random().for_each(|scenario| tally.scenario(&universe, &scenario));
    tally.finish("random");
}

#[test]
fn random_scenarios_of_1_18_agree() {
    let universe = Universe::of_file("random");
    let mut tally = Tally::default();
    vectors::random_1_18().for_each(|scenario| tally.scenario(&universe, &scenario));
    tally.finish("random 1.18");
}

#[test]
fn wide_scenarios_agree() {
    let universe = Universe::of_file("wide");
    let mut tally = Tally::default();
    vectors::wide().for_each(|scenario| tally.scenario(&universe, &scenario));
    tally.finish("wide");
}
