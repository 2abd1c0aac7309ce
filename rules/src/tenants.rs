//! Namespaces that the input declares, with what their manifests say of them.

use ringfence_cluster::World;
use ringfence_manifest::{Labels, Object, Place};

use ringfence_cluster::blueprint::{Blueprint, Role};

/// A namespace with its manifest.
#[derive(Clone, Copy)]
pub(crate) struct Tenant<'w> {
    /// Its manifest.
    pub(crate) object: &'w Object,
    /// Its name.
    pub(crate) name: &'w str,
}

/// A label or annotation with a meaning.
#[derive(Clone, Copy)]
pub(crate) struct Mark<'w> {
    /// The namespace.
    pub(crate) tenant: Tenant<'w>,
    /// The key.
    pub(crate) key: &'w str,
    /// The value.
    pub(crate) value: &'w str,
    /// What it is for.
    pub(crate) role: Role,
    /// Where the key stands.
    pub(crate) key_place: Place,
    /// Where the value stands.
    pub(crate) value_place: Place,
}

/// The declared namespaces whose name is known.
pub(crate) fn tenants(world: &World) -> impl Iterator<Item = Tenant<'_>> {
    world.namespace_ids().filter_map(|(id, namespace)| {
        Some(Tenant { object: world.object(namespace.object?), name: world.namespace_name(id)? })
    })
}

impl<'w> Tenant<'w> {
    /// Its labels with a meaning.
    pub(crate) fn labels(self, blueprint: &Blueprint<'_>) -> Vec<Mark<'w>> {
        self.marks(self.object.meta.labels.get(), blueprint)
    }

    /// Its annotations that would have a meaning as labels, and have no such label beside them.
    pub(crate) fn annotations(self, blueprint: &Blueprint<'_>) -> Vec<Mark<'w>> {
        let mut marks = self.marks(self.object.meta.annotations.get(), blueprint);
        let labelled =
            |key| self.object.meta.labels.get().is_some_and(|labels| labels.open || labels.get(key).is_some());
        marks.retain(|mark| !self.object.meta.labels.is_unknown() && !labelled(mark.key));
        marks
    }

    fn marks(self, entries: Option<&'w Labels>, blueprint: &Blueprint<'_>) -> Vec<Mark<'w>> {
        let entries = entries.map_or(&[][..], |entries| &entries.entries);
        let mark = |entry: &'w ringfence_manifest::LabelEntry| {
            let value = entry.value.get()?;
            let role = blueprint.role(&entry.key, value)?;
            let value_place = entry.value.at()?.value;
            Some(Mark { tenant: self, key: &entry.key, value, role, key_place: entry.key_place, value_place })
        };
        entries.iter().filter_map(mark).collect()
    }
}
