//! `labels`, `commonLabels` and `commonAnnotations`: pairs that go into the same fields of many objects.

use ringfence_manifest::{Data, Entry, Transformer, Value};
use smol_str::{SmolStr, ToSmolStr as _};

use super::edit;
use super::field_spec::{FieldSpec, Gvk, Make, Misshapen, tables};
use super::kustomization::{Kustomization, pairs};
use super::layer::Layer;
use super::note::What;
use super::resource::Resource;

/// Sets what a kustomization asks for: first `labels`, then `commonLabels`, then `commonAnnotations`.
pub(super) fn apply(kustomization: &Kustomization, layer: &mut Layer) {
    for item in kustomization.items("labels") {
        let Some(labels) = item.at(&["pairs"]) else { continue };
        let own = own_fields(item);
        let fields: Vec<&FieldSpec> = own.iter().chain(fields_of(item)).collect();
        set_all(&pairs(labels), &fields, Transformer::Labels, layer);
    }
    let tables = tables();
    let common: Vec<&FieldSpec> = tables.common_labels.iter().collect();
    set_all(&kustomization.pairs("commonLabels"), &common, Transformer::CommonLabels, layer);
    let annotations: Vec<&FieldSpec> = tables.common_annotations.iter().collect();
    set_all(&kustomization.pairs("commonAnnotations"), &annotations, Transformer::CommonAnnotations, layer);
}

/// The fields of an item of `labels` beside its own: selectors include templates, and both the metadata.
fn fields_of(item: &Value) -> &'static [FieldSpec] {
    let asks = |key| item.at(&[key]).is_some_and(|value| value.data == Data::Bool(true));
    let tables = tables();
    if asks("includeSelectors") {
        &tables.common_labels
    } else if asks("includeTemplates") {
        &tables.template_labels
    } else {
        // The first of them is `metadata/labels`.
        &tables.template_labels[..1]
    }
}

/// The `fields` of an item of `labels`.
fn own_fields(item: &Value) -> Vec<FieldSpec> {
    let fields = item.at(&["fields"]).and_then(Value::as_list).unwrap_or_default();
    fields.iter().filter_map(field_spec).collect()
}

fn field_spec(value: &Value) -> Option<FieldSpec> {
    let text = |key| SmolStr::new(edit::text_at(value, &[key]).unwrap_or_default());
    let selects = Gvk { group: text("group"), version: text("version"), kind: text("kind") };
    let create = value.at(&["create"]).is_some_and(|create| create.data == Data::Bool(true));
    Some(FieldSpec::new(selects, edit::text_at(value, &["path"])?, create))
}

fn set_all(pairs: &[&Entry], fields: &[&FieldSpec], by: Transformer, layer: &mut Layer) {
    if pairs.is_empty() {
        return;
    }
    let mut faults = Vec::new();
    for resource in layer.each() {
        if let Err(fault) = set(pairs, fields, by, resource) {
            resource.doubtful = true;
            faults.push((fault.place, What::Misshapen { by, id: resource.id().to_smolstr() }));
        }
    }
    for (place, what) in faults {
        layer.note(place, what);
    }
}

fn set(pairs: &[&Entry], fields: &[&FieldSpec], by: Transformer, resource: &mut Resource) -> Result<(), Misshapen> {
    let id = resource.id();
    let fields: Vec<&&FieldSpec> = fields.iter().filter(|field| field.selects.selects(id)).collect();
    let Resource { value, origin, .. } = resource;
    for pair in pairs {
        for field in &fields {
            field.visit(value, Make::Mapping, pair.value.place, &mut |found| {
                // What is not to be made stays null: kustomize loses what it sets there.
                if found.data == Data::Null {
                    return Ok(());
                }
                let place = found.place;
                let map = edit::mapping(found).ok_or(Misshapen { place })?;
                let text = pair.value.as_str().unwrap_or_default();
                edit::set(map, &pair.key, edit::string(pair.value.place, text), by, origin);
                Ok(())
            })?;
        }
    }
    Ok(())
}
