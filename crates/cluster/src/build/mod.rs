//! From objects to a world, in one pass over each kind of thing.
//!
//! The order matters: tools first (they say what of the rest is unknown), then namespaces, pods, services, policies; at
//! the end the namespaces that only selectors name, what may be unseen in each, and what stands for it.

mod completeness;
mod dns;
mod identities;
mod ingresses;
mod namespaces;
mod releases;
mod services;
mod standing;
mod values;

use ringfence_manifest::{Body, Object};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::queries::Index;
use crate::{
    Cni, Dialect, IdentityId, Input, Key, Knobs, LabelSet, NamespaceId, ObjectId, Selector, SelectorId, ServiceId,
    Source, Symbol, World,
};
use identities::Traits;

pub use standing::{Change, IdentityChange, Revision, StandingWorld};

/// A world in the making.
pub(crate) struct Builder<'i> {
    pub(crate) input: &'i Input,
    pub(crate) world: World,
    pub(crate) parts: Parts,
}

/// What only the making of a world asks for.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// The namespace of each object, where it stands in one.
    pub(crate) homes: Vec<Option<NamespaceId>>,
    /// Whether there are tools, which may make any object.
    has_tools: bool,
    /// A value in a selector that cannot be known from here; no identity carries it.
    pub(crate) unknown: Symbol,
    pub(crate) services: FxHashMap<(NamespaceId, SmolStr), ServiceId>,
    pub(crate) groups: Vec<ObjectId>,
    known_namespaces: FxHashMap<Symbol, NamespaceId>,
    folder_namespaces: FxHashMap<u32, NamespaceId>,
    /// The symbol of each namespace's name, a variable where it is unknown.
    names: Vec<Symbol>,
    /// Whether something other than Kubernetes itself speaks of the namespace.
    mentioned: Vec<bool>,
    /// The namespaces that Helm releases go to, whether or not their pods are shown.
    release_homes: Vec<NamespaceId>,
    selectors: FxHashMap<Selector, SelectorId>,
    identities: FxHashMap<Traits, IdentityId>,
    /// The labels that pods have of their namespace: asked for first when all namespaces have theirs.
    inherited: FxHashMap<NamespaceId, LabelSet>,
    /// What is used while a policy is lowered, where somebody wants to know.
    trace: Option<Trace>,
}

/// The selectors that lowering a policy came to, and the namespaces that it mentioned.
#[derive(Clone, Default, Debug)]
struct Trace {
    selectors: Vec<SelectorId>,
    namespaces: Vec<NamespaceId>,
}

impl Parts {
    fn new(unknown: Symbol) -> Self {
        Self {
            homes: Vec::new(),
            has_tools: false,
            unknown,
            services: FxHashMap::default(),
            groups: Vec::new(),
            known_namespaces: FxHashMap::default(),
            folder_namespaces: FxHashMap::default(),
            names: Vec::new(),
            mentioned: Vec::new(),
            release_homes: Vec::new(),
            selectors: FxHashMap::default(),
            identities: FxHashMap::default(),
            inherited: FxHashMap::default(),
            trace: None,
        }
    }
}

impl World {
    /// Builds the world of some objects.
    pub fn build(input: &Input, knobs: &Knobs) -> Self {
        Builder::built(input, knobs).world
    }
}

impl<'i> Builder<'i> {
    /// The whole world, with what it was made by.
    fn built(input: &'i Input, knobs: &Knobs) -> Self {
        let mut builder = Self::new(input, knobs);
        builder.namespaces();
        builder.workloads();
        builder.services();
        builder.ingresses();
        builder.groups();
        builder.policies();
        builder.namespaces_of_selectors();
        builder.gaps();
        builder.releases();
        builder.representatives();
        builder.dns_stand_in();
        builder.world.index = Index::of(&builder.world);
        builder
    }

    fn new(input: &'i Input, knobs: &Knobs) -> Self {
        let mut world = World::empty(knobs.clone(), dialect(input, knobs));
        world.objects = input.objects.iter().map(|(object, _)| object.clone()).collect();
        let mut parts = Parts::new(world.symbols.variable());
        parts.has_tools = input.objects.iter().any(|(object, _)| object.tool().is_some());
        Self { input, world, parts }
    }

    /// The objects with their numbers and folders. They outlive the builder, so it may change meanwhile.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (ObjectId, &'i Object, u32)> + use<'i> {
        let objects = self.input.objects.iter().enumerate();
        objects.map(|(at, (object, folder))| (ObjectId(at as u32), &**object, *folder))
    }

    pub(crate) fn is_cilium(&self) -> bool {
        self.world.dialect.cni == Cni::Cilium
    }

    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        self.world.symbols.intern(text)
    }

    /// The key of a label that Kubernetes gives.
    pub(crate) fn k8s(&mut self, name: &str) -> Key {
        Key { source: Source::K8s, name: self.intern(name) }
    }

    /// The number of a selector; equal ones share it.
    pub(crate) fn selector(&mut self, mut selector: Selector) -> SelectorId {
        selector.requirements.sort();
        selector.requirements.dedup();
        let known = self.parts.selectors.get(&selector).copied();
        let id = known.unwrap_or_else(|| {
            let id = SelectorId(self.world.selectors.len() as u32);
            self.parts.selectors.insert(selector.clone(), id);
            self.world.selectors.push(selector);
            id
        });
        if let Some(trace) = &mut self.parts.trace {
            trace.selectors.push(id);
        }
        id
    }

    pub(crate) fn home(&self, id: ObjectId) -> Option<NamespaceId> {
        self.parts.homes.get(id.0 as usize).copied().flatten()
    }

    /// Whether something that could not be built may have changed an object.
    pub(crate) fn is_doubtful(&self, id: ObjectId) -> bool {
        self.world.objects[id.0 as usize].doubtful
    }

    fn groups(&mut self) {
        let groups = self.objects().filter(|(_, object, _)| matches!(object.body, Body::CidrGroup(_)));
        self.parts.groups = groups.map(|(id, ..)| id).collect();
    }
}

/// Whose meaning verdicts have: what the knobs say, else what the objects look like.
fn dialect(input: &Input, knobs: &Knobs) -> Dialect {
    let guess = || Cni::guess(input.objects.iter().map(|(object, _)| &**object));
    Dialect { cni: knobs.cni.or(knobs.guess).unwrap_or_else(guess), guessed: knobs.cni.is_none() }
}
