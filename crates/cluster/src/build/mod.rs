//! From objects to a world, in one pass over each kind of thing.
//!
//! The order matters: tools first (they say what of the rest is unknown), then namespaces, pods, services, policies; at
//! the end the namespaces that only selectors name, what may be unseen in each, and the pods that stand for it.

mod completeness;
mod dns;
mod identities;
mod ingresses;
mod kustomize;
mod namespaces;
mod reach;
mod services;

use ringfence_manifest::{Body, Object};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::queries::Index;
use crate::{
    Cni, Dialect, IdentityId, Input, Key, Knobs, NamespaceId, ObjectId, Selector, SelectorId, ServiceId, Source,
    Symbol, Symbols, World,
};
use identities::Traits;
use kustomize::Altered;

/// A world in the making.
pub(crate) struct Builder<'i> {
    pub(crate) input: &'i Input,
    pub(crate) world: World,
    /// The namespace of each object, where it stands in one.
    pub(crate) homes: Vec<Option<NamespaceId>>,
    /// What tools may change of each object.
    pub(crate) altered: Vec<Altered>,
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
    selectors: FxHashMap<Selector, SelectorId>,
    identities: FxHashMap<Traits, IdentityId>,
}

impl World {
    /// Builds the world of some objects.
    pub fn build(input: &Input, knobs: &Knobs) -> Self {
        let mut builder = Builder::new(input, knobs);
        builder.altered = kustomize::altered(input);
        builder.namespaces();
        builder.workloads();
        builder.services();
        builder.ingresses();
        builder.groups();
        builder.policies();
        builder.namespaces_of_selectors();
        builder.gaps();
        builder.representatives();
        builder.dns_stand_in();
        let mut world = builder.world;
        world.index = Index::of(&world);
        world
    }
}

impl<'i> Builder<'i> {
    fn new(input: &'i Input, knobs: &Knobs) -> Self {
        let mut symbols = Symbols::default();
        let unknown = symbols.variable();
        let world = World {
            knobs: knobs.clone(),
            dialect: dialect(input, knobs),
            symbols,
            objects: input.objects.iter().map(|(object, _)| object.clone()).collect(),
            namespaces: Vec::new(),
            workloads: Vec::new(),
            identities: Vec::new(),
            policies: Vec::new(),
            entries: Vec::new(),
            selectors: Vec::new(),
            services: Vec::new(),
            ingresses: Vec::new(),
            index: Index::default(),
        };
        Self {
            input,
            world,
            homes: Vec::new(),
            altered: Vec::new(),
            unknown,
            services: FxHashMap::default(),
            groups: Vec::new(),
            known_namespaces: FxHashMap::default(),
            folder_namespaces: FxHashMap::default(),
            names: Vec::new(),
            mentioned: Vec::new(),
            selectors: FxHashMap::default(),
            identities: FxHashMap::default(),
        }
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
        if let Some(&id) = self.selectors.get(&selector) {
            return id;
        }
        let id = SelectorId(self.world.selectors.len() as u32);
        self.selectors.insert(selector.clone(), id);
        self.world.selectors.push(selector);
        id
    }

    pub(crate) fn home(&self, id: ObjectId) -> Option<NamespaceId> {
        self.homes.get(id.0 as usize).copied().flatten()
    }

    pub(crate) fn altered(&self, id: ObjectId) -> Altered {
        self.altered.get(id.0 as usize).copied().unwrap_or_default()
    }

    fn groups(&mut self) {
        let groups = self.objects().filter(|(_, object, _)| matches!(object.body, Body::CidrGroup(_)));
        self.groups = groups.map(|(id, ..)| id).collect();
    }
}

/// Whose meaning verdicts have: what the knobs say, else what the objects look like.
fn dialect(input: &Input, knobs: &Knobs) -> Dialect {
    let guess = || Cni::guess(input.objects.iter().map(|(object, _)| &**object));
    Dialect { cni: knobs.cni.or(knobs.guess).unwrap_or_else(guess), guessed: knobs.cni.is_none() }
}
