//! Files applied over a running cluster: the cluster as it is, and as it would be if it were as the files say.
//!
//! Both worlds hold all that the cluster has, so that what no file speaks of is the same in both. After, an object of the
//! files stands in place of the cluster's own of the same kind, namespace and name, whole: a label that only the cluster has
//! is gone. Of a kind that could not be read, the cluster is taken to have what the files say.
//!
//! A policy that only the cluster has is a [stray](Applied::strays) where the files would show it: in a namespace of which
//! they have an object, or of the whole cluster where they have such a policy. Everywhere else, where something that is not
//! read may bring it (a Helm release, a template), and where another object owns it, nobody can tell, and it stays.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_cluster::{
    Complete, GapReason, Input, Knobs, Namespace, NamespaceId, NamespaceName, ObjectId, Policy, PolicyId, WorkloadId,
    World,
};
use ringfence_manifest::{Kind, Object};
use ringfence_sources::Name;

use crate::Config;
use crate::draft::{Draft, drafts};
use crate::library::Library;
use crate::plan::Plan;
use crate::run::knobs;
use crate::suppose::Supposition;

/// Which files of a session are objects of a running cluster, and what is not among them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Running {
    /// Their paths.
    pub paths: Vec<String>,
    /// The kinds that could not be read.
    pub unread: Vec<Kind>,
}

/// The other files of a session, as one world of theirs, over the running cluster.
#[derive(Debug)]
pub struct Applied {
    /// The name of the world.
    pub name: String,
    /// The cluster as it is.
    pub before: World,
    /// The cluster as the files say. Strays are in it: what is asked of it is asked without them.
    pub after: World,
    /// Policies of the world after that only the cluster has, though the files would show them.
    pub strays: Vec<PolicyId>,
    /// Policies of the world after that only the cluster has, and of which the files tell nothing.
    pub kept: Vec<PolicyId>,
    /// Workloads of the world after that only the cluster has.
    pub workloads: Vec<WorkloadId>,
    /// Workloads and policies of the world after that the files have in a namespace that is not known.
    pub homeless: Vec<ObjectId>,
}

/// Every world of the files that are not the cluster's, over the cluster.
pub(crate) fn applied(library: &Library, plan: &Plan, config: &Config, running: &Running) -> Vec<Applied> {
    let knobs = knobs(library, config);
    let apart = Supposition { with: running.paths.clone(), labels: Vec::new() };
    drafts(library, plan, config, &apart).into_iter().map(|draft| apply(draft, &knobs, &running.unread)).collect()
}

fn apply(mut draft: Draft<'_>, knobs: &Knobs, unread: &[Kind]) -> Applied {
    let live = std::mem::take(&mut draft.extra);
    let files = draft.input();
    let described = Described::new(&files, knobs);
    let names = described.names(knobs.default_namespace.as_deref());
    let live = live.iter().flat_map(|piece| piece.objects().map(|object| (Arc::clone(object), piece.folder)));
    let live: Vec<(Arc<Object>, u32)> = live.collect();
    let taken = files.objects.iter().filter(|(object, _)| unread.contains(&object.kind)).cloned();
    let before = Input { objects: live.iter().cloned().chain(taken).collect(), ..Input::default() };
    let is_replaced = |object: &Object| Name::of(object, None).is_some_and(|name| names.contains(&name));
    let kept: Vec<(Arc<Object>, u32)> = live.into_iter().filter(|(object, _)| !is_replaced(object)).collect();
    let only_live = kept.len();
    let objects = kept.into_iter().chain(files.objects.iter().cloned()).collect();
    let after = World::build(&Input { objects, ..files.clone() }, knobs);
    let is_live = |id: ObjectId| (id.0 as usize) < only_live;
    let (strays, kept) = after
        .policy_ids()
        .filter(|(_, policy)| is_live(policy.object))
        .partition::<Vec<_>, _>(|(_, policy)| described.would_show(policy, &after));
    let ids = |policies: Vec<(PolicyId, &Policy)>| policies.into_iter().map(|(id, _)| id).collect();
    let workloads = after.workload_ids().filter(|(_, workload)| is_live(workload.object)).map(|(id, _)| id);
    Applied {
        strays: ids(strays),
        kept: ids(kept),
        workloads: workloads.collect(),
        homeless: described.homeless.iter().map(|id| ObjectId(id.0 + only_live as u32)).collect(),
        before: World::build(&before, knobs),
        name: draft.name,
        after,
    }
}

