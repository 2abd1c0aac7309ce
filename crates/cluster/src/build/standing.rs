//! A world that stands while its objects change one at a time.
//!
//! Nearly every change is to a policy, or to one workload: it touches what that object says and nothing else. Such a change
//! is made in place, and a [`Revision`] tells what became of entries and identities. Whatever other objects depend on
//! (namespaces, Services, groups of addresses, tools, whether pods may be unseen, the dialect) is not followed up: then the
//! world is built anew. Either way it says what a world built of the same objects in the same order says; only the numbers
//! of entries, identities, selectors and namespaces may be others.

mod numbers;
mod policy;
mod workload;

use std::ops::Range;
use std::sync::Arc;

use ringfence_manifest::{Body, Object};

use super::{Builder, Parts};
use crate::lower::kind_of;
use crate::{Cni, Identity, IdentityId, Input, Knobs, NamespaceId, ObjectId, Symbol, World};

/// A world with the objects it is made of, which may change.
#[derive(Clone, Debug)]
pub struct StandingWorld {
    input: Input,
    world: World,
    parts: Parts,
    /// How many entries and selectors may be there before those that nothing uses any more are worth clearing away.
    most: (usize, usize),
}

/// What a change did to the world.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// It was changed in place.
    Revised(Revision),
    /// It was built anew: no number that was known before means anything.
    Rebuilt,
}

/// What became of entries and identities. New selectors stand behind the old ones.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Revision {
    /// The entries that are no policy's any more. They can still be looked up.
    pub dropped: Range<u32>,
    /// The entries that are new.
    pub added: Range<u32>,
    /// What became of identities, in the order in which it happened.
    pub identities: Vec<IdentityChange>,
}

/// What became of an identity.
#[derive(Clone, PartialEq, Debug)]
pub enum IdentityChange {
    /// It is new, behind all others.
    Added(IdentityId),
    /// It has other labels or ports; what it was.
    Altered(IdentityId, Box<Identity>),
    /// It is gone; what it was. The last identity has its number now, unless it was the last itself.
    Removed(IdentityId, Box<Identity>),
}

