//! `patches`, and its two older names: pieces of objects that are merged in, and lists of operations.

mod json6902;
mod schema;
mod strategic;

use std::sync::Arc;

use ringfence_manifest::{Data, Place, Scalars, Transformer, Value};
use smol_str::{SmolStr, ToSmolStr as _};

use super::edit;
use super::kustomization::{Kustomization, Text, text};
use super::layer::Layer;
use super::note::{Note, What};
use super::read::{Documents, Objects, objects_of};
use super::resource::{Resource, id_of};
use super::select::Selector;
use super::source::Source;
use json6902::Operation;

/// A patch that was found and read.
struct Patch {
    /// The line that asks for it.
    place: Place,
    content: Content,
    target: Option<Selector>,
    may: May,
}

enum Content {
    /// Pieces of objects.
    Pieces(Objects),
    Operations(Vec<Operation>),
}

/// What a merged patch may change of an object's identity.
#[derive(Clone, Copy, Default)]
struct May {
    rename: bool,
    change_kind: bool,
}

/// `patchesStrategicMerge`: the text of a patch, or the path of one.
pub(super) fn merges(kustomization: &Kustomization, source: &mut Source<'_, '_>, layer: &mut Layer) {
    for item in kustomization.items("patchesStrategicMerge") {
        let Some(written) = text(item) else { continue };
        let inline = source.reader.inline(item, Scalars::Objects);
        let is_text = inline.iter().any(|whole| whole.value.as_ref().is_ok_and(|value| value.as_map().is_some()));
        let documents = if is_text { Ok(inline) } else { of_file(&written, Scalars::Objects, source, layer) };
        match documents {
            Ok(documents) => {
                let pieces = objects_of(&documents);
                layer.notes.extend(pieces.notes.iter().cloned());
                merge_all(&pieces, written.place, May::default(), layer);
            }
            Err(what) => doubt(None, Note::of_content(written.place, what), layer),
        }
    }
}

/// `patches`.
pub(super) fn patches(kustomization: &Kustomization, source: &mut Source<'_, '_>, layer: &mut Layer) {
    for item in kustomization.items("patches") {
        if let Some(patch) = read(item, source, layer) {
            apply(&patch, true, layer);
        }
    }
}

/// `patchesJson6902`, which comes after names and labels.
pub(super) fn operations(kustomization: &Kustomization, source: &mut Source<'_, '_>, layer: &mut Layer) {
    for item in kustomization.items("patchesJson6902") {
        if let Some(patch) = read(item, source, layer) {
            apply(&patch, false, layer);
        }
    }
}

/// An item of `patches`, with its file. What cannot be read is noted, and what it is for is in doubt.
fn read(item: &Value, source: &mut Source<'_, '_>, layer: &mut Layer) -> Option<Patch> {
    let place = item.place;
    let target = match item.at(&["target"]).filter(|target| target.data != Data::Null).map(Selector::read) {
        None => None,
        Some(Ok(selector)) => Some(selector),
        Some(Err(note)) => {
            doubt(None, note, layer);
            return None;
        }
    };
    let path = item.at(&["path"]).and_then(text).filter(|path| !path.text.is_empty());
    let inline = item.at(&["patch"]).filter(|patch| patch.as_str().is_some_and(|text| !text.trim().is_empty()));
    let mut documents = |scalars| match (&path, inline) {
        (Some(path), None) => of_file(path, scalars, source, layer).map_err(|what| Note::of_content(path.place, what)),
        (None, Some(inline)) => Ok(source.reader.inline(inline, scalars)),
        _ => Err(Note::new(place, What::PatchUnreadable)),
    };
    let content = documents(Scalars::Objects).and_then(|pieces| {
        // Operations are settings to kustomize: it reads them with its other reader.
        let operations = if is_list(&pieces) { Some(documents(Scalars::Settings)?) } else { None };
        content(operations.as_ref().unwrap_or(&pieces), place)
    });
    match content {
        Ok(content) => Some(Patch { place, content, target, may: may(item) }),
        Err(note) => {
            doubt(target.as_ref(), note, layer);
            None
        }
    }
}

fn of_file(path: &Text, scalars: Scalars, source: &mut Source<'_, '_>, layer: &mut Layer) -> Result<Documents, What> {
    let file = source.file(&path.text)?;
    layer.read.insert(file);
    Ok(source.reader.documents(file, scalars))
}

fn is_list(documents: &Documents) -> bool {
    matches!(documents.first().map(|whole| &whole.value), Some(Ok(Value { data: Data::List(_), .. })))
}

fn may(item: &Value) -> May {
    let is_set = |key| item.at(&["options", key]).is_some_and(|value| value.data == Data::Bool(true));
    May { rename: is_set("allowNameChange"), change_kind: is_set("allowKindChange") }
}

