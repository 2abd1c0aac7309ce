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
mod merge;
mod note;
mod object;
mod repository;
mod scope;
mod search;
mod standalone;

use std::collections::BTreeSet;

use ringfence_manifest::{Place, Value};
use ringfence_text::FileId;
use rustc_hash::FxHashSet;

pub use declared::{Declared, Start};
pub use envsubst::Fault;
pub use note::{Note, What};
pub use object::Id;
pub use repository::Repository;
pub use standalone::{Standalone, standalone};

use crate::kustomize::{self, Built, Effect, Weight};

/// What was found in a repository.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// The roots, cluster by cluster, each behind the one that brings it.
    pub roots: Vec<Root>,
    /// YAML and JSON in one of the scopes that no root is built from and that begins no cluster, by path. It
    /// need not be a manifest, and where a root is [partial](Build::is_partial) it may be reached all the same.
    pub unreached: Vec<FileId>,
    /// Roots that wait for each other (`dependsOn`), as indices: none of them is ever applied.
    pub cycles: Vec<Vec<usize>>,
    /// The folders whose files go into clusters through roots, if they do at all: the tops of the repositories that roots
    /// are written for, where any of those could be built. `""` is all files.
    pub scopes: Vec<String>,
    /// Files that nothing brings, but in which a cluster begins, with its name: somebody applied them by hand.
    pub begins: Vec<(String, FileId)>,
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
    let candidates = search.candidates();
    if candidates.is_empty() && declared.is_empty() {
        return Roots::default();
    }
    let mut all = Roots::default();
    for scope in scope::scopes(&candidates, repository, !declared.is_empty()) {
        // What the configuration declares is seen from the top of all files.
        let declared = if scope.top.is_empty() { declared } else { &[] };
        let files = scope.files(repository);
        let inner = Repository::new(&files, scope.paths(repository));
        all.take(find_in(&inner, &scope.candidates, declared), &scope.top);
    }
    distinguish(&mut all.roots);
    all
}

/// The same for one repository, whose every path is seen from its top.
fn find_in(repository: &Repository<'_>, candidates: &[search::Candidate], declared: &[Declared]) -> Roots {
    let mut search = search::Search::new(repository);
    let clusters = search.clusters(candidates, declared);
    let mut roots = Vec::new();
    for cluster in &clusters {
        grow::grow(cluster, &mut search, &mut roots);
    }
    let read: FxHashSet<FileId> = roots.iter().flat_map(|root| root.build.read.iter().copied()).collect();
    let starts =
        clusters.iter().flat_map(|cluster| cluster.starts.iter().map(|start| (&cluster.name, start.place.file)));
    let mut begins: BTreeSet<(String, FileId)> =
        starts.filter(|(_, file)| !read.contains(file)).map(|(name, file)| (name.clone(), file)).collect();
    // Where nothing at all could be built, the files are for somebody else.
    let builds = roots.iter().any(|root| !root.build.objects.is_empty() && root.tool != Tool::ApplicationSet);
    let manifests = repository.paths().iter().filter(|(path, _)| repository::ends_in(path, &["yaml", "yml", "json"]));
    let is_reached = |file: &FileId| read.contains(file) || begins.iter().any(|(_, begin)| begin == file);
    let unreached = manifests.map(|(_, file)| *file).filter(|file| builds && !is_reached(file)).collect();
    let guessed: Vec<String> =
        clusters.iter().filter(|cluster| cluster.guessed).map(|cluster| cluster.name.clone()).collect();
    merge::merge(&mut roots, &mut begins, &guessed);
    let cycles = cycles::find(&roots);
    let scopes = if builds { vec![String::new()] } else { Vec::new() };
    Roots { roots, unreached, cycles, scopes, begins: begins.into_iter().collect() }
}

impl Root {
    /// Gives its cluster another name.
    fn call(&mut self, cluster: &str) {
        if self.name.starts_with(&self.cluster) {
            self.name.replace_range(..self.cluster.len(), cluster);
        }
        cluster.clone_into(&mut self.cluster);
    }
}

impl Roots {
    /// Takes in the roots of the repository at `top`. A cluster that has the name of one that is there gets another one.
    fn take(&mut self, mut other: Self, top: &str) {
        let taken: BTreeSet<String> = self.roots.iter().map(|root| root.cluster.clone()).collect();
        let rename = |cluster: &mut String| {
            if taken.contains(cluster.as_str()) && !top.is_empty() {
                *cluster = format!("{top}/{cluster}");
            }
        };
        let before = self.roots.len();
        for root in &mut other.roots {
            let mut cluster = root.cluster.clone();
            rename(&mut cluster);
            root.call(&cluster);
            root.brought_by = root.brought_by.map(|by| by + before);
        }
        other.begins.iter_mut().for_each(|(cluster, _)| rename(cluster));
        other.cycles.iter_mut().flatten().for_each(|at| *at += before);
        self.roots.append(&mut other.roots);
        self.unreached.append(&mut other.unreached);
        self.cycles.append(&mut other.cycles);
        self.begins.append(&mut other.begins);
        self.scopes.extend(other.scopes.iter().map(|_| top.to_owned()));
    }
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
