//! Namespaces: declared, named, or unknown, and how much of each the input shows.

use ringfence_manifest::Place;

use crate::{IdentityId, LabelSet, ObjectId, Symbol};

/// A namespace of [`crate::World::namespaces`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NamespaceId(pub u32);

/// A namespace.
#[derive(Clone, PartialEq, Debug)]
pub struct Namespace {
    /// Its name.
    pub name: NamespaceName,
    /// The manifest that declares it.
    pub object: Option<ObjectId>,
    /// Its labels under their plain keys, as a NetworkPolicy sees them: `kubernetes.io/metadata.name` is always among
    /// them. Open where the namespace is declared elsewhere.
    pub labels: LabelSet,
    /// Why its pods are not all known; empty where they are ("complete", design §1.1).
    pub gaps: Vec<Gap>,
    /// Whether the input has a workload in it.
    pub has_workload: bool,
    /// The pod that stands for those we do not see.
    pub representative: Option<IdentityId>,
    /// Whether the input, the configuration, or Kubernetes itself says that it exists.
    pub exists: bool,
    /// Whether only the objects in it say so: neither the input nor the configuration declares it, nor does Kubernetes make
    /// it. An input with such namespaces does not show which there are.
    pub undeclared: bool,
}

/// What a namespace is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NamespaceName {
    /// By its name.
    Known(Symbol),
    /// The namespace that objects of one folder without `metadata.namespace` share; its name and labels are unknown.
    /// The number tells folders apart.
    OfFolder(u32),
    /// The name is a placeholder: could be any namespace.
    Placeholder(u32),
}

/// A reason why a namespace may hold pods that the input does not show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// What it is.
    pub reason: GapReason,
    /// The object or document that makes it so.
    pub place: Option<Place>,
}

/// What may make pods unseen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum GapReason {
    /// The input has no workload in the namespace at all.
    NoWorkload,
    /// A Helm release.
    HelmRelease,
    /// An Argo CD Application or ApplicationSet.
    ArgoApplication,
    /// A Flux Kustomization or a `kustomization.yaml` that is not built.
    Kustomization,
    /// Roots without the repository around them: others may bring more.
    RootsAlone,
    /// Files that no root reaches: somebody may apply them, and more.
    Unreached,
    /// An object of a group that is not built into Kubernetes: its controller may make pods.
    CustomResource,
    /// A template that is not rendered.
    Template,
    /// A document that cannot be read.
    Unreadable,
    /// A fragment of a Markdown file shows only what its author wanted to show.
    Fragment,
    /// Its namespace or labels are placeholders.
    Placeholder,
}

impl Namespace {
    /// Whether all its pods are known, so that "selects nothing" is a *no*.
    pub fn complete(&self) -> bool {
        self.gaps.is_empty()
    }
}
