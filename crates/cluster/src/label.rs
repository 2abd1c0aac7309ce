//! Labels with their source, as identities carry them (semantics §5.1, §5.2).

use crate::{Symbol, Symbols, Tri};

/// Where a label comes from: the part of a Cilium key before the first colon.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    /// In a selector: any source. What a key without a colon means.
    Any,
    /// A label that Kubernetes gave: of the pod, its namespace, its service account, its cluster.
    K8s,
    /// `reserved:host` and the other special identities.
    Reserved,
    /// An address range.
    Cidr,
    /// A CiliumCIDRGroup.
    CidrGroup,
    /// A DNS name.
    Fqdn,
    /// A node label.
    Node,
    /// Anything else: valid to write, carried by nobody.
    Other(Symbol),
}

/// A key with its source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// The source; [`Source::Any`] only in selectors.
    pub source: Source,
    /// The rest of the key.
    pub name: Symbol,
}

/// The prefix under which the labels of a namespace stand among those of its pods.
pub const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";
/// The label that names the namespace of a pod.
pub const NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// The label that names the service account of a pod.
pub const SERVICE_ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";
/// The label that names the cluster of a pod.
pub const CLUSTER: &str = "io.cilium.k8s.policy.cluster";

/// The labels of an identity: sorted, some values perhaps unknown, perhaps with more labels than we see.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct LabelSet {
    /// Known keys, sorted; `None` is a value that cannot be known from here.
    labels: Vec<(Key, Option<Symbol>)>,
    /// Whether pod labels that we do not see may be there: of a pod that something outside the input makes.
    pub open_pod: bool,
    /// Whether namespace labels that we do not see may be there: of a namespace declared elsewhere.
    pub open_namespace: bool,
}

impl LabelSet {
    /// A set of these labels. Of a repeated key the last value holds.
    pub fn new(labels: impl IntoIterator<Item = (Key, Option<Symbol>)>) -> Self {
        let mut set = Self::default();
        for (key, value) in labels {
            set.insert(key, value);
        }
        set
    }

    /// The labels of a pod of which nothing is known.
    pub fn open() -> Self {
        Self { open_pod: true, ..Self::default() }
    }

    /// Adds a label or changes its value.
    pub fn insert(&mut self, key: Key, value: Option<Symbol>) {
        match self.labels.binary_search_by_key(&key, |&(key, _)| key) {
            Ok(at) => self.labels[at].1 = value,
            Err(at) => self.labels.insert(at, (key, value)),
        }
    }

    /// The labels, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Option<Symbol>)> + '_ {
        self.labels.iter().copied()
    }

    /// The values under a key; several where the key's source is [`Source::Any`] and several sources have it.
    pub fn values(&self, key: Key) -> impl Iterator<Item = Option<Symbol>> + '_ {
        self.labels.iter().filter(move |&&(own, _)| key.covers(own)).map(|&(_, value)| value)
    }

    /// Whether a key may be there although it is not among the labels we see.
    pub fn may_hold(&self, key: Key, symbols: &Symbols) -> bool {
        let text = symbols.text(key.name);
        let kubernetes = matches!(key.source, Source::Any | Source::K8s);
        let of_namespace = text.starts_with(NAMESPACE_LABELS);
        let fixed = [NAMESPACE, CLUSTER].contains(&text);
        kubernetes && !fixed && if of_namespace { self.open_namespace } else { self.open_pod }
    }

    /// Whether the key is there.
    pub fn has(&self, key: Key, symbols: &Symbols) -> Tri {
        if self.values(key).next().is_some() {
            Tri::Yes
        } else if self.may_hold(key, symbols) {
            Tri::Unknown
        } else {
            Tri::No
        }
    }
}

impl Key {
    /// Whether a selector's key names this label.
    pub fn covers(self, label: Self) -> bool {
        self.name == label.name && (self.source == Source::Any || self.source == label.source)
    }
}
