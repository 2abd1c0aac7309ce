//! Our verdicts beside those of Cilium's own engine, flow by flow: policies as YAML, through the whole way that users'
//! files go.

use std::collections::BTreeSet;
use std::fmt;

use ringfence_cluster::{Direction, EntryId, Version};
use ringfence_engine::{Basis, Connection, Decision, Endpoint, Engine, Side, Traffic};

use crate::rejections;
use crate::universe::{Universe, protocol};
use crate::vectors::{Flow, Outcome, Scenario, Verdict};

/// What was compared, and where it differs.
#[derive(Clone, Default, Debug)]
pub struct Tally {
    /// Scenarios, each once however many versions answered.
    pub scenarios: usize,
    /// Connections.
    pub flows: usize,
    /// Connections of which both sides and all deciding policies agree.
    pub agreed: usize,
    /// Policies that both refuse.
    pub refused: usize,
    /// What does not agree.
    pub differences: Vec<Difference>,
}

/// One disagreement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The scenario.
    pub scenario: String,
    /// The version that was asked.
    pub version: Version,
    /// The flow; `None` where a policy is refused by one of both.
    pub flow: Option<usize>,
    /// What both say, for people.
    pub says: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.scenario, self.version, self.says)
    }
}

impl Tally {
    /// Compares everything that is recorded of a scenario.
    pub fn scenario(&mut self, universe: &Universe, scenario: &Scenario) {
        self.scenarios += 1;
        for outcome in &scenario.outcomes {
            let found = differences(universe, scenario, outcome);
            self.flows += outcome.flows.len();
            let wrong: BTreeSet<usize> = found.iter().filter_map(|one| one.flow).collect();
            self.agreed += outcome.flows.len() - wrong.len();
            self.differences.extend(found);
        }
    }

    /// Compares which policies are refused.
    pub fn rejections(&mut self, scenario: &Scenario, disputed: &BTreeSet<(String, String)>) {
        for outcome in &scenario.outcomes {
            let compared = rejections::compare(scenario, outcome, disputed);
            self.refused += compared.agreed;
            let difference =
                |says| Difference { scenario: scenario.name.clone(), version: outcome.version, flow: None, says };
            self.differences.extend(compared.differences.into_iter().map(difference));
        }
    }
}

/// The flows of one outcome whose verdict or deciding policies are not ours.
pub fn differences(universe: &Universe, scenario: &Scenario, outcome: &Outcome) -> Vec<Difference> {
    let world = universe.world(scenario, outcome.version);
    let engine = Engine::new(&world);
    let mut found = Vec::new();
    for (at, flow) in outcome.flows.iter().enumerate() {
        let says = if flow.named_tcp.is_empty() && flow.named_udp.is_empty() {
            compare(universe, scenario, outcome.version, &engine, flow)
        } else {
            let own = universe.with_ports_of(flow);
            let world = own.world(scenario, outcome.version);
            compare(&own, scenario, outcome.version, &Engine::new(&world), flow)
        };
        let difference =
            |says| Difference { scenario: scenario.name.clone(), version: outcome.version, flow: Some(at), says };
        found.extend(says.into_iter().map(difference));
    }
    found
}

/// Our answer for a flow.
pub fn ours(universe: &Universe, scenario: &Scenario, engine: &Engine<'_>, flow: &Flow) -> Connection {
    let endpoint = |name: &str| universe.endpoint(name, scenario, engine.world());
    let traffic = Traffic { protocol: protocol(&flow.protocol), port: flow.port };
    engine.connection(&endpoint(&flow.from), &endpoint(&flow.to), traffic)
}

fn compare(
    universe: &Universe,
    scenario: &Scenario,
    version: Version,
    engine: &Engine<'_>,
    flow: &Flow,
) -> Vec<String> {
    let connection = ours(universe, scenario, engine, flow);
    let failed = [&connection.egress, &connection.ingress].iter().any(|side| side.basis == Basis::Conflict);
    let mut found = Vec::new();
    for (direction, expected, side, name) in [
        (Direction::Egress, &flow.egress, &connection.egress, &flow.from),
        (Direction::Ingress, &flow.ingress, &connection.ingress, &flow.to),
    ] {
        // The firewall of the host was off in what some files recorded of it, whatever the scenario says.
        let unasked = expected.is_none() && name == "host" && !universe.enforces(name);
        if unasked && side.decision != Decision::NotApplicable {
            continue;
        }
        let subject = universe.endpoint(name, scenario, engine.world());
        let theirs = expected.as_ref().map(|side| (side.verdict, side.by.as_str()));
        if let Err(ours) = agrees(engine, theirs, (side, failed), (&subject, direction), version) {
            let Flow { from, to, protocol, port, .. } = flow;
            let theirs = theirs.map_or("no policy".to_owned(), |(verdict, by)| format!("{verdict:?} by `{by}`"));
            let direction = direction.as_str();
            found.push(format!("{from} -> {to} {protocol}/{port} {direction}: theirs {theirs}, ours {ours}"));
        }
    }
    found
}

fn agrees(
    engine: &Engine<'_>,
    theirs: Option<(Verdict, &str)>,
    (side, failed): (&Side, bool),
    subject: (&Endpoint, Direction),
    version: Version,
) -> Result<(), String> {
    let own = names(engine, &side.deciding);
    let ours = || format!("{:?} by {:?} {own:?}", side.decision, side.basis);
    let decision = match theirs {
        None => Decision::NotApplicable,
        Some((Verdict::Allowed, _)) => Decision::Allow,
        Some((Verdict::Denied, _)) => Decision::Deny,
        Some((Verdict::Error, _)) => return if failed { Ok(()) } else { Err(ours()) },
    };
    let open_host = side.decision == Decision::NotApplicable && decision == Decision::Allow;
    if open_host && matches!(theirs, Some((_, by)) if by.ends_with("derived-from=allow-any-ingress]")) {
        return Ok(()); // Without its firewall the host lets everything in: one file says it so.
    } else if side.decision != decision {
        return Err(ours());
    }
    let Some((_, by)) = theirs else { return Ok(()) };
    if same_origin(engine, by, (side, &own), subject, version) { Ok(()) } else { Err(ours()) }
}

/// Whether the policies that decide are the same (semantics §10, `by`).
fn same_origin(
    engine: &Engine<'_>,
    by: &str,
    (side, own): (&Side, &BTreeSet<&str>),
    subject: (&Endpoint, Direction),
    version: Version,
) -> bool {
    let synthesized = |name: &str| name.trim().starts_with('[');
    match by.strip_prefix("[reserved:io.cilium.policy.derived-from=").and_then(|by| by.strip_suffix(']')) {
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
    }
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
