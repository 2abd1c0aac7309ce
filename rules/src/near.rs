//! The nearest miss of a selector that matches nothing: what its author most likely meant, and where that stands.
//!
//! A selector falls into two parts: what it asks of the namespace, which gives the *area* it looks at, and what it asks of
//! the pods there. The misses are looked for in the order in which a reader would want to hear them.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use ringfence_cluster::{
    CLUSTER, Cni, Identity, IdentityId, NAMESPACE, NAMESPACE_LABELS, NamespaceId, Operator, Requirement, Selector,
    SelectorId, Source, Symbol, Workload, WorkloadId, World, identity_relevant,
};
use ringfence_engine::Matches;
use ringfence_manifest::Body;

use crate::area::{Area, areas_key, is_name, name_key};
use crate::context::Cx;

/// Keys that different habits use for the same thing.
const SIBLINGS: [&[&str]; 4] = [
    &["app", "app.kubernetes.io/name", "k8s-app", "name", "run"],
    &["component", "app.kubernetes.io/component", "tier", "role"],
    &["release", "app.kubernetes.io/instance"],
    &["part-of", "app.kubernetes.io/part-of"],
];

/// How many pods are looked at one by one.
const LOOKED_AT: usize = 200;
/// How many texts are compared letter by letter: a thousand selectors that match nothing, against ten thousand values.
const COMPARISONS: usize = 10_000_000;

/// Why a selector matches nothing, and what is near.
pub(crate) struct Verdict<'w> {
    /// Whether it surely matches nothing; else only a near miss speaks for it.
    pub(crate) sure: bool,
    /// The requirement that nothing fulfils; `None` where each is fulfilled by something, but not all by one.
    pub(crate) blame: Option<&'w Requirement>,
    /// The namespaces it looks at.
    pub(crate) area: Rc<Area<'w>>,
    /// What was most likely meant.
    pub(crate) miss: Miss<'w>,
}

