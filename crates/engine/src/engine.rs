//! The engine itself: selectors evaluated once, entries by subject, and the procedure of semantics §10.

use ringfence_cluster::World;

/// Answers questions about one world.
#[derive(Debug)]
pub struct Engine<'w> {
    world: &'w World,
}

impl<'w> Engine<'w> {
    /// The world it answers for.
    pub fn world(&self) -> &'w World {
        self.world
    }
}
