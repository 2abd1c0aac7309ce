//! Verdicts: who may talk to whom, and which entries decide it.
//!
//! The [`Engine`] answers for one [`ringfence_cluster::World`] with the procedure of semantics §10, in three values: a
//! test on something that the input does not show is *unknown*, and only verdicts that hold whatever it turns out to be
//! are yes or no. Each selector is evaluated once, over all identities, with the help of an index of their labels.
//!
//! How a question is answered: an [`Endpoint`] becomes one or more `Party`s (labels, address, names); the entries that
//! apply to the subject make its `Standing`; those that reach the peer are candidates; the ports decide which of them
//! match; the walk through the matching ones in order yields the [`Decision`].

mod addresses;
mod anchors;
mod blocks;
mod classes;
mod conflict;
mod coverage;
mod described;
pub mod dns;
mod dns_name;
mod engine;
mod half;
mod inclusion;
mod isolation;
mod l3;
mod l4;
mod label_index;
mod matches;
mod matrix;
mod miss;
mod obstacles;
mod party;
mod peer_set;
mod port_set;
mod question;
mod reach;
mod roster;
mod selections;
mod side;
mod standing;
mod tables;
mod walk;

pub use blocks::Block;
pub use conflict::{Conflict, ConflictKind};
pub use coverage::{Coverage, Covered, CoveredRule};
pub use described::Described;
pub use dns_name::dns_matches;
pub use engine::Engine;
pub use matches::Matches;
pub use matrix::{Matrix, Reach};
pub use miss::{Miss, Shortfall};
pub use obstacles::Obstacles;
pub use peer_set::PeerSet;
pub use port_set::Ports;
pub use question::{Basis, Connection, Decision, Endpoint, Isolation, Side, Traffic};
pub use standing::StandingEngine;
