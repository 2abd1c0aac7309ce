//! What the authors of the policies mean by the labels of namespaces: which keys carry a profile, open the escape hatch, or
//! grant access (design §1.1).
//!
//! Keys come from the configuration, else from the policies; refused ones are read as if mended. No key stands in code.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{
    Entry, EntryId, L3, NAMESPACE, NAMESPACE_LABELS, Operator, PeerKind, Requirement, Section, SelectorId, Source,
    Verdict, World,
};
use ringfence_manifest::Place;

use crate::Options;

/// The label that Kubernetes gives each namespace: its name, no statement of anybody.
const NAME: &str = "kubernetes.io/metadata.name";
/// The value by which a label grants something.
const GRANTED: &str = "true";

/// What a label of a namespace is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Role {
    /// It names a profile: a set of permissions.
    Profile,
    /// It takes the namespace out of a policy that isolates.
    Hatch,
    /// It grants access to something shared.
    Access,
}

/// The keys with a meaning, and where policies use them.
#[derive(Debug, Default)]
pub struct Blueprint<'w> {
    hatches: BTreeSet<&'w str>,
    profiles: BTreeSet<&'w str>,
    access: BTreeSet<&'w str>,
    /// Prefixes before the `/` under which every key with the value `true` grants access.
    families: BTreeSet<&'w str>,
    uses: BTreeMap<&'w str, Vec<Use<'w>>>,
}

/// A requirement on a label of a namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use<'w> {
    /// The entry.
    pub(crate) entry: EntryId,
    /// What it asks.
    pub(crate) requirement: &'w Requirement,
    /// The selector it is part of.
    pub(crate) selector: SelectorId,
    /// Where that selector stands, if it stands anywhere.
    pub(crate) place: Option<Place>,
    /// Whether it is the entry's subject that is asked, not a peer.
    pub(crate) of_subject: bool,
}

impl<'w> Blueprint<'w> {
    /// What the configuration says and the policies show.
    pub fn of(world: &'w World, options: &'w Options) -> Self {
        let mut blueprint = Self { uses: uses(world), ..Self::default() };
        let labels = &options.labels;
        match &labels.enforcement {
            Some(key) => blueprint.hatches.extend([key.as_str()]),
            None => blueprint.hatches = blueprint.keys(|each| each.opts_out(world)),
        }
        blueprint.learn_access(labels.access.as_deref(), world);
        match &labels.profile {
            Some(key) => blueprint.profiles.extend([key.as_str()]),
            None => blueprint.profiles = blueprint.inferred_profiles(world),
        }
        blueprint
    }

    /// Whether a key means something in the architecture, whatever its value.
    pub(crate) fn governs(&self, key: &str) -> bool {
        self.role(key, GRANTED).is_some()
    }

    /// What a label is for.
    pub(crate) fn role(&self, key: &str, value: &str) -> Option<Role> {
        if self.hatches.contains(key) {
            Some(Role::Hatch)
        } else if self.profiles.contains(key) {
            Some(Role::Profile)
        } else {
            let of_family = prefix(key).is_some_and(|prefix| self.families.contains(prefix));
            (value == GRANTED && (of_family || self.access.contains(key))).then_some(Role::Access)
        }
    }

    /// The keys that take namespaces out of policies.
    pub(crate) fn hatches(&self) -> impl Iterator<Item = &'w str> + '_ {
        self.hatches.iter().copied()
    }

