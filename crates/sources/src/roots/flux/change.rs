//! What a Kustomization changes in the kustomization of its folder before that is built (`GenerateManifest`).

use ringfence_manifest::{Data, Value};

use crate::kustomize::{Kustomization, edit, path, write};
use crate::roots::note::Note;
use crate::roots::object::{self, Shape};
use crate::roots::repository::Repository;

/// Makes the changes.
pub(super) fn apply(
    spec: &Value,
    folder: &str,
    repository: &Repository<'_>,
    own: &mut Kustomization,
    notes: &mut Vec<Note>,
) {
    for (key, field) in [("targetNamespace", "namespace"), ("namePrefix", "namePrefix"), ("nameSuffix", "nameSuffix")] {
        if let Some((place, value)) = Shape::Text.of(spec, key, notes) {
            own.set(field, place, value.clone());
        }
    }
    if let Some((place, patches)) = Shape::Items.of(spec, "patches", notes) {
        own.extend("patches", place, object::items(patches, &[]).to_vec());
    }
    components(spec, folder, repository, own, notes);
    if let Some((place, patches)) = Shape::Items.of(spec, "patchesStrategicMerge", notes) {
        own.extend("patchesStrategicMerge", place, object::items(patches, &[]).iter().map(as_text).collect());
    }
    if let Some((place, patches)) = Shape::Items.of(spec, "patchesJson6902", notes) {
        own.extend("patchesJson6902", place, object::items(patches, &[]).iter().map(with_text).collect());
    }
    images(spec, own, notes);
    if let Some((place, metadata)) = Shape::Texts.of(spec, "buildMetadata", notes) {
        own.set("buildMetadata", place, metadata.clone());
    }
}

fn components(spec: &Value, folder: &str, repository: &Repository<'_>, own: &mut Kustomization, notes: &mut Vec<Note>) {
    let Some((place, components)) = Shape::Texts.of(spec, "components", notes) else { return };
    let optional = object::is_true(spec, &["ignoreMissingComponents"]);
    let is_there = |component: &&Value| {
        let written = component.as_str().unwrap_or_default();
        !optional || path::join(folder, written).is_some_and(|path| repository.folder(&path).is_some())
    };
    own.extend("components", place, object::items(components, &[]).iter().filter(is_there).cloned().collect());
}

/// A patch that is written as an object, as text: kustomize takes no other.
fn as_text(patch: &Value) -> Value {
    edit::string(patch.place, write(patch, &|_| None))
}

/// The same for the operations under `patch`.
fn with_text(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(patch) = edit::at_mut(&mut item, &["patch"]) {
        *patch = as_text(patch);
    }
    item
}

/// Images are merged by name: a new tag or digest takes the place of both.
fn images(spec: &Value, own: &mut Kustomization, notes: &mut Vec<Note>) {
    let Some((place, images)) = Shape::Items.of(spec, "images", notes) else { return };
    let mut all = own.items("images").to_vec();
    for image in object::items(images, &[]) {
        let name = object::text(image, &["name"]).unwrap_or_default();
        match all.iter_mut().find(|own| object::text(own, &["name"]).unwrap_or_default() == name) {
            Some(own) => merge_image(own, image),
            None => all.push(image.clone()),
        }
    }
    own.set("images", place, Value { place, data: Data::List(all) });
}

fn merge_image(own: &mut Value, image: &Value) {
    let Some(map) = own.as_map_mut() else { return };
    let written = |key: &str| object::text(image, &[key]).is_some_and(|text| !text.is_empty());
    let versioned = written("newTag") || written("digest");
    for key in ["newName", "newTag", "digest"] {
        if written(key) || (versioned && key != "newName") {
            map.remove(key);
            map.entries.extend(image.as_map().and_then(|image| image.get(key)).cloned());
        }
    }
}
