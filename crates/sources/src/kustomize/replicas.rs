//! `replicas`: how many pods a workload of some name has.

use std::sync::Arc;

use ringfence_manifest::{Data, Transformer, Value};
use smol_str::ToSmolStr as _;

use super::edit;
use super::field_spec::{FieldSpec, Make, Misshapen, tables};
use super::kustomization::Kustomization;
use super::layer::Layer;
use super::note::What;
use super::resource::{Id, Resource};

/// Sets the numbers that a kustomization asks for.
pub(super) fn apply(kustomization: &Kustomization, layer: &mut Layer) {
    for item in kustomization.items("replicas") {
        let name = edit::text_at(item, &["name"]).unwrap_or_default();
        let count = item.at(&["count"]).cloned().unwrap_or(Value { place: item.place, data: Data::Int(0) });
        let mut found = false;
        for at in 0..layer.resources.len() {
            let meant = |spec: &&FieldSpec| is_meant(&layer.resources[at], name, spec);
            let specs: Vec<&FieldSpec> = tables().replicas.iter().filter(meant).collect();
            for spec in specs {
                found = true;
                let resource = Arc::make_mut(&mut layer.resources[at]);
                if let Err(fault) = set(resource, spec, &count) {
                    let id = resource.id().to_smolstr();
                    layer.note(fault.place, What::Misshapen { by: Transformer::Replicas, id });
                }
            }
        }
        if !found {
            layer.note(item.place, What::SelectsNothing { by: Transformer::Replicas });
        }
    }
}

fn is_meant(resource: &Resource, name: &str, spec: &FieldSpec) -> bool {
    let is = |id: Id<'_>| id.name == name && spec.selects.selects(id);
    is(resource.id()) || resource.previous_ids().any(is)
}

fn set(resource: &mut Resource, spec: &FieldSpec, count: &Value) -> Result<(), Misshapen> {
    let Resource { value, origin, .. } = resource;
    spec.visit(value, Make::Scalar, count.place, &mut |field| {
        edit::replace(field, count.clone(), Transformer::Replicas, origin);
        Ok(())
    })
}
