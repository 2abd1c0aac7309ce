//! What is applied to which cluster: the Kustomizations of Flux and the Applications of Argo CD in a repository, built.
//!
//! [`find`] looks for them in all files. Those that no other brings are where a cluster begins; from there everything is
//! built in turn, because what is built may bring the next ones. Each [`Root`] keeps its [`Build`]: objects of which every
//! value has its place and origin, and notes on what could not be built. What comes from elsewhere (another repository, a
//! chart, a variable that the cluster alone knows) is unknown and said once, never empty.

mod argo;
mod cycles;
mod declared;
mod envsubst;
mod flux;
mod glob;
mod grow;
mod note;
mod object;
mod repository;
mod search;

use std::collections::BTreeSet;

use ringfence_manifest::{Place, Value};
use ringfence_text::FileId;
use rustc_hash::FxHashSet;

pub use declared::{Declared, Start};
pub use envsubst::Fault;
pub use note::{Note, What};
pub use object::Id;
pub use repository::Repository;

use crate::kustomize::{self, Built, Effect, Weight};

/// What was found in a repository.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// The roots, cluster by cluster, each behind the one that brings it.
    pub roots: Vec<Root>,
    /// YAML and JSON that no root is built from and that begins no cluster, by path. Empty where there are no roots. It
    /// need not be a manifest, and where a root is [partial](Build::is_partial) it may be reached all the same.
    pub unreached: Vec<FileId>,
    /// Roots that wait for each other (`dependsOn`), as indices: none of them is ever applied.
    pub cycles: Vec<Vec<usize>>,
}

/// Something that is built and applied as a whole.
#[derive(Clone, Debug)]
pub struct Root {
    /// `cluster/namespace/name`, unlike that of any other root.
    pub name: String,
    /// The cluster that its objects go to.
    pub cluster: String,
    /// What makes it a root.
    pub tool: Tool,
    /// What the object that makes it a root is known by.
    pub id: Id,
    /// That object, as it goes into the cluster.
    pub object: Value,
    /// The root that brings it; `None` where a cluster begins.
    pub brought_by: Option<usize>,
    /// The roots that must be ready first, with the line that says so.
    pub depends_on: Vec<(Place, Id)>,
    /// What comes of it.
    pub build: Build,
}

/// What builds and applies a root.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tool {
    /// A Kustomization of Flux.
    Flux,
    /// An Application of Argo CD.
    Application,
    /// An ApplicationSet of Argo CD, which makes Applications.
    ApplicationSet,
    /// A folder that the configuration names.
    Declared,
}

/// What came of a root.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Build {
    /// The objects, in the order in which the tool has them. Text of the form `${VAR}` in them is not known here.
    pub objects: Vec<Built>,
    /// What could not be built, and what should be known: each once, in the order it was met.
    pub notes: Vec<Note>,
    /// Every file that was looked into.
    pub read: BTreeSet<FileId>,
}

impl Build {
    /// Whether the cluster may hold objects that are not here, or not hold some that are.
    pub fn is_partial(&self) -> bool {
        self.notes.iter().any(|note| note.effect == Effect::Objects)
    }

    /// Whether the tool refuses to build this at all.
    pub fn is_refused(&self) -> bool {
        self.notes.iter().any(|note| note.weight() == Weight::Broken)
    }

    /// Takes in what kustomize made.
    fn take(&mut self, build: kustomize::Build) {
        self.objects.extend(build.objects);
        self.notes.extend(build.notes.into_iter().map(Note::from));
        self.read.extend(build.read);
    }

    /// Says everything once.
    fn settle(&mut self) {
        let mut seen = FxHashSet::default();
        self.notes.retain(|note| seen.insert(note.clone()));
    }
}

/// Finds the roots of a repository and builds them. What is `declared` is added, and comes before what is found: files
/// and names that it takes are not used again.
pub fn find(repository: &Repository<'_>, declared: &[Declared]) -> Roots {
    let mut search = search::Search::new(repository);
    let clusters = search.clusters(declared);
    let mut roots = Vec::new();
    for cluster in &clusters {
        grow::grow(cluster, &mut search, &mut roots);
    }
    distinguish(&mut roots);
    let begins: BTreeSet<FileId> = clusters.iter().flat_map(|cluster| &cluster.starts).map(|s| s.place.file).collect();
    let read: FxHashSet<FileId> = roots.iter().flat_map(|root| root.build.read.iter().copied()).chain(begins).collect();
    let manifests = repository.paths().iter().filter(|(path, _)| repository::ends_in(path, &["yaml", "yml", "json"]));
    let unreached = manifests.map(|(_, file)| *file).filter(|file| !read.contains(file));
    let unreached = if roots.is_empty() { Vec::new() } else { unreached.collect() };
    let cycles = cycles::find(&roots);
    Roots { roots, unreached, cycles }
}

/// Gives equal names a number.
fn distinguish(roots: &mut [Root]) {
    let mut taken = FxHashSet::default();
    for root in roots {
        let plain = root.name.clone();
        let mut count = 1;
        while !taken.insert(root.name.clone()) {
            count += 1;
            root.name = format!("{plain} ({count})");
        }
    }
}
