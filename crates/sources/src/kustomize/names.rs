//! `namePrefix` and `nameSuffix`.

use ringfence_manifest::Transformer;

use super::edit;
use super::kustomization::{Kustomization, Text};
use super::layer::Layer;
use super::resource::{Id, Resource};

/// Renames what a kustomization asks to be renamed: everything but Namespaces, CRDs and APIServices.
pub(super) fn apply(kustomization: &Kustomization, layer: &mut Layer) {
    if let Some(prefix) = kustomization.text("namePrefix") {
        layer
            .each()
            .filter(|resource| is_renamed(resource.original()))
            .for_each(|resource| add_prefix(&prefix, resource));
    }
    if let Some(suffix) = kustomization.text("nameSuffix") {
        layer
            .each()
            .filter(|resource| is_renamed(resource.original()))
            .for_each(|resource| add_suffix(&suffix, resource));
    }
}

/// As `prefixFieldSpecsToSkip` of `api/internal/builtins/PrefixTransformer.go`.
fn is_renamed(id: Id<'_>) -> bool {
    match id.kind {
        "CustomResourceDefinition" | "Namespace" => false,
        "APIService" => id.group != "apiregistration.k8s.io",
        _ => true,
    }
}

fn add_prefix(prefix: &Text, resource: &mut Resource) {
    resource.remember();
    resource.prefixes.push(prefix.text.clone());
    let name = format!("{}{}", prefix.text, resource.name());
    resource.rename(edit::string(prefix.place, name), Transformer::NamePrefix);
}

fn add_suffix(suffix: &Text, resource: &mut Resource) {
    resource.remember();
    resource.suffixes.push(suffix.text.clone());
    let name = format!("{}{}", resource.name(), suffix.text);
    resource.rename(edit::string(suffix.place, name), Transformer::NameSuffix);
}
