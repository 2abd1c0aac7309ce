//! What `source.kustomize` changes in a kustomization before it is built: Argo CD calls `kustomize edit` for it.

use ringfence_manifest::{Data, Map, Place, Value};

use crate::kustomize::{Kustomization, edit};
use crate::roots::note::{Note, What};
use crate::roots::object::{self, Shape};

/// Makes the changes.
pub(super) fn apply(source: &Value, own: &mut Kustomization, notes: &mut Vec<Note>) {
    let Some(options) = source.at(&["kustomize"]).filter(|options| options.as_map().is_some()) else { return };
    for key in ["namePrefix", "nameSuffix", "namespace"] {
        if let Some((place, value)) = Shape::Text.of(options, key, notes) {
            own.set(key, place, value.clone());
        }
    }
    if let Some((place, images)) = Shape::Texts.of(options, "images", notes) {
        set_items(own, "images", place, object::items(images, &[]).iter().filter_map(image).collect());
    }
    if let Some((place, replicas)) = Shape::Items.of(options, "replicas", notes) {
        set_items(own, "replicas", place, object::items(replicas, &[]).to_vec());
    }
    labels(options, own);
    pairs(options, "commonAnnotations", own);
    if let Some((place, patches)) = Shape::Items.of(options, "patches", notes) {
        own.extend("patches", place, object::items(patches, &[]).to_vec());
    }
    if let Some((place, components)) = Shape::Texts.of(options, "components", notes) {
        own.extend("components", place, object::items(components, &[]).to_vec());
    }
    for key in ["commonAnnotationsEnvsubst", "ignoreMissingComponents"] {
        if object::is_true(options, &[key]) {
            let place = object::field(options, key).map_or(options.place, |(place, _)| place);
            notes.push(Note::new(place, What::NotBuilt { key: key.into() }));
        }
    }
}

/// `commonLabels`: under `labels`, where they are not to go into selectors.
fn labels(options: &Value, own: &mut Kustomization) {
    if !object::is_true(options, &["labelWithoutSelector"]) {
        return pairs(options, "commonLabels", own);
    }
    let Some((place, labels)) = object::field(options, "commonLabels") else { return };
    let mut entries = vec![edit::entry("pairs", labels.clone())];
    if object::is_true(options, &["labelIncludeTemplates"]) {
        entries.push(edit::entry("includeTemplates", Value { place, data: Data::Bool(true) }));
    }
    own.extend("labels", place, vec![Value { place, data: Data::Map(Map { entries, open: false }) }]);
}

/// Adds the pairs under a key to those that are there; of equal ones the new one holds.
fn pairs(options: &Value, key: &'static str, own: &mut Kustomization) {
    let Some((place, _)) = object::field(options, key) else { return };
    let mut map = own.value(key).and_then(Value::as_map).cloned().unwrap_or_default();
    for pair in object::entries(options, &[key]) {
        map.remove(&pair.key);
        map.entries.push(pair.clone());
    }
    own.set(key, place, Value { place, data: Data::Map(map) });
}

/// Puts items into a list; of those with one name, the new one holds.
fn set_items(own: &mut Kustomization, key: &'static str, place: Place, items: Vec<Value>) {
    let mut all = own.items(key).to_vec();
    for item in items {
        let name = object::text(&item, &["name"]);
        all.retain(|other| object::text(other, &["name"]) != name);
        all.push(item);
    }
    own.set(key, place, Value { place, data: Data::List(all) });
}

/// `name=other:tag@digest`, as `kustomize edit set image` takes it.
fn image(written: &Value) -> Option<Value> {
    let text = written.as_str()?;
    let (name, rest) = text.split_once('=').map_or((None, text), |(name, rest)| (Some(name), rest));
    let (rest, digest) = rest.split_once('@').map_or((rest, None), |(rest, digest)| (rest, Some(digest)));
    // A colon before a slash is that of a port.
    let tagged = rest.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    let (image, tag) = tagged.map_or((rest, None), |(image, tag)| (image, Some(tag)));
    let other = name.map(|_| image);
    let fields = [("name", Some(name.unwrap_or(image))), ("newName", other), ("newTag", tag), ("digest", digest)];
    let entry = |(key, text): (&str, Option<&str>)| Some(edit::entry(key, edit::string(written.place, text?)));
    let entries = fields.into_iter().filter_map(entry).collect();
    Some(Value { place: written.place, data: Data::Map(Map { entries, open: false }) })
}
