//! Which ends are in both worlds: workloads by namespace, kind and name, addresses cut where either world cuts them.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use ringfence_cluster::{NamespaceId, NamespaceName, WorkloadId, World};
use ringfence_engine::Block;
use smol_str::SmolStr;

use super::Common;
use crate::ends::End;
use crate::inquiry::Inquiry;
use crate::partners::SPECIAL;
use crate::resolve::{addresses, dns_end, special, unseen_end, workload_end};

/// What the two worlds share, and what they do not.
#[derive(Default)]
pub(super) struct Commons {
    pub(super) ends: Vec<Common>,
    /// Which of the ends make up the public internet, ascending.
    pub(super) internet: Vec<usize>,
    pub(super) appeared: Vec<WorkloadId>,
    pub(super) gone: Vec<WorkloadId>,
}

/// What is the same object in two worlds. Objects whose namespace is unknown are told apart by their order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Key {
    namespace: Option<SmolStr>,
    kind: SmolStr,
    name: SmolStr,
    nth: usize,
}

impl Commons {
    pub(super) fn of(old: &Inquiry<'_>, new: &Inquiry<'_>) -> Self {
        let mut commons = Self::default();
        commons.workloads(old.world(), new.world());
        commons.unseen(old.world(), new.world());
        commons.ends.extend(SPECIAL.map(|entity| same(special(entity))));
        commons.addresses(old, new);
        let names: BTreeSet<SmolStr> = old.names().into_iter().chain(new.names()).collect();
        commons.ends.extend(names.into_iter().map(|name| same(dns_end(name))));
        commons
    }

    fn workloads(&mut self, old: &World, new: &World) {
        let (before, mut after) = (workloads(old), workloads(new));
        for (key, id) in before {
            match after.remove(&key) {
                Some(new_id) => {
                    self.ends.push(Common { old: workload_end(old, id), new: workload_end(new, new_id) });
                }
                None => self.gone.push(id),
            }
        }
        self.appeared = after.into_values().collect();
    }

    fn unseen(&mut self, old: &World, new: &World) {
        let (before, mut after) = (unseen(old), unseen(new));
        for (key, end) in before {
            if let Some(new) = after.remove(&key) {
                self.ends.push(Common { old: end, new });
            }
        }
    }

    fn addresses(&mut self, old: &Inquiry<'_>, new: &Inquiry<'_>) {
        let first = self.ends.len();
        let public = refined(&old.engine().internet(), &new.engine().internet());
        self.ends.extend(alike(&public, old, new));
        self.internet = (first..self.ends.len()).collect();
        let ranges: BTreeSet<IpNet> = old.ranges().into_iter().chain(new.ranges()).collect();
        let blocks = |inquiry: &Inquiry<'_>| inquiry.private_blocks(ranges.iter().copied());
        let private = refined(&blocks(old), &blocks(new));
        self.ends.extend(alike(&private, old, new));
    }
}

/// Blocks that no policy of either world tells apart are one end.
fn alike(blocks: &[Block], old: &Inquiry<'_>, new: &Inquiry<'_>) -> Vec<Common> {
    let groups = |inquiry: &Inquiry<'_>| -> BTreeMap<Block, usize> {
        let groups = inquiry.engine().alike(blocks.to_vec()).into_iter().enumerate();
        groups.flat_map(|(number, group)| group.into_iter().map(move |block| (block, number))).collect()
    };
    let (before, after) = (groups(old), groups(new));
    let mut ends: BTreeMap<(Option<usize>, Option<usize>), Vec<Block>> = BTreeMap::new();
    for block in blocks {
        ends.entry((before.get(block).copied(), after.get(block).copied())).or_default().push(*block);
    }
    ends.into_values().map(|blocks| same(addresses(blocks))).collect()
}

/// An end that does not depend on the world.
fn same(end: End) -> Common {
    Common { old: end.clone(), new: end }
}

/// The workloads by what makes them the same in another world.
fn workloads(world: &World) -> BTreeMap<Key, WorkloadId> {
    let mut keys = BTreeMap::new();
    for (id, workload) in world.workload_ids() {
        let object = world.object(workload.object);
        let mut key = key(world, Some(workload.namespace), &object.kind_name, object.name().unwrap_or_default());
        while keys.contains_key(&key) {
            key.nth += 1;
        }
        keys.insert(key, id);
    }
    keys
}

/// The key of an object, the first of its kind.
pub(super) fn key(world: &World, namespace: Option<NamespaceId>, kind: &str, name: &str) -> Key {
    let namespace = namespace.and_then(|id| world.namespace_name(id)).map(SmolStr::new);
    Key { namespace, kind: kind.into(), name: name.into(), nth: 0 }
}

impl Key {
    /// The same for the next object that cannot be told from it.
    pub(super) fn next(self) -> Self {
        Self { nth: self.nth + 1, ..self }
    }
}

/// Pods that the input does not show, by the namespace, the release, and whether they are the stand-in for DNS.
fn unseen(world: &World) -> BTreeMap<(SmolStr, Option<SmolStr>, bool), End> {
    let named = |id: NamespaceId| match world.namespace(id).name {
        NamespaceName::Known(_) => world.namespace_name(id).map(SmolStr::new),
        _ => None,
    };
    let ends = world.identity_ids().filter_map(|(id, identity)| {
        let end = unseen_end(world, id)?;
        let release = identity.release.map(|id| world.release(id).name.clone());
        Some(((named(identity.namespace)?, release, identity.dns_stand_in), end))
    });
    ends.collect()
}

/// What two ways to cut the same addresses have in common; both are ascending.
fn refined(one: &[Block], other: &[Block]) -> Vec<Block> {
    let mut cut = Vec::with_capacity(one.len().max(other.len()));
    let (mut at, mut with) = (0, 0);
    while let (Some(a), Some(b)) = (one.get(at), other.get(with)) {
        let (first, last) = (a.first.max(b.first), a.last.min(b.last));
        if first <= last {
            cut.push(Block { first, last });
        }
        if a.last <= b.last {
            at += 1;
        }
        if b.last <= a.last {
            with += 1;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(edges: &[&str]) -> Vec<Block> {
        let address = |text: &str| text.parse().unwrap();
        edges.chunks(2).map(|pair| Block { first: address(pair[0]), last: address(pair[1]) }).collect()
    }

    #[test]
    fn addresses_are_cut_where_either_side_cuts_them() {
        let one = cut(&["10.0.0.0", "10.0.0.9", "10.0.0.10", "10.0.0.99", "fd00::", "fd00::f"]);
        let other = cut(&["10.0.0.0", "10.0.0.19", "10.0.0.20", "10.0.0.99", "fd00::", "fd00::f"]);
        let both = ["10.0.0.0", "10.0.0.9", "10.0.0.10", "10.0.0.19", "10.0.0.20", "10.0.0.99", "fd00::", "fd00::f"];
        assert_eq!(refined(&one, &other), cut(&both));
        assert_eq!(refined(&other, &one), cut(&both));
        assert!(refined(&one, &[]).is_empty());
    }
}
