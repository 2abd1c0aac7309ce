//! How the files become what clusters hold, for rules about that.

use std::sync::Arc;

use ringfence_manifest::{Object, Place};
use ringfence_sources::kustomize::{self, Effect, Weight};
use ringfence_sources::roots::{Note, Root, Roots, Standalone, What};
use ringfence_text::FileId;
use rustc_hash::FxHashMap;

use crate::wording;

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

    /// The root that a chain of roots begins with.
    pub(crate) fn start_of(&self, mut root: &'a Root) -> &'a Root {
        // A root stands behind the one that brings it, so this ends.
        while let Some(by) = root.brought_by {
            root = &self.roots()[by];
        }
        root
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

    /// The builds that something at a place is about: of an object that makes roots these, else all that read the file.
    pub(crate) fn concerned(&self, place: Place) -> Vec<Made<'a>> {
        let made_here =
            |root: &&Root| root.object.place.file == place.file && root.object.place.span.contains(place.span);
        let roots: Vec<Made<'a>> = self.roots().iter().filter(made_here).map(Made::Root).collect();
        if roots.is_empty() { self.all().filter(|made| made.reads(place.file)).collect() } else { roots }
    }

    /// The objects that come of a build.
    pub(crate) fn objects_of(&self, made: Made<'a>) -> &'a [Arc<Object>] {
        let mut all = self.all().zip(&self.objects);
        all.find(|(other, _)| other.is(made)).map_or(&[], |(_, objects)| objects)
    }

    /// The number of the build that makes an object of a world: roots come first. Objects are told by where they are in
    /// memory, for two may be equal.
    pub(crate) fn made_by(&self) -> FxHashMap<*const Object, usize> {
        let made = self.objects.iter().enumerate();
        made.flat_map(|(at, objects)| objects.iter().map(move |object| (Arc::as_ptr(object), at))).collect()
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

    /// Whether all objects are here that it is made of: only then "it is not there" is known.
    pub(crate) fn is_whole(self) -> bool {
        !self.is_part() && !self.notes().iter().any(hides_objects)
    }

    /// What it is called in a message: a root by its name, a kustomization by its folder.
    pub(crate) fn title(self) -> &'a str {
        match self {
            Self::Root(root) => &root.name,
            Self::Standalone(one) if one.folder.is_empty() => "kustomization.yaml",
            Self::Standalone(one) => &one.folder,
        }
    }

    fn is(self, other: Made<'_>) -> bool {
        match (self, other) {
            (Self::Root(one), Made::Root(other)) => std::ptr::eq(one, other),
            (Self::Standalone(one), Made::Standalone(other)) => std::ptr::eq(one, other),
            _ => false,
        }
    }

    /// Whether something elsewhere may add to it: a component is built into what uses it.
    pub(crate) const fn is_part(self) -> bool {
        matches!(self, Self::Standalone(Standalone { component: true, .. }))
    }
}

/// What is not applied because some builds are refused for something at `place`. `None` where that goes without saying: for
/// the kustomization that it stands in.
pub(crate) fn lost(by: &[Made<'_>], place: Place) -> Option<String> {
    let is_own = |made: &Made<'_>| matches!(made, Made::Standalone(one) if one.file == place.file);
    let mut titles: Vec<&str> = by.iter().filter(|made| !is_own(made)).map(|made| made.title()).collect();
    titles.sort_unstable();
    titles.dedup();
    (!titles.is_empty()).then(|| format!("until then nothing of {} is applied", wording::few(&titles)))
}

/// Where a root is named.
pub(crate) fn place_of(root: &Root) -> Place {
    root.object.at(&["metadata", "name"]).map_or(root.object.place, |name| name.place)
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
