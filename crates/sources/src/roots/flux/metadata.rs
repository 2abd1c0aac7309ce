//! `commonMetadata`: labels and annotations on every object, and on nothing inside of it.

use ringfence_manifest::{Transformer, Value};

use crate::kustomize::edit;
use crate::roots::Build;
use crate::roots::object;

/// Sets them.
pub(super) fn apply(kustomization: &Value, build: &mut Build) {
    for key in ["labels", "annotations"] {
        let pairs = object::entries(kustomization, &["spec", "commonMetadata", key]);
        for object in &mut build.objects {
            for pair in pairs.iter().filter(|pair| pair.value.as_str().is_some()) {
                let place = pair.value.place;
                let metadata = object.value.as_map_mut().and_then(|map| edit::child(map, "metadata", place));
                if let Some(map) = metadata.and_then(|metadata| edit::child(metadata, key, place)) {
                    let by = Transformer::CommonMetadata;
                    edit::set(map, &pair.key, pair.value.clone(), by, &mut object.origin);
                }
            }
        }
    }
}
