//! `postBuild`: variables filled into the objects that were built.
//!
//! Flux writes an object as YAML, fills in the text, and reads it again, so `"${PORT}"` becomes a number. Here it is done
//! scalar by scalar, so that every value keeps its place: a value of a variable holds no line break, and cannot reach
//! from one scalar into the next.

use ringfence_manifest::{Change, Data, Entry, Map, Origin, Place, Scalars, Transformer, Value, documents};
use ringfence_text::FileId;
use ringfence_yaml::parse;
use smol_str::SmolStr;

use super::variables::{Cluster, Variables};
use crate::kustomize::{Built, edit, write};
use crate::roots::Build;
use crate::roots::envsubst::{self, Filled, Variable};
use crate::roots::note::{Note, What};
use crate::roots::object;

/// The label or annotation that keeps an object as it is.
const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";
/// The key that a scalar is written under, to see how it looks as YAML.
const KEY: &str = "k";

/// Fills in everything that a Kustomization asks for.
pub(super) fn apply(kustomization: &Value, cluster: &Cluster, build: &mut Build) {
    let variables = Variables::read(kustomization, cluster, &mut build.notes);
    if variables.is_empty() {
        return;
    }
    if let Some((name, place)) = variables.misnamed() {
        build.notes.push(Note::new(place, What::BadVariable { name: name.into() }));
        return build.objects.iter_mut().for_each(|object| object.doubtful = true);
    }
    let lookup = |name: &str| variables.get(name);
    for object in &mut build.objects {
        if is_disabled(&object.value) {
            continue;
        }
        let Built { value, origin, doubtful, .. } = object;
        let mut filler = Filler { lookup: &lookup, origin, notes: Vec::new() };
        filler.value(value);
        *doubtful |= !filler.notes.is_empty();
        build.notes.append(&mut filler.notes);
    }
}

fn is_disabled(value: &Value) -> bool {
    let says = |key| object::text(value, &["metadata", key, SUBSTITUTE]) == Some("disabled");
    says("labels") || says("annotations")
}

struct Filler<'f> {
    lookup: &'f dyn Fn(&str) -> Variable,
    origin: &'f mut Origin,
    notes: Vec<Note>,
}

impl Filler<'_> {
    fn value(&mut self, value: &mut Value) {
        match &mut value.data {
            Data::String(text) if envsubst::concerns(text) => self.scalar(value),
            Data::List(items) => items.iter_mut().for_each(|item| self.value(item)),
            Data::Map(map) => map.entries.iter_mut().for_each(|entry| {
                self.key(entry);
                self.value(&mut entry.value);
            }),
            _ => {}
        }
    }

    fn key(&mut self, entry: &mut Entry) {
        if envsubst::concerns(&entry.key)
            && let Some(filled) = self.fill(&entry.key, entry.key_place)
        {
            entry.key = SmolStr::new(filled.text);
        }
    }

    fn fill(&mut self, text: &str, place: Place) -> Option<Filled> {
        match envsubst::fill(text, self.lookup) {
            Ok(filled) => Some(filled),
            Err(fault) => {
                self.notes.push(Note::new(place, What::BadSubstitution { fault }));
                None
            }
        }
    }

    fn scalar(&mut self, value: &mut Value) {
        let Some(filled) = self.fill(&written(value), value.place) else { return };
        let place = filled.from.unwrap_or(value.place);
        let Some(mut new) = read(&filled.text) else {
            let text = SmolStr::new(filled.text.trim_start_matches("k:").trim());
            return self.notes.push(Note::new(value.place, What::NoYaml { text }));
        };
        relocate(&mut new, place);
        if new.data != value.data {
            if place != value.place {
                let change = Change { by: Transformer::Substitution, place, was: Some(value.place) };
                self.origin.changes.push(change);
            }
            *value = new;
        }
    }
}

/// A scalar as it looks in the YAML of its object.
fn written(scalar: &Value) -> String {
    let entries = vec![edit::entry(KEY, scalar.clone())];
    write(&Value { place: scalar.place, data: Data::Map(Map { entries, open: false }) }, &|_| None)
}

/// What a filled in scalar is to Flux.
fn read(text: &str) -> Option<Value> {
    let mut wholes = documents(&parse(text), FileId(0), Scalars::Settings);
    let (Some(whole), true) = (wholes.pop(), wholes.is_empty()) else { return None };
    let Ok(Value { data: Data::Map(mut map), .. }) = whole.value else { return None };
    let entry = map.entries.pop().filter(|entry| entry.key == KEY && map.entries.is_empty())?;
    Some(entry.value)
}

/// Everything that a variable made stands where the variable does.
fn relocate(value: &mut Value, place: Place) {
    value.place = place;
    match &mut value.data {
        Data::List(items) => items.iter_mut().for_each(|item| relocate(item, place)),
        Data::Map(map) => {
            for entry in &mut map.entries {
                entry.key_place = place;
                relocate(&mut entry.value, place);
            }
        }
        _ => {}
    }
}