/// What was most likely meant.
#[derive(Clone, Debug)]
pub(crate) enum Miss<'w> {
    /// Nothing is near.
    None,
    /// The same key with values like the one that is asked for.
    Values(Vec<(&'w str, IdentityId)>),
    /// The same value under other keys.
    Keys(Vec<(&'w str, IdentityId)>),
    /// The label stands on the object that makes the pods, not on the pods.
    Owner(WorkloadId),
    /// Such pods are in another namespace.
    Elsewhere(IdentityId),
    /// Cilium leaves this key out of identities.
    Unseen,
    /// It is a label of a namespace.
    OfNamespace(NamespaceId),
    /// Such pods use the network of their node.
    OnNode(WorkloadId),
    /// A pod that fulfils some of the requirements, and one that it does not fulfil.
    Partly(IdentityId, &'w Requirement),
    /// No namespace is like this; names or labels that come near, with the namespace that has them.
    Namespace(Option<NearNamespace<'w>>),
}

/// A namespace that was most likely meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NearNamespace<'w> {
    /// The namespace.
    pub(crate) namespace: NamespaceId,
    /// The key that it has, where that is the difference.
    pub(crate) key: Option<&'w str>,
    /// The value that it has, where that is the difference.
    pub(crate) value: Option<&'w str>,
}

/// Looks for near misses in one world. Areas are worked out once.
pub(crate) struct Near<'w> {
    world: &'w World,
    areas: BTreeMap<Vec<Requirement>, Rc<Area<'w>>>,
    /// How many more texts are compared; after that, what matches nothing is told without what is near.
    comparisons: Cell<usize>,
    /// The pods of all namespaces by label, made when first asked for.
    carriers: OnceCell<BTreeMap<(Symbol, Symbol), Vec<IdentityId>>>,
}

impl<'w> Near<'w> {
    pub(crate) fn new(cx: &Cx<'w>) -> Self {
        Self {
            world: cx.world(),
            areas: BTreeMap::new(),
            comparisons: Cell::new(COMPARISONS),
            carriers: OnceCell::new(),
        }
    }

    /// What is wrong with a selector that was meant to match pods; `None` where nothing is, or nobody can know.
    pub(crate) fn judge(&mut self, id: SelectorId, matches: &Matches) -> Option<Verdict<'w>> {
        let selector = self.world.selector(id);
        // A namespace that only this selector speaks of has a stand-in for its pods, which matches.
        let there = |id| self.world.namespace(self.world.identity(id).namespace).exists;
        if matches.sure().any(there) || selector.uncertain || !self.is_about_known_pods(selector) {
            return None;
        }
        let area = self.area(selector);
        let of_pods: Vec<&Requirement> = selector.written().filter(|each| !is_of_namespace(self.world, each)).collect();
        if let Some(blame) = of_pods.iter().find(|requirement| self.is_unseen(requirement)) {
            return Some(Verdict { sure: true, blame: Some(blame), area, miss: Miss::Unseen });
        }
        if area.namespaces.is_empty() {
            return self.without_namespace(selector, area);
        }
        if of_pods.is_empty() || self.is_meant_for_a_release(selector, &area) {
            return None;
        }
        let sure = matches.is_none();
        let (blame, miss) = self.miss(&of_pods, &area, sure);
        let near = matches!(miss, Miss::Values(_) | Miss::Keys(_));
        (sure || near).then_some(Verdict { sure, blame, area, miss })
    }

    /// Whether the pods of a Helm release in the area most likely have what is asked for: then nothing is a slip.
    fn is_meant_for_a_release(&self, selector: &Selector, area: &Area<'w>) -> bool {
        area.releases.iter().any(|&id| self.world.is_meant_for(selector, self.world.release(id)))
    }

    /// What a selector asks of the namespace: which there are.
    pub(crate) fn area(&mut self, selector: &Selector) -> Rc<Area<'w>> {
        let key = areas_key(self.world, selector);
        let world = self.world;
        Rc::clone(self.areas.entry(key).or_insert_with_key(|key| Rc::new(Area::of(world, key))))
    }

    /// Pods of other clusters and what is no pod are not in the input.
    fn is_about_known_pods(&self, selector: &Selector) -> bool {
        let symbols = &self.world.symbols;
        selector.written().all(|requirement| {
            matches!(requirement.key.source, Source::Any | Source::K8s | Source::Other(_))
                && symbols.text(requirement.key.name) != CLUSTER
        })
    }

    /// Whether Cilium drops the key from pods, so that a requirement for it never holds (semantics §5.1).
    fn is_unseen(&self, requirement: &Requirement) -> bool {
        let key = self.world.symbols.text(requirement.key.name);
        self.world.dialect.cni == Cni::Cilium
            && matches!(requirement.operator, Operator::In(_) | Operator::Exists)
            && !identity_relevant(key)
            && !key.starts_with("io.cilium.k8s.")
    }

    fn miss(&self, of_pods: &[&'w Requirement], area: &Area<'w>, sure: bool) -> (Option<&'w Requirement>, Miss<'w>) {
        let Some(&blame) = of_pods.iter().find(|requirement| !area.fulfils(self.world, requirement)) else {
            return (None, self.partly(of_pods, area));
        };
        let rest: Vec<&Requirement> = of_pods.iter().copied().filter(|each| *each != blame).collect();
        let fits = |id: IdentityId| {
            let labels = &self.world.identity(id).labels;
            rest.iter().all(|requirement| requirement.matches(labels, &self.world.symbols).is_yes())
        };
        let Operator::In(values) = &blame.operator else { return (Some(blame), self.far(blame, of_pods, area)) };
        let key = self.world.symbols.text(blame.key.name);
        let near = values.iter().map(|&value| self.near(key, self.world.symbols.text(value), area, sure, &fits));
        let miss = near.into_iter().find(|miss| !matches!(miss, Miss::None));
        (Some(blame), miss.unwrap_or_else(|| self.far(blame, of_pods, area)))
    }

    /// A value like it under the key, or the value itself under another one.
    fn near(&self, key: &str, value: &str, area: &Area<'w>, sure: bool, fits: &dyn Fn(IdentityId) -> bool) -> Miss<'w> {
        let left = self.comparisons.get();
        let own = area.values(key).take(left);
        let mut compared = 0;
        let mut values: Vec<(&str, IdentityId)> =
            own.inspect(|_| compared += 1).filter(|&(other, id)| is_near(value, other) && fits(id)).collect();
        self.comparisons.set(left - compared);
        values.dedup_by_key(|(value, _)| *value);
        if !values.is_empty() {
            return Miss::Values(values);
        }
        let lacks = |id: IdentityId| !self.world.pod_labels(self.world.identity(id)).any(|(own, _)| own == key);
        let mut keys: Vec<(&str, IdentityId)> =
            area.keys(value).filter(|&(other, id)| other != key && lacks(id) && fits(id)).collect();
        keys.dedup_by_key(|(key, _)| *key);
        let rank = |other: &str| (!is_near(key, other), !are_siblings(key, other));
        keys.sort_by_key(|(other, _)| rank(other));
        let best = keys.first().map(|(other, _)| rank(other));
        keys.retain(|(other, _)| Some(rank(other)) == best);
        let telling = match best {
            Some((true, true)) => sure && value.len() > 2 && !matches!(value, "true" | "false"),
            Some((true, false)) => true,
            Some((false, _)) => sure || are_siblings(key, keys[0].0),
            None => false,
        };
        if telling { Miss::Keys(keys) } else { Miss::None }
    }

    /// What lies outside the labels of the pods of the area.
    fn far(&self, blame: &Requirement, of_pods: &[&'w Requirement], area: &Area<'w>) -> Miss<'w> {
        let key = self.world.symbols.text(blame.key.name);
        let values = if let Operator::In(values) = &blame.operator { &values[..] } else { &[] };
        let has = |value: &str, id: WorkloadId| self.written(id).any(|label| label == (key, value));
        for value in values.iter().map(|&value| self.world.symbols.text(value)) {
            if let Some(&node) = area.on_node.iter().find(|&&id| has(value, id)) {
                return Miss::OnNode(node);
            }
            if let Some(owner) = area.owner(key, value) {
                return Miss::Owner(owner);
            }
            if let Some(namespace) = self.namespace_with(key, value) {
                return Miss::OfNamespace(namespace);
            }
        }
        self.elsewhere(of_pods).map_or(Miss::None, Miss::Elsewhere)
    }

    /// The labels that the manifest of a workload gives its pods.
    fn written(&self, id: WorkloadId) -> impl Iterator<Item = (&'w str, &'w str)> {
        let world = self.world;
        let labels = match &world.object(world.workload(id).object).body {
            Body::Workload(template) => template.labels.get(),
            _ => None,
        };
        let labels = labels.map_or(&[][..], |labels| &labels.entries);
        labels.iter().filter_map(|label| Some((label.key.as_str(), label.value.get()?.as_str())))
    }

    fn namespace_with(&self, key: &str, value: &str) -> Option<NamespaceId> {
        let name = key == "namespace" || is_name(key);
        let named = || self.world.find_namespace(value).filter(|&id| self.world.namespace(id).exists);
        let labelled = || {
            let mut all = self.world.namespace_ids().map(|(id, _)| id).take(LOOKED_AT);
            all.find(|&id| self.world.namespace_labels(id).any(|label| label == (key, Some(value))))
        };
        if name { named() } else { labelled() }
    }

    /// A pod of any namespace that fulfils what is asked of pods.
    fn elsewhere(&self, of_pods: &[&'w Requirement]) -> Option<IdentityId> {
        let fits = |id: &IdentityId| {
            let labels = &self.world.identity(*id).labels;
            of_pods.iter().all(|each| each.matches(labels, &self.world.symbols).is_yes())
        };
        let listed = of_pods.iter().filter_map(|each| self.carrying(each)).min_by_key(Vec::len);
        match listed {
            Some(pods) => pods.into_iter().filter(fits).min(),
            None => self.known_pods().take(LOOKED_AT).find(fits),
        }
    }

    /// The pods of all namespaces that carry one of the values that a requirement lists.
    fn carrying(&self, requirement: &Requirement) -> Option<Vec<IdentityId>> {
        let Operator::In(values) = &requirement.operator else { return None };
        let carriers = self.carriers.get_or_init(|| self.carriers());
        let pods = values.iter().filter_map(|&value| carriers.get(&(requirement.key.name, value)));
        Some(pods.flatten().copied().collect())
    }

    fn carriers(&self) -> BTreeMap<(Symbol, Symbol), Vec<IdentityId>> {
        let mut carriers: BTreeMap<(Symbol, Symbol), Vec<IdentityId>> = BTreeMap::new();
        for id in self.known_pods() {
            for (key, value) in self.world.identity(id).labels.iter().filter_map(|(key, value)| Some((key, value?))) {
                carriers.entry((key.name, value)).or_default().push(id);
            }
        }
        carriers
    }

    fn known_pods(&self) -> impl Iterator<Item = IdentityId> {
        let known = |identity: &Identity| !identity.representative && !identity.dns_stand_in;
        self.world.identity_ids().filter(move |(_, identity)| known(identity)).map(|(id, _)| id)
    }

    /// The pod that fulfils most, and what it lacks.
    fn partly(&self, of_pods: &[&'w Requirement], area: &Area<'w>) -> Miss<'w> {
        let symbols = &self.world.symbols;
        let fulfils =
            |id: IdentityId, each: &Requirement| each.matches(&self.world.identity(id).labels, symbols).is_yes();
        let score = |id: &IdentityId| of_pods.iter().filter(|each| fulfils(*id, each)).count();
        let best = area.pods.iter().copied().take(LOOKED_AT).rev().max_by_key(score);
        let lacking = best.and_then(|id| Some((id, *of_pods.iter().find(|each| !fulfils(id, each))?)));
        lacking.map_or(Miss::None, |(id, requirement)| Miss::Partly(id, requirement))
    }

    /// A selector for namespaces that are not there. Only where the input shows which there are (design §1.1).
    fn without_namespace(&self, selector: &'w Selector, area: Rc<Area<'w>>) -> Option<Verdict<'w>> {
        let mut asked = selector.written().filter(|requirement| is_of_namespace(self.world, requirement));
        let blame = asked.find(|requirement| Area::lacks(self.world, requirement))?;
        let Operator::In(values) = &blame.operator else { return None };
        let text = self.world.symbols.text(blame.key.name);
        let value = self.world.symbols.text(*values.first()?);
        let near = if name_key(text) {
            self.near_name(value)
        } else {
            self.near_label(text.strip_prefix(NAMESPACE_LABELS)?, value)
        };
        let sure = Area::shows_namespaces(self.world);
        (sure || near.is_some()).then_some(Verdict { sure, blame: Some(blame), area, miss: Miss::Namespace(near) })
    }

    fn near_name(&self, name: &str) -> Option<NearNamespace<'w>> {
        let named = |(id, _)| Some((id, self.world.namespace_name(id)?));
        let existing = self.world.namespace_ids().filter(|(_, namespace)| namespace.exists).filter_map(named);
        let (namespace, found) = existing.filter(|(_, other)| is_near(name, other)).min_by_key(|(_, other)| *other)?;
        Some(NearNamespace { namespace, key: None, value: Some(found) })
    }

    fn near_label(&self, key: &str, value: &str) -> Option<NearNamespace<'w>> {
        let all = || {
            let declared = self.world.namespace_ids().filter(|(_, namespace)| namespace.exists);
            declared.flat_map(|(id, _)| self.world.namespace_labels(id).map(move |label| (id, label)))
        };
        let like = all().find_map(|(namespace, (own, other))| {
            let other = other.filter(|other| own == key && is_near(value, other))?;
            Some(NearNamespace { namespace, key: None, value: Some(other) })
        });
        let under = || {
            all().find_map(|(namespace, (own, other))| {
                let same = other == Some(value) && own != key && (is_near(key, own) || is_name(own));
                same.then_some(NearNamespace { namespace, key: Some(own), value: None })
            })
        };
        like.or_else(under)
    }
}

/// Whether a requirement is about the namespace of a pod.
pub(crate) fn is_of_namespace(world: &World, requirement: &Requirement) -> bool {
    let key = world.symbols.text(requirement.key.name);
    matches!(requirement.key.source, Source::Any | Source::K8s)
        && (key == NAMESPACE || key.starts_with(NAMESPACE_LABELS))
}

/// The first workload of a pod class.
pub(crate) fn workload_of(world: &World, id: IdentityId) -> Option<&Workload> {
    world.identity(id).workloads.first().map(|&id| world.workload(id))
}

/// Whether one text is a slip of the other: up to two letters (one under eight), none under five. Words that differ in
/// length must be long enough themselves: `web-1` is no slip of `web-2`, nor `pay-api` of `pay-app`.
pub(crate) fn is_near(one: &str, other: &str) -> bool {
    let slip = |one: &str, other: &str| {
        let length = one.len().min(other.len());
        let allowed = if length < 8 { 1 } else { 2 };
        length >= 5 && one.len().abs_diff(other.len()) <= allowed && strsim::osa_distance(one, other) <= allowed
    };
    if one == other || !slip(one, other) {
        return false;
    }
    let words = |text: &str| text.split(['-', '_', '.', '/']).map(str::to_owned).collect::<Vec<_>>();
    let (left, right) = (words(one), words(other));
    left.len() != right.len() || left.iter().zip(&right).all(|(a, b)| a == b || slip(a, b) && !digits_differ(a, b))
}

/// Whether two words are the same but for their digits.
fn digits_differ(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
    letters(one) == letters(other)
}

fn are_siblings(one: &str, other: &str) -> bool {
    SIBLINGS.iter().any(|family| family.contains(&one) && family.contains(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near() {
        for (one, other) in [
            ("frontned", "frontend"),
            ("componet", "component"),
            ("monitorng", "monitoring"),
            ("postgers-db", "postgres-db"),
        ] {
            assert!(is_near(one, other), "{one} {other}");
        }
    }

    #[test]
    fn other_words_and_numbers_are_not_near() {
        let pairs = [
            ("web", "wet"),
            ("web-frontend-1", "web-frontend-2"),
            ("payments-api", "payments-app"),
            ("worker1", "worker2"),
            ("frontend", "frontend"),
            ("admin-tool", "frontend"),
            ("cache", "batch"),
        ];
        for (one, other) in pairs {
            assert!(!is_near(one, other), "{one} {other}");
        }
    }
}
