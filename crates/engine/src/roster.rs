//! Entries by subject: the index that leads from an endpoint to the entries that apply to it.
//!
//! Policies are many, subjects fewer: entries with one subject are a *group*, and whether it applies is asked once for all
//! of them. For pods not even that is asked: the groups' subjects are sets of identities already, and turned around
//! (identity to groups, `Seats`) they answer without looking at any other group. Refused policies are in here too: which
//! policies count differs from engine to engine over one world, and is asked of each entry.

use std::ops::Range;
use std::sync::OnceLock;

use ringfence_cluster::{
    Direction, Entry, EntryId, IdentityChange, IdentityId, NamespaceId, NamespaceName, PortMatch, SelectorId, Tri,
    World,
};
use rustc_hash::FxHashMap;

use crate::Matches;
use crate::conflict::asks_above_ports;
use crate::selections::Selections;

/// Entries with one subject.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) subject: SelectorId,
    pub(crate) scope: Option<NamespaceId>,
    pub(crate) node: bool,
    /// Whether one of them asks for anything that could conflict above the ports.
    pub(crate) above_ports: bool,
    /// Whether one of them asks for a port by name.
    pub(crate) names_ports: bool,
    ingress: Vec<EntryId>,
    egress: Vec<EntryId>,
}

/// What entries of one group share.
type Key = (SelectorId, Option<NamespaceId>, bool);

/// A group that applies to an identity, surely or perhaps.
pub(crate) type Seat = (u32, Tri);

/// The groups of a world.
#[derive(Default, Debug)]
pub(crate) struct Roster {
    groups: Vec<Group>,
    numbers: FxHashMap<Key, u32>,
    in_namespace: FxHashMap<NamespaceId, Vec<u32>>,
    everywhere: Vec<u32>,
    /// The groups of each identity, once a question about a pod has been asked.
    seats: OnceLock<Vec<Vec<Seat>>>,
}

impl Roster {
    pub(crate) fn new(world: &World) -> Self {
        let mut roster = Self::default();
        for (id, entry) in world.entry_ids() {
            let number = roster.known(entry).unwrap_or_else(|| roster.open(entry, world));
            roster.groups[number as usize].add(id, entry);
        }
        roster
    }

    /// Puts new entries into their groups.
    pub(crate) fn add_entries(&mut self, entries: Range<u32>, world: &World, selections: &Selections) {
        for id in entries.map(EntryId) {
            let entry = world.entry(id);
            let number = self.known(entry).unwrap_or_else(|| {
                let number = self.open(entry, world);
                if let Some(seats) = self.seats.get_mut() {
                    for (identity, applies) in self.groups[number as usize].subjects(world, selections) {
                        seats[identity.0 as usize].push((number, applies));
                    }
                }
                number
            });
            self.groups[number as usize].add(id, entry);
        }
    }

    /// Takes entries out of their groups. A group that is empty then stays, for the policy that comes back.
    pub(crate) fn drop_entries(&mut self, entries: Range<u32>, world: &World) {
        for id in entries.map(EntryId) {
            let entry = world.entry(id);
            if let Some(number) = self.known(entry) {
                self.groups[number as usize].entries_mut(entry.direction).retain(|&other| other != id);
            }
        }
    }

    /// Follows a change of one identity, which the selectors know already.
    pub(crate) fn follow_identity(&mut self, change: &IdentityChange, world: &World, selections: &Selections) {
        let Some(mut seats) = self.seats.take() else { return };
        match *change {
            IdentityChange::Added(id) => seats.push(self.seats_anew(id, world, selections)),
            IdentityChange::Altered(id, _) => seats[id.0 as usize] = self.seats_anew(id, world, selections),
            IdentityChange::Removed(id, _) => drop(seats.swap_remove(id.0 as usize)),
        }
        self.seats = OnceLock::from(seats);
    }

    fn seats_anew(&self, id: IdentityId, world: &World, selections: &Selections) -> Vec<Seat> {
        let applies = |group: &Group| {
            let selected = if group.node { Tri::No } else { selections.of(group.subject, world).get(id) };
            if selected.is_no() { selected } else { selected.and(in_scope(group.scope, id, world)) }
        };
        let seats = self.groups.iter().zip(0..).map(|(group, number)| (number, applies(group)));
        seats.filter(|(_, tri)| tri.possible()).collect()
    }

