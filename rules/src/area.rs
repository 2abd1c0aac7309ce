//! The part of the world that a selector looks at: the namespaces it asks for, and what is known of the pods there.

use ringfence_cluster::{
    Gap, GapReason, IdentityId, Key, NAMESPACE, NAMESPACE_LABELS, Namespace, NamespaceId, Operator, ReleaseId,
    Requirement, Selector, Source, Symbol, Tri, WorkloadId, World,
};

use crate::near::is_of_namespace;

/// The label by which the API server names every namespace.
pub(crate) const METADATA_NAME: &str = "kubernetes.io/metadata.name";

/// Some namespaces and what is in them, indexed by label.
#[derive(Default)]
pub(crate) struct Area<'w> {
    /// The namespaces that surely are what is asked for.
    pub(crate) namespaces: Vec<NamespaceId>,
    /// Their pods, those that stand for unseen ones left out.
    pub(crate) pods: Vec<IdentityId>,
    /// Helm releases that go there and are not rendered.
    pub(crate) releases: Vec<ReleaseId>,
    /// Their workloads whose pods use the network of the node.
    pub(crate) on_node: Vec<WorkloadId>,
    by_key: Vec<(&'w str, &'w str, IdentityId)>,
    by_value: Vec<(&'w str, &'w str, IdentityId)>,
    owners: Vec<(&'w str, &'w str, WorkloadId)>,
}

/// What a selector asks of namespaces, injected requirements included: equal ones share an area.
pub(crate) fn areas_key(world: &World, selector: &Selector) -> Vec<Requirement> {
    selector.requirements.iter().filter(|requirement| is_of_namespace(world, requirement)).cloned().collect()
}

impl<'w> Area<'w> {
    /// The area of some requirements on namespaces.
    pub(crate) fn of(world: &'w World, asked: &[Requirement]) -> Self {
        let fits =
            |id: &NamespaceId| world.namespace(*id).exists && asked.iter().all(|each| holds(world, *id, each).is_yes());
        let mut area =
            Self { namespaces: candidates(world, asked).into_iter().filter(fits).collect(), ..Self::default() };
        for namespace in area.namespaces.clone() {
            area.add(world, namespace);
        }
        area.by_key.sort_unstable();
        area.by_value.sort_unstable();
        area.owners.sort_unstable();
        area
    }

    fn add(&mut self, world: &'w World, namespace: NamespaceId) {
        for (id, identity) in world.identities_of(namespace) {
            self.releases.extend(identity.release);
            if identity.representative || identity.dns_stand_in {
                continue;
            }
            self.pods.push(id);
            for (key, value) in identity.labels.iter().filter_map(|(key, value)| Some((key, value?))) {
                let (key, value) = (world.symbols.text(key.name), world.symbols.text(value));
                if key != NAMESPACE && !key.starts_with(NAMESPACE_LABELS) {
                    self.by_key.push((key, value, id));
                    self.by_value.push((value, key, id));
                }
            }
        }
        for (id, workload) in world.workloads_of(namespace) {
            if workload.identity.is_none() {
                self.on_node.push(id);
            }
            let labels = world.object(workload.object).meta.labels.get();
            for label in labels.map_or(&[][..], |labels| &labels.entries) {
                self.owners.extend(label.value.get().map(|value| (label.key.as_str(), value.as_str(), id)));
            }
        }
    }

    /// The values that pods of the area have under a key, ascending, with a pod of each.
    pub(crate) fn values(&self, key: &str) -> impl Iterator<Item = (&'w str, IdentityId)> {
        pairs(&self.by_key, key)
    }

    /// The keys under which pods of the area have a value, ascending, with a pod of each.
    pub(crate) fn keys(&self, value: &str) -> impl Iterator<Item = (&'w str, IdentityId)> {
        pairs(&self.by_value, value)
    }

    /// The object that carries a label itself.
    pub(crate) fn owner(&self, key: &str, value: &str) -> Option<WorkloadId> {
        let at = self.owners.partition_point(|&(own, other, _)| (own, other) < (key, value));
        self.owners.get(at).filter(|&&(own, other, _)| (own, other) == (key, value)).map(|&(.., id)| id)
    }

    /// Whether some pod of the area may fulfil a requirement.
    pub(crate) fn fulfils(&self, world: &World, requirement: &Requirement) -> bool {
        let matches = |id: &IdentityId| requirement.matches(&world.identity(*id).labels, &world.symbols).possible();
        match &requirement.operator {
            Operator::In(values) => {
                let texts: Vec<&str> = values.iter().map(|&value| world.symbols.text(value)).collect();
                let mut own = self.values(world.symbols.text(requirement.key.name));
                own.any(|(value, _)| texts.contains(&value)) || self.pods.len() < 50 && self.pods.iter().any(matches)
            }
            _ => self.pods.iter().any(matches),
        }
    }

