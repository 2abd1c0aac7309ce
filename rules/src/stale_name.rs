//! Selectors that ask for a namespace by the name that it had before a build renamed it.

use std::collections::BTreeMap;

use ringfence_cluster::{
    Entry, NAMESPACE_LABELS, NamespaceId, Operator, PeerKind, Requirement, Selector, SelectorId, Source, World,
};
use ringfence_manifest::{Body, Kind, Object, Place};

use crate::area::{is_missing, name_key};
use crate::context::{Cx, PolicyRef};
use crate::moved::{Move, moves};
use crate::name_label::NameLabels;
use crate::near::is_of_namespace;

/// A selector that asks for a name that is gone.
#[derive(Clone, Copy)]
pub(crate) struct Stale<'w> {
    pub(crate) policy: PolicyRef<'w>,
    pub(crate) entry: &'w Entry,
    /// The selector, or the peer around it.
    pub(crate) place: Place,
    /// What asks for the name.
    pub(crate) requirement: &'w Requirement,
    /// The name.
    pub(crate) name: &'w str,
    /// What renames it.
    pub(crate) line: Place,
    /// What it is called now.
    pub(crate) to: &'w str,
    /// Where an object of the build names it; `None` where none does, and only the policy tells.
    pub(crate) written: Option<Place>,
}

/// What the builds of a world rename.
struct Renames<'w> {
    /// By old name: each line that moves pods, or what is about pods, away from it, and where the name was written.
    named: BTreeMap<&'w str, Vec<(Place, &'w str, Place)>>,
    /// The lines that give a namespace to objects that name none, and which.
    given: BTreeMap<Place, &'w str>,
}

/// The selectors of policies that count which ask for a name that is gone.
pub(crate) fn stale<'w>(cx: &Cx<'w>) -> Vec<Stale<'w>> {
    let world = cx.world();
    let moves = moves(cx);
    if moves.is_empty() {
        return Vec::new();
    }
    let (renames, labels) = (Renames::of(&moves), NameLabels::of(world));
    let mut all = Vec::new();
    for policy in cx.policies().filter(|policy| policy.policy.counts()) {
        for (_, entry) in policy.entries() {
            for (selector, place) in selectors(entry) {
                let selector = world.selector(selector);
                let found = asked(world, selector).filter_map(|(requirement, name)| {
                    let (line, to, written) = renames.find(world, policy, selector, name)?;
                    Some(Stale { policy, entry, place, requirement, name, line, to, written })
                });
                all.extend(found.filter(|stale| stale.is_dead(world, &labels) && !stale.names_both(world)));
            }
        }
    }
    all
}

/// The selectors of an entry that look at pods, each with its place.
pub(crate) fn selectors(entry: &Entry) -> Vec<(SelectorId, Place)> {
    let subject = entry.subject_place.map(|place| (entry.subject, place));
    let peers = entry.peers().iter().filter_map(|peer| match peer.kind {
        PeerKind::Endpoints(selector) => Some((selector, peer.place)),
        _ => None,
    });
    subject.into_iter().chain(peers).collect()
}

/// The names of namespaces that a selector asks for, each with what asks for it.
fn asked<'w>(world: &'w World, selector: &'w Selector) -> impl Iterator<Item = (&'w Requirement, &'w str)> {
    let named = selector.written().filter(|each| !selector.uncertain && names_one(world, each));
    named.flat_map(move |requirement| {
        let values = if let Operator::In(values) = &requirement.operator { &values[..] } else { &[] };
        let known = values.iter().filter(|value| !value.is_variable());
        known.map(move |&value| (requirement, world.symbols.text(value)))
    })
}

/// Whether a requirement is about the name of a namespace: by a label that Kubernetes or Cilium sets, or by one that people
/// call `name`.
fn names_one(world: &World, requirement: &Requirement) -> bool {
    let key = world.symbols.text(requirement.key.name);
    matches!(requirement.key.source, Source::Any | Source::K8s) && (name_key(key) || is_label(key))
}

fn is_label(key: &str) -> bool {
    key.strip_prefix(NAMESPACE_LABELS) == Some("name")
}

