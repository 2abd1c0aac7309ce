//! Namespace labels whose absence is the business of the rules about profiles, access and the escape hatch (design §1.1).

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{NAMESPACE_LABELS, Operator, Requirement, Symbol};
use smol_str::SmolStr;

use crate::context::Cx;

/// The keys, without Cilium's prefix, and the prefixes (with their `/`) of whole families of them.
#[derive(Default)]
pub(crate) struct Owned<'w> {
    keys: BTreeSet<&'w str>,
    prefixes: BTreeSet<&'w str>,
}

impl<'w> Owned<'w> {
    /// What the configuration names and the clusterwide policies show.
    pub(crate) fn of(cx: &Cx<'w>) -> Self {
        let mut owned = Self::default();
        let labels = &cx.options().labels;
        owned.keys.extend([&labels.profile, &labels.enforcement].into_iter().flatten().map(SmolStr::as_str));
        owned.prefixes.extend(labels.access.iter().map(SmolStr::as_str));
        let mut used: BTreeMap<&str, BTreeSet<Symbol>> = BTreeMap::new();
        let world = cx.world();
        for policy in cx.policies().filter(|policy| policy.policy.namespace.is_none()) {
            for (_, entry) in policy.entries() {
                for requirement in &world.selector(entry.subject).requirements {
                    owned.learn(cx, requirement, &mut used);
                }
            }
        }
        owned.keys.extend(used.iter().filter(|(_, values)| values.len() > 1).map(|(key, _)| *key));
        owned
    }

    /// Whether some other rule speaks of a requirement that no namespace fulfils.
    pub(crate) fn covers(&self, cx: &Cx<'w>, requirement: &Requirement) -> bool {
        label_of_namespace(cx, requirement).is_some_and(|key| {
            self.keys.contains(key)
                || self.prefixes.iter().any(|prefix| key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()))
        })
    }

    /// A key that leaves namespaces out is a hatch, one with the value `true` gives access; their prefix is a family.
    fn learn(&mut self, cx: &Cx<'w>, requirement: &Requirement, used: &mut BTreeMap<&'w str, BTreeSet<Symbol>>) {
        let Some(key) = label_of_namespace(cx, requirement) else { return };
        let family = match &requirement.operator {
            Operator::NotIn(_) | Operator::DoesNotExist => true,
            Operator::In(values) => values.iter().any(|&value| cx.world().symbols.text(value) == "true"),
            Operator::Exists => false,
        };
        if let Operator::In(values) = &requirement.operator {
            used.entry(key).or_default().extend(values);
        }
        if family {
            self.keys.insert(key);
            self.prefixes.extend(key.find('/').map(|at| &key[..=at]).filter(|prefix| *prefix != "kubernetes.io/"));
        }
    }
}

fn label_of_namespace<'w>(cx: &Cx<'w>, requirement: &Requirement) -> Option<&'w str> {
    cx.world().symbols.text(requirement.key.name).strip_prefix(NAMESPACE_LABELS)
}
