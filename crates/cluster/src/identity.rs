//! Identities: what policies tell apart, instead of pods.

use ringfence_manifest::Place;

use crate::{LabelSet, NamespaceId, ObjectId, Protocol, ReleaseId, Symbol};

/// An identity of [`crate::World::identities`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct IdentityId(pub u32);

/// A workload of [`crate::World::workloads`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WorkloadId(pub u32);

/// Pods that no policy can tell apart: same namespace, labels, service account, named ports.
#[derive(Clone, PartialEq, Debug)]
pub struct Identity {
    /// Their namespace.
    pub namespace: NamespaceId,
    /// Their identity labels (semantics §5.1), those of the namespace included.
    pub labels: LabelSet,
    /// The ports they name, over all containers, sorted.
    pub ports: Vec<NamedPort>,
    /// Whether container ports that we do not see may be named.
    pub open_ports: bool,
    /// The workloads that make them; none for what only stands for pods.
    pub workloads: Vec<WorkloadId>,
    /// Whether this stands for "some pod of the namespace that the input does not show" (design §1.1), of a Helm release or
    /// of anything.
    pub representative: bool,
    /// Whether this is the stand-in for cluster DNS, because the input declares no DNS pods (design §1.1).
    pub dns_stand_in: bool,
    /// The Helm release whose pods this stands for.
    pub release: Option<ReleaseId>,
}

/// A named container port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NamedPort {
    /// The name.
    pub name: Symbol,
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// The number; `None` where it is a placeholder.
    pub number: Option<u16>,
}

/// An object that makes pods.
#[derive(Clone, PartialEq, Debug)]
pub struct Workload {
    /// The object.
    pub object: ObjectId,
    /// Its namespace.
    pub namespace: NamespaceId,
    /// The identity of its pods; `None` for host-network pods, which have the node's (semantics §3.2), unless the knob
    /// `selects_host_network` says otherwise.
    pub identity: Option<IdentityId>,
    /// The pod labels, where they stand.
    pub labels_place: Option<Place>,
}
