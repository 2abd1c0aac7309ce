//! Who may reach whom among many, and on which ports, all at once.
//!
//! Asked pair by pair, each of a million cells costs a walk. Here either side is worked out by itself: subjects that the
//! same entries apply to are one row, peers that no selector of those entries tells apart are one column, and along a row
//! the entries split the columns by which of them reach whom. What a subject says to all columns of such a part is one
//! answer, worked out once, by the same code that answers for a pair; equal answers are stored once. A cell is then the
//! overlap of two answers, and of those there are few.

use ringfence_cluster::{Direction, IdentityId, Protocol, Tri};
use rustc_hash::FxHashMap;

use crate::Ports;
use crate::classes::Classes;
use crate::engine::Engine;
use crate::half::Half;
use crate::reach::PROTOCOLS;

/// On which ports something is let through, by protocol.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Reach {
    any: Tri,
    ports: [Ports; PROTOCOLS.len()],
}

/// The answers for every source and destination of two lists.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The class of each source and of each destination.
    sources: Vec<u32>,
    destinations: Vec<u32>,
    /// A row for each class of sources, as long as there are classes of destinations.
    both: Vec<u32>,
    width: usize,
    egress: Half,
    ingress: Half,
    reaches: Vec<Reach>,
}

/// Answers, each stored once.
#[derive(Default, Debug)]
pub(crate) struct Reaches {
    all: Vec<Reach>,
    numbers: FxHashMap<Reach, u32>,
    overlaps: FxHashMap<(u32, u32), u32>,
}

impl Reach {
    pub(crate) fn new(ports: [Ports; PROTOCOLS.len()]) -> Self {
        let any = if ports.iter().any(|ports| !ports.sure().is_empty()) {
            Tri::Yes
        } else if ports.iter().any(|ports| !ports.is_none()) {
            Tri::Unknown
        } else {
            Tri::No
        };
        Self { any, ports }
    }

    /// Whether anything is let through, on any port: what [`Engine::may_reach`] says of a pair.
    pub fn any(&self) -> Tri {
        self.any
    }

    /// The ports (for ICMP: types) of a protocol that are let through, as [`Engine::allowed_ports`] says; `None` for
    /// protocols whose ports policies do not tell apart.
    pub fn ports(&self, protocol: Protocol) -> Option<&Ports> {
        let at = PROTOCOLS.iter().position(|&own| own == protocol)?;
        Some(&self.ports[at])
    }

    /// Each protocol with its ports: TCP, UDP, SCTP, ICMP, ICMPv6.
    pub fn each(&self) -> impl Iterator<Item = (Protocol, &Ports)> {
        PROTOCOLS.into_iter().zip(&self.ports)
    }

    fn and(&self, other: &Self) -> Self {
        Self::new(std::array::from_fn(|at| self.ports[at].and(&other.ports[at])))
    }
}

impl Reaches {
    /// The number of an answer.
    pub(crate) fn number(&mut self, reach: Reach) -> u32 {
        if let Some(&number) = self.numbers.get(&reach) {
            return number;
        }
        let number = self.all.len() as u32;
        self.all.push(reach.clone());
        self.numbers.insert(reach, number);
        number
    }

    /// What two sides let through together.
    fn overlap(&mut self, one: u32, other: u32) -> u32 {
        let pair = (one.min(other), one.max(other));
        if one == other {
            return one;
        } else if let Some(&number) = self.overlaps.get(&pair) {
            return number;
        }
        let number = self.number(self.all[one as usize].and(&self.all[other as usize]));
        self.overlaps.insert(pair, number);
        number
    }
}

impl Engine<'_> {
    /// Who of some identities may reach whom of others, and on which ports: for each pair the same that
    /// [`Engine::may_reach`] and [`Engine::allowed_ports`] say of [`crate::Endpoint::Pods`]. An identity may come on both
    /// sides, and more than once.
    pub fn matrix(&self, sources: &[IdentityId], destinations: &[IdentityId]) -> Matrix {
        let mut reaches = Reaches::default();
        let egress = self.half(sources, destinations, Direction::Egress, &mut reaches);
        let ingress = self.half(destinations, sources, Direction::Ingress, &mut reaches);
        let (sources, of_sources) = together(&egress.rows, &ingress.columns);
        let (destinations, of_destinations) = together(&egress.columns, &ingress.rows);
        let mut both = Vec::with_capacity(of_sources.len() * of_destinations.len());
        for &(row, column) in &of_sources {
            let out = egress.row(row);
            let mut last = ((u32::MAX, u32::MAX), u32::MAX);
            both.extend(of_destinations.iter().map(|&(peer, subject)| {
                let sides = (out[peer as usize], ingress.cell(subject, column));
                if last.0 != sides {
                    last = (sides, reaches.overlap(sides.0, sides.1));
                }
                last.1
            }));
        }
        Matrix { sources, destinations, both, width: of_destinations.len(), egress, ingress, reaches: reaches.all }
    }
}

/// Classes by two others: of each thing, and what each stands for.
fn together(one: &[u32], other: &[u32]) -> (Vec<u32>, Vec<(u32, u32)>) {
    let pairs = || one.iter().copied().zip(other.iter().copied());
    let (of, firsts) = Classes::by_key(pairs()).settle();
    (of, firsts.into_iter().map(|first| (one[first as usize], other[first as usize])).collect())
}

impl Matrix {
    /// What both sides let through, by the places of source and destination in their lists.
    ///
    /// # Panics
    ///
    /// Where a list has no such place.
    pub fn both(&self, source: usize, destination: usize) -> &Reach {
        self.of_classes(self.sources[source], self.destinations[destination])
    }

    /// What one side lets through by itself: the source's (egress) or the destination's (ingress).
    ///
    /// # Panics
    ///
    /// Where a list has no such place.
    pub fn side(&self, source: usize, destination: usize, direction: Direction) -> &Reach {
        let (half, subject, peer) = match direction {
            Direction::Egress => (&self.egress, source, destination),
            Direction::Ingress => (&self.ingress, destination, source),
        };
        &self.reaches[half.cell(half.rows[subject], half.columns[peer]) as usize]
    }

    /// The class of each source, from 0: sources of one class have equal rows.
    pub fn classes_of_sources(&self) -> &[u32] {
        &self.sources
    }

    /// The class of each destination, from 0: destinations of one class have equal columns.
    pub fn classes_of_destinations(&self) -> &[u32] {
        &self.destinations
    }

    /// What both sides let through between two classes.
    ///
    /// # Panics
    ///
    /// Where there is no such class.
    pub fn of_classes(&self, source: u32, destination: u32) -> &Reach {
        &self.reaches[self.both[source as usize * self.width + destination as usize] as usize]
    }
}
