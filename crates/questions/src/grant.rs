//! What lets a half of a connection through, in the terms of the architecture.

use ringfence_cluster::blueprint::{Blueprint, Role, namespace_label};
use ringfence_cluster::{Entry, Operator, PeerKind, Requirement, SelectorId, Tri, World};
use ringfence_engine::{Basis, Side};

use crate::ends::Who;

/// Why one half lets a connection through.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Grant {
    /// A label of the namespace that grants access: its key.
    AccessLabel(String),
    /// The profile of the namespace: key and value.
    Profile(String, String),
    /// A clusterwide policy for everybody.
    Baseline,
    /// The escape hatch of the namespace is open: the key.
    Hatch(String),
    /// A policy of the namespace itself.
    Own,
    /// A clusterwide policy for some.
    Clusterwide,
    /// No policy isolates the end: nobody decided.
    Accident,
    /// The node may always reach its own pods.
    OwnNode,
    /// Policies are not enforced at this end.
    NotEnforced,
}

impl Grant {
    /// Why a half that lets a connection through does so; `None` where it does not, or perhaps.
    pub(crate) fn of(side: &Side, subject: &Who, blueprint: &Blueprint<'_>, world: &World) -> Option<Self> {
        if side.decision.allows() != Tri::Yes {
            return None;
        }
        Some(match side.basis {
            Basis::NotEnforced => Self::NotEnforced,
            Basis::OwnNode => Self::OwnNode,
            Basis::Entries => {
                let grants = side.deciding.iter().map(|&id| Self::of_entry(world.entry(id), blueprint, world));
                // The most particular reason is the one that somebody can take away.
                grants.min().unwrap_or(Self::Accident)
            }
            _ => open_hatch(subject, blueprint, world).map_or(Self::Accident, Self::Hatch),
        })
    }

    fn of_entry(entry: &Entry, blueprint: &Blueprint<'_>, world: &World) -> Self {
        if entry.scope.is_some() {
            return Self::Own;
        }
        let peers = entry.peers().iter().filter_map(|peer| match peer.kind {
            PeerKind::Endpoints(selector) => Some(selector),
            _ => None,
        });
        let of_selectors = |selectors: &[SelectorId]| {
            let requirements = selectors.iter().flat_map(|&selector| world.selector(selector).written());
            requirements.filter_map(|one| Self::of_requirement(one, blueprint, world)).min()
        };
        let named = of_selectors(&[entry.subject]).or_else(|| of_selectors(&peers.collect::<Vec<_>>()));
        named.unwrap_or_else(|| if is_for_everybody(entry, world) { Self::Baseline } else { Self::Clusterwide })
    }

    fn of_requirement(requirement: &Requirement, blueprint: &Blueprint<'_>, world: &World) -> Option<Self> {
        let key = namespace_label(requirement, world)?;
        let Operator::In(values) = &requirement.operator else { return None };
        let value = world.symbols.text(*values.first()?);
        Some(match blueprint.role(key, value)? {
            Role::Access => Self::AccessLabel(key.to_owned()),
            Role::Profile => Self::Profile(key.to_owned(), value.to_owned()),
            Role::Hatch => Self::Hatch(key.to_owned()),
        })
    }
}

/// The key of a label by which the subject's namespace is out of the policies that would isolate it.
fn open_hatch(subject: &Who, blueprint: &Blueprint<'_>, world: &World) -> Option<String> {
    let namespace = subject.namespace(world)?;
    let open = |key: &&str| {
        let value = world.namespace_labels(namespace).find(|(own, _)| own == key).map(|(_, value)| value);
        value.is_some_and(|value| {
            blueprint.uses(key).iter().filter(|each| each.opts_out(world)).any(|each| {
                match &each.requirement.operator {
                    Operator::NotIn(values) => values.iter().any(|&one| Some(world.symbols.text(one)) == value),
                    _ => true,
                }
            })
        })
    };
    blueprint.hatches().find(open).map(str::to_owned)
}

/// Whether a subject leaves out at most some: nothing is asked for that a pod must have.
fn is_for_everybody(entry: &Entry, world: &World) -> bool {
    let narrows = |requirement: &Requirement| matches!(requirement.operator, Operator::In(_));
    !world.selector(entry.subject).written().any(narrows)
}
