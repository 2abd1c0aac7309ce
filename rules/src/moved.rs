//! Objects that a build puts into another namespace than they name, and Namespaces that it renames.

use ringfence_manifest::{Body, Change, Field, Object, Origin, Place, Transformer};

use crate::context::Cx;

/// An object of a build that goes elsewhere than its file says.
pub(crate) struct Move<'w> {
    pub(crate) object: &'w Object,
    /// What says where it goes: the value of `namespace`, of `targetNamespace`, of `destination.namespace`.
    pub(crate) line: Place,
    /// The namespaces that it named before, the one in its own file first. Empty where it named none.
    pub(crate) from: Vec<(&'w str, Place)>,
    /// Where it goes.
    pub(crate) to: &'w str,
}

/// Everything in the world that a build moves, as far as the names can be told.
pub(crate) fn moves<'w>(cx: &Cx<'w>) -> Vec<Move<'w>> {
    cx.world().objects.iter().filter_map(|object| Move::of(cx, object)).collect()
}

/// The key before a value that moves objects, as its file has it.
pub(crate) fn key_at<'w>(cx: &Cx<'w>, line: Place) -> &'w str {
    let node = cx.node(line);
    let entry = node.and_then(|node| node.parent()?.entries().find(|entry| entry.value == node));
    entry.and_then(|entry| Some(entry.key.scalar()?.as_str())).unwrap_or("namespace")
}

/// The text of the scalar at a place.
pub(crate) fn text_at<'w>(cx: &Cx<'w>, place: Place) -> Option<&'w str> {
    Some(cx.node(place)?.scalar()?.as_str())
}

impl<'w> Move<'w> {
    fn of(cx: &Cx<'w>, object: &'w Object) -> Option<Self> {
        let origin = object.origin.as_deref()?;
        let field = if matches!(object.body, Body::Namespace) { &object.meta.name } else { &object.meta.namespace };
        let Field::Set(to, at) = field else { return None };
        let moves = |by: &Transformer| matches!(by, Transformer::Namespace | Transformer::Destination);
        origin.by(at.value).filter(moves)?;
        let places = before(origin, at.value);
        let from: Option<Vec<_>> = places.into_iter().rev().map(|place| Some((name_at(cx, place)?, place))).collect();
        Some(Self { object, line: at.value, from: from?, to })
    }

    /// The namespace that its own file names.
    pub(crate) fn written(&self) -> Option<(&'w str, Place)> {
        self.from.first().copied()
    }
}

/// The places that a value had before the one it has now, the last one first.
fn before(origin: &Origin, place: Place) -> Vec<Place> {
    let mut places = Vec::new();
    let mut at = place;
    // Each change is gone back over once at most: this ends.
    for _ in &origin.changes {
        let was = |change: &&Change| change.place == at && change.was != Some(at);
        // Of all that one line changes in an object, its namespace is the first.
        let Some(was) = origin.changes.iter().find(was).and_then(|change| change.was) else { break };
        places.push(was);
        at = was;
    }
    places
}

/// The name of a namespace at a place; `None` where something is still to be filled in.
fn name_at<'w>(cx: &Cx<'w>, place: Place) -> Option<&'w str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    text_at(cx, place).filter(|text| !text.is_empty() && text.chars().all(is_part))
}
