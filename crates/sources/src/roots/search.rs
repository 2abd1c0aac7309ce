//! Where clusters begin: the Kustomizations and Applications that no other one brings.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_manifest::{Place, Value};
use ringfence_text::FileId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::declared::{self, Declared, Start};
use super::repository::{Repository, ends_in};
use super::standalone::built_from;
use super::{Build, Tool, argo, flux};
use crate::kustomize::{Builder, Options, path};

/// A cluster, and what it begins with.
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) starts: Vec<Value>,
    /// Whether the configuration names the folder that it begins with.
    pub(super) declared: bool,
    /// Whether nothing but the folder of its roots tells it from others.
    pub(super) guessed: bool,
}

/// Builders that keep what they have read, and what was found with them.
pub(super) struct Search<'r, 'f> {
    pub(super) repository: &'r Repository<'f>,
    /// Flux lets a kustomization name files outside of its folder; Argo CD does not.
    pub(super) flux: Builder<'f>,
    pub(super) argo: Builder<'f>,
    pub(super) home: argo::Home,
}

/// An object that is a root wherever it is applied.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) value: Value,
    pub(super) path: String,
}

/// What makes an object a root, if it is one.
pub(super) fn tool(value: &Value) -> Option<Tool> {
    if flux::is_kustomization(value) { Some(Tool::Flux) } else { argo::tool(value) }
}

impl<'r, 'f> Search<'r, 'f> {
    pub(super) fn new(repository: &'r Repository<'f>) -> Self {
        let builder = |outside| Builder::new(repository.files(), Options { outside });
        Self { repository, flux: builder(true), argo: builder(false), home: argo::Home::default() }
    }

    /// The clusters of some candidates: declared ones first, then by name.
    pub(super) fn clusters(&mut self, candidates: &[Candidate], declared: &[Declared]) -> Vec<Cluster> {
        self.home = argo::Home::of(candidates.iter().map(|candidate| &candidate.value), self.repository);
        let mut taken = BTreeSet::new();
        let mut clusters: Vec<Cluster> = Vec::new();
        for own in declared {
            let starts = declared_starts(own, candidates, self.repository, &mut taken);
            let declared = matches!(own.start, Start::Folder(_));
            clusters.push(Cluster { name: own.name.clone(), starts, declared, guessed: false });
        }
        let tops = self.tops(candidates);
        let tops = tops.into_iter().filter(|top| !taken.contains(top)).map(|top| &candidates[top]);
        for group in grouped(tops.collect()) {
            if clusters.iter().all(|cluster| cluster.name != group.name) {
                clusters.push(group);
            }
        }
        clusters
    }

    /// Every root that is written anywhere. Files that cannot hold one are not read as YAML.
    pub(super) fn candidates(&mut self) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for (path, file) in self.repository.paths() {
            if !ends_in(path, &["yaml", "yml", "json"]) {
                continue;
            }
            let text = self.repository.files().text(*file);
            if !text.contains(flux::GROUP) && !text.contains(argo::GROUP) {
                continue;
            }
            let objects = self.flux.plain(*file).objects.into_iter().map(|object| object.value);
            let own = objects.filter(|value| tool(value).is_some());
            candidates.extend(own.map(|value| Candidate { value, path: path.clone() }));
        }
        self.overlaid(candidates)
    }

    /// What overlays make of candidates that are written below them, in place of what is written: nobody applies a base.
    fn overlaid(&self, mut written: Vec<Candidate>) -> Vec<Candidate> {
        let files: FxHashSet<FileId> = written.iter().map(|candidate| candidate.value.place.file).collect();
        if files.is_empty() {
            return written;
        }
        let (mut made, mut taken) = (Vec::new(), FxHashSet::default());
        for one in built_from(self.repository, &files) {
            let path = if one.folder.is_empty() {
                "kustomization.yaml".to_owned()
            } else {
                format!("{}/kustomization.yaml", one.folder)
            };
            if !one.component {
                taken.extend(one.build.read.iter().copied());
                let roots =
                    one.build.objects.into_iter().map(|object| object.value).filter(|value| tool(value).is_some());
                made.extend(roots.map(|value| Candidate { value, path: path.clone() }));
            }
        }
        written.retain(|candidate| !taken.contains(&candidate.value.place.file));
        written.append(&mut made);
        written
    }

    /// The candidates that no other one brings. Of those that bring each other, the first.
    fn tops(&mut self, candidates: &[Candidate]) -> Vec<usize> {
        let known = Known::of(candidates);
        let brings: Vec<Vec<usize>> =
            candidates.iter().map(|candidate| self.brings(&candidate.value, &known)).collect();
        let brought: BTreeSet<usize> =
            brings.iter().enumerate().flat_map(|(by, all)| all.iter().copied().filter(move |at| *at != by)).collect();
        let mut tops: Vec<usize> = (0..candidates.len()).filter(|at| !brought.contains(at)).collect();
        let mut reached = BTreeSet::new();
        for top in &tops {
            reach(*top, &brings, &mut reached);
        }
        for at in 0..candidates.len() {
            if !reached.contains(&at) {
                tops.push(at);
                reach(at, &brings, &mut reached);
            }
        }
        tops
    }

    /// The candidates among what one brings, as far as its folder tells.
    fn brings(&mut self, value: &Value, candidates: &Known<'_>) -> Vec<usize> {
        let mut build = Build::default();
        match tool(value) {
            Some(Tool::Flux) if flux::is_assembled(value) => {}
            Some(Tool::Flux) => flux::gather(value, self.repository, &mut self.flux, &mut build),
            Some(Tool::Application) => build = argo::build(value, &self.home, self.repository, &mut self.argo),
            Some(Tool::ApplicationSet) => {
                let made = argo::generate(value, &self.home, self.repository).objects;
                return made.iter().flat_map(|application| self.brings(&application.value, candidates)).collect();
            }
            _ => {}
        }
        build.objects.iter().flat_map(|object| candidates.alike(&object.value)).collect()
    }
}

