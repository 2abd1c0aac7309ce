//! The world: namespaces, identities and policies lowered to entries, with what is unknown.
//!
//! A [`World`] is one cluster as far as the input tells (design §1.1). Pods with the same namespace, labels, service
//! account and ports are one [`Identity`]; every policy of every kind is lowered to [`Entry`]s (semantics §2), each of
//! which knows the place that made it. Nothing here decides a verdict: that is `ringfence-engine`'s; and nothing here
//! speaks to a person: that is the rules'.

pub mod accept;
pub mod blueprint;
mod build;
mod dns;
mod entry;
mod filter;
mod identity;
mod ingress;
mod knobs;
mod label;
mod lower;
mod namespace;
mod policy;
mod queries;
mod release;
mod selector;
mod service;
mod symbol;
mod tri;
mod what_if;
mod world;

pub use build::{Change, IdentityChange, Revision, StandingWorld};
pub use entry::{
    Direction, DnsPattern, Entity, Entry, EntryId, L3, L4, L7, Parser, Peer, PeerKind, PortMatch, PortRule, Protocol,
    Section, Tier, Verdict,
};
pub use filter::identity_relevant;
pub use identity::{Identity, IdentityId, NamedPort, Workload, WorkloadId};
pub use ingress::{Backend, BackendPort, Ingress};
pub use knobs::{CidrMatchMode, Cni, Complete, Dialect, EnforcementMode, External, Knobs, Stage, Version};
pub use label::{CLUSTER, Key, LabelSet, NAMESPACE, NAMESPACE_LABELS, SERVICE_ACCOUNT, Source};
pub use namespace::{Gap, GapReason, Namespace, NamespaceId, NamespaceName};
pub use policy::{Acceptance, Policy, PolicyId, PolicyKind, RefusedBy, Rejection, RejectionCode};
pub use release::{Release, ReleaseId};
pub use selector::{Operator, Requirement, Selector, SelectorId, SelectorUse};
pub use service::{Service, ServiceId, ServicePort};
pub use symbol::{Symbol, Symbols};
pub use tri::Tri;
pub use what_if::NamespaceLabel;
pub use world::{Input, ObjectId, World};
