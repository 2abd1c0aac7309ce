//! Entries by subject: which entries apply to an endpoint, without asking every policy.

use ringfence_cluster::{Direction, Entry, EntryId, NamespaceId, NamespaceName, PolicyId, SelectorId, World};
use rustc_hash::FxHashMap;

/// Entries with one subject.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) subject: SelectorId,
    pub(crate) scope: Option<NamespaceId>,
    pub(crate) node: bool,
    ingress: Vec<EntryId>,
    egress: Vec<EntryId>,
}

impl Group {
    pub(crate) fn entries(&self, direction: Direction) -> &[EntryId] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

/// The groups of the policies that count.
#[derive(Clone, Default, Debug)]
pub(crate) struct Roster {
    groups: Vec<Group>,
    in_namespace: FxHashMap<NamespaceId, Vec<u32>>,
    everywhere: Vec<u32>,
}

impl Roster {
    /// The groups of the policies for which `counts` says yes.
    pub(crate) fn new(world: &World, counts: impl Fn(PolicyId) -> bool) -> Self {
        let mut roster = Self::default();
        let mut numbers = FxHashMap::default();
        for (id, policy) in world.policy_ids().filter(|&(id, _)| counts(id)) {
            debug_assert!(world.entries_of(policy).all(|(_, entry)| entry.policy == id));
            for (entry_id, entry) in world.entries_of(policy) {
                let key = (entry.subject, entry.scope, entry.node);
                let number = *numbers.entry(key).or_insert_with(|| roster.open_group(entry, world));
                roster.groups[number as usize].add(entry_id, entry.direction);
            }
        }
        roster
    }

    fn open_group(&mut self, entry: &Entry, world: &World) -> u32 {
        let number = self.groups.len() as u32;
        let Entry { subject, scope, node, .. } = *entry;
        self.groups.push(Group { subject, scope, node, ingress: Vec::new(), egress: Vec::new() });
        match scope.filter(|&scope| is_known(scope, world)) {
            Some(namespace) => self.in_namespace.entry(namespace).or_default().push(number),
            None => self.everywhere.push(number),
        }
        number
    }

    /// The groups that may apply in a namespace; without one, those that apply anywhere. A namespace whose name is not
    /// known may be any, so every group may apply there.
    pub(crate) fn groups<'r>(
        &'r self,
        namespace: Option<NamespaceId>,
        world: &World,
    ) -> Box<dyn Iterator<Item = &'r Group> + 'r> {
        if namespace.is_some_and(|namespace| !is_known(namespace, world)) {
            return Box::new(self.groups.iter());
        }
        let own = namespace.and_then(|namespace| self.in_namespace.get(&namespace)).into_iter().flatten();
        Box::new(own.chain(&self.everywhere).map(|&number| &self.groups[number as usize]))
    }
}

impl Group {
    fn add(&mut self, entry: EntryId, direction: Direction) {
        match direction {
            Direction::Ingress => self.ingress.push(entry),
            Direction::Egress => self.egress.push(entry),
        }
    }
}

/// Whether the namespace has a name that we know. Another could be any namespace.
fn is_known(namespace: NamespaceId, world: &World) -> bool {
    matches!(world.namespace(namespace).name, NamespaceName::Known(_))
}
