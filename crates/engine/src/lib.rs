//! Verdicts: who may talk to whom, and which entries decide it.
//!
//! The [`Engine`] answers for one [`ringfence_cluster::World`] with the procedure of semantics §10, in three values: a
//! test on something that the input does not show is *unknown*, and only verdicts that hold whatever it turns out to be
//! are yes or no. Each selector is evaluated once, over all identities.

mod engine;
mod matches;
mod question;

pub use engine::Engine;
pub use matches::Matches;
pub use question::{Connection, Decision, Endpoint, Isolation, Side, Traffic};
