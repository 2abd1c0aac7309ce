//! The endpoints that a name stands for.

use ringfence_cluster::{Entity, NamespaceId, ReleaseId, Tri, WorkloadId, World};
use ringfence_engine::{Block, Endpoint, Traffic};
use smol_str::SmolStr;

use crate::name::special_word;

/// All endpoints that a name stands for: one, or a set. Never empty.
#[derive(Clone, PartialEq, Debug)]
pub struct Ends {
    /// The name as it was asked for.
    pub name: String,
    /// The endpoints.
    pub members: Vec<End>,
    /// Whether pods that the input does not show, or not in full, may belong to it too.
    pub perhaps_more: bool,
}

/// One endpoint, as people speak of it.
#[derive(Clone, PartialEq, Debug)]
pub struct End {
    /// Who it is.
    pub who: Who,
    /// What it is to the engine. Several where the input does not tell: pods on the host's network are the node of
    /// whoever asks, or another one (semantics §10.2).
    pub shapes: Vec<Endpoint>,
    /// Whether it is one of those that were asked for: pods whose labels are not all seen are so perhaps.
    pub belongs: Tri,
    /// What is sent to it; `None`: every port is asked for.
    pub traffic: Option<Vec<Traffic>>,
}

/// Who an end is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Who {
    /// The pods of a workload.
    Workload(WorkloadId),
    /// The pods of a Helm release that is not rendered.
    Release(ReleaseId),
    /// A pod of this namespace that the input does not show.
    OtherPods(NamespaceId),
    /// The pods that are taken to answer DNS, because the input shows none (design §1.1).
    DnsStandIn(NamespaceId),
    /// Addresses that no policy tells apart, by what people call them.
    Addresses(SmolStr, Vec<Block>),
    /// A node, the API server, or another endpoint that every cluster has.
    Special(Entity),
    /// An address that a DNS answer for this name gave.
    Dns(SmolStr),
}

impl End {
    /// An end that surely is meant, on every port.
    pub(crate) fn new(who: Who, shapes: Vec<Endpoint>) -> Self {
        Self { who, shapes, belongs: Tri::Yes, traffic: None }
    }
}

impl Who {
    /// What a person calls it: `payments/api`, `other pods of payments`, `10.0.0.0/8`.
    pub fn text(&self, world: &World) -> String {
        match self {
            Self::Workload(id) => world.workload_text(world.workload(*id)),
            Self::Release(id) => world.release_text(world.release(*id)),
            Self::OtherPods(namespace) => format!("other pods of {}", world.namespace_text(*namespace)),
            Self::DnsStandIn(namespace) => format!("the DNS pods of {}", world.namespace_text(*namespace)),
            Self::Special(entity) => special_word(*entity).to_owned(),
            Self::Addresses(name, _) | Self::Dns(name) => name.to_string(),
        }
    }

    /// The namespace it is in, of pods.
    pub fn namespace(&self, world: &World) -> Option<NamespaceId> {
        match self {
            Self::Workload(id) => Some(world.workload(*id).namespace),
            Self::Release(id) => Some(world.release(*id).namespace),
            Self::OtherPods(namespace) | Self::DnsStandIn(namespace) => Some(*namespace),
            Self::Addresses(..) | Self::Special(_) | Self::Dns(_) => None,
        }
    }
}

/// How many blocks are named.
const NAMED: usize = 3;

/// What people call some blocks: their ranges, the first few of many.
pub fn address_name(blocks: &[Block]) -> SmolStr {
    let named: Vec<String> = blocks.iter().take(NAMED).map(ToString::to_string).collect();
    let left = blocks.len() - named.len();
    let more = if left > 0 { format!(" and {left} more") } else { String::new() };
    format!("{}{more}", named.join(", ")).into()
}
