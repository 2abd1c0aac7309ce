//! Merging a piece of an object into an object.
//!
//! As `kyaml/yaml/merge2` and `walk` do it, with items that a patch brings before those that were there: mappings are
//! merged, lists replaced, lists with a merge key in the schema merged by it, `null` takes a field away, and `$patch`
//! says `delete`, `replace` or `merge`. Kinds without a schema are merged as JSON (RFC 7386).

use ringfence_manifest::{Change, Data, Map, Origin, Place, Transformer, Value};

use super::schema::{At, below, top};
use super::{Fault, May, shown};
use crate::kustomize::edit;
use crate::kustomize::resource::{Id, Resource};

/// The key that says what a mapping of a patch does.
pub(super) const DIRECTIVE: &str = "$patch";

type Merged<T> = Result<T, Fault>;

/// Merges `patch` into an object, which keeps its namespace, and its name and kind unless they may change.
pub(super) fn merge(resource: &mut Resource, patch: &Value, may: May) -> Merged<()> {
    let identity = Identity::of(resource);
    let mut origin = resource.origin.clone();
    let merged = Merger { origin: &mut origin }.object(resource.value.clone(), patch)?;
    resource.origin = origin;
    match merged {
        None => resource.value.data = Data::Null,
        Some(value) => {
            resource.value = value;
            identity.restore(resource, may);
        }
    }
    Ok(())
}

/// What an object keeps of itself.
struct Identity {
    fields: [(&'static [&'static str], Option<Value>); 4],
}

const API_VERSION: usize = 0;
const KIND: usize = 1;
const NAME: usize = 2;

impl Identity {
    fn of(resource: &Resource) -> Self {
        let paths: [&'static [&'static str]; 4] =
            [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];
        Self { fields: paths.map(|path| (path, resource.value.at(path).cloned())) }
    }

    fn restore(self, resource: &mut Resource, may: May) {
        for (at, (path, old)) in self.fields.into_iter().enumerate() {
            if (at == NAME && may.rename) || (at == KIND && may.change_kind) {
                continue;
            }
            let (above, key) = path.split_at(path.len() - 1);
            let Some(map) = edit::at_mut(&mut resource.value, above).and_then(Value::as_map_mut) else { continue };
            match (old, map.get_mut(key[0])) {
                (Some(old), Some(entry)) => entry.value = old,
                (Some(old), None) if at != API_VERSION => map.entries.push(edit::entry(key[0], old)),
                (None, Some(_)) => drop(map.remove(key[0])),
                _ => {}
            }
        }
    }
}

struct Merger<'o> {
    origin: &'o mut Origin,
}

/// What `$patch` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

