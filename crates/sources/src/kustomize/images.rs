//! `images`: other names, tags and digests for container images.
//!
//! As `api/filters/imagetag`: in every list called `containers` or `initContainers`, wherever it stands, and in the
//! fields of the table; never in a CustomResourceDefinition.

use std::sync::Arc;

use regex::Regex;
use ringfence_manifest::{Data, Origin, Place, Transformer, Value};

use super::edit;
use super::field_spec::{FieldSpec, Make, tables};
use super::kustomization::Kustomization;
use super::layer::Layer;
use super::note::What;
use super::resource::Resource;

/// An item of `images`.
struct Image<'k> {
    place: Place,
    pattern: Regex,
    name: &'k str,
    tag: &'k str,
    digest: &'k str,
    suffix: &'k str,
}

/// Sets the images that a kustomization asks for.
pub(super) fn apply(kustomization: &Kustomization, layer: &mut Layer) {
    let items = kustomization.items("images").iter().chain(kustomization.items("imageTags"));
    for item in items {
        match Image::read(item) {
            Ok(image) => {
                for shared in layer.resources.iter_mut().filter(|resource| image.is_in(&resource.value)) {
                    image.set(Arc::make_mut(shared));
                }
            }
            Err(what) => layer.note(item.place, what),
        }
    }
}

impl<'k> Image<'k> {
    fn read(item: &'k Value) -> Result<Self, What> {
        let text = |key| edit::text_at(item, &[key]).unwrap_or_default();
        let name = text("name");
        // The name is not escaped in kustomize either: `.*/app` works.
        let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
        let pattern = Regex::new(&pattern).map_err(|_| What::BadPattern { pattern: name.into() })?;
        Ok(Self {
            place: item.place,
            pattern,
            name: text("newName"),
            tag: text("newTag"),
            digest: text("digest"),
            suffix: text("tagSuffix"),
        })
    }

    /// Whether a text in a value names the image: nearly no object has to be copied.
    fn is_in(&self, value: &Value) -> bool {
        match &value.data {
            Data::String(text) => self.pattern.is_match(text),
            Data::List(items) => items.iter().any(|item| self.is_in(item)),
            Data::Map(map) => map.entries.iter().any(|entry| self.is_in(&entry.value)),
            _ => false,
        }
    }

    fn set(&self, resource: &mut Resource) {
        if resource.kind() == "CustomResourceDefinition" {
            return;
        }
        let id = resource.id();
        let specs: Vec<&FieldSpec> = tables().images.iter().filter(|spec| spec.selects.selects(id)).collect();
        let Resource { value, origin, .. } = resource;
        self.walk(value, origin);
        for spec in specs {
            // What has another shape holds no image.
            let _ = spec.visit(value, Make::Nothing, self.place, &mut |field| {
                self.change(field, origin);
                Ok(())
            });
        }
    }

    /// Every list of containers in a value.
    fn walk(&self, value: &mut Value, origin: &mut Origin) {
        match &mut value.data {
            Data::List(items) => items.iter_mut().for_each(|item| self.walk(item, origin)),
            Data::Map(map) => {
                for entry in &mut map.entries {
                    self.walk(&mut entry.value, origin);
                    if !matches!(entry.key.as_str(), "containers" | "initContainers") {
                        continue;
                    }
                    let Data::List(items) = &mut entry.value.data else { continue };
                    let maps = items.iter_mut().filter_map(Value::as_map_mut);
                    for image in maps.filter_map(|map| map.get_mut("image")) {
                        self.change(&mut image.value, origin);
                    }
                }
            }
            _ => {}
        }
    }

    fn change(&self, field: &mut Value, origin: &mut Origin) {
        let Some(image) = field.as_str().filter(|image| self.pattern.is_match(image)) else { return };
        let changed = edit::string(self.place, self.changed(image));
        edit::replace(field, changed, Transformer::Images, origin);
    }

    fn changed(&self, image: &str) -> String {
        let (name, tag, digest) = split(image);
        let name = if self.name.is_empty() { name } else { self.name };
        let (tag, digest) = match (self.tag, self.digest) {
            ("", "") if self.suffix.is_empty() => (tag.to_owned(), digest),
            ("", "") => (format!("{tag}{}", self.suffix), ""),
            (tag, digest) => (tag.to_owned(), digest),
        };
        let part = |mark: &str, text: &str| if text.is_empty() { String::new() } else { format!("{mark}{text}") };
        format!("{name}{}{}", part(":", &tag), part("@", digest))
    }
}

/// Name, tag and digest. A port before the first `/` is part of the name.
fn split(image: &str) -> (&str, &str, &str) {
    let host = image.find('/').unwrap_or(0);
    let (rest, digest) = match image[host..].find('@') {
        Some(at) => (&image[..host + at], &image[host + at + 1..]),
        None => (image, ""),
    };
    match rest[host.min(rest.len())..].find(':') {
        Some(at) => (&rest[..host + at], &rest[host + at + 1..], digest),
        None => (rest, "", digest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_split() {
        assert_eq!(split("nginx"), ("nginx", "", ""));
        assert_eq!(split("host:5000/a/b:1.2@sha256:abc"), ("host:5000/a/b", "1.2", "sha256:abc"));
        assert_eq!(split("a@sha256:abc"), ("a", "", "sha256:abc"));
    }
}
