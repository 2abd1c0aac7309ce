//! The Applications that an ApplicationSet makes: by folders of this repository, and by lists.

use ringfence_manifest::{Data, Map, Origin, Value};
use smol_str::SmolStr;

use super::home::Home;
use super::template::{Parameters, Template};
use crate::kustomize::{Built, edit};
use crate::roots::Build;
use crate::roots::glob::{Glob, Star};
use crate::roots::note::{Note, What};
use crate::roots::object;
use crate::roots::repository::{Repository, inside};

/// Makes them. Each value stands where the template has it.
pub(in crate::roots) fn generate(set: &Value, home: &Home, repository: &Repository<'_>) -> Build {
    let mut build = Build::default();
    build.read.insert(set.place.file);
    let mut all = Vec::new();
    for generator in object::items(set, &["spec", "generators"]) {
        all.extend(parameters(generator, home, repository, &mut build.notes));
    }
    if all.is_empty() && build.notes.is_empty() {
        build.notes.push(Note::new(set.place, What::NothingGenerated));
    }
    if let Some((place, _)) = set.at(&["spec"]).and_then(|spec| object::field(spec, "templatePatch")) {
        build.notes.push(Note::new(place, What::NotBuilt { key: SmolStr::new_static("templatePatch") }));
    }
    let go = object::is_true(set, &["spec", "goTemplate"]);
    for parameters in &all {
        match application(set, &Template { go, parameters }) {
            Ok(value) => build.objects.push(Built { value, document: 0, origin: Origin::default(), doubtful: false }),
            Err(note) => build.notes.push(note),
        }
    }
    build.settle();
    build
}

/// What a generator gives to the template, once for each Application.
fn parameters(generator: &Value, home: &Home, repository: &Repository<'_>, notes: &mut Vec<Note>) -> Vec<Parameters> {
    let known = |key: &str| matches!(key, "git" | "list");
    for entry in object::entries(generator, &[]).iter().filter(|entry| !known(&entry.key)) {
        notes.push(Note::new(entry.key_place, What::Generator { key: entry.key.clone() }));
    }
    let mut all = Vec::new();
    if let Some(git) = generator.at(&["git"]) {
        all.extend(folders(git, home, repository, notes));
    }
    if let Some(list) = generator.at(&["list"]) {
        all.extend(object::items(list, &["elements"]).iter().map(Parameters::of_element));
        if let Some((place, _)) = object::field(list, "elementsYaml") {
            notes.push(Note::new(place, What::Generator { key: SmolStr::new_static("elementsYaml") }));
        }
    }
    all
}

fn folders(git: &Value, home: &Home, repository: &Repository<'_>, notes: &mut Vec<Note>) -> Vec<Parameters> {
    let url = object::text(git, &["repoURL"]).unwrap_or_default();
    if !home.is(url) {
        notes.push(Note::new(git.place, What::OtherRepository { source: format!("`{url}`").into() }));
        return Vec::new();
    }
    for key in ["files", "pathParamPrefix", "values"] {
        if let Some((place, _)) = object::field(git, key) {
            notes.push(Note::new(place, What::Generator { key: SmolStr::new_static(key) }));
        }
    }
    let (mut taken, mut left_out) = (Vec::new(), Vec::new());
    for item in object::items(git, &["directories"]) {
        let Some((_, path)) = object::field(item, "path") else { continue };
        let pattern = path.as_str().unwrap_or_default();
        match Glob::new(&inside(pattern), Star::OneStep) {
            Some(glob) if object::is_true(item, &["exclude"]) => left_out.push(glob),
            Some(glob) => taken.push(glob),
            None => notes.push(Note::new(path.place, What::BadPattern { pattern: pattern.into() })),
        }
    }
    let fits = |globs: &[Glob], folder: &str| globs.iter().any(|glob| glob.matches(folder));
    let meant = visible(repository).filter(|folder| fits(&taken, folder) && !fits(&left_out, folder));
    meant.map(Parameters::of_folder).collect()
}

/// The folders that fit a pattern.
pub(in crate::roots) fn directories<'r>(
    pattern: &str,
    repository: &'r Repository<'_>,
) -> impl Iterator<Item = &'r str> {
    let glob = Glob::new(pattern, Star::OneStep);
    visible(repository).filter(move |folder| glob.as_ref().is_some_and(|glob| glob.matches(folder)))
}

/// Folders that are not hidden: the generator passes over those.
fn visible<'r>(repository: &'r Repository<'_>) -> impl Iterator<Item = &'r str> {
    repository.folders().filter(|folder| !folder.split('/').any(|step| step.starts_with('.')))
}

/// The template, filled in.
fn application(set: &Value, template: &Template<'_>) -> Result<Value, Note> {
    let Some(written) = set.at(&["spec", "template"]) else {
        return Err(Note::new(set.place, What::WrongType { key: "template".into(), expected: "mapping" }));
    };
    let mut value = written.clone();
    template.fill(&mut value)?;
    let Some(map) = value.as_map_mut() else {
        return Err(Note::new(written.place, What::WrongType { key: "template".into(), expected: "mapping" }));
    };
    let version = object::text(set, &["apiVersion"]).unwrap_or_default();
    let mut entries = vec![
        edit::entry("apiVersion", edit::string(set.place, version)),
        edit::entry("kind", edit::string(set.place, "Application")),
    ];
    entries.append(&mut map.entries);
    let mut value = Value { place: written.place, data: Data::Map(Map { entries, open: false }) };
    // Applications stand beside their set.
    if let Some(namespace) = set.at(&["metadata", "namespace"]) {
        let metadata = value.as_map_mut().and_then(|map| edit::child(map, "metadata", set.place));
        if let Some(metadata) = metadata {
            metadata.remove("namespace");
            metadata.entries.push(edit::entry("namespace", namespace.clone()));
        }
    }
    Ok(value)
}
