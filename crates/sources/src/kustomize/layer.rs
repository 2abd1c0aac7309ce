//! What a kustomization has gathered so far: objects in their order, and what there is to say.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_manifest::Place;
use ringfence_text::FileId;
use rustc_hash::FxHashSet;
use smol_str::{SmolStr, ToSmolStr as _};

use super::note::{Note, What};
use super::resource::{Id, Resource};

/// Objects on their way. Shared ones are copied once somebody changes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    pub(super) resources: Vec<Arc<Resource>>,
    pub(super) notes: Vec<Note>,
    /// Every file that was looked into.
    pub(super) read: BTreeSet<FileId>,
    /// Whether something led back to where it came from: what was built depends on where one began.
    pub(super) cyclic: bool,
}

/// What the objects of a layer are called, as long as none of them is changed.
pub(super) struct Known {
    ids: FxHashSet<[SmolStr; 5]>,
}

impl Known {
    pub(super) fn of(layer: &Layer) -> Self {
        Self { ids: layer.resources.iter().map(|resource| key(resource)).collect() }
    }
}

fn key(resource: &Resource) -> [SmolStr; 5] {
    let Id { group, version, kind, name, namespace } = resource.id().settled();
    [group, version, kind, name, namespace].map(SmolStr::new)
}

impl Layer {
    pub(super) fn note(&mut self, place: Place, what: What) {
        self.notes.push(Note::new(place, what));
    }

    /// The objects, to be changed.
    pub(super) fn each(&mut self) -> impl Iterator<Item = &mut Resource> {
        self.resources.iter_mut().map(Arc::make_mut)
    }

    /// Marks everything gathered as perhaps changed by something that could not be built.
    pub(super) fn doubt_all(&mut self) {
        self.each().for_each(|resource| resource.doubtful = true);
    }

    /// Adds objects at the end. One that is there already is noted at the place that brings it, and left out.
    pub(super) fn append(&mut self, more: Vec<Arc<Resource>>, place: Place, known: &mut Known) {
        for resource in more {
            if known.ids.insert(key(&resource)) {
                self.resources.push(resource);
            } else {
                self.note(place, What::Twice { id: resource.id().to_smolstr() });
            }
        }
    }

    /// Takes in what another kustomization gathered.
    pub(super) fn merge(&mut self, other: Self, place: Place, known: &mut Known) {
        self.notes.extend(other.notes);
        self.read.extend(other.read);
        self.cyclic |= other.cyclic;
        self.append(other.resources, place, known);
    }

    /// The objects that are, or were, known by `id`.
    pub(super) fn known_as(&self, id: Id<'_>) -> Vec<usize> {
        let id = id.settled();
        let known = |(_, resource): &(usize, &Arc<Resource>)| resource.is_any(id);
        self.resources.iter().enumerate().filter(known).map(|(at, _)| at).collect()
    }

    /// The first identity that two objects share, if any do.
    pub(super) fn twice(&self) -> Option<SmolStr> {
        let mut seen = FxHashSet::default();
        let shared = self.resources.iter().find(|resource| !seen.insert(resource.id().settled()));
        shared.map(|resource| resource.id().to_smolstr())
    }

    /// Leaves out objects of which nothing is left.
    pub(super) fn drop_empty(&mut self) {
        self.resources.retain(|resource| !resource.is_empty());
    }
}
