//! How the files become what clusters hold, for rules about that.

use std::sync::Arc;

use ringfence_manifest::{Object, Place};
use ringfence_sources::kustomize::{self, Effect, Weight};
use ringfence_sources::roots::{Note, Root, Roots, Standalone, What};
use ringfence_text::FileId;
use rustc_hash::FxHashMap;

/// Everything that is built from the files, each build with what comes of it.
#[derive(Clone, Debug, Default)]
pub struct Builds<'a> {
    /// What Flux and Argo CD build; empty where nothing in the files says what they do.
    pub roots: Option<&'a Roots>,
    /// The kustomizations that no root reaches and no other one uses.
    pub standalone: &'a [Standalone],
    /// What comes of each root and then of each of the others, in their order. Empty for roots of which nothing is known.
    pub objects: Vec<&'a [Arc<Object>]>,
    /// Objects of files that no root reaches, where roots are known: as they stand in their files.
    pub unreached: Vec<&'a Object>,
}

/// One build.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Made<'a> {
    Root(&'a Root),
    Standalone(&'a Standalone),
}

impl<'a> Builds<'a> {
    /// The roots.
    pub(crate) fn roots(&self) -> &'a [Root] {
        self.roots.map_or(&[], |roots| &roots.roots)
    }

    /// All builds, roots first.
    pub(crate) fn all(&self) -> impl Iterator<Item = Made<'a>> {
        self.roots().iter().map(Made::Root).chain(self.standalone.iter().map(Made::Standalone))
    }

    /// What there is to say about all builds, each thing once, with the builds that say it.
    pub(crate) fn notes(&self) -> Vec<(Note, Vec<Made<'a>>)> {
        let mut places: FxHashMap<(Place, String), usize> = FxHashMap::default();
        let mut all: Vec<(Note, Vec<Made<'a>>)> = Vec::new();
        for made in self.all() {
            for note in made.notes() {
                let at = *places.entry((note.place, note.to_string())).or_insert_with(|| {
                    all.push((note, Vec::new()));
                    all.len() - 1
                });
                all[at].1.push(made);
            }
        }
        all
    }

    /// The root that brings an object of a world. Objects are told by where they are in memory: two may be equal.
    pub(crate) fn brought_by(&self) -> FxHashMap<*const Object, &'a Root> {
        let brought = self.roots().iter().zip(&self.objects);
        brought.flat_map(|(root, objects)| objects.iter().map(move |object| (Arc::as_ptr(object), root))).collect()
    }
}

impl<'a> Made<'a> {
    /// What it says.
    pub(crate) fn notes(self) -> Vec<Note> {
        match self {
            Self::Root(root) => root.build.notes.clone(),
            Self::Standalone(one) => one.build.notes.iter().cloned().map(Note::from).collect(),
        }
    }

    /// Whether it was built from a file.
    pub(crate) fn reads(self, file: FileId) -> bool {
        match self {
            Self::Root(root) => root.build.read.contains(&file),
            Self::Standalone(one) => one.build.read.contains(&file),
        }
    }

    /// Whether something elsewhere may add to it: a component is built into what uses it.
    pub(crate) const fn is_part(self) -> bool {
        matches!(self, Self::Standalone(Standalone { component: true, .. }))
    }
}

/// Whether a note says that a tool refuses to build.
pub(crate) fn refuses(note: &Note) -> bool {
    note.weight() == Weight::Broken
}

/// Whether a note leaves open which objects there are.
pub(crate) fn hides_objects(note: &Note) -> bool {
    note.effect == Effect::Objects
}

/// What kustomize itself says in a note.
pub(crate) fn of_kustomize(note: &Note) -> Option<&kustomize::What> {
    match &note.what {
        What::Build(what) => Some(what),
        _ => None,
    }
}
