//! The order in which objects come out: kustomize's `legacy`, unless `sortOptions` asks for that of the files.
//!
//! As `api/internal/builtins/SortOrderTransformer.go`.

use std::cmp::Ordering;
use std::sync::Arc;

use ringfence_manifest::Value;

use super::edit;
use super::kustomization::Kustomization;
use super::resource::{Id, Resource};

const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Which kinds come first, and which last.
struct Order<'k> {
    first: Vec<&'k str>,
    last: Vec<&'k str>,
}

/// Sorts the objects of a root.
pub(super) fn sort(kustomization: Option<&Kustomization>, resources: &mut [Arc<Resource>]) {
    let options = kustomization.and_then(|kustomization| kustomization.value("sortOptions"));
    let asked = options.and_then(|options| edit::text_at(options, &["order"]));
    if options.is_some() && asked != Some("legacy") {
        return;
    }
    let own = options.and_then(|options| options.at(&["legacySortOptions"]));
    let order = match own {
        Some(own) => Order { first: texts(own, "orderFirst"), last: texts(own, "orderLast") },
        None => Order { first: FIRST.to_vec(), last: LAST.to_vec() },
    };
    // What is compared is text: written once for each object, not once for each comparison.
    let mut keyed: Vec<(Key, Arc<Resource>)> =
        resources.iter().map(|resource| (order.key(resource.id()), Arc::clone(resource))).collect();
    keyed.sort_by(|(one, _), (other, _)| one.compare(other));
    for (slot, (_, resource)) in resources.iter_mut().zip(keyed) {
        *slot = resource;
    }
}

fn texts<'v>(value: &'v Value, key: &str) -> Vec<&'v str> {
    let items = value.at(&[key]).and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect()
}

/// What places an object.
struct Key {
    rank: usize,
    kind: String,
    name: String,
    is_namespace: bool,
    is_core: bool,
}

impl Key {
    fn compare(&self, other: &Self) -> Ordering {
        if self.kind == other.kind {
            return self.name.cmp(&other.name);
        }
        let by_kind = self.kind.cmp(&other.kind);
        // A Namespace of the core comes before one of some other group.
        let reversed = self.is_namespace && other.is_namespace && (self.is_core || other.is_core);
        self.rank.cmp(&other.rank).then(if reversed { by_kind.reverse() } else { by_kind })
    }
}

impl Order<'_> {
    fn key(&self, id: Id<'_>) -> Key {
        Key {
            rank: self.rank(id.kind),
            kind: kind_key(id),
            name: name_key(id),
            is_namespace: id.kind == "Namespace",
            is_core: id.group.is_empty(),
        }
    }

    /// Kinds that come first by their place among these, then all others, then those that come last.
    fn rank(&self, kind: &str) -> usize {
        let at = |list: &[&str]| list.iter().rposition(|own| *own == kind);
        match (at(&self.last), at(&self.first)) {
            (Some(last), _) => self.first.len() + 1 + last,
            (None, Some(first)) => first,
            (None, None) => self.first.len(),
        }
    }
}

fn or<'t>(text: &'t str, none: &'t str) -> &'t str {
    if text.is_empty() { none } else { text }
}

fn kind_key(id: Id<'_>) -> String {
    format!("{}_{}_{}", or(id.group, "~G"), or(id.version, "~V"), or(id.kind, "~K"))
}

fn name_key(id: Id<'_>) -> String {
    format!("{}|{}", or(id.namespace, "~X"), or(id.name, "~N"))
}
