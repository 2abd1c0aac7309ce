//! Every selector's identities, worked out when first asked for and then kept.

use std::sync::OnceLock;

use ringfence_cluster::{Identity, IdentityId, SelectorId, Tri, World};
use rustc_hash::FxHashMap;

use crate::Matches;
use crate::label_index::LabelIndex;

/// What a world's selectors match, and which identities have the same labels.
#[derive(Debug)]
pub(crate) struct Selections {
    index: LabelIndex,
    matches: Vec<OnceLock<Matches>>,
    siblings: Vec<Vec<IdentityId>>,
    family: Vec<u32>,
}

impl Selections {
    pub(crate) fn new(world: &World) -> Self {
        let (siblings, family) = families(world);
        let matches = world.selectors.iter().map(|_| OnceLock::new()).collect();
        Self { index: LabelIndex::new(world), matches, siblings, family }
    }

    pub(crate) fn of(&self, selector: SelectorId, world: &World) -> &Matches {
        self.matches[selector.0 as usize].get_or_init(|| self.index.matches(world.selector(selector), world))
    }

    /// Makes room for selectors that are new.
    pub(crate) fn grow(&mut self, world: &World) {
        self.matches.resize_with(world.selectors.len(), OnceLock::new);
    }

    /// Takes in an identity that is new, or has other labels, and is forgotten as it was.
    pub(crate) fn learn(&mut self, id: IdentityId, world: &World) {
        let identity = world.identity(id);
        self.index.add(id, identity);
        for (matches, selector) in self.matches.iter_mut().zip(&world.selectors) {
            if let Some(matches) = matches.get_mut() {
                matches.change(id, selector.matches(&identity.labels, &world.symbols));
            }
        }
        let alike = |other: &IdentityId| {
            let known = world.identity(*other);
            *other != id && known.namespace == identity.namespace && known.labels == identity.labels
        };
        let sibling = self.index.nearly_alike(identity).find(alike);
        let family = sibling.map_or(self.siblings.len() as u32, |sibling| self.family[sibling.0 as usize]);
        self.siblings.resize(self.siblings.len().max(family as usize + 1), Vec::new());
        self.siblings[family as usize].push(id);
        self.family.resize(self.family.len().max(id.0 as usize + 1), family);
        self.family[id.0 as usize] = family;
    }

    /// Forgets an identity as it was, but for what matched it.
    pub(crate) fn forget(&mut self, id: IdentityId, old: &Identity) {
        self.index.remove(id, old);
        self.siblings[self.family[id.0 as usize] as usize].retain(|&other| other != id);
    }

    /// Gives the number of an identity that is gone to the last one.
    pub(crate) fn close_up(&mut self, to: IdentityId, world: &World) {
        let from = IdentityId(world.identities.len() as u32);
        self.family.swap_remove(to.0 as usize);
        if from == to {
            self.matches.iter_mut().filter_map(OnceLock::get_mut).for_each(|matches| matches.change(to, Tri::No));
        } else {
            self.index.rename(from, to, world.identity(to));
            for matches in self.matches.iter_mut().filter_map(OnceLock::get_mut) {
                let matched = matches.get(from);
                matches.change(from, Tri::No);
                matches.change(to, matched);
            }
            let siblings = &mut self.siblings[self.family[to.0 as usize] as usize];
            siblings.iter_mut().filter(|id| **id == from).for_each(|id| *id = to);
        }
        self.index.shrink();
    }

    /// The identities with the same labels: one identity to the agent, which tells pods apart by labels alone. They
    /// differ in the ports that they name.
    pub(crate) fn siblings(&self, identity: IdentityId) -> &[IdentityId] {
        &self.siblings[self.family[identity.0 as usize] as usize]
    }
}

fn families(world: &World) -> (Vec<Vec<IdentityId>>, Vec<u32>) {
    let mut numbers = FxHashMap::default();
    let mut siblings: Vec<Vec<IdentityId>> = Vec::new();
    let mut family = Vec::with_capacity(world.identities.len());
    for (id, identity) in world.identity_ids() {
        let number = *numbers.entry((identity.namespace, &identity.labels)).or_insert(siblings.len() as u32);
        if number as usize == siblings.len() {
            siblings.push(Vec::new());
        }
        siblings[number as usize].push(id);
        family.push(number);
    }
    (siblings, family)
}
