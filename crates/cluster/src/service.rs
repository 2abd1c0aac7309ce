//! Services: what names a set of pods and maps ports to theirs.

use ringfence_manifest::Place;
use smol_str::SmolStr;

use crate::{NamespaceId, ObjectId, PortMatch, Protocol, SelectorId};

/// A Service of [`crate::World::services`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ServiceId(pub u32);

/// A Service.
#[derive(Clone, PartialEq, Debug)]
pub struct Service {
    /// The object.
    pub object: ObjectId,
    /// Its namespace.
    pub namespace: NamespaceId,
    /// The pods behind it, its namespace included; `None` without a selector.
    pub selector: Option<SelectorId>,
    /// Its ports.
    pub ports: Vec<ServicePort>,
}

/// A port of a Service.
#[derive(Clone, PartialEq, Debug)]
pub struct ServicePort {
    /// Its name, where it has one that is known.
    pub name: Option<SmolStr>,
    /// The port that clients dial; `None` where it is a placeholder.
    pub port: Option<u16>,
    /// The port of the pod that it leads to, which policies see.
    pub target: PortMatch,
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// The NodePort, where one is given.
    pub node_port: Option<u16>,
    /// Where it stands.
    pub place: Place,
}