/// What documents are as a patch.
fn content(documents: &Documents, place: Place) -> Result<Content, Note> {
    let first = documents.first().map(|whole| &whole.value);
    match first {
        None => Err(Note::new(place, What::PatchEmpty)),
        Some(Ok(Value { data: Data::List(items), .. })) => {
            items.iter().map(Operation::read).collect::<Result<_, _>>().map(Content::Operations)
        }
        Some(_) => {
            let pieces = objects_of(documents);
            match pieces.notes.into_iter().next() {
                Some(note) => Err(Note::new(note.place, What::PatchUnreadable)),
                None => Ok(Content::Pieces(Objects { resources: pieces.resources, notes: Vec::new() })),
            }
        }
    }
}

/// Marks what a patch that cannot be applied is for: without a target it may be anything.
fn doubt(target: Option<&Selector>, note: Note, layer: &mut Layer) {
    for resource in layer.each().filter(|resource| target.is_none_or(|target| target.selects(resource))) {
        resource.doubtful = true;
    }
    layer.notes.push(note);
}

/// Applies a patch. `keeps` says whether names from before the patch still lead to the object.
fn apply(patch: &Patch, keeps: bool, layer: &mut Layer) {
    match (&patch.content, &patch.target) {
        (Content::Pieces(pieces), None) => merge_all(pieces, patch.place, patch.may, layer),
        (Content::Pieces(pieces), Some(target)) => match pieces.resources.as_slice() {
            [] => layer.note(patch.place, What::PatchEmpty),
            [piece] => {
                let at = selected(target, patch.place, layer);
                for at in at {
                    merge(piece, at, patch.may, layer);
                }
                settle(patch.place, patch.may, layer);
            }
            _ => doubt(Some(target), Note::new(patch.place, What::PatchForSeveral), layer),
        },
        (Content::Operations(_), None) => doubt(None, Note::new(patch.place, What::PatchNeedsTarget), layer),
        (Content::Operations(operations), Some(target)) => {
            for at in selected(target, patch.place, layer) {
                operate(operations, at, keeps, layer);
            }
        }
    }
}

/// The objects that a target selects; that it selects none is noted.
fn selected(target: &Selector, place: Place, layer: &mut Layer) -> Vec<usize> {
    let all = layer.resources.iter().enumerate();
    let at: Vec<usize> = all.filter(|(_, resource)| target.selects(resource)).map(|(at, _)| at).collect();
    if at.is_empty() {
        layer.note(place, What::SelectsNothing { by: Transformer::Patch });
    }
    at
}

/// Merges each piece into the one object that it names.
fn merge_all(pieces: &Objects, place: Place, may: May, layer: &mut Layer) {
    for piece in &pieces.resources {
        let id = id_of(&piece.value);
        match layer.known_as(id)[..] {
            [at] => merge(piece, at, may, layer),
            [] => layer.note(piece.value.place, What::PatchFindsNothing { id: id.to_smolstr() }),
            ref several => {
                for &at in several {
                    Arc::make_mut(&mut layer.resources[at]).doubtful = true;
                }
                layer.note(piece.value.place, What::PatchFindsSeveral { id: id.to_smolstr() });
            }
        }
    }
    settle(place, may, layer);
}

/// Leaves out what patches deleted, and notes what they made the same.
fn settle(place: Place, may: May, layer: &mut Layer) {
    layer.drop_empty();
    // Other patches leave identities alone.
    let twice = if may.rename || may.change_kind { layer.twice() } else { None };
    if let Some(id) = twice {
        layer.note(place, What::Twice { id });
    }
}

fn merge(piece: &Resource, at: usize, may: May, layer: &mut Layer) {
    let resource = Arc::make_mut(&mut layer.resources[at]);
    if may.rename || may.change_kind {
        resource.remember();
    }
    if let Err(fault) = strategic::merge(resource, &piece.value, may) {
        resource.doubtful = true;
        let id = resource.id().to_smolstr();
        layer.note(fault.place, What::PatchFails { id, reason: fault.reason });
    }
}

fn operate(operations: &[Operation], at: usize, keeps: bool, layer: &mut Layer) {
    let resource = Arc::make_mut(&mut layer.resources[at]);
    if keeps {
        resource.remember();
    }
    let Resource { value, origin, .. } = resource;
    let mut patched = value.clone();
    let mut changes = origin.clone();
    match operations.iter().try_for_each(|operation| operation.apply(&mut patched, &mut changes)) {
        Ok(()) => (*value, *origin) = (patched, changes),
        Err(fault) => {
            resource.doubtful = true;
            let id = resource.id().to_smolstr();
            layer.note(fault.place, What::PatchFails { id, reason: fault.reason });
        }
    }
}

/// Why a patch does not fit an object.
struct Fault {
    place: Place,
    reason: String,
}

/// The text of a scalar for a message.
fn shown(value: &Value) -> SmolStr {
    edit::text_of(value).map_or_else(|| value.noun().into(), |text| text.to_smolstr())
}
