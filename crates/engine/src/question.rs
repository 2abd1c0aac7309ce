//! What can be asked, and what an answer holds.

use std::net::IpAddr;

use ringfence_cluster::{Entity, EntryId, IdentityId, Protocol, Tri};
use smol_str::SmolStr;

use crate::Described;

/// One end of a connection.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Endpoint {
    /// Any one of the pods of an identity.
    Pods(IdentityId),
    /// One pod of an identity, of a known address.
    PodAt(IdentityId, IpAddr),
    /// A special identity: host, remote-node, kube-apiserver, health, ingress, init, unmanaged (semantics §5.6).
    Reserved(Entity),
    /// An address outside the cluster.
    Address(IpAddr),
    /// Some address outside the cluster: public internet, nothing more known. Of IPv4 where the cluster has it.
    World,
    /// An address that a DNS answer for this name gave.
    Name(SmolStr),
    /// An endpoint that is no object of the input, given by its labels.
    Described(Box<Described>),
}

/// What is sent: the port at the destination pod (semantics §2.2), or the ICMP type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Traffic {
    /// TCP, UDP, SCTP, ICMP, ICMPv6.
    pub protocol: Protocol,
    /// 0 to 65535.
    pub port: u16,
}

/// What one side says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Decision {
    /// Let through.
    Allow,
    /// Not let through.
    Deny,
    /// It depends on something outside the input.
    Unknown,
    /// No policy is enforced at this end.
    NotApplicable,
}

/// The answer of one side, with what made it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    /// The answer.
    pub decision: Decision,
    /// All matching entries with the deciding tier, priority and verdict; empty where the default decides.
    pub deciding: Vec<EntryId>,
    /// Whether the subject is isolated in this direction, and by which entries.
    pub isolation: Isolation,
    /// The entries whose match cannot be known, where that matters: only where the answer is unknown.
    pub unsure: Vec<EntryId>,
    /// What the answer rests on.
    pub basis: Basis,
}

/// What the answer of a side rests on (semantics §10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Basis {
    /// Policies are not enforced at this end (step 0).
    NotEnforced,
    /// A label key `host` turns enforcement off, by a fault of some versions (step 1).
    HostLabel,
    /// Enforcement is off in the whole cluster (step 2).
    ModeNever,
    /// The policies of the endpoint contradict each other above the ports: the agent keeps what it had (step 2a).
    Conflict,
    /// No policy isolates the endpoint in this direction.
    NotIsolated,
    /// It is isolated, and nothing lets this through.
    DefaultDeny,
    /// The node may always reach its own pods (semantics §4.5; upstream §3.1).
    OwnNode,
    /// Entries decide: [`Side::deciding`].
    Entries,
    /// It cannot be known from here.
    Unsettled,
}

/// Whether a subject is in default deny for a direction (semantics §4.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Isolation {
    /// Whether it is.
    pub isolated: Tri,
    /// The entries that isolate it, surely or perhaps.
    pub by: Vec<EntryId>,
}

/// Both sides of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connection {
    /// The source's side.
    pub egress: Side,
    /// The destination's side.
    pub ingress: Side,
}

impl Decision {
    /// Whether this side lets it through.
    pub fn allows(self) -> Tri {
        match self {
            Self::Allow | Self::NotApplicable => Tri::Yes,
            Self::Deny => Tri::No,
            Self::Unknown => Tri::Unknown,
        }
    }
}

impl Connection {
    /// Whether the connection is made: both sides must let it through (semantics §2.3, §10.1).
    pub fn allowed(&self) -> Tri {
        self.egress.decision.allows().and(self.ingress.decision.allows())
    }
}
