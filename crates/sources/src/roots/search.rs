//! Where clusters begin: the Kustomizations and Applications that no other one brings.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_manifest::{Place, Value};
use rustc_hash::FxHashMap;

use super::declared::{self, Declared, Start};
use super::repository::{Repository, ends_in};
use super::{Build, Tool, argo, flux};
use crate::kustomize::{Builder, Options, path};

/// A cluster, and what it begins with.
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) starts: Vec<Value>,
    /// Whether the configuration names the folder that it begins with.
    pub(super) declared: bool,
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
            clusters.push(Cluster { name: own.name.clone(), starts, declared });
        }
        let tops = self.tops(candidates);
        let tops = tops.into_iter().filter(|top| !taken.contains(top)).map(|top| &candidates[top]);
        for (name, starts) in grouped(tops.collect()) {
            if clusters.iter().all(|cluster| cluster.name != name) {
                clusters.push(Cluster { name, starts, declared: false });
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
        candidates
    }

    /// The candidates that no other one brings. Of those that bring each other, the first.
    fn tops(&mut self, candidates: &[Candidate]) -> Vec<usize> {
        let places: FxHashMap<Place, usize> =
            candidates.iter().enumerate().map(|(at, candidate)| (candidate.value.place, at)).collect();
        let brings: Vec<Vec<usize>> =
            candidates.iter().map(|candidate| self.brings(&candidate.value, &places)).collect();
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
    fn brings(&mut self, value: &Value, places: &FxHashMap<Place, usize>) -> Vec<usize> {
        let mut build = Build::default();
        match tool(value) {
            Some(Tool::Flux) => flux::gather(value, self.repository, &mut self.flux, &mut build),
            Some(Tool::Application) => build = argo::build(value, &self.home, self.repository, &mut self.argo),
            _ => {}
        }
        build.objects.iter().filter_map(|object| places.get(&object.value.place).copied()).collect()
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
        candidate.path == file && (tool(&candidate.value) == Some(Tool::Flux)) == is_flux
    };
    let mut starts = Vec::new();
    for (at, candidate) in candidates.iter().enumerate().filter(is_meant) {
        taken.insert(at);
        starts.push(candidate.value.clone());
    }
    starts
}

/// Tops that begin the same cluster, by its name.
fn grouped(tops: Vec<&Candidate>) -> Vec<(String, Vec<Value>)> {
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
    named.map(|((folder, starts), name)| (if is_taken(name) { folder } else { name.clone() }, starts)).collect()
}

/// The folder that stands for the cluster of a top: `clusters/<name>` where there is one, else what it builds if it
/// stands in that itself, else where it stands.
fn folder_of(top: &Candidate) -> String {
    let own = top.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let built = flux::path(&top.value);
    let folder = if tool(&top.value) == Some(Tool::Flux) && path::is_below(own, &built) { &built } else { own };
    let steps: Vec<&str> = own.split('/').collect();
    match steps.iter().position(|step| matches!(*step, "clusters" | "cluster")) {
        Some(at) if at + 1 < steps.len() => steps[..at + 2].join("/"),
        _ => folder.to_owned(),
    }
}
