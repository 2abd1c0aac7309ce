//! `replacements`: a value of one object, copied into others.
//!
//! As `api/filters/replacement/replacement.go`. What stands inside of a text that is YAML or JSON itself is not followed.

use std::sync::Arc;

use ringfence_manifest::{Data, Scalars, Transformer, Value};
use smol_str::{SmolStr, ToSmolStr as _};

use super::edit;
use super::field_path::{Dead, FieldPath, Leaf};
use super::kustomization::{Kustomization, text};
use super::layer::Layer;
use super::note::{Note, What};
use super::resource::{Id, Resource};
use super::select::Selector;
use super::source::Source;

/// The field of an object where none is named.
const NAME: &str = "metadata.name";

/// Copies what a kustomization asks for.
pub(super) fn apply(kustomization: &Kustomization, source: &mut Source<'_, '_>, layer: &mut Layer) {
    for item in kustomization.items("replacements") {
        let path = item.at(&["path"]).and_then(text).filter(|path| !path.text.is_empty());
        let Some(path) = path else {
            replace(item, layer);
            continue;
        };
        match source.file(&path.text) {
            Err(what) => doubtful(Note::of_content(path.place, what), layer),
            Ok(file) => {
                layer.read.insert(file);
                let documents = source.reader.documents(file, Scalars::Settings);
                match documents.first().and_then(|whole| whole.value.as_ref().ok()) {
                    Some(Value { data: Data::List(items), .. }) => items.iter().for_each(|item| replace(item, layer)),
                    Some(item) => replace(item, layer),
                    None => doubtful(Note::of_content(path.place, What::NotYaml), layer),
                }
            }
        }
    }
}

/// Notes that nothing is known of what is replaced.
fn doubtful(note: Note, layer: &mut Layer) {
    layer.doubt_all();
    layer.notes.push(note);
}

/// One replacement.
fn replace(item: &Value, layer: &mut Layer) {
    let targets = item.at(&["targets"]).and_then(Value::as_list).unwrap_or_default();
    let replacement = source_value(item, layer).and_then(|value| {
        let targets = targets.iter().map(Target::read).collect::<Result<Vec<_>, _>>()?;
        Ok((value, targets))
    });
    match replacement {
        Ok((value, targets)) => targets.iter().for_each(|target| target.set(&value, layer)),
        Err(note) => {
            // Where it would have gone is not what it is now.
            let targets: Vec<Target> = targets.iter().filter_map(|target| Target::read(target).ok()).collect();
            for resource in layer.each().filter(|resource| targets.iter().any(|target| target.means(resource))) {
                resource.doubtful = true;
            }
            layer.notes.push(note);
        }
    }
}

/// The value that is copied.
fn source_value(item: &Value, layer: &Layer) -> Result<Value, Note> {
    let refused = |reason: String| Note::new(item.place, What::Replacement { reason });
    if let Some(value) = item.at(&["sourceValue"]).filter(|value| value.data != Data::Null) {
        return Ok(value.clone());
    }
    let source = item.at(&["source"]).ok_or_else(|| refused("a replacement needs a `source`".to_owned()))?;
    let mut found = layer.resources.iter().filter(|resource| is_source(source, resource));
    let (first, second) = (found.next(), found.next());
    let said = || said(source);
    let resource = match (first, second) {
        (Some(resource), None) => resource,
        (None, _) => return Err(refused(format!("the source {} is not there", said()))),
        (Some(_), Some(_)) => return Err(refused(format!("the source {} is there several times", said()))),
    };
    let path = edit::text_at(source, &["fieldPath"]).unwrap_or(NAME);
    let value = FieldPath::new(path).get(&resource.value).filter(|value| value.data != Data::Null);
    let value = value.ok_or_else(|| refused(format!("the source {} has no `{path}`", said())))?;
    part(source, value).ok_or_else(|| refused(format!("`{path}` of {} has no such part", said())))
}

fn said(source: &Value) -> SmolStr {
    let text = |key| edit::text_at(source, &[key]).unwrap_or_default();
    format!("{} {}", text("kind"), text("name")).trim().into()
}

/// Whether an object is the one that a `source` names, now or before.
fn is_source(source: &Value, resource: &Resource) -> bool {
    let fits = |key: &str, own: &str| edit::text_at(source, &[key]).is_none_or(|text| text.is_empty() || text == own);
    let is = |id: Id<'_>| {
        let effective = if id.namespace.is_empty() { "default" } else { id.namespace };
        fits("group", id.group)
            && fits("version", id.version)
            && fits("kind", id.kind)
            && fits("name", id.name)
            && fits("namespace", effective)
    };
    is(resource.id()) || resource.previous_ids().any(is)
}

/// The part of a value that `options` name.
fn part(source: &Value, value: &Value) -> Option<Value> {
    let Some((delimiter, index)) = cut(source) else { return Some(value.clone()) };
    let text = edit::text_of(value)?;
    let part = text.split(delimiter).nth(usize::try_from(index).ok()?)?;
    Some(edit::string(value.place, part))
}