    /// The group of an entry.
    fn known(&self, entry: &Entry) -> Option<u32> {
        self.numbers.get(&key(entry)).copied()
    }

    /// Opens the group of an entry.
    fn open(&mut self, entry: &Entry, world: &World) -> u32 {
        let (subject, scope, node) = key(entry);
        let number = self.groups.len() as u32;
        self.numbers.insert((subject, scope, node), number);
        self.groups.push(Group::new(subject, scope, node));
        match scope.filter(|&scope| is_known(scope, world)) {
            Some(namespace) => self.in_namespace.entry(namespace).or_default().push(number),
            None => self.everywhere.push(number),
        }
        number
    }

    pub(crate) fn group(&self, number: u32) -> &Group {
        &self.groups[number as usize]
    }

    /// The groups that may apply in a namespace; without one, those that apply anywhere. A namespace whose name is not
    /// known may be any, so every group may apply there.
    pub(crate) fn groups<'r>(
        &'r self,
        namespace: Option<NamespaceId>,
        world: &World,
    ) -> Box<dyn Iterator<Item = &'r Group> + 'r> {
        if namespace.is_some_and(|namespace| !is_known(namespace, world)) {
            return Box::new(self.groups.iter());
        }
        let own = namespace.and_then(|namespace| self.in_namespace.get(&namespace)).into_iter().flatten();
        Box::new(own.chain(&self.everywhere).map(|&number| &self.groups[number as usize]))
    }

    /// The groups that apply to an identity, ascending.
    pub(crate) fn seats(&self, identity: IdentityId, world: &World, selections: &Selections) -> &[Seat] {
        let all = self.seats.get_or_init(|| self.turned_around(world, selections));
        &all[identity.0 as usize]
    }

    fn turned_around(&self, world: &World, selections: &Selections) -> Vec<Vec<Seat>> {
        let mut seats = vec![Vec::new(); world.identities.len()];
        for (group, number) in self.groups.iter().zip(0..) {
            for (identity, applies) in group.subjects(world, selections) {
                seats[identity.0 as usize].push((number, applies));
            }
        }
        seats
    }
}

impl Group {
    fn new(subject: SelectorId, scope: Option<NamespaceId>, node: bool) -> Self {
        let (ingress, egress) = (Vec::new(), Vec::new());
        Self { subject, scope, node, above_ports: false, names_ports: false, ingress, egress }
    }

    pub(crate) fn entries(&self, direction: Direction) -> &[EntryId] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    fn entries_mut(&mut self, direction: Direction) -> &mut Vec<EntryId> {
        match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        }
    }

    fn add(&mut self, id: EntryId, entry: &Entry) {
        self.above_ports |= asks_above_ports(entry);
        self.names_ports |= entry.port_rules().iter().any(|rule| matches!(rule.port, PortMatch::Named(..)));
        self.entries_mut(entry.direction).push(id);
    }

    /// The pods that it applies to, surely or perhaps. `nodeSelector` means nodes alone (semantics §4.3).
    fn subjects<'a>(
        &'a self,
        world: &'a World,
        selections: &'a Selections,
    ) -> impl Iterator<Item = (IdentityId, Tri)> + 'a {
        let selected = (!self.node).then(|| selections.of(self.subject, world));
        let selected = selected.into_iter().flat_map(Matches::possible_ones);
        selected.map(move |(id, tri)| (id, tri.and(in_scope(self.scope, id, world)))).filter(|(_, tri)| tri.possible())
    }
}

/// Whether an identity is in the namespace that entries are confined to.
pub(crate) fn in_scope(scope: Option<NamespaceId>, identity: IdentityId, world: &World) -> Tri {
    scope.map_or(Tri::Yes, |scope| world.same_namespace(scope, world.identity(identity).namespace))
}

fn key(entry: &Entry) -> Key {
    (entry.subject, entry.scope, entry.node)
}

/// Whether the namespace has a name that we know. Another could be any namespace.
fn is_known(namespace: NamespaceId, world: &World) -> bool {
    matches!(world.namespace(namespace).name, NamespaceName::Known(_))
}