/// Candidates by where they are written: overlays may make several of one.
struct Known<'c> {
    places: FxHashMap<Place, Vec<usize>>,
    candidates: &'c [Candidate],
}

impl<'c> Known<'c> {
    fn of(candidates: &'c [Candidate]) -> Self {
        let mut places: FxHashMap<Place, Vec<usize>> = FxHashMap::default();
        for (at, candidate) in candidates.iter().enumerate() {
            places.entry(candidate.value.place).or_default().push(at);
        }
        Self { places, candidates }
    }

    /// The candidates that an object is: the one that equals it or else, changed as it is, each that is written there.
    fn alike(&self, object: &Value) -> Vec<usize> {
        let written = self.places.get(&object.place).map_or(&[][..], Vec::as_slice);
        let same = written.iter().find(|at| self.candidates[**at].value == *object);
        same.map_or_else(|| written.to_vec(), |at| vec![*at])
    }
}

fn reach(from: usize, brings: &[Vec<usize>], reached: &mut BTreeSet<usize>) {
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if reached.insert(at) {
            open.extend(&brings[at]);
        }
    }
}

/// What a declared cluster begins with.
fn declared_starts(
    own: &Declared,
    candidates: &[Candidate],
    repository: &Repository<'_>,
    taken: &mut BTreeSet<usize>,
) -> Vec<Value> {
    let (file, is_flux) = match &own.start {
        Start::Folder(folder) => return vec![declared::of_folder(&own.name, folder, repository)],
        Start::Flux(file) => (file, true),
        Start::Argo(file) => (file, false),
    };
    let Some(file) = path::join("", file) else { return Vec::new() };
    let is_meant = |(_, candidate): &(usize, &Candidate)| {
        let is_written_there = repository.path(candidate.value.place.file) == Some(file.as_str());
        (candidate.path == file || is_written_there) && (tool(&candidate.value) == Some(Tool::Flux)) == is_flux
    };
    let mut starts = Vec::new();
    for (at, candidate) in candidates.iter().enumerate().filter(is_meant) {
        taken.insert(at);
        starts.push(candidate.value.clone());
    }
    starts
}

/// Tops that begin the same cluster, by its name.
fn grouped(tops: Vec<&Candidate>) -> Vec<Cluster> {
    let mut folders: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for top in tops {
        folders.entry(folder_of(top)).or_default().push(top.value.clone());
    }
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    for (folder, starts) in folders {
        let around = groups.iter_mut().find(|(outer, _)| !outer.is_empty() && path::is_below(&folder, outer));
        match around {
            Some((_, all)) => all.extend(starts),
            None => groups.push((folder, starts)),
        }
    }
    let short = |folder: &str| match folder.rsplit('/').next() {
        None | Some("") => "cluster".to_owned(),
        Some(last) => last.to_owned(),
    };
    let names: Vec<String> = groups.iter().map(|(folder, _)| short(folder)).collect();
    let is_taken = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    let named = groups.into_iter().zip(&names);
    let cluster = |((folder, starts), name): ((String, Vec<Value>), &String)| {
        let guessed = of_clusters(&folder).is_none();
        Cluster { name: if is_taken(name) { folder } else { name.clone() }, starts, declared: false, guessed }
    };
    named.map(cluster).collect()
}

/// The folder `clusters/<name>` around a folder, or that itself.
fn of_clusters(folder: &str) -> Option<String> {
    let steps: Vec<&str> = folder.split('/').collect();
    let at = steps.iter().position(|step| matches!(*step, "clusters" | "cluster"))?;
    (at + 1 < steps.len()).then(|| steps[..at + 2].join("/"))
}

/// The folder that stands for the cluster of a top: `clusters/<name>` where there is one, else what it builds if it
/// stands in that itself, else where it stands.
fn folder_of(top: &Candidate) -> String {
    let own = top.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let built = flux::path(&top.value);
    let folder = if tool(&top.value) == Some(Tool::Flux) && path::is_below(own, &built) { &built } else { own };
    of_clusters(own).unwrap_or_else(|| folder.to_owned())
}
