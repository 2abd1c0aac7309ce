//! One cluster, as far as the input tells.

use std::sync::Arc;

use ringfence_manifest::{Object, Place};

use crate::queries::Index;
use crate::{
    Dialect, Entry, EntryId, GapReason, Identity, IdentityId, Ingress, Knobs, Namespace, NamespaceId, NamespaceName,
    Policy, PolicyId, Release, Selector, SelectorId, Service, ServiceId, Symbols, Tri, Workload, WorkloadId,
};

/// An object of [`World::objects`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub u32);

/// What a world is built from.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The objects of the world, each with the number of its folder or build, in a stable order: those without a namespace
    /// that have one number go to the same unknown one.
    pub objects: Vec<(Arc<Object>, u32)>,
    /// What may hold objects that cannot be seen and, where that still tells, their namespace.
    pub gaps: Vec<(GapReason, Place, Option<String>)>,
}

/// Namespaces, identities, policies and services of one cluster.
#[derive(Clone, Debug)]
pub struct World {
    /// How it is configured.
    pub knobs: Knobs,
    /// Whose meaning verdicts have.
    pub dialect: Dialect,
    /// Interned text.
    pub symbols: Symbols,
    /// The objects it was built from.
    pub objects: Vec<Arc<Object>>,
    /// Namespaces: declared, named, external.
    pub namespaces: Vec<Namespace>,
    /// Objects that make pods.
    pub workloads: Vec<Workload>,
    /// Helm releases that are not rendered.
    pub releases: Vec<Release>,
    /// Classes of pods, representatives and stand-ins included.
    pub identities: Vec<Identity>,
    /// Policies, refused ones included.
    pub policies: Vec<Policy>,
    /// What the policies say. A world that was changed also holds what they said before: [`World::entry_ids`] leaves that
    /// out.
    pub entries: Vec<Entry>,
    /// Compiled selectors, each once. In a world that was changed some may be unused.
    pub selectors: Vec<Selector>,
    /// Services.
    pub services: Vec<Service>,
    /// What leads to services from outside the cluster.
    pub ingresses: Vec<Ingress>,
    /// What is found by name or namespace.
    pub(crate) index: Index,
}

impl World {
    /// A world without anything in it.
    pub(crate) fn empty(knobs: Knobs, dialect: Dialect) -> Self {
        Self {
            knobs,
            dialect,
            symbols: Symbols::default(),
            objects: Vec::new(),
            namespaces: Vec::new(),
            workloads: Vec::new(),
            releases: Vec::new(),
            identities: Vec::new(),
            policies: Vec::new(),
            entries: Vec::new(),
            selectors: Vec::new(),
            services: Vec::new(),
            ingresses: Vec::new(),
            index: Index::default(),
        }
    }

    /// An object.
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    /// A namespace.
    pub fn namespace(&self, id: NamespaceId) -> &Namespace {
        &self.namespaces[id.0 as usize]
    }

    /// An identity.
    pub fn identity(&self, id: IdentityId) -> &Identity {
        &self.identities[id.0 as usize]
    }

    /// A workload.
    pub fn workload(&self, id: WorkloadId) -> &Workload {
        &self.workloads[id.0 as usize]
    }

    /// A policy.
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.policies[id.0 as usize]
    }

    /// An entry.
    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// A selector.
    pub fn selector(&self, id: SelectorId) -> &Selector {
        &self.selectors[id.0 as usize]
    }

    /// A service.
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0 as usize]
    }

    /// All identities with their ids.
    pub fn identity_ids(&self) -> impl Iterator<Item = (IdentityId, &Identity)> {
        self.identities.iter().enumerate().map(|(at, identity)| (IdentityId(at as u32), identity))
    }

    /// All namespaces with their ids.
    pub fn namespace_ids(&self) -> impl Iterator<Item = (NamespaceId, &Namespace)> {
        self.namespaces.iter().enumerate().map(|(at, namespace)| (NamespaceId(at as u32), namespace))
    }

    /// All policies with their ids.
    pub fn policy_ids(&self) -> impl Iterator<Item = (PolicyId, &Policy)> {
        self.policies.iter().enumerate().map(|(at, policy)| (PolicyId(at as u32), policy))
    }

    /// The entries of a policy with their ids.
    pub fn entries_of(&self, policy: &Policy) -> impl Iterator<Item = (EntryId, &Entry)> {
        policy.entries.clone().map(|at| (EntryId(at), &self.entries[at as usize]))
    }

    /// Whether an identity is in the namespace that an entry is confined to. Known names differ or not; the namespace
    /// of a folder, or a placeholder, may be any other.
    pub fn in_scope(&self, entry: &Entry, identity: &Identity) -> Tri {
        match entry.scope {
            None => Tri::Yes,
            Some(scope) => self.same_namespace(scope, identity.namespace),
        }
    }

    /// Whether two namespaces are the same one.
    pub fn same_namespace(&self, one: NamespaceId, other: NamespaceId) -> Tri {
        if one == other {
            return Tri::Yes;
        }
        let known = |id| matches!(self.namespace(id).name, NamespaceName::Known(_));
        if known(one) && known(other) { Tri::No } else { Tri::Unknown }
    }

    /// The name of a namespace, where it is known.
    pub fn namespace_name(&self, id: NamespaceId) -> Option<&str> {
        match self.namespace(id).name {
            NamespaceName::Known(symbol) => Some(self.symbols.text(symbol)),
            NamespaceName::OfFolder(_) | NamespaceName::Placeholder(_) => None,
        }
    }
}
