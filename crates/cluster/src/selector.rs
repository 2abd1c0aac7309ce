//! Selectors, compiled: requirements over labels with sources (semantics §5.2, §6).

use ringfence_manifest::Place;

use crate::{Key, LabelSet, Symbol, Symbols, Tri};

/// A selector of [`crate::World::selectors`]. Equal requirements share one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SelectorId(pub u32);

/// All requirements must hold. None: everything.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Selector {
    /// Sorted by key, so that equal selectors are equal values.
    pub requirements: Vec<Requirement>,
    /// Whether a part is a placeholder or has no fixed answer (`selector-key-twice`): never surely matched.
    pub uncertain: bool,
}

/// One requirement.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Requirement {
    /// The key.
    pub key: Key,
    /// What must hold of it.
    pub operator: Operator,
    /// Whether the engine adds it (own namespace, own cluster), rather than the author (semantics §6).
    pub injected: bool,
}

/// What must hold of a key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operator {
    /// There, with one of these values (sorted).
    In(Vec<Symbol>),
    /// Not there, or with another value.
    NotIn(Vec<Symbol>),
    /// There.
    Exists,
    /// Not there.
    DoesNotExist,
}

impl Selector {
    /// Whether an identity with these labels is selected.
    pub fn matches(&self, labels: &LabelSet, symbols: &Symbols) -> Tri {
        let held = Tri::all(self.requirements.iter().map(|requirement| requirement.matches(labels, symbols)));
        if self.uncertain { held.and(Tri::Unknown) } else { held }
    }

    /// The requirements that the author wrote.
    pub fn written(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(|requirement| !requirement.injected)
    }
}

impl Requirement {
    /// Whether labels fulfil it. `NotIn` and `DoesNotExist` hold where the key is absent, but on a pod whose labels we
    /// do not all see they are unknown (semantics §10.1).
    pub fn matches(&self, labels: &LabelSet, symbols: &Symbols) -> Tri {
        match &self.operator {
            Operator::Exists => labels.has(self.key, symbols),
            Operator::DoesNotExist => !labels.has(self.key, symbols),
            Operator::In(values) => self.holds_one_of(values, labels, symbols),
            Operator::NotIn(values) => !self.holds_one_of(values, labels, symbols),
        }
    }

    fn holds_one_of(&self, values: &[Symbol], labels: &LabelSet, symbols: &Symbols) -> Tri {
        let seen = Tri::any(labels.values(self.key).map(|value| match value {
            Some(value) if values.binary_search(&value).is_ok() => Tri::Yes,
            Some(value) => Tri::any(values.iter().map(|&wanted| value.same(wanted))),
            None => Tri::Unknown,
        }));
        let absent = labels.values(self.key).next().is_none();
        if absent && labels.may_hold(self.key, symbols) { Tri::Unknown } else { seen }
    }
}

/// Where a selector stands: what a finding about it points at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SelectorUse {
    /// The compiled selector.
    pub selector: SelectorId,
    /// The selector in its file.
    pub place: Place,
}
