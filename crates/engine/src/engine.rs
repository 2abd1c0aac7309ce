//! The engine itself: a world, its selectors evaluated once, and the entries of the policies that count.

use std::sync::Arc;

use ringfence_cluster::{Direction, EntryId, IdentityId, Policy, PolicyId, SelectorId, Tri, World};

use crate::conflict::asks_above_ports;
use crate::party::Party;
use crate::roster::Roster;
use crate::selections::Selections;
use crate::{Connection, Endpoint, Matches, Traffic};

/// Answers questions about one world.
#[derive(Clone, Debug)]
pub struct Engine<'w> {
    world: &'w World,
    pub(crate) selections: Arc<Selections<'w>>,
    pub(crate) roster: Roster,
    /// Whether any entry asks for something above the ports.
    pub(crate) has_l7: bool,
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
        Self::with(world, Arc::new(Selections::new(world)), extra.to_vec(), Vec::new())
    }

    /// The same engine without some policies. Selectors are not evaluated again.
    pub fn without(&self, policies: &[PolicyId]) -> Self {
        let omitted = [&self.omitted, policies].concat();
        Self::with(self.world, Arc::clone(&self.selections), self.assumed.clone(), omitted)
    }

    /// The same engine with some refused policies taken as accepted. Selectors are not evaluated again.
    pub fn and_assuming(&self, policies: &[PolicyId]) -> Self {
        let assumed = [&self.assumed, policies].concat();
        Self::with(self.world, Arc::clone(&self.selections), assumed, self.omitted.clone())
    }

    fn with(
        world: &'w World,
        selections: Arc<Selections<'w>>,
        mut assumed: Vec<PolicyId>,
        mut omitted: Vec<PolicyId>,
    ) -> Self {
        assumed.sort_unstable();
        omitted.sort_unstable();
        let counts = |id: PolicyId| {
            (world.policy(id).counts() || assumed.binary_search(&id).is_ok()) && omitted.binary_search(&id).is_err()
        };
        let roster = Roster::new(world, counts);
        let has_l7 = world.entries.iter().any(asks_above_ports);
        Self { world, selections, roster, has_l7, omitted, assumed }
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
        self.selections.of(selector)
    }

    /// The pods that an entry applies to: those of its namespace that its subject selects. A `nodeSelector` entry
    /// applies to none.
    pub fn subjects(&self, entry: EntryId) -> Matches {
        let entry = self.world.entry(entry);
        if entry.node {
            return Matches::none();
        }
        let selected = self.selected(entry.subject);
        let Some(scope) = entry.scope else { return selected.clone() };
        let inside = |(id, tri): (IdentityId, Tri)| {
            (id, tri.and(self.world.same_namespace(scope, self.world.identity(id).namespace)))
        };
        let sure = selected.sure().map(|id| (id, Tri::Yes));
        sure.chain(selected.perhaps().map(|id| (id, Tri::Unknown))).map(inside).collect()
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
