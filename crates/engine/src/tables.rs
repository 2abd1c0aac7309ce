//! What of a world does not depend on which policies count: shared by all engines over it.

use ringfence_cluster::{IdentityId, SelectorId, World};

use crate::Matches;
use crate::roster::{Group, Roster, Seat};
use crate::selections::Selections;

/// Selectors as sets of identities, and entries by subject.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) selections: Selections,
    pub(crate) roster: Roster,
}

impl Tables {
    pub(crate) fn new(world: &World) -> Self {
        Self { selections: Selections::new(world), roster: Roster::new(world) }
    }
}

/// The tables beside the world they are about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup<'a> {
    pub(crate) world: &'a World,
    tables: &'a Tables,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(world: &'a World, tables: &'a Tables) -> Self {
        Self { world, tables }
    }

    /// The identities that a selector matches.
    pub(crate) fn selected(self, selector: SelectorId) -> &'a Matches {
        self.tables.selections.of(selector, self.world)
    }

    /// The identities with the same labels as this one, itself included.
    pub(crate) fn siblings(self, identity: IdentityId) -> &'a [IdentityId] {
        self.tables.selections.siblings(identity)
    }

    /// The groups of entries that apply to an identity.
    pub(crate) fn seats(self, identity: IdentityId) -> &'a [Seat] {
        self.tables.roster.seats(identity, self.world, &self.tables.selections)
    }

    /// A group by its number.
    pub(crate) fn group(self, number: u32) -> &'a Group {
        self.tables.roster.group(number)
    }

    pub(crate) fn roster(self) -> &'a Roster {
        &self.tables.roster
    }
}
