//! Whether one end is open to everybody on every port, and if not, what stands in the way.

use ringfence_cluster::{Direction, EntryId, L3, Verdict};

use crate::{Endpoint, Engine};

/// What may keep an end from letting everything through in one direction.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Obstacles {
    /// The entries that isolate it, surely or perhaps, where no other allows everything.
    pub isolating: Vec<EntryId>,
    /// The entries that deny it something, surely or perhaps.
    pub denying: Vec<EntryId>,
    /// Whether it is isolated without any entry: enforcement mode `always`, label key `init` (semantics §4.2, §4.4).
    pub forced: bool,
}

impl Obstacles {
    /// Whether there are none: every peer and every port is let through, as far as this end decides.
    pub fn is_none(&self) -> bool {
        self.isolating.is_empty() && self.denying.is_empty() && !self.forced
    }
}

impl Engine<'_> {
    /// What stands in the way of an end that is to be open to everybody, on every port (the escape hatch). What the other
    /// end says is its own affair.
    pub fn obstacles(&self, endpoint: &Endpoint, direction: Direction) -> Obstacles {
        let applying = self.entries_applying(endpoint, direction);
        let isolation = self.isolation(endpoint, direction);
        let opens = |&(id, selected): &(EntryId, _)| {
            ringfence_cluster::Tri::is_yes(selected) && self.world().entry(id).allows_everything()
        };
        let shut = isolation.isolated.possible() && !applying.iter().any(opens);
        let denies = |&(id, _): &(EntryId, _)| {
            let entry = self.world().entry(id);
            entry.verdict == Verdict::Deny && entry.l3 != L3::Nothing
        };
        Obstacles {
            forced: shut && isolation.by.is_empty(),
            isolating: if shut { isolation.by } else { Vec::new() },
            denying: applying.iter().filter(|each| denies(each)).map(|&(id, _)| id).collect(),
        }
    }
}