    /// The keys whose values are profiles.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = &'w str> + '_ {
        self.profiles.iter().copied()
    }

    /// The access keys that policies use.
    pub(crate) fn access(&self) -> impl Iterator<Item = &'w str> + '_ {
        self.access.iter().copied()
    }

    /// Where policies ask for a key, in the order of their entries.
    pub(crate) fn uses(&self, key: &str) -> &[Use<'w>] {
        self.uses.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether a requirement is about a label with a meaning.
    pub(crate) fn covers(&self, requirement: &Requirement, world: &World) -> bool {
        namespace_label(requirement, world).is_some_and(|key| self.governs(key))
    }

    fn keys(&self, holds: impl Fn(&Use<'w>) -> bool) -> BTreeSet<&'w str> {
        self.uses.iter().filter(|(_, uses)| uses.iter().any(&holds)).map(|(key, _)| *key).collect()
    }

    fn learn_access(&mut self, configured: Option<&'w str>, world: &World) {
        if let Some(family) = configured {
            let family = family.trim_end_matches('/');
            self.families.insert(family);
            self.access = self.keys(|_| true).into_iter().filter(|key| prefix(key) == Some(family)).collect();
        } else {
            self.access = self.keys(|each| each.grants(world));
            let prefixes = self.access.iter().filter_map(|key| prefix(key));
            self.families = prefixes.filter(|prefix| !is_common(prefix) && self.is_dedicated(prefix, world)).collect();
        }
        self.access.retain(|key| !self.hatches.contains(key));
    }

    /// Whether a prefix stands for access alone: namespaces carry nothing else under it that no policy reads. A prefix of the
    /// whole organisation tells nothing.
    fn is_dedicated(&self, family: &str, world: &World) -> bool {
        let fits = |(key, value): (&str, Option<&str>)| {
            prefix(key) != Some(family)
                || self.uses.contains_key(key)
                || [Some(GRANTED), Some("false")].contains(&value)
        };
        world.namespace_ids().all(|(id, _)| world.namespace_labels(id).all(fits))
    }

    /// Whether a key shares its prefix with others that mean something: no chance find.
    pub(crate) fn has_kin(&self, key: &str) -> bool {
        let governed = self.hatches.iter().chain(&self.profiles).chain(&self.access);
        prefix(key).is_some_and(|own| governed.into_iter().any(|other| *other != key && prefix(other) == Some(own)))
    }

    /// Keys that choose subjects by two or more values, and those beside a hatch key of the same prefix.
    fn inferred_profiles(&self, world: &World) -> BTreeSet<&'w str> {
        let beside: BTreeSet<&str> = self.hatches.iter().filter_map(|key| prefix(key)).collect();
        let is_profile = |(key, uses): (&&'w str, &Vec<Use<'w>>)| {
            let values: BTreeSet<_> = uses.iter().filter(|each| each.chooses(world)).flat_map(Use::values).collect();
            let granted = values.iter().any(|&&value| world.symbols.text(value) == GRANTED);
            let near = prefix(key).is_some_and(|prefix| beside.contains(prefix));
            let known = self.hatches.contains(key) || self.access.contains(key);
            (!known && !granted && (values.len() > 1 || (near && !values.is_empty()))).then_some(*key)
        };
        self.uses.iter().filter_map(is_profile).collect()
    }
}

impl<'w> Use<'w> {
    /// The values that fulfil it: those of `In`.
    pub(crate) fn values(&self) -> impl Iterator<Item = &'w ringfence_cluster::Symbol> + use<'w> {
        match &self.requirement.operator {
            Operator::In(values) => values.as_slice(),
            _ => &[],
        }
        .iter()
    }

    /// Whether carrying the label can fulfil it.
    pub(crate) fn asks_for(&self) -> bool {
        matches!(self.requirement.operator, Operator::In(_) | Operator::Exists)
    }

    /// Whether it takes namespaces out of a policy that isolates several.
    pub(crate) fn opts_out(&self, world: &World) -> bool {
        let entry = world.entry(self.entry);
        let negated = matches!(self.requirement.operator, Operator::NotIn(_) | Operator::DoesNotExist);
        negated && self.of_subject && entry.scope.is_none() && !entry.node && entry.default_deny.possible()
    }

    /// Whether it chooses the subjects of a clusterwide policy.
    fn chooses(&self, world: &World) -> bool {
        self.of_subject && world.entry(self.entry).scope.is_none()
    }

    /// Whether it is one half of "who carries this label may talk to that".
    fn grants(&self, world: &World) -> bool {
        let entry = world.entry(self.entry);
        let granted = self.values().any(|&value| world.symbols.text(value) == GRANTED);
        let other_end_fixed = if self.of_subject { fixed_peers(entry, world) } else { is_fixed(entry.subject, world) };
        granted && entry.scope.is_none() && entry.verdict == Verdict::Allow && other_end_fixed
    }
}

/// Every requirement on a label of a namespace, by its plain key.
fn uses(world: &World) -> BTreeMap<&str, Vec<Use<'_>>> {
    let mut uses: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
    for (id, entry) in world.entry_ids() {
        let mut add = |selector: SelectorId, place: Option<Place>, of_subject: bool| {
            for requirement in world.selector(selector).written() {
                if let Some(key) = namespace_label(requirement, world).filter(|key| *key != NAME) {
                    let each = Use { entry: id, requirement, selector, place, of_subject };
                    uses.entry(key).or_default().push(each);
                }
            }
        };
        add(entry.subject, entry.subject_place, true);
        for peer in peers(entry) {
            if let PeerKind::Endpoints(selector) = peer.kind {
                add(selector, Some(peer.place), false);
            }
        }
    }
    uses
}

