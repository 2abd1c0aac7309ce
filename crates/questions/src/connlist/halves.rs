//! One direction: what each pod says of everybody else, asked once for each class of those that it cannot tell apart.

use ringfence_cluster::{Cni, Direction, EntryId, PortMatch, Tri};
use ringfence_engine::{Endpoint, Engine};
use rustc_hash::FxHashMap;

use super::port_sets::{PROTOCOLS, PortSets};

/// One direction of a world.
pub(super) struct Half<'e, 'w> {
    engine: &'e Engine<'w>,
    direction: Direction,
    others: Vec<Endpoint>,
    /// For each of the others a number that is the same where named ports are.
    tables: Vec<u32>,
    /// Whether the peers of an entry include each of the others.
    reached: FxHashMap<EntryId, Vec<Tri>>,
}

impl<'e, 'w> Half<'e, 'w> {
    /// The direction of a world in which `others` are the peers.
    pub(super) fn new(engine: &'e Engine<'w>, direction: Direction, others: Vec<Endpoint>) -> Self {
        let tables = tables(engine, &others);
        Self { engine, direction, others, tables, reached: FxHashMap::default() }
    }

    /// The number of the set of ports that the end of a subject lets through, for each of the others.
    pub(super) fn row(&mut self, subject: &Endpoint, sets: &mut PortSets) -> Vec<u32> {
        let entries = self.engine.entries_applying(subject, self.direction);
        for &(entry, _) in &entries {
            let (engine, others) = (self.engine, &self.others);
            let reach = || others.iter().map(|other| engine.covers(entry, other)).collect();
            self.reached.entry(entry).or_insert_with(reach);
        }
        let reached: Vec<&[Tri]> = entries.iter().map(|(entry, _)| self.reached[entry].as_slice()).collect();
        // A name is looked up at the destination; coming in, that is the subject itself.
        let by_name = self.direction == Direction::Egress && entries.iter().any(|&(entry, _)| self.names_a_port(entry));
        let mut classes: FxHashMap<(Vec<Tri>, u32), u32> = FxHashMap::default();
        let class = |at: usize| {
            let told_apart = reached.iter().map(|others| others[at]).collect();
            let table = if by_name { self.tables[at] } else { 0 };
            *classes.entry((told_apart, table)).or_insert_with(|| self.ask(subject, &self.others[at], sets))
        };
        (0..self.others.len()).map(class).collect()
    }

    fn ask(&self, subject: &Endpoint, other: &Endpoint, sets: &mut PortSets) -> u32 {
        let ports = |protocol| self.engine.ports_of_side(subject, other, self.direction, protocol);
        sets.number(PROTOCOLS.map(ports))
    }

    fn names_a_port(&self, entry: EntryId) -> bool {
        let rules = self.engine.world().entry(entry).port_rules();
        rules.iter().any(|rule| matches!(rule.port, PortMatch::Named(..)))
    }
}

/// Numbers for the tables in which the names of ports are looked up. To Cilium, pods with the same labels share one: there
/// each pod is told from all others, which is right, if slow.
fn tables(engine: &Engine<'_>, others: &[Endpoint]) -> Vec<u32> {
    let world = engine.world();
    let mut numbers = FxHashMap::default();
    let number = |(at, other): (u32, &Endpoint)| {
        let Endpoint::PodAt(identity, _) = other else { return u32::MAX };
        if world.dialect.cni == Cni::Cilium {
            return at;
        }
        let identity = world.identity(*identity);
        *numbers.entry((&identity.ports, identity.open_ports)).or_insert(at)
    };
    (0..).zip(others).map(number).collect()
}
