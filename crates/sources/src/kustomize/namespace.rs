//! `namespace`: where every object goes that kustomize takes to be namespaced.
//!
//! As `api/filters/namespace/namespace.go`: besides `metadata.namespace` it renames Namespaces, and moves the subjects of
//! role bindings that are called `default`.

use ringfence_manifest::{Data, Transformer, Value};

use super::edit;
use super::field_spec::{FieldSpec, Make, tables};
use super::kustomization::{Kustomization, Text};
use super::layer::Layer;
use super::note::What;
use super::resource::Resource;

/// Sets the namespace that a kustomization asks for.
pub(super) fn apply(kustomization: &Kustomization, layer: &mut Layer) {
    let Some(namespace) = kustomization.text("namespace") else { return };
    for resource in layer.each() {
        move_to(&namespace, resource);
    }
    if let Some(id) = layer.twice() {
        layer.note(namespace.place, What::Twice { id });
    }
}

/// Moves one object.
fn move_to(namespace: &Text, resource: &mut Resource) {
    resource.remember();
    let by = Transformer::Namespace;
    let value = || edit::string(namespace.place, &namespace.text);
    if !resource.id().is_cluster_scoped() {
        let metadata = resource.value.as_map_mut().and_then(|map| edit::child(map, "metadata", namespace.place));
        if let Some(metadata) = metadata {
            edit::set(metadata, "namespace", value(), by, &mut resource.origin);
        }
    }
    move_subjects(namespace, resource);
    let renames = resource.id().group.is_empty() && resource.id().version == "v1";
    let specs = tables().namespace.iter().filter(|spec| spec.selects.selects(resource.id()));
    let specs: Vec<&FieldSpec> = specs.filter(|spec| renames || spec.path != ["metadata", "name"]).collect();
    for spec in specs {
        let Resource { value: object, origin, .. } = resource;
        // A Namespace without metadata has no name either: there is nothing that could be misshapen.
        let _ = spec.visit(object, Make::Scalar, namespace.place, &mut |field| {
            edit::replace(field, value(), by, origin);
            Ok(())
        });
    }
}

/// The subjects of a role binding that are called `default` go along.
fn move_subjects(namespace: &Text, resource: &mut Resource) {
    if !matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding") {
        return;
    }
    let Resource { value, origin, .. } = resource;
    let Some(Value { data: Data::List(subjects), .. }) = edit::at_mut(value, &["subjects"]) else { return };
    for subject in subjects.iter_mut().filter_map(Value::as_map_mut) {
        if subject.get("name").and_then(|entry| entry.value.as_str()) == Some("default") {
            let moved = edit::string(namespace.place, &namespace.text);
            edit::set(subject, "namespace", moved, Transformer::Namespace, origin);
        }
    }
}
