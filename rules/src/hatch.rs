//! The escape hatch tried out: the label set on the namespaces of the input that it is for, and what is still shut then.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::blueprint::Use;
use ringfence_cluster::{Direction, EntryId, Namespace, NamespaceId, NamespaceLabel, NamespaceName, PolicyId, Tri};
use ringfence_engine::{Endpoint, Engine};

/// What goes on shutting pods once the label is set, by policy: an entry of it, and the namespaces.
pub(crate) type Remaining = BTreeMap<PolicyId, (EntryId, BTreeSet<NamespaceId>)>;

/// What is left of the policies that surely stand in the way of pods in the namespaces which the hatch opens, when their
/// label is set. `meant` counts refused policies too.
pub(crate) fn remaining(key: &str, value: &str, opened: &Use<'_>, meant: &Engine<'_>) -> Remaining {
    let world = meant.world();
    let namespaces = openable(key, value, opened, meant);
    let labels: Vec<NamespaceLabel<'_>> =
        namespaces.iter().map(|&namespace| NamespaceLabel { namespace, key, value }).collect();
    let labelled = world.with_namespace_labels(&labels);
    let refused = world.policy_ids().filter(|(id, policy)| meant.counts(*id) && !policy.counts());
    let engine = Engine::assuming(&labelled, &refused.map(|(id, _)| id).collect::<Vec<_>>());
    let mut found = Remaining::new();
    for namespace in namespaces {
        for id in labelled.identities_of(namespace).map(|(id, _)| id) {
            for entry in Direction::BOTH.into_iter().flat_map(|way| standing(&Endpoint::Pods(id), way, &engine)) {
                let policy = labelled.entry(entry).policy;
                found.entry(policy).or_insert_with(|| (entry, BTreeSet::new())).1.insert(namespace);
            }
        }
    }
    found
}

/// The entries that surely stand in the way of a pod.
fn standing(pod: &Endpoint, direction: Direction, engine: &Engine<'_>) -> Vec<EntryId> {
    let obstacles = engine.obstacles(pod, direction);
    if obstacles.is_none() {
        return Vec::new();
    }
    let surely: BTreeSet<EntryId> =
        engine.entries_applying(pod, direction).into_iter().filter(|(_, tri)| tri.is_yes()).map(|(id, _)| id).collect();
    let isolates = |id: &EntryId| engine.world().entry(*id).default_deny == Tri::Yes;
    let isolating = obstacles.isolating.into_iter().filter(isolates);
    isolating.chain(obstacles.denying).filter(|id| surely.contains(id)).collect()
}

/// The declared namespaces that the hatch is for: the policy that it leaves applies to some pod there, or the label is set.
fn openable(key: &str, value: &str, opened: &Use<'_>, meant: &Engine<'_>) -> Vec<NamespaceId> {
    let world = meant.world();
    let subjects = meant.subjects(opened.entry);
    let carries = |id: NamespaceId| world.namespace_labels(id).any(|label| label == (key, Some(value)));
    let applies = |id: NamespaceId| world.identities_of(id).any(|(pod, _)| subjects.get(pod).is_yes());
    let named = world.namespace_ids().filter(|(_, namespace)| is_declared(namespace));
    named.map(|(id, _)| id).filter(|&id| carries(id) || applies(id)).collect()
}

fn is_declared(namespace: &Namespace) -> bool {
    namespace.object.is_some() && matches!(namespace.name, NamespaceName::Known(_))
}
