//! An engine that stands while the objects of its world change one at a time.
//!
//! It holds the world ([`StandingWorld`]) and everything that was worked out about it. A change that the world could take in
//! place is followed up in place here too: the entries that came and went are put into their groups and taken out, and one
//! identity that changed is asked of each selector that had been evaluated. Nothing else is touched, so that the next
//! answer costs what the change touches and not what the world holds.

use std::sync::Arc;

use ringfence_cluster::{Change, IdentityChange, Input, Knobs, ObjectId, Revision, StandingWorld, World};
use ringfence_manifest::Object;

use crate::Engine;
use crate::tables::Tables;

/// A world that may change, ready to answer. It answers as an engine over a world built of the same objects does.
#[derive(Debug)]
pub struct StandingEngine {
    world: StandingWorld,
    tables: Arc<Tables>,
}

impl StandingEngine {
    /// That of some objects.
    pub fn new(input: Input, knobs: &Knobs) -> Self {
        let world = StandingWorld::new(input, knobs);
        let tables = Arc::new(Tables::new(world.world()));
        Self { world, tables }
    }

    /// Answers for the world as it is now.
    pub fn engine(&self) -> Engine<'_> {
        Engine::over(self.world.world(), Arc::clone(&self.tables))
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        self.world.world()
    }

    /// The objects as they are now.
    pub fn input(&self) -> &Input {
        self.world.input()
    }

    /// Puts another object in the place of one. Both lie in the same folder.
    ///
    /// # Panics
    ///
    /// Where there is no such object.
    pub fn replace(&mut self, at: ObjectId, object: Arc<Object>) -> Change {
        let change = self.world.replace(at, object);
        self.follow(change)
    }

    /// Puts an object of a folder before the one of this number, or at the end.
    ///
    /// # Panics
    ///
    /// Where `at` is beyond the end.
    pub fn insert(&mut self, at: ObjectId, object: Arc<Object>, folder: u32) -> Change {
        let change = self.world.insert(at, object, folder);
        self.follow(change)
    }

    /// Takes an object away; those behind it move up by one.
    ///
    /// # Panics
    ///
    /// Where there is no such object.
    pub fn remove(&mut self, at: ObjectId) -> Change {
        let change = self.world.remove(at);
        self.follow(change)
    }

    fn follow(&mut self, change: Change) -> Change {
        let world = self.world.world();
        match (&change, Arc::get_mut(&mut self.tables)) {
            (Change::Revised(revision), Some(tables)) => tables.follow(revision, world),
            _ => self.tables = Arc::new(Tables::new(world)),
        }
        change
    }
}

impl Tables {
    fn follow(&mut self, revision: &Revision, world: &World) {
        self.selections.grow(world);
        for change in &revision.identities {
            self.follow_identity(change, world);
        }
        self.roster.drop_entries(revision.dropped.clone(), world);
        self.roster.add_entries(revision.added.clone(), world, &self.selections);
    }

    fn follow_identity(&mut self, change: &IdentityChange, world: &World) {
        match change {
            IdentityChange::Added(id) => self.selections.learn(*id, world),
            IdentityChange::Altered(id, old) => {
                self.selections.forget(*id, old);
                self.selections.learn(*id, world);
            }
            IdentityChange::Removed(id, old) => {
                self.selections.forget(*id, old);
                self.selections.close_up(*id, world);
            }
        }
        self.roster.follow_identity(change, world, &self.selections);
    }
}
