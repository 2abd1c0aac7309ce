//! The variables of `postBuild`: its own, and those of ConfigMaps and Secrets that the cluster is built from.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringfence_manifest::{Entry, Place, Value};

use crate::roots::envsubst::Variable;
use crate::roots::note::{Note, What};
use crate::roots::object::{self, Id};

/// What a cluster holds that Kustomizations ask for.
#[derive(Default)]
pub(in crate::roots) struct Cluster {
    /// ConfigMaps, Secrets, and sources.
    objects: BTreeMap<Id, Value>,
    /// The sources that are this repository.
    here: BTreeSet<Id>,
}

impl Cluster {
    /// Keeps an object that was built, where it may be asked for.
    pub(in crate::roots) fn put(&mut self, value: &Value) {
        const KINDS: &[&str] = &["ConfigMap", "Secret", "GitRepository", "OCIRepository", "Bucket"];
        if object::text(value, &["kind"]).is_some_and(|kind| KINDS.contains(&kind)) {
            self.objects.insert(Id::of(value), value.clone());
        }
    }

    /// Says that a source is this repository.
    pub(in crate::roots) fn is_at(&mut self, source: Id) {
        self.here.insert(source);
    }

    /// Whether all that a Kustomization fills in from is here.
    pub(in crate::roots) fn holds_variables_of(&self, kustomization: &Value) -> bool {
        references(kustomization).iter().all(|(id, _)| self.objects.contains_key(id))
    }

    /// Whether a source is this repository: one that is known to be, or one with the same URL.
    pub(super) fn is_here(&self, source: &Id) -> bool {
        let url = |id: &Id| self.objects.get(id).and_then(|value| object::text(value, &["spec", "url"]));
        self.here.contains(source) || url(source).is_some_and(|own| self.here.iter().any(|here| url(here) == Some(own)))
    }
}

/// The objects that `substituteFrom` names, in its order.
fn references(kustomization: &Value) -> Vec<(Id, Place)> {
    let namespace = object::text(kustomization, &["metadata", "namespace"]).unwrap_or_default();
    let named = |item: &Value| {
        let text = |key| object::text(item, &[key]).unwrap_or_default();
        (Id::new(text("kind"), namespace, text("name")), item.place)
    };
    object::items(kustomization, &["spec", "postBuild", "substituteFrom"]).iter().map(named).collect()
}

/// What is known of the variables of a Kustomization.
pub(super) struct Variables<'v> {
    own: BTreeMap<&'v str, &'v Value>,
    /// The last one that sets a variable holds.
    sources: Vec<Source<'v>>,
}

enum Source<'v> {
    Known { data: BTreeMap<&'v str, &'v Value>, decode: bool, encrypted: bool },
    Unknown,
}

impl<'v> Variables<'v> {
    /// Reads them. What is not here is noted.
    pub(super) fn read(kustomization: &'v Value, cluster: &'v Cluster, notes: &mut Vec<Note>) -> Self {
        let own = pairs(object::entries(kustomization, &["spec", "postBuild", "substitute"]));
        let mut sources = Vec::new();
        for (id, place) in references(kustomization) {
            if let Some(value) = cluster.objects.get(&id) {
                sources.extend(read(value));
            } else {
                notes.push(Note::new(place, What::NoVariables { id: id.to_string().into() }));
                sources.push(Source::Unknown);
            }
        }
        Self { own, sources }
    }

    /// Whether there is nothing to fill in from: Flux then leaves everything as it is.
    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty()
            && self.sources.iter().all(|source| matches!(source, Source::Known { data, .. } if data.is_empty()))
    }

    /// The first name that no variable can have, with its place.
    pub(super) fn misnamed(&self) -> Option<(&'v str, Place)> {
        let known = self.sources.iter().filter_map(|source| match source {
            Source::Known { data, .. } => Some(data),
            Source::Unknown => None,
        });
        let all = std::iter::once(&self.own).chain(known).flatten();
        all.map(|(name, value)| (*name, value.place)).find(|(name, _)| !is_name(name))
    }

    /// What is known of a variable. Line breaks are left out of its value.
    pub(super) fn get(&self, name: &str) -> Variable {
        if let Some(value) = self.own.get(name) {
            return known(value, false);
        }
        for source in self.sources.iter().rev() {
            match source {
                Source::Unknown => return Variable::Unknown,
                Source::Known { data, decode, encrypted } => match data.get(name) {
                    Some(_) if *encrypted => return Variable::Unknown,
                    Some(value) => return known(value, *decode),
                    None => {}
                },
            }
        }
        Variable::Unset
    }
}

fn known(value: &Value, decode: bool) -> Variable {
    let Some(text) = value.as_str() else { return Variable::Unknown };
    let text = if decode {
        let compact: String = text.split_whitespace().collect();
        match STANDARD.decode(compact).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            _ => return Variable::Unknown,
        }
    } else {
        text.to_owned()
    };
    Variable::Set(text.replace('\n', ""), value.place)
}

/// The pairs of a ConfigMap or a Secret; `stringData` counts more than `data`.
fn read(value: &Value) -> Vec<Source<'_>> {
    let encrypted = value.at(&["sops"]).is_some();
    let is_secret = object::text(value, &["kind"]) == Some("Secret");
    let data = |key, decode| Source::Known { data: pairs(object::entries(value, &[key])), decode, encrypted };
    if is_secret { vec![data("data", true), data("stringData", false)] } else { vec![data("data", false)] }
}

fn pairs(entries: &[Entry]) -> BTreeMap<&str, &Value> {
    entries.iter().map(|entry| (entry.key.as_str(), &entry.value)).collect()
}

/// `^[_[:alpha:]][_[:alpha:][:digit:]]*$`
fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
}
