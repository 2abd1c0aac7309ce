//! One policy comes, goes, or says something else.

use ringfence_manifest::Object;

use super::Revision;
use crate::build::{Builder, Trace};
use crate::{Acceptance, NamespaceId, ObjectId, Policy, PolicyId, PolicyKind, Symbol};

/// The namespaces that a policy speaks of: by name in its selectors, and those that it looks for services in.
type Spoken = (Vec<Symbol>, Vec<NamespaceId>);

impl Builder<'_> {
    pub(super) fn policy_replaced(&mut self, at: ObjectId, old: &Object, new: &Object) -> Option<Revision> {
        let id = self.policy_of(at)?;
        let before = self.spoken_of(id, at, old);
        let kind = self.world.policy(id).kind;
        let (added, after) = self.lowered(id, at, new)?;
        let one_sided = |one: &Spoken, other: &Spoken| -> Spoken {
            let names = one.0.iter().filter(|name| !other.0.contains(name)).copied().collect();
            (names, one.1.iter().filter(|id| !other.1.contains(id)).copied().collect())
        };
        // A namespace that only this policy spoke of comes or goes with what it says.
        let differing = [one_sided(&before, &after), one_sided(&after, &before)];
        if !differing.iter().all(|spoken| self.all_stand(spoken, at)) {
            return None;
        }
        let acceptance = self.acceptance(at, new, kind);
        let policy = &mut self.world.policies[id.0 as usize];
        let dropped = std::mem::replace(&mut policy.entries, added.clone());
        policy.acceptance = acceptance;
        Some(Revision { dropped, added, identities: Vec::new() })
    }

    pub(super) fn policy_inserted(&mut self, at: ObjectId, object: &Object, kind: PolicyKind) -> Option<Revision> {
        let place = self.world.policies.partition_point(|policy| policy.object < at);
        let id = PolicyId(place as u32);
        self.renumber_policies(|other| {
            if *other >= id {
                other.0 += 1;
            }
        });
        let namespace = self.home(at);
        let acceptance = Acceptance::NotImplemented;
        self.world.policies.insert(place, Policy { object: at, kind, namespace, acceptance, entries: 0..0 });
        let (added, spoken) = self.lowered(id, at, object)?;
        if !self.all_stand(&spoken, at) {
            return None;
        }
        let acceptance = self.acceptance(at, object, kind);
        let policy = &mut self.world.policies[place];
        (policy.entries, policy.acceptance) = (added.clone(), acceptance);
        Some(Revision { added, ..Revision::default() })
    }

    pub(super) fn policy_removed(&mut self, at: ObjectId, old: &Object) -> Option<Revision> {
        let id = self.policy_of(at)?;
        let spoken = self.spoken_of(id, at, old);
        if !self.all_stand(&spoken, at) {
            return None;
        }
        let policy = self.world.policies.remove(id.0 as usize);
        self.renumber_policies(|other| {
            if *other > id {
                other.0 -= 1;
            }
        });
        Some(Revision { dropped: policy.entries, ..Revision::default() })
    }

    fn policy_of(&self, at: ObjectId) -> Option<PolicyId> {
        let found = self.world.policies.binary_search_by_key(&at, |policy| policy.object);
        found.ok().map(|place| PolicyId(place as u32))
    }

    fn renumber_policies(&mut self, number: impl Fn(&mut PolicyId)) {
        self.world.entries.iter_mut().for_each(|entry| number(&mut entry.policy));
    }

    /// Lowers a policy. `None` where it speaks of a namespace that nothing spoke of before.
    fn lowered(&mut self, id: PolicyId, at: ObjectId, object: &Object) -> Option<(std::ops::Range<u32>, Spoken)> {
        let namespaces = self.world.namespaces.len();
        self.parts.trace = Some(Trace::default());
        let entries = self.entries(id, at, object);
        let trace = self.parts.trace.take().unwrap_or_default();
        let spoken = (self.names_in(&trace.selectors), trace.namespaces);
        (self.world.namespaces.len() == namespaces).then_some((entries, spoken))
    }

    /// What a policy spoke of that is there no longer: it is lowered once more, and its entries let go.
    fn spoken_of(&mut self, id: PolicyId, at: ObjectId, old: &Object) -> Spoken {
        let entries = self.world.entries.len();
        let spoken = self.lowered(id, at, old).map(|(_, spoken)| spoken).unwrap_or_default();
        self.world.entries.truncate(entries);
        spoken
    }

    /// Whether namespaces are there whatever the policy of this object says.
    fn all_stand(&self, (names, namespaces): &Spoken, at: ObjectId) -> bool {
        let named = names.iter().map(|name| self.parts.known_namespaces.get(name).copied());
        named.chain(namespaces.iter().copied().map(Some)).all(|id| id.is_some_and(|id| self.stands_without(id, at)))
    }
}
