//! What becomes of the files: which are built into which cluster, and which stand for themselves.

use std::collections::BTreeSet;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use ringfence_cluster::GapReason;
use ringfence_manifest::{Object, Place, Tool, Value, settle};
use ringfence_rules::Builds;
use ringfence_sources::kustomize::{Built, Effect};
use ringfence_sources::roots::{self, Repository, Root, Roots, Standalone, standalone};
use ringfence_text::{FileId, Span};
use rustc_hash::{FxHashSet, FxHasher};

use crate::Config;
use crate::ground::Ground;
use crate::library::Library;
use crate::shelf::Shelf;

/// What is built from the files of the library.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What Flux and Argo CD build. The objects are under `made`.
    pub(crate) roots: Roots,
    /// The kustomizations that they do not. The objects are under `made`.
    pub(crate) standalone: Vec<Standalone>,
    /// What comes of each root and then of each of the others, in their order.
    pub(crate) made: Vec<Made>,
    /// Files whose objects are in a build, changed or left out as it asks for.
    taken: FxHashSet<FileId>,
    /// Files in the scope of roots that none of them reaches.
    unreached: FxHashSet<FileId>,
}

/// What comes of one build.
#[derive(Debug)]
pub(crate) struct Made {
    /// Where it goes.
    pub(crate) home: Home,
    /// The path of its kustomization or, of a root, of its object, as typed.
    pub(crate) path: String,
    /// The objects that are known.
    pub(crate) objects: Vec<Arc<Object>>,
    /// Why there may be more: reason, place, the namespace that it is about.
    pub(crate) gaps: Vec<Gap>,
    /// The files that it is built from.
    pub(crate) read: BTreeSet<FileId>,
    /// Not the same for two builds that differ.
    pub(crate) version: u64,
}

/// What may hold objects that cannot be seen.
pub(crate) type Gap = (GapReason, Place, Option<String>);

/// Where the objects of a build go.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Home {
    /// To a cluster that a root names.
    Cluster(String),
    /// Wherever somebody applies them.
    Anywhere,
    /// Nowhere, as far as roots are known.
    Nowhere,
}

impl Plan {
    /// Builds everything that there is to build.
    ///
    /// `borrowed` are files that nobody put in. Roots that are built from those stand alone: there may be others.
    pub(crate) fn of(library: &Library, borrowed: &BTreeSet<String>, config: &Config, ground: &mut Ground) -> Self {
        if !wants_building(library) && config.roots.is_empty() {
            return Self::default();
        }
        let shelf = Shelf::new(library, ground);
        let keys = shelf.keys();
        let repository = Repository::new(&shelf, keys.iter().cloned());
        let roots = roots::find(&repository, &config.roots);
        let scopes = roots.scopes.clone();
        let in_scope = |key: &str| scopes.iter().any(|scope| is_below(key, scope));
        let mut plan = Self::default();
        if !scopes.is_empty() {
            plan.taken.extend(roots.roots.iter().flat_map(|root| root.build.read.iter().copied()));
        }
        let standalone = standalone(&repository, &|file| plan.taken.contains(&file));
        plan.taken.extend(standalone.iter().flat_map(|one| one.build.read.iter().copied()));
        plan.unreached = roots.unreached.iter().copied().collect();
        (plan.roots, plan.standalone) = (roots, standalone);
        plan.made = plan.make(library, in_scope);
        let is_borrowed =
            |file: &FileId| library.document(*file).is_some_and(|document| borrowed.contains(&document.path));
        for made in plan.made.iter_mut().filter(|made| matches!(made.home, Home::Cluster(_))) {
            made.gaps.extend(
                made.read.iter().find(|file| is_borrowed(file)).map(|file| whole(GapReason::RootsAlone, *file)),
            );
        }
        plan
    }

    /// Turns what was built into objects, each once.
    fn make(&mut self, library: &Library, in_scope: impl Fn(&str) -> bool) -> Vec<Made> {
        let managed = !self.roots.scopes.is_empty();
        let of_root = |root: &mut Root| {
            let home = Home::Cluster(root.cluster.clone());
            let built = std::mem::take(&mut root.build.objects);
            let doubtful = root.build.notes.iter().any(|note| note.what == roots::What::Suspended);
            let objects = built.into_iter().filter_map(|built| object(built, doubtful)).filter(is_no_root);
            let reason = match root.tool {
                roots::Tool::Flux | roots::Tool::Declared => GapReason::Kustomization,
                roots::Tool::Application | roots::Tool::ApplicationSet => GapReason::ArgoApplication,
            };
            let namespace = target(root);
            let open = root.build.notes.iter().filter(|note| note.effect == Effect::Objects);
            let gaps = open.map(|note| (reason, note.place, namespace.clone())).collect();
            let version = version(&root.build.read, &root.build.notes, &root.name, library);
            let path = path(root.object.place.file, library);
            let read = root.build.read.clone();
            Made { home, path, objects: objects.map(Arc::new).collect(), gaps, read, version }
        };
        // Roots of which nothing could be built stand for themselves.
        let mut made: Vec<Made> = self.roots.roots.iter_mut().filter(|_| managed).map(of_root).collect();
        let of_other = |one: &mut Standalone| {
            let home = if in_scope(&one.folder) { Home::Nowhere } else { Home::Anywhere };
            let built = std::mem::take(&mut one.build.objects);
            let open = one.build.notes.iter().filter(|note| note.effect == Effect::Objects);
            let gaps = open.map(|note| (GapReason::Kustomization, note.place, None)).collect();
            let version = version(&one.build.read, &one.build.notes, &one.folder, library);
            let path = path(one.file, library);
            let objects = built.into_iter().filter_map(|built| object(built, false)).map(Arc::new).collect();
            Made { home, path, objects, gaps, read: one.build.read.clone(), version }
        };
        made.extend(self.standalone.iter_mut().map(of_other));
        made
    }

