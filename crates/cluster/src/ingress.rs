//! What leads to Services from outside the cluster: Ingress objects and Routes.

use smol_str::SmolStr;

use crate::{NamespaceId, ObjectId};

/// An Ingress or a Route.
#[derive(Clone, PartialEq, Debug)]
pub struct Ingress {
    /// The object.
    pub object: ObjectId,
    /// Its namespace, and that of its backends.
    pub namespace: NamespaceId,
    /// The Services that it leads to; those that cannot be known from here are left out.
    pub backends: Vec<Backend>,
}

/// A Service that an Ingress or a Route leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Backend {
    /// Its name.
    pub service: SmolStr,
    /// Which of its ports.
    pub port: BackendPort,
}

/// Which port of a Service a backend means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BackendPort {
    /// Every one: a Route without a port.
    Every,
    /// The one that clients dial by this number.
    Number(u16),
    /// The one of this name.
    Named(SmolStr),
    /// The one that leads to this port of the pods.
    Target(u16),
    /// A placeholder, or no port at all.
    Unknown,
}
