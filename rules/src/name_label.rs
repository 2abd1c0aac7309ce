//! Selectors that take the name of a namespace for a label of it.

use std::collections::BTreeSet;

use ringfence_cluster::{NAMESPACE_LABELS, Operator, Policy, Requirement, Selector, Symbol, World};

use crate::area::is_name;

/// The label that people expect to be there.
const NAME: &str = "name";

/// The values that namespaces really have under `name`.
pub(crate) struct NameLabels {
    values: BTreeSet<Symbol>,
    /// Whether some value cannot be known.
    open: bool,
}

impl NameLabels {
    pub(crate) fn of(world: &World) -> Self {
        let name = world.symbols.find(NAME);
        let all = world.namespaces.iter().flat_map(|namespace| namespace.labels.iter());
        let found: Vec<Option<Symbol>> =
            all.filter(|(key, _)| Some(key.name) == name).map(|(_, value)| value).collect();
        Self { open: found.contains(&None), values: found.into_iter().flatten().collect() }
    }

    /// Whether some namespace carries this value under `name`.
    pub(crate) fn carries(&self, world: &World, value: &str) -> bool {
        world.symbols.find(value).is_some_and(|value| self.values.contains(&value))
    }

    /// Whether surely no namespace carries this value under `name`.
    pub(crate) fn lacks(&self, world: &World, value: &str) -> bool {
        !self.open && !self.carries(world, value)
    }

    /// The requirement that asks for a `name` that no known namespace carries.
    pub(crate) fn asked<'w>(&self, world: &World, selector: &'w Selector) -> Option<&'w Requirement> {
        let is_name = |each: &Requirement| {
            world.symbols.text(each.key.name).strip_prefix(NAMESPACE_LABELS).is_some_and(|key| key == NAME)
        };
        let requirement = selector.written().find(|each| is_name(each))?;
        let (Operator::In(values) | Operator::NotIn(values)) = &requirement.operator else { return None };
        let carried = values.iter().any(|value| value.is_variable() || self.values.contains(value));
        (!carried && !self.open && !selector.uncertain).then_some(requirement)
    }
}

/// The requirement that asks pods of a Cilium policy for the label that only namespaces carry.
pub(crate) fn asked_of_pods<'w>(world: &World, policy: &Policy, selector: &'w Selector) -> Option<&'w Requirement> {
    let mut written = selector.written().filter(|_| policy.kind.is_cilium() && !selector.uncertain);
    written.find(|each| is_name(world.symbols.text(each.key.name)))
}
