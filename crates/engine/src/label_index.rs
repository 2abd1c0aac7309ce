//! Which identities carry a label: what turns a selector into a set without asking every identity.

use ringfence_cluster::{
    CLUSTER, Identity, IdentityId, Key, NAMESPACE, NAMESPACE_LABELS, Operator, Requirement, Selector, Source, Symbol,
    World,
};
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::Matches;

/// Posting lists of the labels of pods.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelIndex {
    /// Identities by key (without its source) and value.
    values: FxHashMap<(Symbol, Symbol), RoaringBitmap>,
    /// Identities with the key and a value that is not known, variables among them.
    unknown_values: FxHashMap<Symbol, RoaringBitmap>,
    /// Identities with the key.
    keys: FxHashMap<Symbol, RoaringBitmap>,
    /// Identities that may have more pod labels.
    open_pods: RoaringBitmap,
    /// Identities whose namespace may have more labels.
    open_namespaces: RoaringBitmap,
    count: usize,
}

impl LabelIndex {
    pub(crate) fn new(world: &World) -> Self {
        let mut index = Self { count: world.identities.len(), ..Self::default() };
        for (id, identity) in world.identity_ids() {
            index.add(id, identity);
        }
        index
    }

    fn add(&mut self, id: IdentityId, identity: &Identity) {
        for (key, value) in identity.labels.iter() {
            self.keys.entry(key.name).or_default().insert(id.0);
            if let Some(value) = value {
                self.values.entry((key.name, value)).or_default().insert(id.0);
            }
            if value.is_none_or(Symbol::is_variable) {
                self.unknown_values.entry(key.name).or_default().insert(id.0);
            }
        }
        if identity.labels.open_pod {
            self.open_pods.insert(id.0);
        }
        if identity.labels.open_namespace {
            self.open_namespaces.insert(id.0);
        }
    }

    /// All identities that a selector reaches. Asks only those that its rarest positive requirement leaves possible.
    pub(crate) fn matches(&self, selector: &Selector, world: &World) -> Matches {
        let ask = |at: u32| {
            let id = IdentityId(at);
            (id, selector.matches(&world.identity(id).labels, &world.symbols))
        };
        match self.candidates(selector, world) {
            Some(candidates) => candidates.iter().map(ask).collect(),
            None => (0..self.count as u32).map(ask).collect(),
        }
    }

    /// The identities outside of which the selector surely matches nobody; `None` is all of them.
    fn candidates(&self, selector: &Selector, world: &World) -> Option<RoaringBitmap> {
        let positive = selector.requirements.iter().filter(|requirement| is_positive(requirement));
        let rarest = positive.min_by_key(|requirement| self.size(requirement, world))?;
        Some(self.possible(rarest, world))
    }

    fn size(&self, requirement: &Requirement, world: &World) -> u64 {
        self.parts(requirement, world).map(RoaringBitmap::len).sum()
    }

    fn possible(&self, requirement: &Requirement, world: &World) -> RoaringBitmap {
        self.parts(requirement, world).fold(RoaringBitmap::new(), |all, part| all | part)
    }

    /// The posting lists whose union holds everybody who may fulfil a positive requirement.
    fn parts<'a>(
        &'a self,
        requirement: &'a Requirement,
        world: &World,
    ) -> impl Iterator<Item = &'a RoaringBitmap> + use<'a> {
        let name = requirement.key.name;
        let values: &[Symbol] = if let Operator::In(values) = &requirement.operator { values } else { &[] };
        let exact = values.iter().filter_map(move |&value| self.values.get(&(name, value)));
        let any_value = values.is_empty() || values.iter().any(|value| value.is_variable());
        let keyed = if any_value { self.keys.get(&name) } else { self.unknown_values.get(&name) };
        exact.chain(keyed).chain(self.unseen(requirement.key, world))
    }

    /// Those who may carry a key that we do not see on them; [`ringfence_cluster::LabelSet::may_hold`] decides the same
    /// for one of them.
    fn unseen(&self, key: Key, world: &World) -> Option<&RoaringBitmap> {
        let text = world.symbols.text(key.name);
        if !matches!(key.source, Source::Any | Source::K8s) || [NAMESPACE, CLUSTER].contains(&text) {
            None
        } else if text.starts_with(NAMESPACE_LABELS) {
            Some(&self.open_namespaces)
        } else {
            Some(&self.open_pods)
        }
    }
}

fn is_positive(requirement: &Requirement) -> bool {
    matches!(requirement.operator, Operator::In(_) | Operator::Exists)
}
