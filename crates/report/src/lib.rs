//! Findings and answers rendered: full text, concise, JSON, SARIF, GitHub annotations, lists of connections.
//!
//! A [`Report`] is what a run found; [`render`] writes it in a [`Format`]. [`answers`] writes what was asked. Nothing here
//! knows a terminal, a file system or a rule: colours and width come in as a [`Style`], paths as they were typed.

pub mod answers;
mod clean;
mod concise;
mod connlist;
mod excerpt;
mod format;
mod full;
pub mod github;
mod hunk;
mod input;
mod json;
mod paths;
mod place;
mod sarif;
mod style;
mod words;
mod world;

pub use connlist::connlist;
pub use format::{Format, UnknownFormat, render};
pub use full::summary;
pub use input::{Report, Root, RuleInfo};
pub use style::Style;
