//! The kinds that ringfence reads, one file a kind.
//!
//! Policies are read whole: every field of the schema is known, any other is a problem. Of namespaces, workloads,
//! services, and what leads to services from outside, only the parts that decide about traffic are read.

pub mod admin;
pub mod cidr_group;
pub mod cilium;
pub mod cluster_network_policy;
pub mod ingress;
pub mod network_policy;
pub mod route;
pub mod service;
pub mod workload;
