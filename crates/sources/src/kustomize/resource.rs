//! An object while it is built: its value, and the names it has had.

use ringfence_manifest::{Data, Map, Origin, Place, Transformer, Value};
use smol_str::SmolStr;

use super::edit;
use super::scope::is_cluster_scoped;

/// The namespace of what stands in none.
pub(super) const NO_NAMESPACE: &str = "_non_namespaceable_";

/// An object while it is built.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) value: Value,
    /// The document of its file, from 0.
    pub(super) document: u32,
    pub(super) origin: Origin,
    /// The identities it has had, the first one first. Names by which others know it.
    pub(super) previous: Vec<Previous>,
    pub(super) prefixes: Vec<SmolStr>,
    pub(super) suffixes: Vec<SmolStr>,
    pub(super) generated: Option<Generated>,
    /// Whether something that could not be built may have changed it.
    pub(super) doubtful: bool,
}

/// What a generator asks of what it made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Generated {
    pub(super) behavior: Behavior,
    /// Whether its content makes part of its name.
    pub(super) hash: bool,
    /// What asked for it.
    pub(super) place: Place,
    /// Whether inputs were missing, so that the hash cannot be told.
    pub(super) stub: bool,
}

/// What a generator does where the object is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Behavior {
    Create,
    Merge,
    Replace,
}

/// A name that an object had; group and version are always those of now.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Previous {
    pub(super) kind: SmolStr,
    pub(super) name: SmolStr,
    /// What [`Id::effective`] gives.
    pub(super) namespace: SmolStr,
}

/// What an object is known by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Id<'a> {
    pub(super) group: &'a str,
    pub(super) version: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    /// As written; empty where there is none.
    pub(super) namespace: &'a str,
}

impl<'a> Id<'a> {
    /// The namespace that tells objects apart: none is `default`, and what is cluster-scoped has its own.
    pub(super) fn effective(self) -> &'a str {
        if is_cluster_scoped(self.group, self.version, self.kind) {
            NO_NAMESPACE
        } else if self.namespace.is_empty() {
            "default"
        } else {
            self.namespace
        }
    }

    pub(super) fn is_cluster_scoped(self) -> bool {
        is_cluster_scoped(self.group, self.version, self.kind)
    }

    /// With its effective namespace, so that equal identities are equal.
    pub(super) fn settled(self) -> Self {
        Self { namespace: self.effective(), ..self }
    }
}

impl std::fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let namespace = if self.namespace == NO_NAMESPACE { "" } else { self.namespace };
        match namespace {
            "" => write!(f, "{} {}", self.kind, self.name),
            namespace => write!(f, "{} {namespace}/{}", self.kind, self.name),
        }
    }
}

impl Resource {
    pub(super) fn new(value: Value, document: u32) -> Self {
        Self {
            value,
            document,
            origin: Origin::default(),
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            generated: None,
            doubtful: false,
        }
    }

    fn text(&self, path: &[&str]) -> &str {
        edit::text_at(&self.value, path).unwrap_or_default()
    }

    /// What it is known by now.
    pub(super) fn id(&self) -> Id<'_> {
        id_of(&self.value)
    }

    pub(super) fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    pub(super) fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    /// What it was known by before the identities in [`Self::previous`], each as of now in group and version.
    pub(super) fn previous_ids(&self) -> impl Iterator<Item = Id<'_>> {
        let Id { group, version, .. } = self.id();
        self.previous.iter().map(move |before| Id {
            group,
            version,
            kind: &before.kind,
            name: &before.name,
            namespace: &before.namespace,
        })
    }

    /// What it was known by first.
    pub(super) fn original(&self) -> Id<'_> {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    /// Keeps what it is known by now, before it is renamed.
    pub(super) fn remember(&mut self) {
        let id = self.id();
        let before = Previous { kind: id.kind.into(), name: id.name.into(), namespace: id.effective().into() };
        self.previous.push(before);
    }

    /// Whether it is, or was, known by `id`, whose namespace is settled.
    pub(super) fn is_any(&self, id: Id<'_>) -> bool {
        let same = |own: Id<'_>| {
            own.name == id.name && own.kind == id.kind && own.group == id.group && own.version == id.version
        };
        let now = self.id();
        (same(now) && now.effective() == id.namespace)
            || self.previous_ids().any(|before| same(before) && before.effective() == id.namespace)
    }

    /// The mapping under a key of its metadata, made where there is none.
    pub(super) fn metadata(&mut self, key: &str, place: Place) -> Option<&mut Map> {
        edit::child(edit::child(self.value.as_map_mut()?, "metadata", place)?, key, place)
    }

    pub(super) fn rename(&mut self, name: Value, by: Transformer) {
        let place = name.place;
        if let Some(metadata) = self.value.as_map_mut().and_then(|map| edit::child(map, "metadata", place)) {
            edit::set(metadata, "name", name, by, &mut self.origin);
        }
    }

    /// Whether nothing is left of it.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value.data {
            Data::Null => true,
            Data::Map(map) => map.entries.is_empty(),
            _ => false,
        }
    }
}

/// What a value that is an object is known by.
pub(super) fn id_of(value: &Value) -> Id<'_> {
    let api_version = edit::text_at(value, &["apiVersion"]).unwrap_or_default();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Id {
        group,
        version,
        kind: edit::text_at(value, &["kind"]).unwrap_or_default(),
        name: edit::text_at(value, &["metadata", "name"]).unwrap_or_default(),
        namespace: edit::text_at(value, &["metadata", "namespace"]).unwrap_or_default(),
    }
}
