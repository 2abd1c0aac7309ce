//! Small changes of values that remember what stood there before.

use std::borrow::Cow;

use ringfence_manifest::{Change, Data, Entry, Map, Origin, Place, Transformer, Value};
use smol_str::{SmolStr, ToSmolStr as _};

/// A text at a place.
pub(crate) fn string(place: Place, text: impl AsRef<str>) -> Value {
    Value { place, data: Data::String(SmolStr::new(text)) }
}

/// A key with a value, both made by what stands at one place.
pub(crate) fn entry(key: &str, value: Value) -> Entry {
    Entry { key: SmolStr::new(key), key_place: value.place, value }
}

/// The text of a scalar, whatever its type: what kustomize compares and joins. `None` of null, lists and mappings.
pub(crate) fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    Some(match &value.data {
        Data::String(text) => Cow::Borrowed(text.as_str()),
        Data::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        Data::Int(number) => Cow::Owned(number.to_string()),
        Data::Float(number) => Cow::Owned(number.to_string()),
        Data::Null | Data::Unknown | Data::List(_) | Data::Map(_) => return None,
    })
}

/// The text under `path`, through mappings only, where it is a string.
pub(crate) fn text_at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    value.at(path)?.as_str()
}

/// The value under `path`, to be changed.
pub(crate) fn at_mut<'v>(value: &'v mut Value, path: &[&str]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, key| Some(&mut value.as_map_mut()?.get_mut(key)?.value))
}

/// The mapping that a value is, or becomes where it was null.
pub(crate) fn mapping(value: &mut Value) -> Option<&mut Map> {
    if value.data == Data::Null {
        value.data = Data::Map(Map::default());
    }
    value.as_map_mut()
}

/// The mapping under a key of a mapping, made at `place` where there is none; `None` where something else stands there.
pub(crate) fn child<'m>(map: &'m mut Map, key: &str, place: Place) -> Option<&'m mut Map> {
    let known = map.entries.iter().position(|entry| entry.key == key);
    let at = known.unwrap_or_else(|| {
        map.entries.push(entry(key, Value { place, data: Data::Map(Map::default()) }));
        map.entries.len() - 1
    });
    mapping(&mut map.entries[at].value)
}

/// Sets a key of a mapping and records it. The same value again is still set by whoever sets it last, as in kustomize.
pub(crate) fn set(map: &mut Map, key: &str, value: Value, by: Transformer, origin: &mut Origin) {
    let place = value.place;
    if let Some(entry) = map.get_mut(key) {
        return replace(&mut entry.value, value, by, origin);
    }
    origin.changes.push(Change { by, place, was: None });
    map.entries.push(entry(key, value));
}

/// Puts a value in the place of another and records it. A value that says the same stays where it was written.
pub(crate) fn replace(old: &mut Value, new: Value, by: Transformer, origin: &mut Origin) {
    if old.data != new.data {
        origin.changes.push(Change { by, place: new.place, was: Some(old.place) });
        *old = new;
    }
}

/// Writes a text into a scalar that keeps its type, where the text fits it.
pub(crate) fn retyped(old: &Value, text: &str, place: Place) -> Value {
    let data = match &old.data {
        Data::Int(_) | Data::Float(_) | Data::Bool(_) => plain(text),
        _ => Data::String(text.to_smolstr()),
    };
    Value { place, data }
}

/// What a plain scalar with this text is.
pub(crate) fn plain(text: &str) -> Data {
    use ringfence_yaml::core11::{Resolved, resolve_plain};
    match resolve_plain(text) {
        Resolved::Null => Data::Null,
        Resolved::Bool(truth) if matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") => {
            Data::Bool(truth)
        }
        Resolved::Int(number) => Data::Int(number),
        Resolved::Float(number) => Data::Float(number),
        _ => Data::String(SmolStr::new(text)),
    }
}
