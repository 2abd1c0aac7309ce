//! What the authors of the policies mean by the labels of namespaces: which keys carry a profile, open the escape hatch, or
//! grant access (design §1.1).
//!
//! Keys come from the configuration, else from the policies; refused ones are read as if mended. No key stands in code.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_manifest::Place;
use smol_str::SmolStr;

use crate::{
    Entry, EntryId, NAMESPACE, NAMESPACE_LABELS, Operator, PeerKind, Requirement, SelectorId, Source, Symbol, Verdict,
    World,
};

/// The label that Kubernetes gives each namespace: its name, no statement of anybody.
const NAME: &str = "kubernetes.io/metadata.name";
/// The value by which a label grants something.
const GRANTED: &str = "true";

/// What a label of a namespace is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// It names a profile: a set of permissions.
    Profile,
    /// It takes the namespace out of a policy that isolates.
    Hatch,
    /// It grants access to something shared.
    Access,
}

/// Namespace labels with a meaning, as the configuration names them. What is not given is inferred from the policies
/// (design §1.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LabelKeys {
    /// The key whose value names a profile.
    pub profile: Option<SmolStr>,
    /// The key whose value switches enforcement off.
    pub enforcement: Option<SmolStr>,
    /// The prefix (before the `/`) of keys that grant access to a shared resource.
    pub access: Option<SmolStr>,
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
pub struct Use<'w> {
    /// The entry.
    pub entry: EntryId,
    /// What it asks.
    pub requirement: &'w Requirement,
    /// The selector it is part of.
    pub selector: SelectorId,
    /// Where that selector stands, if it stands anywhere.
    pub place: Option<Place>,
    /// Whether it is the entry's subject that is asked, not a peer.
    pub of_subject: bool,
}

impl<'w> Blueprint<'w> {
    /// What the configuration says and the policies show.
    pub fn of(world: &'w World, labels: &'w LabelKeys) -> Self {
        let mut blueprint = Self { uses: uses(world), ..Self::default() };
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
    pub fn governs(&self, key: &str) -> bool {
        self.role(key, GRANTED).is_some()
    }

    /// What a label is for.
    pub fn role(&self, key: &str, value: &str) -> Option<Role> {
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
    pub fn hatches(&self) -> impl Iterator<Item = &'w str> + '_ {
        self.hatches.iter().copied()
    }

    /// The value with which a hatch's label opens it: the first that a policy leaves out, one that lets nothing through
    /// before others; any where the key alone does. `None` where no policy takes namespaces out by the key, or only by a
    /// value that cannot be known.
    pub fn opening_value(&self, key: &str, world: &'w World) -> Option<&'w str> {
        let uses = || self.uses(key).iter().filter(|each| each.opts_out(world));
        let shuts = |each: &&Use<'w>| !world.entry(each.entry).allows_something();
        let opened = uses().find(shuts).or_else(|| uses().next())?;
        match &opened.requirement.operator {
            Operator::NotIn(values) => {
                values.iter().find(|value| !value.is_variable()).map(|&value| world.symbols.text(value))
            }
            _ => Some(GRANTED),
        }
    }

    /// The keys whose values are profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &'w str> + '_ {
        self.profiles.iter().copied()
    }

    /// The access keys that policies use.
    pub fn access(&self) -> impl Iterator<Item = &'w str> + '_ {
        self.access.iter().copied()
    }

    /// Where policies ask for a key, in the order of their entries.
    pub fn uses(&self, key: &str) -> &[Use<'w>] {
        self.uses.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether a requirement is about a label with a meaning.
    pub fn covers(&self, requirement: &Requirement, world: &World) -> bool {
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
    pub fn has_kin(&self, key: &str) -> bool {
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
    pub fn values(&self) -> impl Iterator<Item = &'w Symbol> + use<'w> {
        match &self.requirement.operator {
            Operator::In(values) => values.as_slice(),
            _ => &[],
        }
        .iter()
    }

    /// Whether carrying the label can fulfil it.
    pub fn asks_for(&self) -> bool {
        matches!(self.requirement.operator, Operator::In(_) | Operator::Exists)
    }

    /// Whether it takes namespaces out of a policy that isolates several.
    pub fn opts_out(&self, world: &World) -> bool {
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
        for peer in entry.peers() {
            if let PeerKind::Endpoints(selector) = peer.kind {
                add(selector, Some(peer.place), false);
            }
        }
    }
    uses
}

/// The plain key of a requirement on a label of the namespace.
pub fn namespace_label<'w>(requirement: &Requirement, world: &'w World) -> Option<&'w str> {
    let kubernetes = matches!(requirement.key.source, Source::Any | Source::K8s);
    world.symbols.text(requirement.key.name).strip_prefix(NAMESPACE_LABELS).filter(|_| kubernetes)
}

/// Whether a requirement is about which namespace it is, by its name.
pub fn is_namespace_name(requirement: &Requirement, world: &World) -> bool {
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
    entry.peers().iter().any(|peer| match peer.kind {
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
