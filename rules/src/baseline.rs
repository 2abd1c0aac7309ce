//! Clusterwide policies that are meant to add something for every pod, and isolate every pod by it.

use std::collections::BTreeSet;

use ringfence_cluster::{Direction, Entry, EntryId, NAMESPACE, NamespaceId, Operator, PolicyId, Tri, Verdict, World};
use ringfence_engine::{Endpoint, Engine};
use ringfence_manifest::{Body, Field, Place};

use crate::context::{Cx, PolicyRef};
use ringfence_cluster::blueprint::{is_namespace_name, namespace_label};

/// What one policy isolates, rule by rule.
pub(crate) struct Baseline<'a> {
    /// The policy.
    pub(crate) policy: PolicyRef<'a>,
    /// Its first entry that isolates.
    pub(crate) entry: EntryId,
    /// Where the selector stands.
    pub(crate) subject: Place,
    /// The directions.
    pub(crate) directions: Vec<Direction>,
    /// The namespaces whose pods only such policies isolate in one of the directions.
    pub(crate) namespaces: BTreeSet<NamespaceId>,
    /// How many of them the input shows.
    pub(crate) shown: usize,
    /// How many workloads they have.
    pub(crate) workloads: usize,
}

/// The namespaces whose pods baselines alone isolate in a direction.
type Cut = (Direction, BTreeSet<NamespaceId>);

/// The baselines that surely isolate pods which nothing else isolates.
pub(crate) fn baselines<'a>(cx: &Cx<'a>) -> Vec<Baseline<'a>> {
    let found: Vec<(PolicyRef<'a>, u32)> = cx
        .policies()
        .filter(|policy| policy.policy.counts())
        .flat_map(|policy| specs(policy, cx.world()).into_iter().map(move |spec| (policy, spec)))
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    let ids: Vec<PolicyId> = found.iter().map(|(policy, _)| policy.id).collect();
    let without = cx.engine().without(&ids);
    let cut = Direction::BOTH.map(|direction| (direction, cut(direction, &without, cx)));
    found.into_iter().filter_map(|(policy, spec)| baseline(policy, spec, &cut, cx)).collect()
}

fn baseline<'a>(policy: PolicyRef<'a>, spec: u32, cut: &[Cut; 2], cx: &Cx<'a>) -> Option<Baseline<'a>> {
    let world = cx.world();
    let own: Vec<(EntryId, &Entry)> =
        policy.entries().filter(|(_, entry)| entry.spec == spec && isolates(entry)).collect();
    let mut directions: Vec<Direction> = Vec::new();
    let mut namespaces = BTreeSet::new();
    for (direction, cut) in cut {
        if own.iter().any(|(_, entry)| entry.direction == *direction) && !cut.is_empty() {
            directions.push(*direction);
            namespaces.extend(cut);
        }
    }
    let &(entry, first) = own.iter().find(|(_, entry)| directions.contains(&entry.direction))?;
    let is_shown = |id: &&NamespaceId| world.namespace(**id).object.is_some() || world.namespace(**id).has_workload;
    let shown = namespaces.iter().filter(is_shown).count();
    let workloads = namespaces.iter().map(|&id| world.workloads_of(id).count()).sum();
    Some(Baseline { policy, entry, subject: first.subject_place?, directions, namespaces, shown, workloads })
}

/// The namespaces with pods that are isolated, and perhaps are not once the baselines are gone; none where no pod surely is
/// open then.
fn cut(direction: Direction, without: &Engine<'_>, cx: &Cx<'_>) -> BTreeSet<NamespaceId> {
    let mut sure = false;
    let mut namespaces = BTreeSet::new();
    for (id, identity) in cx.world().identity_ids() {
        let endpoint = Endpoint::Pods(id);
        let isolated = cx.engine().isolation(&endpoint, direction).isolated.is_yes();
        let otherwise = without.isolation(&endpoint, direction).isolated;
        if isolated && !otherwise.is_yes() && !opened(&endpoint, direction, cx) {
            sure |= otherwise.is_no();
            namespaces.insert(identity.namespace);
        }
    }
    if sure { namespaces } else { BTreeSet::new() }
}

/// Whether some policy allows everything, so that isolation changes nothing.
fn opened(endpoint: &Endpoint, direction: Direction, cx: &Cx<'_>) -> bool {
    let applying = cx.engine().entries_applying(endpoint, direction);
    applying.iter().any(|&(id, selected)| selected == Tri::Yes && cx.world().entry(id).allows_everything())
}

fn isolates(entry: &Entry) -> bool {
    entry.verdict == Verdict::Allow && entry.default_deny.is_yes()
}

/// The rules of a policy that choose every pod and let something through: a policy that lets nothing through, or says that
/// it denies, is meant to isolate.
fn specs(policy: PolicyRef<'_>, world: &World) -> BTreeSet<u32> {
    if policy.policy.namespace.is_some() || !policy.policy.kind.is_cilium() || says_deny(policy) {
        return BTreeSet::new();
    }
    let meant = |entry: &Entry| {
        isolates(entry)
            && !entry.node
            && entry.allows_something()
            && chooses_all(entry, world)
            && !asks_for_deny(policy, entry)
    };
    policy.entries().filter(|(_, entry)| meant(entry)).map(|(_, entry)| entry.spec).collect()
}

/// Whether a subject is every pod: nothing is asked, or only what pods are *not*. Namespaces left out are a sign of a
/// policy that is meant to isolate.
fn chooses_all(entry: &Entry, world: &World) -> bool {
    let selector = world.selector(entry.subject);
    let wide = |requirement: &ringfence_cluster::Requirement| match &requirement.operator {
        Operator::Exists => world.symbols.text(requirement.key.name) == NAMESPACE,
        Operator::NotIn(_) | Operator::DoesNotExist => {
            !is_namespace_name(requirement, world) && namespace_label(requirement, world).is_none()
        }
        Operator::In(_) => false,
    };
    entry.scope.is_none() && !selector.uncertain && selector.requirements.iter().all(wide)
}

/// Whether the author wrote `enableDefaultDeny: true` for the direction.
fn asks_for_deny(policy: PolicyRef<'_>, entry: &Entry) -> bool {
    let Body::Cilium(body) = &policy.object.body else { return false };
    let rules = std::iter::once(&body.spec).chain(body.specs.items()).filter(|rule| !rule.is_nil());
    let rule = rules.skip(entry.spec as usize).find_map(Field::get);
    let flags = rule.and_then(|rule| rule.enable_default_deny.get());
    flags.is_some_and(|flags| {
        let flag = if entry.direction == Direction::Ingress { &flags.ingress } else { &flags.egress };
        flag.get() == Some(&true)
    })
}

/// Whether the name says that the policy is a default deny.
fn says_deny(policy: PolicyRef<'_>) -> bool {
    let name = policy.object.name().unwrap_or_default();
    name.split(|c: char| !c.is_alphanumeric()).any(|word| ["deny", "isolate", "lockdown"].contains(&word))
}
