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
    resources.sort_by(|one, other| order.compare(one.id(), other.id()));
}

fn texts<'v>(value: &'v Value, key: &str) -> Vec<&'v str> {
    let items = value.at(&[key]).and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect()
}

impl Order<'_> {
    fn compare(&self, one: Id<'_>, other: Id<'_>) -> Ordering {
        if (one.group, one.version, one.kind) == (other.group, other.version, other.kind) {
            return name_key(one).cmp(&name_key(other));
        }
        let by_rank = self.rank(one.kind).cmp(&self.rank(other.kind));
        let by_kind = kind_key(one).cmp(&kind_key(other));
        // A Namespace of the core comes before one of some other group.
        let both_namespaces = one.kind == "Namespace" && other.kind == "Namespace";
        let core = one.group.is_empty() || other.group.is_empty();
        by_rank.then(if both_namespaces && core { by_kind.reverse() } else { by_kind })
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