/// The delimiter and the index of `options`.
fn cut(selector: &Value) -> Option<(&str, i64)> {
    let delimiter = edit::text_at(selector, &["options", "delimiter"]).filter(|text| !text.is_empty())?;
    let index = match selector.at(&["options", "index"]).map(|index| &index.data) {
        Some(Data::Int(index)) => *index,
        _ => 0,
    };
    Some((delimiter, index))
}

/// Where a value goes.
struct Target<'k> {
    item: &'k Value,
    select: Selector,
    reject: Vec<Selector>,
    paths: Vec<(FieldPath, SmolStr)>,
    create: bool,
}

impl<'k> Target<'k> {
    fn read(item: &'k Value) -> Result<Self, Note> {
        let refused = |reason: &str| Note::new(item.place, What::Replacement { reason: reason.to_owned() });
        let select = item.at(&["select"]).ok_or_else(|| refused("a target needs a `select`"))?;
        let reject = item.at(&["reject"]).and_then(Value::as_list).unwrap_or_default();
        let paths = item.at(&["fieldPaths"]).and_then(Value::as_list).unwrap_or_default();
        let mut paths: Vec<SmolStr> = paths.iter().filter_map(Value::text).cloned().collect();
        if paths.is_empty() {
            paths.push(SmolStr::new_static(NAME));
        }
        Ok(Self {
            item,
            select: Selector::read(select)?,
            reject: reject.iter().map(Selector::read).collect::<Result<_, _>>()?,
            paths: paths.into_iter().map(|path| (FieldPath::new(&path), path)).collect(),
            create: item.at(&["options", "create"]).is_some_and(|create| create.data == Data::Bool(true)),
        })
    }

    /// Whether an object is meant, now or before.
    fn means(&self, resource: &Resource) -> bool {
        let ids = || std::iter::once(resource.id()).chain(resource.previous_ids());
        let rejects = |reject: &Selector| {
            (reject.has_labels() && reject.fits_metadata(resource))
                || (reject.names_something() && ids().any(|id| reject.fits_id(id)))
        };
        self.select.fits_metadata(resource)
            && !self.reject.iter().any(rejects)
            && ids().any(|id| self.select.fits_id(id))
    }

    fn set(&self, value: &Value, layer: &mut Layer) {
        let mut notes = Vec::new();
        for shared in &mut layer.resources {
            if !self.means(shared) {
                continue;
            }
            let resource = Arc::make_mut(shared);
            for (path, written) in &self.paths {
                if let Err(what) = self.set_path(resource, path, written, value) {
                    resource.doubtful = true;
                    notes.push(Note::new(self.item.place, what));
                }
            }
        }
        layer.notes.extend(notes);
    }

    fn set_path(&self, resource: &mut Resource, path: &FieldPath, written: &str, value: &Value) -> Result<(), What> {
        let id = resource.id().to_smolstr();
        let create = self.create.then_some(match value.data {
            Data::Map(_) => Leaf::Mapping,
            Data::List(_) => Leaf::List,
            _ => Leaf::Scalar,
        });
        let cut = cut(self.item);
        let Resource { value: object, origin, .. } = resource;
        let place = self.item.place;
        let visited = path.visit(object, create, place, &mut |field| {
            let new = placed(field, value, cut);
            edit::replace(field, Value { place, ..new }, Transformer::Replacements, origin);
        });
        match visited {
            Ok(0) | Err(Dead::Shape) => Err(What::Replacement { reason: format!("{id} has no `{written}`") }),
            Err(Dead::Text) => Err(What::NotBuilt { key: "replacements".into() }),
            Ok(_) => Ok(()),
        }
    }
}

/// What a field becomes. A scalar keeps its type, and the rest of its text where only a part of it is replaced.
fn placed(field: &Value, value: &Value, cut: Option<(&str, i64)>) -> Value {
    let is_scalar = !matches!(field.data, Data::List(_) | Data::Map(_));
    let Some(text) = edit::text_of(value).filter(|_| is_scalar) else { return value.clone() };
    let text = match (cut, edit::text_of(field)) {
        (Some((delimiter, index)), own) => joined(own.as_deref().unwrap_or_default(), &text, delimiter, index),
        (None, _) => text.into_owned(),
    };
    match field.data {
        Data::Null => Value { place: value.place, data: edit::plain(&text) },
        _ => edit::retyped(field, &text, value.place),
    }
}

/// A text with one of its parts replaced, or with one more before or behind.
fn joined(own: &str, new: &str, delimiter: &str, index: i64) -> String {
    let mut parts: Vec<&str> = own.split(delimiter).collect();
    match usize::try_from(index) {
        Err(_) => parts.insert(0, new),
        Ok(at) if at >= parts.len() => parts.push(new),
        Ok(at) => parts[at] = new,
    }
    parts.join(delimiter)
}