impl StandingWorld {
    /// The world of some objects.
    pub fn new(input: Input, knobs: &Knobs) -> Self {
        let Builder { world, parts, .. } = Builder::built(&input, knobs);
        let most = most(&world);
        Self { input, world, parts, most }
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What it is made of now.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Puts another object in the place of one. Both lie in the same folder.
    ///
    /// # Panics
    ///
    /// Where there is no such object.
    pub fn replace(&mut self, at: ObjectId, object: Arc<Object>) -> Change {
        let old = std::mem::replace(&mut self.input.objects[at.0 as usize].0, object);
        self.revise(|builder| builder.replaced(at, &old))
    }

    /// Puts an object of a folder before the one of this number, or at the end.
    ///
    /// # Panics
    ///
    /// Where `at` is beyond the end.
    pub fn insert(&mut self, at: ObjectId, object: Arc<Object>, folder: u32) -> Change {
        self.input.objects.insert(at.0 as usize, (object, folder));
        self.revise(|builder| builder.inserted(at))
    }

    /// Takes an object away; those behind it move up by one.
    ///
    /// # Panics
    ///
    /// Where there is no such object.
    pub fn remove(&mut self, at: ObjectId) -> Change {
        let (old, _) = self.input.objects.remove(at.0 as usize);
        self.revise(|builder| builder.removed(at, &old))
    }

    fn revise(&mut self, revise: impl FnOnce(&mut Builder<'_>) -> Option<Revision>) -> Change {
        let (knobs, dialect) = (self.world.knobs.clone(), self.world.dialect);
        let world = std::mem::replace(&mut self.world, World::empty(knobs.clone(), dialect));
        let parts = std::mem::replace(&mut self.parts, Parts::new(Symbol::ABSENT));
        let mut builder = Builder { input: &self.input, world, parts };
        let revision = revise(&mut builder);
        let small = builder.world.entries.len() <= self.most.0 && builder.world.selectors.len() <= self.most.1;
        if let Some(revision) = revision.filter(|_| small) {
            Builder { world: self.world, parts: self.parts, .. } = builder;
            return Change::Revised(revision);
        }
        Builder { world: self.world, parts: self.parts, .. } = Builder::built(&self.input, &knobs);
        self.most = most(&self.world);
        Change::Rebuilt
    }
}

fn most(world: &World) -> (usize, usize) {
    let twice = |count: usize| count * 2 + 1024;
    (twice(world.entries.len()), twice(world.selectors.len()))
}

/// Each answers `None` where the change cannot be made in place; what was done until then is of no use.
impl Builder<'_> {
    fn replaced(&mut self, at: ObjectId, old: &Object) -> Option<Revision> {
        let object = self.object_of_input(at);
        let alike = old.kind_name == object.kind_name && !old.fragment && !object.fragment;
        if !alike || self.guess_changes(&[old, &object]) {
            return None;
        }
        self.world.objects[at.0 as usize] = Arc::clone(&object);
        let before = self.home(at);
        self.find_home(at, &object)?;
        if self.home(at) != before {
            return None;
        }
        match (kind_of(old), kind_of(&object)) {
            (Some(before), Some(after)) if before == after => self.policy_replaced(at, old, &object),
            (None, None) => match (&old.body, &object.body) {
                (Body::Workload(_), Body::Workload(template)) => self.workload_replaced(at, &object, template),
                _ => None,
            },
            _ => None,
        }
    }

    fn inserted(&mut self, at: ObjectId) -> Option<Revision> {
        let object = self.object_of_input(at);
        if object.fragment || self.parts.has_tools || self.guess_changes(&[&object]) {
            return None;
        }
        self.make_room(at, Arc::clone(&object));
        self.find_home(at, &object)?;
        if self.home(at).is_some_and(|home| !self.stands_without(home, at)) {
            return None;
        }
        match (kind_of(&object), &object.body) {
            (Some(kind), _) => self.policy_inserted(at, &object, kind),
            (None, Body::Workload(template)) => self.workload_inserted(at, &object, template),
            _ => None,
        }
    }

    fn removed(&mut self, at: ObjectId, old: &Object) -> Option<Revision> {
        if old.fragment || self.guess_changes(&[old]) {
            return None;
        }
        if self.home(at).is_some_and(|home| !self.stands_without(home, at)) {
            return None;
        }
        let revision = match (kind_of(old), &old.body) {
            (Some(_), _) => self.policy_removed(at, old),
            (None, Body::Workload(_)) => self.workload_removed(at),
            _ => None,
        }?;
        self.close_up(at);
        Some(revision)
    }

    fn object_of_input(&self, at: ObjectId) -> Arc<Object> {
        Arc::clone(&self.input.objects[at.0 as usize].0)
    }

    /// Whether the dialect, where it is guessed, is another one once these objects came or went.
    fn guess_changes(&self, objects: &[&Object]) -> bool {
        let knobs = &self.world.knobs;
        let telling = knobs.cni.or(knobs.guess).is_none() && objects.iter().any(|object| object.group() == "cilium.io");
        telling && Cni::guess(self.input.objects.iter().map(|(object, _)| &**object)) != self.world.dialect.cni
    }

    /// Works out which namespace an object stands in; `None` where it is a new one.
    fn find_home(&mut self, at: ObjectId, object: &Object) -> Option<()> {
        let before = self.world.namespaces.len();
        self.parts.homes[at.0 as usize] = self.home_of(at, object, self.input.objects[at.0 as usize].1);
        (self.world.namespaces.len() == before).then_some(())
    }

    /// Whether something says that a namespace is there, other than this object and the selectors of policies.
    fn stands_without(&self, id: NamespaceId, at: ObjectId) -> bool {
        let mut others = self.parts.homes.iter().zip(0..).filter(|&(_, other)| other != at.0);
        let external = |name| self.world.knobs.external.iter().any(|external| external.name == name);
        self.world.namespace(id).object.is_some()
            || self.world.namespace_name(id).is_some_and(external)
            || others.any(|(home, _)| *home == Some(id))
    }
}
