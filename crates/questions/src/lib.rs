//! The questions people ask of a world: can this reach that, who can reach it, what does it reach, what changed.
//!
//! A question names its ends as people do ([`Name`], [`Target`]). An [`Inquiry`] knows one world: it turns a name into the
//! endpoints it stands for ([`Ends`]) and answers for each pair of them what the engine says ([`Reply`]), with what made
//! it; a set of ends answers with a [`Quantity`]. Nothing here speaks to a person or knows a file: words and formats are
//! `ringfence-report`'s.

mod can;
pub mod connlist;
mod ends;
mod expect;
mod grant;
mod inquiry;
mod learned;
mod name;
mod near;
mod partners;
mod quantity;
mod reply;
mod resolve;
mod service;
mod target;

pub use can::{Can, Detail, Note, Pair};
pub use ends::{End, Ends, Who};
pub use expect::{Expectation, Met};
pub use grant::Grant;
pub use inquiry::{Inquiry, Resources};
pub use learned::Learned;
pub use name::{Name, NameError};
pub use partners::{HalfOpen, Partner, Partners};
pub use quantity::Quantity;
pub use reply::Reply;
pub use resolve::Unresolved;
pub use target::{PortAsk, Target, TargetError, protocol_word};
