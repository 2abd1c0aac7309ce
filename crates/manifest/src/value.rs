//! A document as the API server would decode it, every part with its place.
//!
//! Aliases are expanded, merge keys applied, plain scalars typed as `sigs.k8s.io/yaml` types them (`yes` is a boolean,
//! `010` is eight; semantics §1.1), of repeated keys the last one holds. `${VAR}` without a default and `{{ … }}` are
//! [`Data::Unknown`]: rules take them as "cannot be known from here", never as text.

use smol_str::SmolStr;

use crate::Place;

/// One value.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub data: Data,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub enum Data {
    /// `null`, `~`, or nothing after the colon.
    Null,
    /// `true`, and for the API server also `yes` and `on`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(SmolStr),
    /// A placeholder that something outside the input fills in.
    Unknown,
    /// A sequence.
    List(Vec<Value>),
    /// A mapping.
    Map(Map),
}

/// A mapping without repeated keys, in the order of the text.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Map {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether a key is itself a placeholder, so that any key may be there.
    pub open: bool,
}

/// A key and its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key's text.
    pub key: SmolStr,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub value: Value,
}

impl Map {
    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The entry of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    /// Takes the entry of a key away.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at))
    }
}

impl Value {
    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The mapping, to be changed.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items, if it is a sequence.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is a known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text as it is kept, if it is a known string.
    pub fn text(&self) -> Option<&SmolStr> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value under `path`, through mappings only.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| Some(&value.as_map()?.get(key)?.value))
    }

    /// What kind of value it is, in the words of a message: "a string", "a list".
    pub fn noun(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Int(_) => "a number",
            Data::Float(_) => "a decimal number",
            Data::String(_) => "a string",
            Data::Unknown => "a placeholder",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }
}
