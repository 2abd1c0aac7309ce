//! One side of a matrix: what each of many subjects says to each of many peers.

use ringfence_cluster::{
    Direction, EntryId, IdentityId, L3, NamedPort, PeerKind, PortMatch, PortRule, SelectorId, Tri,
};
use rustc_hash::FxHashMap;

use crate::Matches;
use crate::classes::Classes;
use crate::engine::Engine;
use crate::l3::PeerTest;
use crate::l4::Names;
use crate::matrix::{Reach, Reaches};
use crate::party::{Kind, Party};
use crate::reach::PROTOCOLS;
use crate::roster::Seat;

/// The answers by class of subject and class of peer.
#[derive(Clone, Debug)]
pub(crate) struct Half {
    /// The row of each subject.
    pub(crate) rows: Vec<u32>,
    /// The column of each peer.
    pub(crate) columns: Vec<u32>,
    width: usize,
    cells: Vec<u32>,
}

/// What subjects are told apart by.
#[derive(PartialEq, Eq, Hash)]
struct Subject<'a> {
    seats: &'a [Seat],
    kind: Kind,
    /// Whether it has the label keys `host` and `init`, which change enforcement (semantics §4.4).
    bare_keys: (bool, bool),
    /// The ports it names, where entries that let something in ask for names.
    ports: Option<(&'a [NamedPort], bool)>,
}

/// The columns of a half while its rows are worked out.
struct Columns<'a> {
    /// One peer of each class.
    peers: Vec<Party<'a>>,
    /// The classes by the port names of their pods: what a named port reaches.
    names: Vec<u32>,
    /// The classes that a selector finds.
    found: FxHashMap<SelectorId, Vec<(u32, Tri)>>,
}

impl Half {
    pub(crate) fn row(&self, row: u32) -> &[u32] {
        &self.cells[row as usize * self.width..][..self.width]
    }

    pub(crate) fn cell(&self, row: u32, column: u32) -> u32 {
        self.cells[row as usize * self.width + column as usize]
    }
}

impl Engine<'_> {
    /// What `subjects` say about traffic from (ingress) or to (egress) `peers`.
    pub(crate) fn half(
        &self,
        subjects: &[IdentityId],
        peers: &[IdentityId],
        direction: Direction,
        reaches: &mut Reaches,
    ) -> Half {
        let keys = subjects.iter().map(|&subject| self.subject_key(subject, direction));
        let (rows, firsts) = Classes::by_key(keys).settle();
        let subjects: Vec<Party<'_>> = firsts.iter().map(|&at| self.pod(subjects[at as usize])).collect();
        let selecting: Vec<Vec<(EntryId, Tri)>> =
            subjects.iter().map(|subject| self.selecting(subject, direction)).collect();
        let (columns, classes) = self.columns(peers, direction, &selecting);
        let mut cells = Vec::with_capacity(subjects.len() * classes.peers.len());
        for (subject, entries) in subjects.iter().zip(&selecting) {
            self.row((subject, entries), &classes, direction, reaches, &mut cells);
        }
        Half { rows, columns, width: classes.peers.len(), cells }
    }

    fn pod(&self, identity: IdentityId) -> Party<'_> {
        Party::of_pod(identity, self.world())
    }

    fn subject_key(&self, identity: IdentityId, direction: Direction) -> Subject<'_> {
        let (lookup, party) = (self.lookup(), self.pod(identity));
        let seats = lookup.seats(identity);
        let named = direction == Direction::Ingress && seats.iter().any(|&(group, _)| lookup.group(group).names_ports);
        let found = self.world().identity(identity);
        Subject {
            seats,
            kind: party.kind,
            bare_keys: (party.has_bare_key("host", self.world()), party.has_bare_key("init", self.world())),
            ports: named.then_some((found.ports.as_slice(), found.open_ports)),
        }
    }

    /// The peers by what the entries of any subject tell apart.
    fn columns(
        &self,
        peers: &[IdentityId],
        direction: Direction,
        selecting: &[Vec<(EntryId, Tri)>],
    ) -> (Vec<u32>, Columns<'_>) {
        let entries = || selecting.iter().flatten().map(|&(id, _)| self.world().entry(id));
        let named = direction == Direction::Egress && entries().any(|entry| has_names(entry.port_rules()));
        let parties: Vec<Party<'_>> = peers.iter().map(|&peer| self.pod(peer)).collect();
        let names = |peer: &Party<'_>| named.then(|| Names::of_peer(peer, self.lookup()));
        let names = Classes::by_key(parties.iter().map(names)).settle().0;
        let mut classes = Classes::by_key(parties.iter().map(|peer| peer.kind).zip(&names));
        let places = Places::of(peers, self.world().identities.len());
        let mut found = FxHashMap::default();
        for peer in entries().flat_map(ringfence_cluster::Entry::peers) {
            if let PeerKind::Endpoints(selector) = peer.kind {
                found.entry(selector).or_insert_with(|| {
                    let found = places.of_members(self.selected(selector));
                    classes.split(found.iter().copied());
                    found
                });
            }
        }
        let (columns, firsts) = classes.settle();
        let first_of = |(place, tri): (u32, Tri)| {
            let column = columns[place as usize];
            (firsts[column as usize] == place).then_some((column, tri))
        };
        let narrow = |found: Vec<(u32, Tri)>| found.into_iter().filter_map(first_of).collect();
        let columns_of = Columns {
            peers: firsts.iter().map(|&at| parties[at as usize].clone()).collect(),
            names: firsts.iter().map(|&at| names[at as usize]).collect(),
            found: found.into_iter().map(|(selector, found)| (selector, narrow(found))).collect(),
        };
        (columns, columns_of)
    }

    /// Appends the answers of one subject to all columns.
    fn row(
        &self,
        (subject, entries): (&Party<'_>, &[(EntryId, Tri)]),
        columns: &Columns<'_>,
        direction: Direction,
        reaches: &mut Reaches,
        cells: &mut Vec<u32>,
    ) {
        let named = entries.iter().any(|&(id, _)| has_names(self.world().entry(id).port_rules()));
        let all = columns.peers.len();
        let mut parts = if named { Classes::by_key(&columns.names) } else { Classes::one(all) };
        let mut reached = Reached::none(all);
        for &(id, _) in entries {
            self.reach_of(&self.world().entry(id).l3, columns, &mut reached);
            parts.split(reached.take());
        }
        cells.extend(parts.each(|at| reaches.number(self.reach(subject, &columns.peers[at], direction))));
    }

    /// Which columns some peers reach.
    fn reach_of(&self, l3: &L3, columns: &Columns<'_>, reached: &mut Reached) {
        let each = |tri| move |at: usize| (at as u32, tri);
        match l3 {
            L3::Nothing => {}
            L3::Anyone => (0..columns.peers.len()).map(each(Tri::Yes)).for_each(|one| reached.add(one)),
            L3::Unknown => (0..columns.peers.len()).map(each(Tri::Unknown)).for_each(|one| reached.add(one)),
            L3::Peers(peers) => {
                for peer in peers {
                    match &peer.kind {
                        PeerKind::Endpoints(selector) => {
                            columns.found[selector].iter().for_each(|&one| reached.add(one));
                        }
                        other => self.reach_of_any_pod(other, columns, reached),
                    }
                }
            }
        }
    }

    /// Which columns a peer reaches that does not look at labels: it is the same for all pods of one kind.
    fn reach_of_any_pod(&self, peer: &PeerKind, columns: &Columns<'_>, reached: &mut Reached) {
        let test = PeerTest::new(self.lookup());
        let mut known: Vec<(Kind, Tri)> = Vec::new();
        for (column, party) in (0..).zip(&columns.peers) {
            let tri = known.iter().find(|(kind, _)| *kind == party.kind).map(|&(_, tri)| tri);
            let tri = tri.unwrap_or_else(|| {
                known.push((party.kind, test.peer(peer, party)));
                known[known.len() - 1].1
            });
            reached.add((column, tri));
        }
    }

    /// What one pod says to another, on all ports.
    fn reach(&self, subject: &Party<'_>, peer: &Party<'_>, direction: Direction) -> Reach {
        let prepared = [self.prepare(subject, peer, direction)];
        Reach::new(PROTOCOLS.map(|protocol| self.ports_of(&prepared, protocol)))
    }
}