/// The files alone.
struct Described {
    world: World,
    /// Workloads and policies whose namespace is not known.
    homeless: BTreeSet<ObjectId>,
    /// The namespaces of which there is an object.
    namespaces: BTreeSet<NamespaceId>,
}

impl Described {
    fn new(files: &Input, knobs: &Knobs) -> Self {
        // What the files leave open is open, whatever is known of the cluster.
        let world = World::build(files, &Knobs { complete: Complete::REPOSITORY, ..knobs.clone() });
        let policies = world.policies.iter().filter_map(|policy| Some((policy.object, policy.namespace?)));
        let workloads = world.workloads.iter().map(|workload| (workload.object, workload.namespace));
        let homes: Vec<(ObjectId, NamespaceId)> = policies.chain(workloads).collect();
        let is_known = |id: NamespaceId| matches!(world.namespace(id).name, NamespaceName::Known(_));
        let homeless = homes.iter().filter(|(_, home)| !is_known(*home)).map(|(object, _)| *object).collect();
        let declared = world.namespace_ids().filter(|(_, namespace)| namespace.object.is_some()).map(|(id, _)| id);
        let namespaces = declared.chain(homes.iter().map(|(_, home)| *home)).collect();
        Self { world, homeless, namespaces }
    }

    /// What the API server knows the objects by, where that is known.
    fn names<'f>(&'f self, default_namespace: Option<&'f str>) -> BTreeSet<Name<'f>> {
        let objects = self.world.objects.iter().zip(0..);
        let housed = objects.filter(|(_, at)| !self.homeless.contains(&ObjectId(*at)));
        housed.filter_map(|(object, _)| Name::of(object, default_namespace)).collect()
    }

    /// Whether the files would have a policy of the cluster if somebody had written it there.
    fn would_show(&self, policy: &Policy, cluster: &World) -> bool {
        let object = cluster.object(policy.object);
        let is_owned = object.meta.owner_references.values().next().is_some();
        // One whose name or namespace is left open may be this one.
        let may_be = |own: &Policy| {
            let other = self.world.object(own.object);
            let is_open = other.name().is_none() || self.homeless.contains(&own.object);
            is_open && other.kind == object.kind && other.name().is_none_or(|name| Some(name) == object.name())
        };
        !is_owned && !self.world.policies.iter().any(may_be) && self.speaks_of(policy.namespace, cluster)
    }

    /// Whether the files hold all that belongs into a namespace, or into the cluster as a whole.
    fn speaks_of(&self, namespace: Option<NamespaceId>, cluster: &World) -> bool {
        let Some(id) = namespace else {
            let clusterwide = self.world.policies.iter().any(|policy| policy.namespace.is_none());
            return clusterwide && self.world.namespaces.iter().all(is_whole);
        };
        let name = cluster.namespace_name(id);
        let own = self.namespaces.iter().find(|own| name.is_some() && self.world.namespace_name(**own) == name);
        own.is_some_and(|own| is_whole(self.world.namespace(*own)))
    }
}

/// Whether nothing that is not read may bring policies into a namespace. What a controller makes of a custom resource has an
/// owner.
fn is_whole(namespace: &Namespace) -> bool {
    namespace.gaps.iter().all(|gap| matches!(gap.reason, GapReason::NoWorkload | GapReason::CustomResource))
}
