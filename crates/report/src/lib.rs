//! Findings rendered: full text, concise, JSON, SARIF, GitHub annotations.

mod input;

pub use input::{Report, Root, RuleInfo};
