//! Every selector's identities, worked out when first asked for and then kept.

use std::sync::OnceLock;

use ringfence_cluster::{Identity, IdentityId, SelectorId, World};
use rustc_hash::FxHashMap;

use crate::Matches;
use crate::label_index::LabelIndex;

/// What of a world does not depend on which policies count: shared by all engines over it.
#[derive(Debug)]
pub(crate) struct Selections<'w> {
    world: &'w World,
    index: LabelIndex,
    matches: Vec<OnceLock<Matches>>,
    siblings: Vec<Vec<IdentityId>>,
    family: Vec<u32>,
}

impl<'w> Selections<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        let (siblings, family) = families(world);
        let matches = world.selectors.iter().map(|_| OnceLock::new()).collect();
        Self { world, index: LabelIndex::new(world), matches, siblings, family }
    }

    pub(crate) fn world(&self) -> &'w World {
        self.world
    }

    pub(crate) fn of(&self, selector: SelectorId) -> &Matches {
        self.matches[selector.0 as usize].get_or_init(|| self.index.matches(self.world.selector(selector), self.world))
    }

    /// The identities with the same labels: one identity to the agent, which tells pods apart by labels alone. They
    /// differ in the ports that they name.
    pub(crate) fn siblings(&self, identity: IdentityId) -> impl Iterator<Item = &'w Identity> + '_ {
        let family = self.family[identity.0 as usize] as usize;
        self.siblings[family].iter().map(|&id| self.world.identity(id))
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
