//! Operations on an object, one after the other (RFC 6902).
//!
//! As `gopkg.in/evanphx/json-patch.v4` does them: `replace` makes a key that is missing, an index may count from the end,
//! and a parent that is missing is never made.

use ringfence_manifest::{Change, Data, Origin, Place, Transformer, Value};

use super::Fault;
use crate::kustomize::edit;
use crate::kustomize::note::{Note, What};

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    place: Place,
    verb: Verb,
    path: Pointer,
    from: Option<Pointer>,
    value: Value,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verb {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

/// A JSON pointer in steps, with its text.
#[derive(Clone, Debug)]
struct Pointer {
    text: String,
    steps: Vec<String>,
}

impl Pointer {
    fn read(text: &str) -> Option<Self> {
        let steps = if text.is_empty() { "" } else { text.strip_prefix('/')? };
        let decode = |step: &str| step.replace("~1", "/").replace("~0", "~");
        let steps = if text.is_empty() { Vec::new() } else { steps.split('/').map(decode).collect() };
        Some(Self { text: text.to_owned(), steps })
    }
}

impl Operation {
    /// An item of a list of operations.
    pub(super) fn read(item: &Value) -> Result<Self, Note> {
        let unreadable = || Note::new(item.place, What::PatchUnreadable);
        let pointer = |key| edit::text_at(item, &[key]).and_then(Pointer::read);
        let verb = match edit::text_at(item, &["op"]) {
            Some("add") => Verb::Add,
            Some("remove") => Verb::Remove,
            Some("replace") => Verb::Replace,
            Some("move") => Verb::Move,
            Some("copy") => Verb::Copy,
            Some("test") => Verb::Test,
            _ => return Err(unreadable()),
        };
        let from = pointer("from");
        if matches!(verb, Verb::Move | Verb::Copy) && from.is_none() {
            return Err(unreadable());
        }
        let value = item.at(&["value"]).cloned().unwrap_or(Value { place: item.place, data: Data::Null });
        Ok(Self { place: item.place, verb, path: pointer("path").ok_or_else(unreadable)?, from, value })
    }

    /// Does it.
    pub(super) fn apply(&self, object: &mut Value, origin: &mut Origin) -> Result<(), Fault> {
        let mut record = |place, was| origin.changes.push(Change { by: Transformer::Patch, place, was });
        match (self.verb, &self.from) {
            (Verb::Add, _) => {
                let was = add(object, &self.path, self.value.clone());
                record(self.value.place, self.fits(was)?);
            }
            (Verb::Remove, _) => {
                let removed = remove(object, &self.path);
                record(self.place, Some(self.fits(removed)?.place));
            }
            (Verb::Replace, _) => {
                let was = replace(object, &self.path, self.value.clone());
                record(self.value.place, self.fits(was)?);
            }
            (Verb::Move, Some(from)) => {
                let moved = remove(object, from);
                let moved = self.fits(moved)?;
                record(self.place, Some(moved.place));
                let was = add(object, &self.path, moved);
                self.fits(was)?;
            }
            (Verb::Copy, Some(from)) => {
                let copied = get(object, from).cloned();
                let copied = self.fits(copied.ok_or_else(|| from.text.clone()))?;
                record(self.place, Some(copied.place));
                let was = add(object, &self.path, copied);
                self.fits(was)?;
            }
            (Verb::Test, _) => {
                let found = get(object, &self.path);
                if !found.map_or(self.value.data == Data::Null, |found| same(found, &self.value)) {
                    let reason = format!("`{}` is not what the patch expects", self.path.text);
                    return Err(Fault { place: self.place, reason });
                }
            }
            (Verb::Move | Verb::Copy, None) => {}
        }
        Ok(())
    }

    fn fits<T>(&self, result: Result<T, String>) -> Result<T, Fault> {
        result.map_err(|path| Fault { place: self.place, reason: format!("there is no `{path}`") })
    }
}

/// Whether two values say the same.
fn same(one: &Value, other: &Value) -> bool {
    match (&one.data, &other.data) {
        (Data::List(one), Data::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Data::Map(one), Data::Map(other)) => {
            let has = |entry: &ringfence_manifest::Entry| {
                other.get(&entry.key).is_some_and(|other| same(&entry.value, &other.value))
            };
            one.entries.len() == other.entries.len() && one.entries.iter().all(has)
        }
        (one, other) => one == other,
    }
}

/// The item that a step names; from the end where it is negative.
fn index(step: &str, length: usize) -> Option<usize> {
    let index: isize = step.parse().ok()?;
    let from_start = if index < 0 { index + isize::try_from(length).ok()? } else { index };
    usize::try_from(from_start).ok().filter(|&at| at < length)
}

fn get<'v>(value: &'v Value, path: &Pointer) -> Option<&'v Value> {
    path.steps.iter().try_fold(value, |value, step| match &value.data {
        Data::Map(map) => Some(&map.get(step)?.value),
        Data::List(items) => items.get(index(step, items.len())?),
        _ => None,
    })
}

/// The collection around what a pointer names, and the last step.
fn parent<'v, 'p>(value: &'v mut Value, path: &'p Pointer) -> Result<(&'v mut Value, &'p str), String> {
    let missing = || path.text.clone();
    let (last, above) = path.steps.split_last().ok_or_else(missing)?;
    let parent = above.iter().try_fold(value, |value, step| match &mut value.data {
        Data::Map(map) => Some(&mut map.get_mut(step)?.value),
        Data::List(items) => {
            let at = index(step, items.len())?;
            items.get_mut(at)
        }
        _ => None,
    });
    Ok((parent.ok_or_else(missing)?, last))
}

/// Adds a value; gives the place of one that it replaces.
fn add(value: &mut Value, path: &Pointer, new: Value) -> Result<Option<Place>, String> {
    let (parent, step) = parent(value, path)?;
    match &mut parent.data {
        Data::Map(map) => Ok(set_key(map, step, new)),
        Data::List(items) => {
            let end = items.len();
            let at = if step == "-" { Some(end) } else { index(step, end + 1) };
            items.insert(at.ok_or_else(|| path.text.clone())?, new);
            Ok(None)
        }
        _ => Err(path.text.clone()),
    }
}

fn set_key(map: &mut ringfence_manifest::Map, key: &str, new: Value) -> Option<Place> {
    if let Some(entry) = map.get_mut(key) {
        return Some(std::mem::replace(&mut entry.value, new).place);
    }
    map.entries.push(edit::entry(key, new));
    None
}

fn remove(value: &mut Value, path: &Pointer) -> Result<Value, String> {
    let (parent, step) = parent(value, path)?;
    let removed = match &mut parent.data {
        Data::Map(map) => map.remove(step).map(|entry| entry.value),
        Data::List(items) => index(step, items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    removed.ok_or_else(|| path.text.clone())
}

fn replace(value: &mut Value, path: &Pointer, new: Value) -> Result<Option<Place>, String> {
    if path.steps.is_empty() {
        let was = std::mem::replace(value, new).place;
        return Ok(Some(was));
    }
    let (parent, step) = parent(value, path)?;
    match &mut parent.data {
        Data::Map(map) => Ok(set_key(map, step, new)),
        Data::List(items) => {
            let at = index(step, items.len()).ok_or_else(|| path.text.clone())?;
            Ok(Some(std::mem::replace(&mut items[at], new).place))
        }
        _ => Err(path.text.clone()),
    }
}
