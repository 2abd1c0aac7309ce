//! Which identities carry a label: what turns a selector into a set without asking every identity.

use std::borrow::Cow;

use ringfence_cluster::{
    CLUSTER, Identity, IdentityId, Key, NAMESPACE, NAMESPACE_LABELS, Operator, Requirement, Selector, Source, Symbol,
    World,
};
use rustc_hash::FxHashMap;

use crate::Matches;

/// The numbers of identities, ascending. Most are a handful, for which plain lists are the smallest sets.
type Postings = Vec<u32>;

/// Posting lists of the labels of pods.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelIndex {
    /// Identities by key (without its source) and value.
    values: FxHashMap<(Symbol, Symbol), Postings>,
    /// Identities with the key and a value that is not known, variables among them.
    unknown_values: FxHashMap<Symbol, Postings>,
    /// Identities with the key.
    keys: FxHashMap<Symbol, Postings>,
    /// Identities that may have more pod labels.
    open_pods: Postings,
    /// Identities whose namespace may have more labels.
    open_namespaces: Postings,
    count: usize,
}

impl LabelIndex {
    pub(crate) fn new(world: &World) -> Self {
        let mut index = Self::default();
        for (id, identity) in world.identity_ids() {
            index.add(id, identity);
        }
        index
    }

    /// Takes an identity in; those that are new come behind all others.
    pub(crate) fn add(&mut self, id: IdentityId, identity: &Identity) {
        self.count = self.count.max(id.0 as usize + 1);
        self.lists(identity, |postings| insert(postings, id.0));
    }

    /// Takes an identity out that had these labels.
    pub(crate) fn remove(&mut self, id: IdentityId, old: &Identity) {
        self.lists(old, |postings| remove(postings, id.0));
    }

    /// Gives an identity another number.
    pub(crate) fn rename(&mut self, from: IdentityId, to: IdentityId, identity: &Identity) {
        self.lists(identity, |postings| {
            remove(postings, from.0);
            insert(postings, to.0);
        });
    }

    /// There is one identity less.
    pub(crate) fn shrink(&mut self) {
        self.count -= 1;
    }

    /// Every list that an identity stands in.
    fn lists(&mut self, identity: &Identity, mut each: impl FnMut(&mut Postings)) {
        for (key, value) in identity.labels.iter() {
            each(self.keys.entry(key.name).or_default());
            if let Some(value) = value {
                each(self.values.entry((key.name, value)).or_default());
            }
            if value.is_none_or(Symbol::is_variable) {
                each(self.unknown_values.entry(key.name).or_default());
            }
        }
        if identity.labels.open_pod {
            each(&mut self.open_pods);
        }
        if identity.labels.open_namespace {
            each(&mut self.open_namespaces);
        }
    }

    /// Those that have one label of an identity, the rarest: whoever has the same labels is among them.
    pub(crate) fn nearly_alike(&self, identity: &Identity) -> impl Iterator<Item = IdentityId> {
        let lists = identity.labels.iter().map(|(key, value)| match value {
            Some(value) => self.values.get(&(key.name, value)),
            None => self.keys.get(&key.name),
        });
        lists.flatten().min_by_key(|list| list.len()).into_iter().flatten().map(|&at| IdentityId(at))
    }

    /// All identities that a selector reaches. Asks only those that its rarest positive requirement leaves possible.
    pub(crate) fn matches(&self, selector: &Selector, world: &World) -> Matches {
        let ask = |at: u32| {
            let id = IdentityId(at);
            (id, selector.matches(&world.identity(id).labels, &world.symbols))
        };
        if *selector == Selector::default() {
            return Matches::all(self.count);
        }
        match self.candidates(selector, world) {
            Some(candidates) => candidates.iter().copied().map(ask).collect(),
            None => (0..self.count as u32).map(ask).collect(),
        }
    }

    /// The identities outside of which the selector surely matches nobody; `None` is all of them.
    fn candidates<'a>(&'a self, selector: &'a Selector, world: &World) -> Option<Cow<'a, [u32]>> {
        let positive = selector.requirements.iter().filter(|requirement| is_positive(requirement));
        let (_, rarest) =
            positive.map(|requirement| (self.size(requirement, world), requirement)).min_by_key(|&(size, _)| size)?;
        Some(union(self.parts(rarest, world)))
    }

    fn size(&self, requirement: &Requirement, world: &World) -> usize {
        self.parts(requirement, world).map(Vec::len).sum()
    }

    /// The posting lists whose union holds everybody who may fulfil a positive requirement.
    fn parts<'a>(
        &'a self,
        requirement: &'a Requirement,
        world: &World,
    ) -> impl Iterator<Item = &'a Postings> + use<'a> {
        let name = requirement.key.name;
        let values: &[Symbol] = if let Operator::In(values) = &requirement.operator { values } else { &[] };
        let exact = values.iter().filter_map(move |&value| self.values.get(&(name, value)));
        let any_value = values.is_empty() || values.iter().any(|value| value.is_variable());
        let keyed = if any_value { self.keys.get(&name) } else { self.unknown_values.get(&name) };
        exact.chain(keyed).chain(self.unseen(requirement.key, world))
    }

    /// Those who may carry a key that we do not see on them; [`ringfence_cluster::LabelSet::may_hold`] decides the same
    /// for one of them.
    fn unseen(&self, key: Key, world: &World) -> Option<&Postings> {
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

/// Puts a number where it belongs; at the end, mostly.
fn insert(postings: &mut Postings, number: u32) {
    match postings.last() {
        Some(&last) if last >= number => {
            if let Err(at) = postings.binary_search(&number) {
                postings.insert(at, number);
            }
        }
        _ => postings.push(number),
    }
}

fn remove(postings: &mut Postings, number: u32) {
    if let Ok(at) = postings.binary_search(&number) {
        postings.remove(at);
    }
}

/// What is in at least one list.
fn union<'a>(lists: impl Iterator<Item = &'a Postings>) -> Cow<'a, [u32]> {
    let mut lists = lists.filter(|list| !list.is_empty());
    let Some(first) = lists.next() else { return Cow::Borrowed(&[]) };
    let Some(second) = lists.next() else { return Cow::Borrowed(first) };
    let mut all = [&first[..], second].concat();
    lists.for_each(|list| all.extend_from_slice(list));
    all.sort_unstable();
    all.dedup();
    Cow::Owned(all)
}

fn is_positive(requirement: &Requirement) -> bool {
    matches!(requirement.operator, Operator::In(_) | Operator::Exists)
}