/// The peers that an entry lists.
pub(crate) fn peers(entry: &Entry) -> &[ringfence_cluster::Peer] {
    match &entry.l3 {
        L3::Peers(peers) => peers,
        _ => &[],
    }
}

/// The plain key of a requirement on a label of the namespace.
pub(crate) fn namespace_label<'w>(requirement: &Requirement, world: &'w World) -> Option<&'w str> {
    let kubernetes = matches!(requirement.key.source, Source::Any | Source::K8s);
    world.symbols.text(requirement.key.name).strip_prefix(NAMESPACE_LABELS).filter(|_| kubernetes)
}

/// Whether a requirement is about which namespace it is, by its name.
pub(crate) fn is_namespace_name(requirement: &Requirement, world: &World) -> bool {
    let kubernetes = matches!(requirement.key.source, Source::Any | Source::K8s);
    let plain = kubernetes && world.symbols.text(requirement.key.name) == NAMESPACE;
    plain || namespace_label(requirement, world) == Some(NAME)
}

/// Whether a selector means something particular: it names a namespace, or a label of pods.
fn is_fixed(selector: SelectorId, world: &World) -> bool {
    world.selector(selector).written().any(|requirement| {
        matches!(requirement.operator, Operator::In(_))
            && (is_namespace_name(requirement, world) || namespace_label(requirement, world).is_none())
    })
}

fn fixed_peers(entry: &Entry, world: &World) -> bool {
    peers(entry).iter().any(|peer| match peer.kind {
        PeerKind::Endpoints(selector) => is_fixed(selector, world),
        PeerKind::Entity(_) | PeerKind::Cidr { .. } | PeerKind::Fqdn(_) => true,
        _ => false,
    })
}

/// What stands before the `/` of a key.
fn prefix(key: &str) -> Option<&str> {
    key.split_once('/').map(|(prefix, _)| prefix)
}

/// Whether a prefix belongs to Kubernetes itself, which sets labels of many meanings under it.
fn is_common(prefix: &str) -> bool {
    ["kubernetes.io", "k8s.io"].iter().any(|own| prefix == *own || prefix.ends_with(&format!(".{own}")))
}

/// Whether an entry lets something through, rather than only isolating.
pub(crate) fn allows_something(entry: &Entry) -> bool {
    let nobody = |kind: &PeerKind| matches!(kind, PeerKind::Nobody | PeerKind::Entity(ringfence_cluster::Entity::None));
    entry.verdict == Verdict::Allow
        && match &entry.l3 {
            L3::Nothing => false,
            L3::Anyone | L3::Unknown => true,
            L3::Peers(peers) => !peers.iter().all(|peer| nobody(&peer.kind)),
        }
}

/// Whether an entry lets everything through in its direction.
pub(crate) fn allows_everything(entry: &Entry) -> bool {
    let all = |kind: &PeerKind| matches!(kind, PeerKind::Entity(ringfence_cluster::Entity::All));
    let anyone = match &entry.l3 {
        L3::Anyone => true,
        L3::Peers(peers) => peers.iter().any(|peer| all(&peer.kind)),
        _ => false,
    };
    anyone && entry.l4 == ringfence_cluster::L4::Any && matches!(entry.section, Section::Ingress | Section::Egress)
}
