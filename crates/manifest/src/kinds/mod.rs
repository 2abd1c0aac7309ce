//! The kinds that ringfence reads, one file a kind.

pub mod network_policy;
