//! Exclusion lists: the namespaces that a default deny leaves out by name.

use std::collections::BTreeSet;

use ringfence_cluster::{Entry, EntryId, Operator, Requirement, World};

use ringfence_cluster::blueprint::is_namespace_name;

/// The list of one policy.
pub(crate) struct Exclusion<'w> {
    /// The first entry of the policy with this list.
    pub(crate) entry: EntryId,
    /// The requirement.
    pub(crate) requirement: &'w Requirement,
    /// The names.
    pub(crate) names: BTreeSet<&'w str>,
}

/// The lists of all clusterwide policies that isolate, refused ones included, once a rule of a policy.
pub(crate) fn exclusions(world: &World) -> Vec<Exclusion<'_>> {
    let mut lists: Vec<Exclusion<'_>> = Vec::new();
    let mut seen = BTreeSet::new();
    for (id, entry) in world.entry_ids().filter(|(_, entry)| isolates_cluster(entry)) {
        if !seen.insert((entry.policy, entry.spec)) {
            continue;
        }
        lists.extend(list(id, entry, world));
    }
    lists
}

/// Whether an entry of a clusterwide policy isolates whoever it chooses.
pub(crate) fn isolates_cluster(entry: &Entry) -> bool {
    entry.scope.is_none() && !entry.node && entry.default_deny.is_yes()
}

fn list<'w>(id: EntryId, entry: &'w Entry, world: &'w World) -> Option<Exclusion<'w>> {
    let selector = world.selector(entry.subject);
    // Who names some namespaces, or labels of pods, does not mean all others.
    let narrow = selector.written().any(|requirement| matches!(requirement.operator, Operator::In(_)));
    let requirement =
        selector.written().find(|each| is_namespace_name(each, world) && matches!(each.operator, Operator::NotIn(_)));
    let Operator::NotIn(values) = &requirement?.operator else { return None };
    let known = !values.iter().any(|value| value.is_variable());
    let names = values.iter().map(|&value| world.symbols.text(value)).collect();
    (known && !narrow && !selector.uncertain).then_some(Exclusion { entry: id, requirement: requirement?, names })
}
