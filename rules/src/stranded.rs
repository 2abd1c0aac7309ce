//! Policies that a build takes away from the namespace that they are written for.
//!
//! That a base says `namespace: shop` and an overlay says where it goes is ordinary: pods and policies go together. A policy
//! is stranded where its pods stay behind.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{IdentityId, World};
use ringfence_manifest::{Body, Object, Place};
use rustc_hash::FxHashSet;

use crate::context::{Cx, PolicyRef};
use crate::moved::{Move, moves};
use crate::near::is_of_namespace;

/// What one line takes away.
pub(crate) struct Stranded<'w> {
    /// What says where the policies go.
    pub(crate) line: Place,
    /// Where they go.
    pub(crate) to: &'w str,
    /// The policies, each with the namespace that its file names.
    pub(crate) policies: Vec<(PolicyRef<'w>, &'w str, Place)>,
    /// Those of the namespaces that are there.
    pub(crate) left: BTreeSet<&'w str>,
}

/// The namespace of what nobody gave one: a placeholder in most bases.
const DEFAULT: &str = "default";

/// The policies that are stranded, by what moves them. Those of one namespace that is nowhere go where they belong.
pub(crate) fn stranded<'w>(cx: &Cx<'w>) -> Vec<Stranded<'w>> {
    let world = cx.world();
    let moves = moves(cx);
    let is_policy = |each: &&Move<'_>| each.written().is_some_and(|(name, _)| name != each.to && name != DEFAULT);
    if !moves.iter().any(|each| is_policy(&each)) {
        return Vec::new();
    }
    let ground = Ground::of(world, &moves);
    let by_object: BTreeMap<*const Object, &Move<'w>> =
        moves.iter().filter(is_policy).map(|each| (std::ptr::from_ref(each.object), each)).collect();
    let mut lines: BTreeMap<Place, Stranded<'w>> = BTreeMap::new();
    for policy in cx.policies().filter(|policy| policy.policy.namespace.is_some()) {
        let Some(each) = by_object.get(&std::ptr::from_ref(policy.object)) else { continue };
        let Some((name, place)) = each.written() else { continue };
        if ground.goes_along(each.line, name)
            || ground.stays(policy.object, name)
            || ground.is_at_home(cx, policy, each)
        {
            continue;
        }
        let new = || Stranded { line: each.line, to: each.to, policies: Vec::new(), left: BTreeSet::new() };
        let line = lines.entry(each.line).or_insert_with(new);
        line.policies.push((policy, name, place));
        line.left.extend(Some(name).filter(|name| ground.there.contains(name)));
    }
    lines.into_values().filter(|line| !line.left.is_empty() || line.names().len() > 1).collect()
}

impl<'w> Stranded<'w> {
    /// The namespaces that the policies are written for.
    pub(crate) fn names(&self) -> BTreeSet<&'w str> {
        self.policies.iter().map(|(_, name, _)| *name).collect()
    }

    /// The pods that the policies surely apply to where they are now.
    pub(crate) fn subjects(&self, cx: &Cx<'_>) -> Vec<IdentityId> {
        let subjects = self.policies.iter().filter(|(policy, ..)| policy.policy.counts());
        let all =
            subjects.flat_map(|(policy, ..)| cx.engine().subjects_of_policy(policy.policy).sure().collect::<Vec<_>>());
        all.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// What else is in the world.
struct Ground<'w> {
    /// The namespaces that something declares or stays in.
    there: BTreeSet<&'w str>,
    /// Lines, each with a namespace whose pods it moves.
    with_pods: BTreeSet<(Place, &'w str)>,
    /// Where objects are written and in which namespaces they are.
    homes: FxHashSet<(Place, &'w str)>,
    /// What makes pods, by the line that moves it.
    makers: FxHashSet<(*const Object, Place)>,
}

impl<'w> Ground<'w> {
    fn of(world: &'w World, moves: &[Move<'w>]) -> Self {
        let objects = || world.objects.iter().map(|object| &**object);
        let declared = objects().filter(|object| matches!(object.body, Body::Namespace)).filter_map(Object::name);
        let external = world.knobs.external.iter().map(|external| external.name.as_str());
        let lived_in = objects().filter_map(Object::namespace);
        let makers = moves.iter().filter(|each| makes_pods(each.object));
        Self {
            there: declared.chain(external).chain(lived_in).collect(),
            with_pods: makers.clone().filter_map(|each| Some((each.line, each.written()?.0))).collect(),
            homes: objects().filter_map(|object| Some((object.place, object.namespace()?))).collect(),
            makers: makers.map(|each| (std::ptr::from_ref(each.object), each.line)).collect(),
        }
    }

    /// Whether a line moves the pods of a namespace too.
    fn goes_along(&self, line: Place, name: &'w str) -> bool {
        self.with_pods.contains(&(line, name))
    }

    /// Whether another build leaves the same object where it belongs.
    fn stays(&self, object: &Object, name: &'w str) -> bool {
        self.homes.contains(&(object.place, name))
    }

    /// Whether a policy asks for certain pods and finds them among those that came with it.
    fn is_at_home(&self, cx: &Cx<'_>, policy: PolicyRef<'_>, each: &Move<'_>) -> bool {
        let world = cx.world();
        let came = |id: IdentityId| {
            let workloads = world.identity(id).workloads.iter().map(|&id| world.object(world.workload(id).object));
            workloads.into_iter().any(|object| self.makers.contains(&(std::ptr::from_ref(object), each.line)))
        };
        policy.entries().any(|(id, entry)| {
            let mut asked = world.selector(entry.subject).written();
            asked.any(|requirement| !is_of_namespace(world, requirement)) && cx.engine().subjects(id).sure().any(came)
        })
    }
}

/// Whether pods come of an object, or may.
fn makes_pods(object: &Object) -> bool {
    matches!(object.body, Body::Workload(_)) || object.may_hide_pods()
}
