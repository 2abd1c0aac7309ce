//! The questions people ask of a world: can this reach that, who can reach it, what does it reach, what changed.
//!
//! A question names its ends as people do ([`Name`]); [`resolve`] turns a name into the endpoints of a
//! [`ringfence_cluster::World`]; the answers quantify over them and keep, for each half of each connection, what made it.
//! Verdicts are the engine's; words and formats are `ringfence-report`'s.

pub mod connlist;
mod name;
mod target;

pub use name::{Name, NameError};
pub use target::{PortAsk, Target, TargetError, protocol_word};
