//! A folder of plain manifests, as `source.directory` reads it.

use ringfence_manifest::Value;

use crate::kustomize::Builder;
use crate::roots::Build;
use crate::roots::glob::{Glob, Star};
use crate::roots::note::{Note, What};
use crate::roots::object;
use crate::roots::repository::{Repository, ends_in};

/// Takes in every manifest of a folder.
pub(super) fn build(
    source: &Value,
    folder: &str,
    repository: &Repository<'_>,
    builder: &mut Builder<'_>,
    build: &mut Build,
) {
    let recurse = object::is_true(source, &["directory", "recurse"]);
    let include = patterns(source, "include", &mut build.notes);
    let exclude = patterns(source, "exclude", &mut build.notes);
    for (path, file) in repository.below(folder) {
        let below = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
        let fits = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(below));
        let is_meant = (include.is_empty() || fits(&include)) && !fits(&exclude);
        if (recurse || !below.contains('/')) && ends_in(below, &["yaml", "yml", "json"]) && is_meant {
            build.take(builder.plain(file));
        }
    }
}

/// The pattern under a key; `{a,b}` are several.
fn patterns(source: &Value, key: &str, notes: &mut Vec<Note>) -> Vec<Glob> {
    let Some(value) = source.at(&["directory", key]) else { return Vec::new() };
    let written = value.as_str().unwrap_or_default();
    let list = written.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).map(|list| list.split(','));
    let all: Vec<&str> = list.map_or_else(|| vec![written], Iterator::collect);
    let mut globs = Vec::new();
    for pattern in all.into_iter().map(str::trim).filter(|pattern| !pattern.is_empty()) {
        match Glob::new(pattern, Star::Anything) {
            Some(glob) => globs.push(glob),
            None => notes.push(Note::new(value.place, What::BadPattern { pattern: pattern.into() })),
        }
    }
    globs
}
