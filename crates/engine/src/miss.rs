//! Near misses: entries that would let something through if one thing were different.

use ringfence_cluster::{Direction, EntryId, PeerKind, Requirement, SelectorId, Tri, Verdict};

use crate::engine::Engine;
use crate::l3::PeerTest;
use crate::l4::PortTest;
use crate::party::Party;
use crate::{Endpoint, Traffic};

/// An entry that applies to the subject, allows, and does not match.
#[derive(Clone, PartialEq, Debug)]
pub struct Miss {
    /// The entry.
    pub entry: EntryId,
    /// What it fails on.
    pub fails: Shortfall,
}

/// What an entry fails on.
#[derive(Clone, PartialEq, Debug)]
pub enum Shortfall {
    /// Peer and port fit: something that goes before decides.
    Overruled,
    /// The peer is one of its peers, the port is none of its ports.
    Port,
    /// The port is one of its ports; of its selectors, this one misses the peer by the fewest requirements.
    Labels(SelectorId, Vec<Requirement>),
    /// The port is one of its ports, and it has no selector that could fit.
    Peer,
}

impl Shortfall {
    /// How far it is from matching: smaller is nearer.
    fn distance(&self) -> (u8, usize) {
        match self {
            Self::Overruled => (0, 0),
            Self::Port => (1, 0),
            Self::Labels(_, failing) => (2, failing.len()),
            Self::Peer => (3, 0),
        }
    }
}

impl Engine<'_> {
    /// The entries that come nearest to letting traffic through at one end, nearest first. An endpoint that may be of
    /// several shapes is taken as the first of them.
    pub fn misses(&self, subject: &Endpoint, peer: &Endpoint, direction: Direction, traffic: Traffic) -> Vec<Miss> {
        let (subjects, peers) = (Party::of(subject, self.world()), Party::of(peer, self.world()));
        let (Some(subject), Some(peer)) = (subjects.first(), peers.first()) else { return Vec::new() };
        let standing = self.standing(subject, direction);
        let ports = PortTest::new(self.lookup(), (subject, peer), direction, &standing.entries);
        let test = PeerTest::new(self.lookup());
        let miss = |&(id, _): &(EntryId, Tri)| {
            let entry = self.world().entry(id);
            let fits = (test.entry(entry, peer).possible(), ports.entry(entry, traffic).possible());
            let fails = match fits {
                _ if entry.verdict != Verdict::Allow || !entry.allows_something() => return None,
                (true, true) => Shortfall::Overruled,
                (true, false) => Shortfall::Port,
                (false, true) => self.nearest_selector(id, peer),
                (false, false) => return None,
            };
            Some(Miss { entry: id, fails })
        };
        let mut misses: Vec<Miss> = standing.entries.iter().filter_map(miss).collect();
        misses.sort_by_key(|miss| (miss.fails.distance(), miss.entry));
        misses
    }

    /// The selector among an entry's peers that asks for the least that the peer has not.
    fn nearest_selector(&self, entry: EntryId, peer: &Party<'_>) -> Shortfall {
        let world = self.world();
        let failing = |selector: SelectorId| {
            let failing = world.selector(selector).requirements.iter();
            failing.filter(|one| one.matches(&peer.labels, &world.symbols).is_no()).cloned().collect::<Vec<_>>()
        };
        let selectors = world.entry(entry).peers().iter().filter_map(|peer| match peer.kind {
            PeerKind::Endpoints(selector) => Some((selector, failing(selector))),
            _ => None,
        });
        let nearest = selectors.filter(|_| peer.identity.is_some()).min_by_key(|(_, failing)| failing.len());
        nearest.map_or(Shortfall::Peer, |(selector, failing)| Shortfall::Labels(selector, failing))
    }
}
