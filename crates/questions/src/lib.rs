//! The questions people ask of a world: can this reach that, who can reach it, what does it reach, what changed.
//!
//! A question names its ends as people do ([`Name`], [`Target`]). An [`Inquiry`] knows one world: it turns a name into the
//! endpoints it stands for ([`Ends`]) and answers for each pair of them what the engine says ([`Reply`]), with what made
//! it; a set of ends answers with a [`Quantity`]. Nothing here speaks to a person or knows a file: words and formats are
//! `ringfence-report`'s.

mod can;
pub mod connlist;
mod diff;
mod ends;
mod expect;
mod fold;
mod grant;
mod graph;
mod groups;
mod inquiry;
mod learned;
mod matrix;
mod name;
mod near;
mod partners;
mod policy_name;
mod quantity;
mod reply;
mod resolve;
mod service;
mod target;

pub use can::{Can, Detail, Note, Pair};
pub use diff::{Cause, Change, ChangeKind, Common, Diff, LabelChange, PolicyChange, Shift, What};
pub use ends::{End, Ends, Who, address_name};
pub use expect::{Expectation, Met};
pub use grant::Grant;
pub use graph::{Edge, Graph, Link, Node, State, Tip};
pub use groups::{Group, GroupKind, Grouping};
pub use inquiry::{Inquiry, Resources};
pub use learned::Learned;
pub use matrix::{Cell, HalfOpenPairs, Matrix, Reason};
pub use name::{Name, NameError};
pub use partners::{HalfOpen, Partner, Partners};
pub use policy_name::{PolicyName, PolicyNameError};
pub use quantity::Quantity;
pub use reply::Reply;
pub use resolve::{Unresolved, find_namespace};
pub use target::{PortAsk, Target, TargetError, protocol_word};
