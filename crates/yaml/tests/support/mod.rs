//! What several of the tests share: where the conformance data is, trees as events, invariants of spans.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

pub(crate) mod corpus;
pub(crate) mod events;
pub(crate) mod invariants;
pub(crate) mod suite;
