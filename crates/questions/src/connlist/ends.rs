//! Workloads by the name that people know them by: pods under their owner's, unless policies tell them apart.

use std::collections::BTreeMap;

use ringfence_cluster::{IdentityId, Workload, World};
use ringfence_engine::{Endpoint, Engine};
use ringfence_manifest::{Kind, Object, OwnerReference};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::{End, address};

/// Workloads of one name, as one end of lines.
pub(super) struct Group {
    pub(super) end: End,
    /// Their pods, by number; those of a group with several say the same to everybody outside of it.
    pub(super) pods: Vec<usize>,
}

/// The pods of a world, and the workloads that make them.
pub(super) struct Grouping {
    identities: Vec<IdentityId>,
    numbers: FxHashMap<IdentityId, usize>,
}

impl Grouping {
    pub(super) fn new(world: &World) -> Self {
        let made = world.identity_ids().filter(|(_, identity)| !identity.workloads.is_empty());
        let identities: Vec<IdentityId> = made.map(|(id, _)| id).collect();
        let numbers = identities.iter().copied().zip(0..).collect();
        Self { identities, numbers }
    }

    /// An endpoint for each identity that some workload makes.
    pub(super) fn pods(&self, engine: &Engine<'_>) -> Vec<Endpoint> {
        let address = address::outside_of_all_ranges(engine.world());
        self.identities.iter().map(|&identity| Endpoint::PodAt(identity, address)).collect()
    }

    /// The identity of a pod.
    pub(super) fn identity(&self, pod: usize) -> IdentityId {
        self.identities[pod]
    }

    /// The ends of lines, ascending. `alike` says whether two pods of a group are the same to everybody outside of it.
    pub(super) fn groups(&self, world: &World, alike: impl Fn(usize, usize, &[usize]) -> bool) -> Vec<Group> {
        let mut owned: BTreeMap<End, Vec<&Workload>> = BTreeMap::new();
        for workload in world.workloads.iter().filter(|workload| workload.identity.is_some()) {
            owned.entry(end(world, workload, true)).or_default().push(workload);
        }
        let mut groups: BTreeMap<End, Vec<usize>> = BTreeMap::new();
        for (end_of_owner, workloads) in owned {
            let pods = self.pods_of(&workloads);
            if pods.iter().skip(1).all(|&other| alike(pods[0], other, &pods)) {
                groups.entry(end_of_owner).or_default().extend(pods);
            } else {
                for workload in workloads {
                    groups.entry(end(world, workload, false)).or_default().extend(self.pods_of(&[workload]));
                }
            }
        }
        groups.into_iter().map(|(end, pods)| Group { end, pods }).collect()
    }

    fn pods_of(&self, workloads: &[&Workload]) -> Vec<usize> {
        let identities = workloads.iter().filter_map(|workload| workload.identity);
        let mut pods: Vec<usize> = identities.filter_map(|identity| self.numbers.get(&identity).copied()).collect();
        pods.sort_unstable();
        pods.dedup();
        pods
    }
}

fn end(world: &World, workload: &Workload, by_owner: bool) -> End {
    let object = world.object(workload.object);
    let (name, kind) = owner(object).filter(|_| by_owner).unwrap_or_else(|| own_name(object));
    End::Workload { namespace: world.namespace_text(workload.namespace).into(), name, kind }
}

fn own_name(object: &Object) -> (SmolStr, SmolStr) {
    (object.name().unwrap_or("(unnamed)").into(), object.kind_name.clone())
}

/// Name and kind of what controls a pod. A node controls only pods that are its own, and an owner without a kind is one
/// of which only pods are seen.
fn owner(object: &Object) -> Option<(SmolStr, SmolStr)> {
    let owner: &OwnerReference = object.meta.controller().filter(|_| object.kind == Kind::Pod)?;
    let kind = owner.kind.get().cloned().unwrap_or_else(|| object.kind_name.clone());
    (kind != "Node").then_some((owner.name.get()?.clone(), kind))
}
