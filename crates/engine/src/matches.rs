//! Which identities a selector matches: surely, perhaps, or not at all.

use std::fmt;

use ringfence_cluster::{IdentityId, Tri};
use roaring::RoaringBitmap;

/// A three-valued set of identities. Compressed: most selectors reach a handful of identities of one namespace, a few
/// reach all of them.
#[derive(Clone, PartialEq, Default)]
pub struct Matches {
    yes: RoaringBitmap,
    maybe: RoaringBitmap,
}

impl Matches {
    /// The empty set.
    pub fn none() -> Self {
        Self::default()
    }

    /// The set that holds every identity below `count`.
    pub fn all(count: usize) -> Self {
        let mut yes = RoaringBitmap::new();
        yes.insert_range(0..count as u32);
        Self { yes, maybe: RoaringBitmap::new() }
    }

    /// Puts an identity in (or leaves it out).
    pub fn set(&mut self, identity: IdentityId, matched: Tri) {
        place(&mut self.yes, identity.0, matched.is_yes());
        place(&mut self.maybe, identity.0, matched == Tri::Unknown);
    }

    /// Puts an identity in where it is not as it should be: to look is cheaper than to put.
    pub(crate) fn change(&mut self, identity: IdentityId, matched: Tri) {
        if self.get(identity) != matched {
            self.set(identity, matched);
        }
    }

    /// Whether an identity is in.
    pub fn get(&self, identity: IdentityId) -> Tri {
        if self.yes.contains(identity.0) {
            Tri::Yes
        } else if self.maybe.contains(identity.0) {
            Tri::Unknown
        } else {
            Tri::No
        }
    }

    /// The identities that are surely in, ascending.
    pub fn sure(&self) -> impl Iterator<Item = IdentityId> + '_ {
        self.yes.iter().map(IdentityId)
    }

    /// The identities that may be in, the sure ones not among them, ascending.
    pub fn perhaps(&self) -> impl Iterator<Item = IdentityId> + '_ {
        self.maybe.iter().map(IdentityId)
    }

    /// The identities that are in, surely or perhaps; the sure ones first.
    pub fn possible_ones(&self) -> impl Iterator<Item = (IdentityId, Tri)> + '_ {
        self.sure().map(|id| (id, Tri::Yes)).chain(self.perhaps().map(|id| (id, Tri::Unknown)))
    }

    /// How many are surely in.
    pub fn sure_count(&self) -> u64 {
        self.yes.len()
    }

    /// Whether nothing is in, surely.
    pub fn is_none(&self) -> bool {
        self.yes.is_empty() && self.maybe.is_empty()
    }

    /// Those in both.
    pub fn and(&self, other: &Self) -> Self {
        let yes = &self.yes & &other.yes;
        let maybe = (self.possible() & other.possible()) - &yes;
        Self { yes, maybe }
    }

    /// Those in at least one.
    pub fn or(&self, other: &Self) -> Self {
        let yes = &self.yes | &other.yes;
        let maybe = (self.possible() | other.possible()) - &yes;
        Self { yes, maybe }
    }

    /// Those in this one and not in the other.
    pub fn minus(&self, other: &Self) -> Self {
        let yes = &self.yes - other.possible();
        let maybe = (self.possible() - &other.yes) - &yes;
        Self { yes, maybe }
    }

    /// The same identities, none of them surely.
    pub fn unsure(self) -> Self {
        Self { yes: RoaringBitmap::new(), maybe: self.yes | self.maybe }
    }

    fn possible(&self) -> RoaringBitmap {
        &self.yes | &self.maybe
    }
}

impl FromIterator<(IdentityId, Tri)> for Matches {
    /// Each identity comes once, in any order.
    fn from_iter<I: IntoIterator<Item = (IdentityId, Tri)>>(identities: I) -> Self {
        let (mut yes, mut maybe) = (Vec::new(), Vec::new());
        for (identity, matched) in identities {
            match matched {
                Tri::Yes => yes.push(identity.0),
                Tri::Unknown => maybe.push(identity.0),
                Tri::No => {}
            }
        }
        Self { yes: bitmap(yes), maybe: bitmap(maybe) }
    }
}

/// A bitmap made in one go: inserting one by one would search the place of each.
fn bitmap(mut members: Vec<u32>) -> RoaringBitmap {
    members.sort_unstable();
    members.dedup();
    // It fails on what is not sorted only.
    RoaringBitmap::from_sorted_iter(members).unwrap_or_default()
}

impl fmt::Debug for Matches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matches")
            .field("yes", &self.yes.iter().collect::<Vec<_>>())
            .field("maybe", &self.maybe.iter().collect::<Vec<_>>())
            .finish()
    }
}

fn place(set: &mut RoaringBitmap, at: u32, inside: bool) {
    if inside {
        set.insert(at);
    } else {
        set.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Tri; 3] = [Tri::No, Tri::Unknown, Tri::Yes];

    #[test]
    fn set_algebra_is_kleene_logic() {
        for (at, (a, b)) in ALL.into_iter().flat_map(|a| ALL.map(|b| (a, b))).enumerate() {
            let id = IdentityId(at as u32);
            let (left, right) = (Matches::from_iter([(id, a)]), Matches::from_iter([(id, b)]));
            assert_eq!(left.and(&right).get(id), a.and(b));
            assert_eq!(left.or(&right).get(id), a.or(b));
            assert_eq!(left.minus(&right).get(id), a.and(!b));
        }
    }
}
