//! Policies, and whether the API server and the agent take them (semantics §1, §9).

use std::ops::Range;

use ringfence_manifest::Place;

use crate::{NamespaceId, ObjectId};

/// A policy of [`crate::World::policies`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PolicyId(pub u32);

/// A policy object.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    /// The object.
    pub object: ObjectId,
    /// Its kind.
    pub kind: PolicyKind,
    /// Its namespace; `None` for clusterwide kinds.
    pub namespace: Option<NamespaceId>,
    /// Whether it counts.
    pub acceptance: Acceptance,
    /// Its entries, in [`crate::World::entries`]. A refused policy has entries too: it is read as if its fault were
    /// mended, for rules about intent (design §1.1). Verdicts leave them out.
    pub entries: Range<u32>,
}

/// The kinds of policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "the names of the kinds")]
pub enum PolicyKind {
    NetworkPolicy,
    CiliumNetworkPolicy,
    CiliumClusterwideNetworkPolicy,
    AdminNetworkPolicy,
    BaselineAdminNetworkPolicy,
    ClusterNetworkPolicy,
}

/// Whether a policy counts.
#[derive(Clone, PartialEq, Debug)]
pub enum Acceptance {
    /// It does.
    Accepted,
    /// It does not, for these reasons, in the order in which they would be met.
    Refused(Vec<Rejection>),
    /// It does not exist for this dialect (an AdminNetworkPolicy on Cilium, a Cilium policy elsewhere).
    NotImplemented,
}

/// Why a policy is refused.
#[derive(Clone, PartialEq, Debug)]
pub struct Rejection {
    /// By whom.
    pub by: RefusedBy,
    /// Which check.
    pub code: RejectionCode,
    /// The reason in the words of whoever refuses.
    pub reason: String,
    /// The part that is at fault.
    pub place: Place,
}

/// Who refuses a policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RefusedBy {
    /// `kubectl apply` fails: somebody sees it.
    ApiServer,
    /// The object is stored, and no node enforces it: nobody sees it.
    Agent,
}

/// Which check refuses: one variant for each that a rule reports (semantics §3.1, §9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "named after the check")]
pub enum RejectionCode {
    /// A value of a type that the schema does not allow.
    WrongType,
    /// A label key that is none (V04).
    LabelKey,
    /// A label value that is none (V04).
    LabelValue,
    /// An operator that is none, or values where none may be (V04).
    Expression,
    /// V01
    NoRules,
    /// V02
    NoSelector,
    /// V03
    TwoSelectors,
    NodeSelectorInNamespaced,
    /// V09
    CombinedPeers,
    /// V12
    UnknownEntity,
    /// V13, V14
    Cidr,
    /// A hole outside its range (V14).
    Except,
    CidrSetOneOf,
    /// V15
    TooManyPorts,
    /// V16–V18
    Port,
    /// V20
    Protocol,
    /// V19, V21–V27
    L7,
    /// V08, V28
    Icmp,
    /// V30
    Fqdn,
    /// V29
    HttpRegex,
    /// Anything that needs a flag (V06, V11).
    Feature,
    /// `policyTypes` of a NetworkPolicy.
    PolicyType,
    /// A peer with no member, or with two that exclude each other.
    PeerOneOf,
    /// No name, or one that is none.
    Name,
    /// A field that the schema asks for is missing.
    Required,
    /// A number or list outside its bounds.
    Bounds,
    /// Anything else that the schema refuses.
    Schema,
}

impl PolicyKind {
    /// Whether it is one of Cilium's own.
    pub const fn is_cilium(self) -> bool {
        matches!(self, Self::CiliumNetworkPolicy | Self::CiliumClusterwideNetworkPolicy)
    }

    /// The kind as written in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetworkPolicy => "NetworkPolicy",
            Self::CiliumNetworkPolicy => "CiliumNetworkPolicy",
            Self::CiliumClusterwideNetworkPolicy => "CiliumClusterwideNetworkPolicy",
            Self::AdminNetworkPolicy => "AdminNetworkPolicy",
            Self::BaselineAdminNetworkPolicy => "BaselineAdminNetworkPolicy",
            Self::ClusterNetworkPolicy => "ClusterNetworkPolicy",
        }
    }
}

impl Policy {
    /// Whether verdicts count it.
    pub fn counts(&self) -> bool {
        self.acceptance == Acceptance::Accepted
    }

    /// Why it is refused; empty where it is not.
    pub fn rejections(&self) -> &[Rejection] {
        match &self.acceptance {
            Acceptance::Refused(rejections) => rejections,
            _ => &[],
        }
    }
}