impl Merger<'_> {
    fn object(&mut self, object: Value, patch: &Value) -> Merged<Option<Value>> {
        let Id { group, version, kind, .. } = crate::kustomize::resource::id_of(&object);
        let (group, version, kind) = (group.to_owned(), version.to_owned(), kind.to_owned());
        self.mapping(object, patch, &|key| top(&group, &version, &kind, key))
    }

    /// Merges `patch` into `old`; `None` where nothing is left.
    fn value(&mut self, old: Option<Value>, patch: &Value, at: At) -> Merged<Option<Value>> {
        let Some(old) = old.filter(|old| old.data != Data::Null) else {
            let added = self.added(patch, at)?;
            if let Some(added) = &added {
                self.origin.changes.push(Change { by: Transformer::Patch, place: added.place, was: None });
            }
            return Ok(added);
        };
        if patch.data == Data::Null {
            self.removed(patch.place, old.place);
            return Ok(None);
        }
        match (&old.data, &patch.data) {
            (Data::Map(_), Data::Map(_)) => self.mapping(old, patch, &|key| below(at, key)),
            (Data::List(_), Data::List(items)) => match at.and_then(|at| at.keys.as_deref()) {
                Some(keys) => self.keyed(old, patch, items, keys, at),
                None => Ok(Some(self.replaced(old, patch.clone()))),
            },
            (Data::Map(_) | Data::List(_), _) | (_, Data::Map(_) | Data::List(_)) => {
                let reason = format!("{} stands where the patch has {}", old.noun(), patch.noun());
                Err(Fault { place: patch.place, reason })
            }
            _ => Ok(Some(self.replaced(old, patch.clone()))),
        }
    }

    fn replaced(&mut self, mut old: Value, new: Value) -> Value {
        edit::replace(&mut old, new, Transformer::Patch, self.origin);
        old
    }

    fn removed(&mut self, place: Place, was: Place) {
        self.origin.changes.push(Change { by: Transformer::Patch, place, was: Some(was) });
    }

    fn mapping(&mut self, mut old: Value, patch: &Value, at: &dyn Fn(&str) -> At) -> Merged<Option<Value>> {
        match directive(patch)? {
            Directive::Delete => {
                self.removed(patch.place, old.place);
                return Ok(None);
            }
            Directive::Replace => {
                self.removed(patch.place, old.place);
                return self.added_mapping(patch, at);
            }
            Directive::Merge => {}
        }
        let (Data::Map(map), Data::Map(patch)) = (&mut old.data, &patch.data) else { return Ok(Some(old)) };
        // What only says `key:` and nothing more does not outlive a merge.
        map.entries.retain(|entry| entry.value.data != Data::Null || !entry.value.place.span.is_empty());
        for entry in patch.entries.iter().filter(|entry| entry.key != DIRECTIVE) {
            let own = map.entries.iter().position(|own| own.key == entry.key);
            let before = own.map(|own| std::mem::replace(&mut map.entries[own].value, entry.value.clone()));
            let merged = self.value(before, &entry.value, at(&entry.key))?;
            match (own, merged.filter(|merged| merged.data != Data::Null)) {
                (Some(own), Some(merged)) => map.entries[own].value = merged,
                (Some(own), None) => drop(map.entries.remove(own)),
                (None, Some(merged)) => {
                    map.entries.push(ringfence_manifest::Entry { value: merged, ..entry.clone() });
                }
                (None, None) => {}
            }
        }
        Ok(Some(old))
    }

    /// What a patch adds where nothing was: itself, without nulls and directives.
    fn added(&mut self, patch: &Value, at: At) -> Merged<Option<Value>> {
        match &patch.data {
            Data::Map(_) => self.added_mapping(patch, &|key| below(at, key)),
            Data::List(items) => match at.and_then(|at| at.keys.as_deref()) {
                Some(keys) => {
                    let list = Value { place: patch.place, data: Data::List(Vec::new()) };
                    self.keyed(list, patch, items, keys, at)
                }
                None => Ok(Some(patch.clone())),
            },
            _ => Ok(Some(patch.clone()).filter(|value| value.data != Data::Null)),
        }
    }

    fn added_mapping(&mut self, patch: &Value, at: &dyn Fn(&str) -> At) -> Merged<Option<Value>> {
        let Data::Map(map) = &patch.data else { return Ok(Some(patch.clone())) };
        if directive(patch)? == Directive::Delete {
            return Ok(None);
        }
        let mut added = Map { entries: Vec::with_capacity(map.entries.len()), open: map.open };
        for entry in map.entries.iter().filter(|entry| entry.key != DIRECTIVE) {
            if let Some(value) = self.added(&entry.value, at(&entry.key))? {
                added.entries.push(ringfence_manifest::Entry { value, ..entry.clone() });
            }
        }
        Ok(Some(Value { place: patch.place, data: Data::Map(added) }))
    }

    /// Merges lists whose items have keys.
    fn keyed(&mut self, old: Value, patch: &Value, items: &[Value], keys: &[&str], at: At) -> Merged<Option<Value>> {
        let place = old.place;
        let Data::List(mut own) = old.data else { return Ok(None) };
        let mut brought: Vec<Value> = items.to_vec();
        if let Some((directive, index)) = list_directive(items)? {
            brought.remove(index);
            match directive {
                Directive::Delete => {
                    self.removed(patch.place, place);
                    return Ok(None);
                }
                Directive::Replace => {
                    self.removed(patch.place, place);
                    own.clear();
                }
                Directive::Merge => {}
            }
        }
        let was_empty = own.is_empty();
        let merged = if keys.is_empty() { primitives(own, brought) } else { self.items(own, &brought, keys, at)? };
        Ok(Some(Value { place: if was_empty { patch.place } else { place }, data: Data::List(merged) }))
    }

    /// The items of both lists. Those that the patch names come first, in its order; with several keys those that were
    /// there keep their place behind the new ones.
    fn items(&mut self, mut own: Vec<Value>, brought: &[Value], keys: &[&str], at: At) -> Merged<Vec<Value>> {
        let tuples = tuples(brought, &own, keys);
        let used: Vec<usize> = used_keys(&tuples, keys.len());
        let mut front: Vec<Value> = Vec::new();
        for tuple in &tuples {
            let pick = Pick::new(keys, &used, tuple);
            let old = own.iter().position(|item| pick.is(item));
            let new = brought.iter().find(|item| pick.is(item));
            let replaces = new.map(directive).transpose()? == Some(Directive::Replace);
            let before = old.map(|old| own[old].clone());
            let merged = match new {
                Some(new) => self.value(before, new, at_items(at))?,
                None => before,
            };
            let Some(merged) = merged.filter(|merged| merged.as_map().is_none_or(|map| !map.entries.is_empty())) else {
                own.retain(|item| !pick.finds(item));
                continue;
            };
            if let Some(old) = old.filter(|_| !replaces) {
                own[old] = merged.clone();
            }
            set_item(&mut front, merged, |known| pick.finds(known));
        }
        for item in own {
            put_behind(&mut front, item, keys, &used);
        }
        Ok(front)
    }
}

/// The type of the items of a list: that of the list's own field.
fn at_items(at: At) -> At {
    at
}

/// Items that are told apart by themselves.
fn primitives(own: Vec<Value>, brought: Vec<Value>) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for item in brought.into_iter().chain(own) {
        if !merged.iter().any(|known| edit::text_of(known) == edit::text_of(&item)) {
            merged.push(item);
        }
    }
    merged
}

