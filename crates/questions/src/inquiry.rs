//! One world to ask about, with what the configuration calls its parts.

use std::collections::BTreeMap;

use ringfence_cluster::World;
use ringfence_cluster::blueprint::Blueprint;
use ringfence_engine::Engine;
use smol_str::SmolStr;

use crate::target::Target;

/// Shared resources by the name that the configuration gives them: what may be asked for by one word.
pub type Resources = BTreeMap<SmolStr, Vec<Target>>;

/// Answers questions about one world.
#[derive(Clone, Copy, Debug)]
pub struct Inquiry<'a> {
    pub(crate) engine: &'a Engine<'a>,
    pub(crate) blueprint: &'a Blueprint<'a>,
    pub(crate) resources: &'a Resources,
}

impl<'a> Inquiry<'a> {
    /// An inquiry into the engine's world.
    pub fn new(engine: &'a Engine<'a>, blueprint: &'a Blueprint<'a>, resources: &'a Resources) -> Self {
        Self { engine, blueprint, resources }
    }

    /// The world.
    pub fn world(&self) -> &'a World {
        self.engine.world()
    }

    /// The engine that answers.
    pub fn engine(&self) -> &'a Engine<'a> {
        self.engine
    }

    /// What the authors mean by the labels of namespaces.
    pub fn blueprint(&self) -> &'a Blueprint<'a> {
        self.blueprint
    }
}
