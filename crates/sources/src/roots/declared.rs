//! Roots that the configuration names, because nothing in the files does.

use ringfence_manifest::{Data, Map, Place, Value};
use ringfence_text::{FileId, Span};

use super::flux;
use super::repository::{Repository, inside};
use crate::kustomize::edit;

/// A cluster that the configuration names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declared {
    /// The name of the cluster.
    pub name: String,
    /// Where it begins.
    pub start: Start,
}

/// Where a cluster begins. Paths are seen from the top of the repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Start {
    /// A folder, built as Flux builds one.
    Folder(String),
    /// A file with Kustomizations of Flux.
    Flux(String),
    /// A file with Applications or ApplicationSets of Argo CD.
    Argo(String),
}

/// The Kustomization that builds a folder and changes nothing in it.
pub(super) fn of_folder(name: &str, folder: &str, repository: &Repository<'_>) -> Value {
    let folder_here = inside(folder);
    let first = repository.below(&folder_here).next();
    // Where there is no file, there is no place: the number is that of none.
    let place = Place::new(first.map_or(FileId(u32::MAX), |(_, file)| file), Span::empty(0));
    let mapping = |pairs: Vec<(&str, Value)>| {
        let entries = pairs.into_iter().map(|(key, value)| edit::entry(key, value)).collect();
        Value { place, data: Data::Map(Map { entries, open: false }) }
    };
    let text = |text: &str| edit::string(place, text);
    mapping(vec![
        ("apiVersion", text(&format!("{}/v1", flux::GROUP))),
        ("kind", text("Kustomization")),
        ("metadata", mapping(vec![("name", text(name))])),
        ("spec", mapping(vec![("path", text(folder))])),
    ])
}
