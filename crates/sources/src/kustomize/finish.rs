//! What is done once, at the root: names of what changed its name, the order, what is left out.

use std::sync::Arc;

use super::kustomization::Kustomization;
use super::layer::Layer;
use super::resource::Resource;
use super::{Build, Built};

/// The build that everything gathered comes to.
pub(super) fn finish(layer: Layer, _kustomization: Option<&Kustomization>) -> Build {
    let Layer { resources, mut notes, read, .. } = layer;
    let mut seen = Vec::new();
    notes.retain(|note| {
        let fresh = !seen.contains(note);
        if fresh {
            seen.push(note.clone());
        }
        fresh
    });
    let built = |resource: Arc<Resource>| {
        let resource = Arc::unwrap_or_clone(resource);
        Built {
            value: resource.value,
            document: resource.document,
            origin: resource.origin,
            doubtful: resource.doubtful,
        }
    };
    Build { objects: resources.into_iter().map(built).collect(), notes, read }
}
