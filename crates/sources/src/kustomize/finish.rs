//! What is done once, at the root: names that follow others, the order, and what never leaves the repository.

use std::sync::Arc;

use ringfence_manifest::{Change, Data, Transformer, Value};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::kustomization::Kustomization;
use super::layer::Layer;
use super::note::What;
use super::resource::Resource;
use super::{Build, Built, edit, hash, order, references};

/// An object with this annotation is for tools only.
const LOCAL: &str = "config.kubernetes.io/local-config";
/// The label that `managedByLabel` sets.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// The build that everything gathered comes to.
pub(super) fn finish(mut layer: Layer, kustomization: Option<&Kustomization>) -> Build {
    hash::apply(&mut layer);
    references::follow(&mut layer);
    layer.resources.retain(|resource| !is_local(resource));
    order::sort(kustomization, &mut layer.resources);
    if let Some(kustomization) = kustomization {
        build_metadata(kustomization, &mut layer);
    }
    layer.resources.iter_mut().for_each(settle_annotations);
    let Layer { resources, mut notes, read, .. } = layer;
    let mut seen = FxHashSet::default();
    notes.retain(|note| seen.insert(note.clone()));
    let built = |resource: Arc<Resource>| {
        let Resource { value, document, origin, doubtful, .. } = Arc::unwrap_or_clone(resource);
        Built { value, document, origin, doubtful }
    };
    Build { objects: resources.into_iter().map(built).collect(), notes, read }
}

fn is_local(resource: &Resource) -> bool {
    let annotation = resource.value.at(&["metadata", "annotations", LOCAL]);
    annotation.is_some_and(|annotation| edit::text_of(annotation).as_deref() != Some("false"))
}

/// kustomize keeps notes of its own in annotations, and writes them anew at the end: all of them are text then, and a
/// mapping without any is gone.
fn settle_annotations(shared: &mut Arc<Resource>) {
    const PATH: &[&str] = &["metadata", "annotations"];
    let Some(annotations) = shared.value.at(PATH) else { return };
    match annotations.as_map() {
        Some(map) if map.entries.iter().all(|entry| entry.value.text().is_some()) && !map.entries.is_empty() => {}
        Some(map) if !map.entries.is_empty() => {
            let map = edit::at_mut(&mut Arc::make_mut(shared).value, PATH).and_then(Value::as_map_mut);
            for entry in map.into_iter().flat_map(|map| &mut map.entries) {
                let text = edit::text_of(&entry.value).map_or(SmolStr::new_static("null"), SmolStr::new);
                entry.value.data = Data::String(text);
            }
        }
        _ => {
            let metadata = edit::at_mut(&mut Arc::make_mut(shared).value, &["metadata"]).and_then(Value::as_map_mut);
            metadata.and_then(|metadata| metadata.remove("annotations"));
        }
    }
}

/// `buildMetadata`: a label says that kustomize was here; annotations that tell the same as our places are not made.
fn build_metadata(kustomization: &Kustomization, layer: &mut Layer) {
    for asked in kustomization.texts("buildMetadata") {
        if asked.text != "managedByLabel" {
            layer.note(asked.place, What::NotBuilt { key: asked.text.clone() });
            continue;
        }
        for resource in layer.each() {
            if let Some(labels) = resource.metadata("labels", asked.place) {
                let value = edit::string(asked.place, "kustomize-v5.8.1");
                labels.remove(MANAGED_BY);
                labels.entries.push(edit::entry(MANAGED_BY, value));
            }
            let change = Change { by: Transformer::BuildMetadata, place: asked.place, was: None };
            resource.origin.changes.push(change);
        }
    }
}
