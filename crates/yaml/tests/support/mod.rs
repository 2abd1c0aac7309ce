//! What several of the tests share: where the conformance data is, trees as events, invariants of spans.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

pub(crate) mod corpus;
pub(crate) mod events;
pub(crate) mod generate;
#[allow(unreachable_pub, reason = "public where it lives")]
#[path = "../../../testkit/src/go.rs"]
pub(crate) mod go; // by path: testkit stands above this crate
pub(crate) mod invariants;
pub(crate) mod normal;
pub(crate) mod suite;