    /// Whether the input shows which namespaces there are: it declares several, and each that something of it stands in. The
    /// repository of one application declares its own namespace at most, and speaks of those of others.
    pub(crate) fn shows_namespaces(world: &World) -> bool {
        let declared = world.namespaces.iter().filter(|namespace| is_declared(world, namespace));
        declared.count() > 1 && !world.namespaces.iter().any(|namespace| namespace.undeclared)
    }

    /// Whether no namespace of the input fulfils a requirement. Only where the input declares namespaces (design §1.1).
    pub(crate) fn lacks(world: &World, requirement: &Requirement) -> bool {
        let declared = |namespace: &Namespace| is_declared(world, namespace);
        if !world.namespaces.iter().any(declared) {
            return false;
        }
        let Operator::In(values) = &requirement.operator else { return false };
        if name_key(world.symbols.text(requirement.key.name)) {
            return values.iter().all(|&value| is_missing(world, value));
        }
        let all_seen = !world.namespaces.iter().flat_map(|namespace| &namespace.gaps).any(hides_namespaces);
        let counts = |namespace: &Namespace| declared(namespace) || namespace.has_workload || !namespace.exists;
        let mut all = world.namespace_ids().filter(|(_, namespace)| counts(namespace) && namespace.exists);
        all_seen && all.all(|(id, _)| holds(world, id, requirement) == Tri::No)
    }
}

fn is_declared(world: &World, namespace: &Namespace) -> bool {
    namespace.object.is_some_and(|id| !world.object(id).fragment)
}

/// Whether a compiled key names a namespace by its name.
pub(crate) fn name_key(key: &str) -> bool {
    key == NAMESPACE || key.strip_prefix(NAMESPACE_LABELS).is_some_and(is_name)
}

/// Whether a label of a namespace is its name.
pub(crate) fn is_name(key: &str) -> bool {
    key == METADATA_NAME
}

/// Whether no namespace of a name is declared or has anything in it, nor anything hides that may be one.
pub(crate) fn is_missing(world: &World, name: Symbol) -> bool {
    if name.is_variable() {
        return false;
    }
    let found = world.find_namespace(world.symbols.text(name)).map(|id| world.namespace(id));
    let nothing_there = |gap: &Gap| gap.reason == GapReason::NoWorkload;
    found.is_none_or(|namespace| !namespace.exists && namespace.gaps.iter().all(nothing_there))
}

/// Whether more namespaces may be made than the input declares.
fn hides_namespaces(gap: &Gap) -> bool {
    use GapReason::{ArgoApplication, Kustomization, RootsAlone, Template, Unreached, Unreadable};
    matches!(gap.reason, ArgoApplication | Kustomization | RootsAlone | Template | Unreached | Unreadable)
}

/// The namespaces to look at: those that a positive requirement names, else all.
fn candidates(world: &World, asked: &[Requirement]) -> Vec<NamespaceId> {
    let named = asked.iter().find_map(|requirement| match &requirement.operator {
        Operator::In(values) if name_key(world.symbols.text(requirement.key.name)) => Some(values),
        _ => None,
    });
    match named {
        Some(values) if values.iter().all(|value| !value.is_variable()) => {
            values.iter().filter_map(|&value| world.find_namespace(world.symbols.text(value))).collect()
        }
        _ => world.namespace_ids().map(|(id, _)| id).collect(),
    }
}

/// Whether a namespace fulfils what a selector over pods asks of it.
pub(crate) fn holds(world: &World, namespace: NamespaceId, requirement: &Requirement) -> Tri {
    let labels = &world.namespace(namespace).labels;
    let text = world.symbols.text(requirement.key.name);
    let plain = if text == NAMESPACE { METADATA_NAME } else { text.strip_prefix(NAMESPACE_LABELS).unwrap_or(text) };
    let key = world.symbols.find(plain).map(|name| Key { source: Source::K8s, name });
    let present = key.is_some_and(|key| labels.values(key).next().is_some());
    match key {
        Some(key) if present => Requirement { key, ..requirement.clone() }.matches(labels, &world.symbols),
        _ if labels.open_namespace => Tri::Unknown,
        _ => matches!(requirement.operator, Operator::NotIn(_) | Operator::DoesNotExist).into(),
    }
}

fn pairs<'w>(sorted: &[(&'w str, &'w str, IdentityId)], first: &str) -> impl Iterator<Item = (&'w str, IdentityId)> {
    let start = sorted.partition_point(|&(own, ..)| own < first);
    let end = sorted.partition_point(|&(own, ..)| own <= first);
    let mut last = None;
    sorted[start..end].iter().filter_map(move |&(_, second, id)| {
        let new = last.replace(second) != Some(second);
        new.then_some((second, id))
    })
}