impl<'w> Renames<'w> {
    fn of(moves: &[Move<'w>]) -> Self {
        let mut renames = Self { named: BTreeMap::new(), given: BTreeMap::new() };
        for each in moves {
            let from = each.from.iter().filter(|(name, _)| *name != each.to && lives_there(each.object));
            for &(name, place) in from {
                let lines = renames.named.entry(name).or_default();
                if lines.iter().all(|(line, ..)| *line != each.line) {
                    lines.push((each.line, each.to, place));
                }
            }
            if each.from.is_empty() {
                renames.given.insert(each.line, each.to);
            }
        }
        renames
    }

    /// What became of a name that a policy asks for: the line, the new name, and where the old one was written.
    fn find(
        &self,
        world: &World,
        policy: PolicyRef<'w>,
        selector: &Selector,
        name: &str,
    ) -> Option<(Place, &'w str, Option<Place>)> {
        if !world.symbols.find(name).is_some_and(|symbol| is_missing(world, symbol)) {
            return None;
        }
        let own = policy.object.meta.namespace.at().map(|at| at.value);
        if let Some(lines) = self.named.get(name) {
            // Where several builds rename it, only the policy's own says which name is meant.
            let of_own = lines.iter().find(|(line, ..)| Some(*line) == own);
            let (line, to, written) = of_own.or(if let [one] = &lines[..] { Some(one) } else { None })?;
            return Some((*line, to, Some(*written)));
        }
        let (line, to) = own.and_then(|own| self.given.get_key_value(&own))?;
        (is_form_of(name, to) || is_for_pods_of(world, selector, to)).then_some((*line, to, None))
    }
}

/// Whether an object shows that a namespace is one of this build: pods are in it. A ServiceMonitor or a RoleBinding may be
/// put into a namespace of others.
fn lives_there(object: &Object) -> bool {
    let makes_pods = matches!(object.body, Body::Namespace | Body::Workload(_) | Body::Service(_));
    makes_pods || Kind::policy_named(&object.kind_name).is_some() || object.kind_name == "HelmRelease"
}

impl Stale<'_> {
    /// Whether the requirement is dead for the new name: a label `name` is set by people, and says what they wrote into it.
    fn is_dead(&self, world: &World, labels: &NameLabels) -> bool {
        let by_label = is_label(world.symbols.text(self.requirement.key.name));
        !by_label || labels.lacks(world, self.name) && labels.carries(world, self.to)
    }

    /// Whether the new name is asked for too, beside the old one: then the author lists what the namespace may be called.
    fn names_both(&self, world: &World) -> bool {
        let Some(to) = world.symbols.find(self.to) else { return false };
        selectors(self.entry).into_iter().any(|(selector, _)| {
            let mut named = world.selector(selector).written().filter(|each| names_one(world, each));
            named.any(|each| matches!(&each.operator, Operator::In(values) if values.contains(&to)))
        })
    }
}

/// Whether one name is the other with a word before or behind it: `shop` and `shop-prod`.
fn is_form_of(name: &str, to: &str) -> bool {
    let rest = to.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
    let start = to.strip_suffix(name).and_then(|start| start.strip_suffix('-'));
    [rest, start].into_iter().flatten().any(|word| !word.is_empty())
}

/// Whether what a selector asks of pods, if it asks for anything, surely holds of a pod in a namespace.
fn is_for_pods_of(world: &World, selector: &Selector, namespace: &str) -> bool {
    let of_pods: Vec<&Requirement> = selector.written().filter(|each| !is_of_namespace(world, each)).collect();
    let Some(home) = world.find_namespace(namespace).filter(|_| !of_pods.is_empty()) else { return false };
    pods_of(world, home).any(|labels| of_pods.iter().all(|each| each.matches(labels, &world.symbols).is_yes()))
}

fn pods_of(world: &World, namespace: NamespaceId) -> impl Iterator<Item = &ringfence_cluster::LabelSet> {
    let identities = world.identities_of(namespace).map(|(_, identity)| identity);
    identities.filter(|identity| !identity.representative && !identity.dns_stand_in).map(|identity| &identity.labels)
}

#[cfg(test)]
mod tests {
    use super::is_form_of;

    #[test]
    fn a_word_more_is_another_form_of_a_name() {
        for (name, to) in [("shop", "shop-prod"), ("shop", "team-shop"), ("shop-eu", "shop-eu-2")] {
            assert!(is_form_of(name, to), "{name} {to}");
        }
        for (name, to) in [("shop", "shop"), ("shop", "shopping"), ("shop", "shop-"), ("staging", "prod")] {
            assert!(!is_form_of(name, to), "{name} {to}");
        }
    }
}
