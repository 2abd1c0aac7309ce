//! Which identities a selector matches: surely, perhaps, or not at all.

use fixedbitset::FixedBitSet;
use ringfence_cluster::{IdentityId, Tri};

/// A three-valued set of identities.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Matches {
    yes: FixedBitSet,
    maybe: FixedBitSet,
}

impl Matches {
    /// The empty set over `identities` identities.
    pub fn none(identities: usize) -> Self {
        Self { yes: FixedBitSet::with_capacity(identities), maybe: FixedBitSet::with_capacity(identities) }
    }

    /// Puts an identity in (or leaves it out).
    pub fn set(&mut self, identity: IdentityId, matched: Tri) {
        self.yes.set(identity.0 as usize, matched.is_yes());
        self.maybe.set(identity.0 as usize, matched == Tri::Unknown);
    }

    /// Whether an identity is in.
    pub fn get(&self, identity: IdentityId) -> Tri {
        if self.yes.contains(identity.0 as usize) {
            Tri::Yes
        } else if self.maybe.contains(identity.0 as usize) {
            Tri::Unknown
        } else {
            Tri::No
        }
    }

    /// The identities that are surely in.
    pub fn sure(&self) -> impl Iterator<Item = IdentityId> + '_ {
        self.yes.ones().map(|at| IdentityId(at as u32))
    }

    /// The identities that may be in, the sure ones not among them.
    pub fn perhaps(&self) -> impl Iterator<Item = IdentityId> + '_ {
        self.maybe.ones().map(|at| IdentityId(at as u32))
    }

    /// Whether nothing is in, surely.
    pub fn is_none(&self) -> bool {
        self.yes.is_clear() && self.maybe.is_clear()
    }

    /// Those in both.
    pub fn and(&self, other: &Self) -> Self {
        let mut yes = self.yes.clone();
        yes.intersect_with(&other.yes);
        let mut possible = self.possible();
        possible.intersect_with(&other.possible());
        possible.difference_with(&yes);
        Self { yes, maybe: possible }
    }

    /// Those in at least one.
    pub fn or(&self, other: &Self) -> Self {
        let mut yes = self.yes.clone();
        yes.union_with(&other.yes);
        let mut possible = self.possible();
        possible.union_with(&other.possible());
        possible.difference_with(&yes);
        Self { yes, maybe: possible }
    }

    fn possible(&self) -> FixedBitSet {
        let mut possible = self.yes.clone();
        possible.union_with(&self.maybe);
        possible
    }
}