    /// What becomes of the objects that a file holds by itself: they go somewhere, or nowhere. `None` where they are in a
    /// build, as that makes them.
    pub(crate) fn home(&self, file: FileId) -> Option<Home> {
        if self.taken.contains(&file) {
            return None;
        }
        let begins = self.roots.begins.iter().find(|(_, begin)| *begin == file);
        Some(match begins {
            Some((cluster, _)) if !self.roots.scopes.is_empty() => Home::Cluster(cluster.clone()),
            _ if self.unreached.contains(&file) => Home::Nowhere,
            _ => Home::Anywhere,
        })
    }

    /// Whether the objects of a file are in a build.
    pub(crate) fn takes(&self, file: FileId) -> bool {
        self.taken.contains(&file)
    }

    /// The same for rules. Where roots are not to be trusted they are not shown.
    pub(crate) fn builds<'p>(&'p self, library: &'p Library) -> Builds<'p> {
        let unreached = library.documents.iter().zip(&library.files);
        let unreached =
            unreached.filter(|(document, _)| self.unreached.contains(&document.file) && !self.takes(document.file));
        let objects =
            unreached.flat_map(|(_, file)| &file.units).flat_map(|unit| &unit.objects).map(|object| &**object);
        let nowhere = self.made.iter().filter(|made| made.home == Home::Nowhere);
        let built = nowhere.flat_map(|made| &made.objects).map(|object| &**object);
        Builds {
            roots: (!self.roots.scopes.is_empty()).then_some(&self.roots),
            standalone: &self.standalone,
            objects: self.made.iter().map(|made| &made.objects[..]).collect(),
            unreached: objects.chain(built).collect(),
        }
    }

    /// What could not be built, or not as it is written.
    pub(crate) fn notes(&self) -> impl Iterator<Item = roots::Note> {
        let of_others = self.standalone.iter().flat_map(|one| one.build.notes.iter().cloned().map(roots::Note::from));
        self.roots.roots.iter().flat_map(|root| root.build.notes.iter().cloned()).chain(of_others)
    }
}

/// Whether there is anything to build: most folders of policies hold neither kustomizations nor roots.
fn wants_building(library: &Library) -> bool {
    let is_kustomization = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
    };
    let files = library.documents.iter().zip(&library.files);
    let mut objects = files.clone().flat_map(|(_, file)| &file.units).flat_map(|unit| &unit.objects);
    let is_root = |object: &Arc<Object>| {
        matches!(object.tool(), Some(Tool::FluxKustomization | Tool::ArgoApplication | Tool::ArgoApplicationSet))
    };
    files.into_iter().any(|(document, _)| is_kustomization(&document.path)) || objects.any(is_root)
}

/// The namespace that everything of a root goes into.
fn target(root: &Root) -> Option<String> {
    let path: &[&str] = match root.tool {
        roots::Tool::Flux => &["spec", "targetNamespace"],
        roots::Tool::Application => &["spec", "destination", "namespace"],
        _ => return None,
    };
    let name = root.object.at(path)?.as_str()?;
    (!name.is_empty() && !name.contains(['{', '$'])).then(|| name.to_owned())
}

fn object(built: Built, doubtful: bool) -> Option<Object> {
    let Built { mut value, document, origin, doubtful: own } = built;
    settle(&mut value);
    Object::built(value, document, origin, own || doubtful)
}

/// What roots bring is in their builds; only a chart has nothing but its Application to stand for it.
pub(crate) fn is_no_root(object: &Object) -> bool {
    match object.tool() {
        Some(Tool::FluxKustomization | Tool::ArgoApplicationSet) => false,
        Some(Tool::ArgoApplication) => object.value.as_ref().is_some_and(names_a_chart),
        _ => true,
    }
}

fn names_a_chart(application: &Value) -> bool {
    let several = application.at(&["spec", "sources"]).and_then(Value::as_list).unwrap_or_default();
    let sources = several.iter().chain(application.at(&["spec", "source"]));
    sources.into_iter().any(|source| source.at(&["chart"]).is_some())
}

fn path(file: FileId, library: &Library) -> String {
    library.document(file).map(|document| document.path.clone()).unwrap_or_default()
}

/// A number that stands for all that a build depends on.
fn version<N: std::hash::Hash>(read: &BTreeSet<FileId>, notes: &[N], name: &str, library: &Library) -> u64 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    notes.hash(&mut hasher);
    for file in read {
        (file.0).hash(&mut hasher);
        library.file(*file).iter().flat_map(|file| &file.units).for_each(|unit| unit.version.hash(&mut hasher));
    }
    hasher.finish()
}

fn is_below(key: &str, folder: &str) -> bool {
    folder.is_empty() || key.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The gap of a world whose files no root reaches.
pub(crate) fn unreached(file: FileId) -> Gap {
    whole(GapReason::Unreached, file)
}

fn whole(reason: GapReason, file: FileId) -> Gap {
    (reason, Place::new(file, Span::empty(0)), None)
}
