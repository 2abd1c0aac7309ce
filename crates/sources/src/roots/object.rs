//! What an object says, by the path of its fields.

use ringfence_manifest::{Data, Entry, Place, Value};
use smol_str::SmolStr;

use super::note::{Note, What};
use crate::kustomize::edit;

/// What an object is known by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Id {
    /// The kind.
    pub kind: SmolStr,
    /// The namespace as written; empty where there is none.
    pub namespace: SmolStr,
    /// The name.
    pub name: SmolStr,
}

impl Id {
    pub(super) fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self { kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    pub(super) fn of(value: &Value) -> Self {
        let text = |path| text(value, path).unwrap_or_default();
        Self::new(text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"]))
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.namespace.as_str() {
            "" => write!(f, "{} {}", self.kind, self.name),
            namespace => write!(f, "{} {namespace}/{}", self.kind, self.name),
        }
    }
}

/// The group of an object's API.
pub(super) fn group(value: &Value) -> &str {
    let version = text(value, &["apiVersion"]).unwrap_or_default();
    version.split_once('/').map_or("", |(group, _)| group)
}

/// The text at a path.
pub(super) fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    edit::text_at(value, path)
}

/// Whether `true` stands at a path.
pub(super) fn is_true(value: &Value, path: &[&str]) -> bool {
    value.at(path).is_some_and(|value| value.data == Data::Bool(true))
}

/// The items of the list at a path.
pub(super) fn items<'v>(value: &'v Value, path: &[&str]) -> &'v [Value] {
    value.at(path).and_then(Value::as_list).unwrap_or_default()
}

/// The entries of the mapping at a path.
pub(super) fn entries<'v>(value: &'v Value, path: &[&str]) -> &'v [Entry] {
    value.at(path).and_then(Value::as_map).map_or(&[], |map| &map.entries)
}

/// The entry under a key of `spec`, and the place of the key.
pub(super) fn field<'v>(spec: &'v Value, key: &str) -> Option<(Place, &'v Value)> {
    let entry = spec.as_map()?.get(key)?;
    (entry.value.data != Data::Null).then_some((entry.key_place, &entry.value))
}

/// The shape that a field must have.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    Items,
    Texts,
}

impl Shape {
    /// The field under a key, if it has this shape; that it has another is noted.
    pub(super) fn of<'v>(
        self,
        spec: &'v Value,
        key: &'static str,
        notes: &mut Vec<Note>,
    ) -> Option<(Place, &'v Value)> {
        let (place, value) = field(spec, key)?;
        let items = value.as_list();
        let (fits, expected) = match self {
            Self::Text => (value.as_str().is_some(), "text"),
            Self::Items => {
                (items.is_some_and(|items| items.iter().all(|item| item.as_map().is_some())), "list of mappings")
            }
            Self::Texts => {
                (items.is_some_and(|items| items.iter().all(|item| item.as_str().is_some())), "list of texts")
            }
        };
        if !fits {
            notes.push(Note::new(value.place, What::WrongType { key: SmolStr::new_static(key), expected }));
        }
        fits.then_some((place, value))
    }
}

/// Whether a text is filled in by something that has not been: a variable of Flux or of an old kustomize, or a template.
pub(super) fn is_open(text: &str) -> bool {
    text.contains("${") || text.contains("{{") || text.contains("$(")
}
