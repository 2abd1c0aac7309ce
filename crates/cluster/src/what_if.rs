//! Worlds that differ from the input in one thing: what would be, if a namespace were labelled.

use crate::{Key, LabelSet, NAMESPACE_LABELS, NamespaceId, Source, World};

/// A label that a namespace is to have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NamespaceLabel<'t> {
    /// The namespace.
    pub namespace: NamespaceId,
    /// The plain key, as in the manifest of a namespace.
    pub key: &'t str,
    /// The value.
    pub value: &'t str,
}

impl World {
    /// This world with labels set on namespaces, in place of the values that the keys have there. Nothing else changes, and
    /// all ids stay: an entry or a pod of this world is the same one there.
    #[must_use]
    pub fn with_namespace_labels(&self, labels: &[NamespaceLabel<'_>]) -> Self {
        let mut world = self.clone();
        for label in labels {
            world.label(label);
        }
        world
    }

    fn label(&mut self, label: &NamespaceLabel<'_>) {
        let value = Some(self.symbols.intern(label.value));
        let of_pods = self.symbols.intern(&format!("{NAMESPACE_LABELS}{}", label.key));
        let own = self.symbols.intern(label.key);
        let set = |labels: &mut LabelSet, name| labels.insert(Key { source: Source::K8s, name }, value);
        set(&mut self.namespaces[label.namespace.0 as usize].labels, own);
        for identity in self.identities.iter_mut().filter(|identity| identity.namespace == label.namespace) {
            set(&mut identity.labels, of_pods);
        }
    }
}