/// The keys of an item, an empty text for each that is missing.
fn tuple_of(item: &Value, keys: &[&str]) -> Vec<String> {
    let text = |key: &&str| {
        let field = item.as_map()?.get(key)?;
        edit::text_of(&field.value).map(std::borrow::Cow::into_owned)
    };
    keys.iter().map(|key| text(key).unwrap_or_default()).collect()
}

/// The keys of all items, those of the patch first. One that lacks a key is the same as one that has it.
fn tuples(brought: &[Value], own: &[Value], keys: &[&str]) -> Vec<Vec<String>> {
    let mut tuples: Vec<Vec<String>> = Vec::new();
    for item in brought.iter().chain(own) {
        let tuple = tuple_of(item, keys);
        if !tuples.contains(&tuple) && tuple.iter().any(|key| !key.is_empty()) {
            tuples.push(tuple);
        }
    }
    if keys.len() > 1 {
        unite(&mut tuples);
    }
    tuples
}

/// Fills in missing keys from tuples that fit.
fn unite(tuples: &mut [Vec<String>]) {
    for one in 0..tuples.len() {
        for other in 0..tuples.len() {
            if let Some(united) = united(&tuples[one], &tuples[other]) {
                tuples[one].clone_from(&united);
                tuples[other] = united;
            }
        }
    }
}

fn united(one: &[String], other: &[String]) -> Option<Vec<String>> {
    let shares = one.iter().zip(other).any(|(one, other)| one == other);
    let fits = one.iter().zip(other).all(|(one, other)| one == other || one.is_empty() || other.is_empty());
    let filled = one.iter().zip(other).map(|(one, other)| if one.is_empty() { other } else { one });
    (shares && fits).then(|| filled.cloned().collect())
}

/// The keys that any item has.
fn used_keys(tuples: &[Vec<String>], keys: usize) -> Vec<usize> {
    (0..keys).filter(|&key| tuples.iter().any(|tuple| !tuple[key].is_empty())).collect()
}

/// Which items are meant by a tuple of keys.
struct Pick<'p> {
    pairs: Vec<(&'p str, &'p str)>,
}

impl<'p> Pick<'p> {
    fn new(keys: &[&'p str], used: &[usize], tuple: &'p [String]) -> Self {
        Self { pairs: used.iter().map(|&key| (keys[key], tuple[key].as_str())).collect() }
    }

    /// Whether an item has every key that the tuple has.
    fn is(&self, item: &Value) -> bool {
        let has = |key: &str, text: &str| {
            let field = item.as_map().and_then(|map| map.get(key));
            field.is_some_and(|field| edit::text_of(&field.value).as_deref() == Some(text))
        };
        self.pairs.iter().filter(|(_, text)| !text.is_empty()).all(|(key, text)| has(key, text))
    }

    /// Whether an item has every key, whatever stands there where the tuple has none.
    fn finds(&self, item: &Value) -> bool {
        let there = |key: &str| item.as_map().is_some_and(|map| map.get(key).is_some());
        self.is(item) && self.pairs.iter().all(|(key, _)| there(key))
    }
}

/// Puts an item in the place of those that it is, or at the end.
fn set_item(list: &mut Vec<Value>, item: Value, is: impl Fn(&Value) -> bool) {
    let mut found = list.iter_mut().filter(|known| is(known)).peekable();
    if found.peek().is_none() {
        return list.push(item);
    }
    found.for_each(|known| known.clone_from(&item));
}

/// Adds an item that was there before, which stays behind new ones where several keys tell items apart.
///
/// As `appendListNode` does it, whose odd ends show where an item lacks a key: it takes the place of every item that has
/// the keys which it has, and of all others where it has none.
fn put_behind(list: &mut Vec<Value>, item: Value, keys: &[&str], used: &[usize]) {
    let own = tuple_of(&item, keys);
    let pairs = used.iter().map(|&key| (keys[key], own[key].as_str())).filter(|(_, text)| !text.is_empty());
    let pick = Pick { pairs: pairs.collect() };
    if pick.pairs.is_empty() {
        list.clear();
    }
    if used.len() > 1 {
        list.retain(|known| !pick.is(known));
    }
    set_item(list, item, |known| pick.is(known));
}

/// What a mapping of a patch does.
fn directive(patch: &Value) -> Merged<Directive> {
    let Some(entry) = patch.as_map().and_then(|map| map.get(DIRECTIVE)) else { return Ok(Directive::Merge) };
    match entry.value.as_str() {
        Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        _ => {
            let reason = format!("`$patch` knows no `{}`", shown(&entry.value));
            Err(Fault { place: entry.value.place, reason })
        }
    }
}

/// What an item that is nothing but a directive says about its list, and which item it is.
fn list_directive(items: &[Value]) -> Merged<Option<(Directive, usize)>> {
    let has = |item: &Value| item.as_map().is_some_and(|map| map.get(DIRECTIVE).is_some());
    let Some(index) = items.iter().position(has) else { return Ok(None) };
    let alone = items[index].as_map().is_some_and(|map| map.entries.len() == 1);
    if alone { directive(&items[index]).map(|directive| Some((directive, index))) } else { Ok(None) }
}
