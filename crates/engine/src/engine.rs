//! The engine itself: a world, its selectors evaluated once, and the entries of the policies that count.

use std::sync::Arc;

use ringfence_cluster::{Direction, EntryId, IdentityId, Policy, PolicyId, SelectorId, Tri, World};

use crate::party::Party;
use crate::roster::in_scope;
use crate::tables::{Lookup, Tables};
use crate::{Connection, Endpoint, Matches, Traffic};

/// Answers questions about one world.
#[derive(Clone, Debug)]
pub struct Engine<'w> {
    world: &'w World,
    tables: Arc<Tables>,
    omitted: Vec<PolicyId>,
    assumed: Vec<PolicyId>,
}

impl<'w> Engine<'w> {
    /// An engine in which every policy counts that API server and agent accept.
    pub fn new(world: &'w World) -> Self {
        Self::assuming(world, &[])
    }

    /// The same, with some refused policies taken as accepted: for questions about what their author meant
    /// (design §1.1).
    pub fn assuming(world: &'w World, extra: &[PolicyId]) -> Self {
        Self::with(world, Arc::new(Tables::new(world)), extra.to_vec(), Vec::new())
    }

    /// The same engine without some policies. Nothing is indexed again.
    pub fn without(&self, policies: &[PolicyId]) -> Self {
        let omitted = [&self.omitted, policies].concat();
        Self::with(self.world, Arc::clone(&self.tables), self.assumed.clone(), omitted)
    }

    /// The same engine with some refused policies taken as accepted. Nothing is indexed again.
    pub fn and_assuming(&self, policies: &[PolicyId]) -> Self {
        let assumed = [&self.assumed, policies].concat();
        Self::with(self.world, Arc::clone(&self.tables), assumed, self.omitted.clone())
    }

    /// An engine over what is indexed already.
    pub(crate) fn over(world: &'w World, tables: Arc<Tables>) -> Self {
        Self::with(world, tables, Vec::new(), Vec::new())
    }

    fn with(world: &'w World, tables: Arc<Tables>, mut assumed: Vec<PolicyId>, mut omitted: Vec<PolicyId>) -> Self {
        assumed.sort_unstable();
        omitted.sort_unstable();
        Self { world, tables, omitted, assumed }
    }

    /// The world with what is indexed of it.
    pub(crate) fn lookup(&self) -> Lookup<'_> {
        Lookup::new(self.world, &self.tables)
    }

    /// The world it answers for.
    pub fn world(&self) -> &'w World {
        self.world
    }

    /// Whether verdicts of this engine count a policy.
    pub fn counts(&self, policy: PolicyId) -> bool {
        let accepted = self.world.policy(policy).counts() || self.assumed.binary_search(&policy).is_ok();
        accepted && self.omitted.binary_search(&policy).is_err()
    }

    /// The identities that a selector matches, of any namespace.
    pub fn selected(&self, selector: SelectorId) -> &Matches {
        self.lookup().selected(selector)
    }

    /// The pods that an entry applies to: those of its namespace that its subject selects. A `nodeSelector` entry
    /// applies to none.
    pub fn subjects(&self, entry: EntryId) -> Matches {
        let entry = self.world.entry(entry);
        if entry.node {
            return Matches::none();
        }
        let selected = self.selected(entry.subject);
        if entry.scope.is_none() {
            return selected.clone();
        }
        selected.possible_ones().map(|(id, tri)| (id, tri.and(in_scope(entry.scope, id, self.world)))).collect()
    }

    /// The pods that some entry of a policy applies to.
    pub fn subjects_of_policy(&self, policy: &Policy) -> Matches {
        let mut seen: Vec<SelectorId> = Vec::new();
        let mut subjects = Matches::none();
        for (id, entry) in self.world.entries_of(policy) {
            if !seen.contains(&entry.subject) {
                seen.push(entry.subject);
                subjects = subjects.or(&self.subjects(id));
            }
        }
        subjects
    }

    /// The entries of policies that count and apply to an identity, ascending.
    pub fn entries_selecting(&self, identity: IdentityId, direction: Direction) -> Vec<(EntryId, Tri)> {
        self.entries_applying(&Endpoint::Pods(identity), direction)
    }

    /// The same for any endpoint; one that may be of several shapes is taken as perhaps each of them.
    pub fn entries_applying(&self, endpoint: &Endpoint, direction: Direction) -> Vec<(EntryId, Tri)> {
        let parties = Party::of(endpoint, self.world);
        let mut entries: Vec<(EntryId, Tri)> =
            parties.iter().flat_map(|party| self.selecting(party, direction)).collect();
        if parties.len() > 1 {
            entries = entries.into_iter().map(|(id, _)| (id, Tri::Unknown)).collect();
            entries.sort_unstable();
            entries.dedup();
        }
        entries
    }

    /// Both sides of a connection. A pod to a pod of the same identity means two different pods (semantics §10.2).
    pub fn connection(&self, source: &Endpoint, destination: &Endpoint, traffic: Traffic) -> Connection {
        Connection {
            egress: self.side(source, destination, Direction::Egress, traffic),
            ingress: self.side(destination, source, Direction::Ingress, traffic),
        }
    }
}
