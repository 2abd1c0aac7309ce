//! One workload comes, goes, or makes other pods.

use ringfence_manifest::Object;
use ringfence_manifest::kinds::workload::Workload as Template;

use super::{IdentityChange, Revision};
use crate::build::Builder;
use crate::build::identities::Traits;
use crate::dns::HOMES;
use crate::{Identity, IdentityId, NamespaceId, ObjectId, Workload, WorkloadId};

impl Builder<'_> {
    pub(super) fn workload_replaced(&mut self, at: ObjectId, object: &Object, template: &Template) -> Option<Revision> {
        let id = self.workload_of(at)?;
        let home = self.home(at).filter(|&home| !self.tells_of_others(home))?;
        let traits = self.traits_of(at, object, template, home);
        self.world.workloads[id.0 as usize].labels_place = template.labels.at().map(|at| at.value);
        Some(Revision { identities: self.settle(id, traits), ..Revision::default() })
    }

    /// Another workload in a namespace that has one: the first tells more of the namespace than its pods.
    pub(super) fn workload_inserted(&mut self, at: ObjectId, object: &Object, template: &Template) -> Option<Revision> {
        let home = self.home(at).filter(|&home| !self.tells_of_others(home))?;
        if !self.world.namespace(home).has_workload {
            return None;
        }
        let place = self.world.workloads.partition_point(|workload| workload.object < at);
        let id = WorkloadId(place as u32);
        self.renumber_workloads(|other| {
            if *other >= id {
                other.0 += 1;
            }
        });
        let labels_place = template.labels.at().map(|at| at.value);
        self.world.workloads.insert(place, Workload { object: at, namespace: home, identity: None, labels_place });
        add(&mut self.world.index.workloads[home.0 as usize], id);
        let traits = self.traits_of(at, object, template, home);
        Some(Revision { identities: self.settle(id, traits), ..Revision::default() })
    }

    pub(super) fn workload_removed(&mut self, at: ObjectId) -> Option<Revision> {
        let id = self.workload_of(at)?;
        let home = self.home(at).filter(|&home| !self.tells_of_others(home))?;
        if self.world.index.workloads[home.0 as usize].len() < 2 {
            return None;
        }
        let identities = self.settle(id, None);
        self.world.index.workloads[home.0 as usize].retain(|&other| other != id);
        self.world.workloads.remove(id.0 as usize);
        self.renumber_workloads(|other| {
            if *other > id {
                other.0 -= 1;
            }
        });
        Some(Revision { identities, ..Revision::default() })
    }

    fn workload_of(&self, at: ObjectId) -> Option<WorkloadId> {
        let found = self.world.workloads.binary_search_by_key(&at, |workload| workload.object);
        found.ok().map(|place| WorkloadId(place as u32))
    }

    fn renumber_workloads(&mut self, number: impl Fn(&mut WorkloadId)) {
        self.world.identities.iter_mut().flat_map(|identity| &mut identity.workloads).for_each(&number);
        self.world.index.workloads.iter_mut().flatten().for_each(number);
    }

    /// Whether it hangs on the pods of a namespace what stands in for others: for DNS servers, for the pods of a release.
    fn tells_of_others(&self, namespace: NamespaceId) -> bool {
        self.may_serve_dns(namespace) || self.parts.release_homes.contains(&namespace)
    }

    /// Whether pods of a namespace may be the DNS servers, for which something else stands in where there are none.
    fn may_serve_dns(&self, namespace: NamespaceId) -> bool {
        let home = self.world.namespace_name(namespace).is_some_and(|name| HOMES.contains(&name));
        home && !self.world.knobs.complete.workloads
    }

    /// Gives a workload's pods the identity of these traits, or none.
    fn settle(&mut self, workload: WorkloadId, traits: Option<Traits>) -> Vec<IdentityChange> {
        let old = self.world.workload(workload).identity;
        let known = traits.as_ref().and_then(|traits| self.parts.identities.get(traits).copied());
        if old.is_some() && old == known {
            return Vec::new();
        }
        let left = old.filter(|&id| self.leave(id, workload));
        match (traits, known, left) {
            (Some(_), Some(known), left) => {
                self.join(known, workload);
                left.into_iter().map(|left| self.drop_identity(left)).collect()
            }
            (Some(traits), None, Some(left)) => vec![self.alter(left, traits, workload)],
            (Some(traits), None, None) => {
                let id = self.identity(traits);
                let namespace = self.world.identity(id).namespace;
                self.world.index.identities[namespace.0 as usize].push(id);
                self.join(id, workload);
                vec![IdentityChange::Added(id)]
            }
            (None, _, left) => {
                self.world.workloads[workload.0 as usize].identity = None;
                left.into_iter().map(|left| self.drop_identity(left)).collect()
            }
        }
    }

    fn join(&mut self, id: IdentityId, workload: WorkloadId) {
        self.world.workloads[workload.0 as usize].identity = Some(id);
        add(&mut self.world.identities[id.0 as usize].workloads, workload);
    }

    /// Takes a workload from an identity. Whether nothing has it any more.
    fn leave(&mut self, id: IdentityId, workload: WorkloadId) -> bool {
        let identity = &mut self.world.identities[id.0 as usize];
        identity.workloads.retain(|&other| other != workload);
        identity.workloads.is_empty() && !identity.representative && !identity.dns_stand_in
    }

    /// An identity that nothing has any more becomes that of other traits.
    fn alter(&mut self, id: IdentityId, traits: Traits, workload: WorkloadId) -> IdentityChange {
        let Traits { namespace, labels, ports, open_ports } = traits.clone();
        let (workloads, representative, dns_stand_in, release) = (Vec::new(), false, false, None);
        let new = Identity { namespace, labels, ports, open_ports, workloads, representative, dns_stand_in, release };
        let old = std::mem::replace(&mut self.world.identities[id.0 as usize], new);
        self.parts.identities.remove(&traits_of(&old));
        self.parts.identities.insert(traits, id);
        self.join(id, workload);
        IdentityChange::Altered(id, Box::new(old))
    }

    /// Takes an identity away; the last one gets its number.
    fn drop_identity(&mut self, id: IdentityId) -> IdentityChange {
        let old = self.world.identities.swap_remove(id.0 as usize);
        self.parts.identities.remove(&traits_of(&old));
        self.world.index.identities[old.namespace.0 as usize].retain(|&other| other != id);
        let last = IdentityId(self.world.identities.len() as u32);
        if id != last {
            self.move_identity(last, id);
        }
        IdentityChange::Removed(id, Box::new(old))
    }

    fn move_identity(&mut self, from: IdentityId, to: IdentityId) {
        let identity = &self.world.identities[to.0 as usize];
        for &workload in &identity.workloads {
            self.world.workloads[workload.0 as usize].identity = Some(to);
        }
        if let Some(release) = identity.release {
            self.world.releases[release.0 as usize].identity = to;
        }
        let namespace = identity.namespace.0 as usize;
        if let Some(known) = self.parts.identities.get_mut(&traits_of(identity)).filter(|known| **known == from) {
            *known = to;
        }
        if let Some(representative) = self.world.namespaces[namespace].representative.as_mut().filter(|id| **id == from)
        {
            *representative = to;
        }
        self.world.index.identities[namespace].iter_mut().filter(|id| **id == from).for_each(|id| *id = to);
    }
}

fn traits_of(identity: &Identity) -> Traits {
    let Identity { namespace, labels, ports, open_ports, .. } = identity.clone();
    Traits { namespace, labels, ports, open_ports }
}

/// Puts a number where it belongs.
fn add(workloads: &mut Vec<WorkloadId>, workload: WorkloadId) {
    if let Err(place) = workloads.binary_search(&workload) {
        workloads.insert(place, workload);
    }
}