fn has_names(rules: &[PortRule]) -> bool {
    rules.iter().any(|rule| matches!(rule.port, PortMatch::Named(..)))
}

/// The columns that the peers of one entry reach.
struct Reached {
    tri: Vec<Tri>,
    touched: Vec<u32>,
}

impl Reached {
    fn none(columns: usize) -> Self {
        Self { tri: vec![Tri::No; columns], touched: Vec::new() }
    }

    fn add(&mut self, (column, tri): (u32, Tri)) {
        let known = &mut self.tri[column as usize];
        if known.is_no() && tri.possible() {
            self.touched.push(column);
        }
        *known = known.or(tri);
    }

    /// What was added since the last time.
    fn take(&mut self) -> impl Iterator<Item = (u32, Tri)> + '_ {
        let tri = &mut self.tri;
        self.touched.drain(..).map(move |column| (column, std::mem::replace(&mut tri[column as usize], Tri::No)))
    }
}

/// Where identities stand in a list that may hold one more than once.
struct Places {
    members: Matches,
    first: Vec<u32>,
    next: Vec<u32>,
}

impl Places {
    const NONE: u32 = u32::MAX;

    fn of(list: &[IdentityId], identities: usize) -> Self {
        let (mut first, mut next) = (vec![Self::NONE; identities], vec![Self::NONE; list.len()]);
        for (place, identity) in list.iter().enumerate().rev() {
            next[place] = std::mem::replace(&mut first[identity.0 as usize], place as u32);
        }
        let distinct = list.iter().enumerate().filter(|&(place, id)| first[id.0 as usize] == place as u32);
        Self { members: distinct.map(|(_, &id)| (id, Tri::Yes)).collect(), first, next }
    }

    /// The places of those that are in a set.
    fn of_members(&self, set: &Matches) -> Vec<(u32, Tri)> {
        let mut found = Vec::new();
        for (identity, tri) in self.members.and(set).possible_ones() {
            let mut place = self.first[identity.0 as usize];
            while place != Self::NONE {
                found.push((place, tri));
                place = self.next[place as usize];
            }
        }
        found
    }
}
