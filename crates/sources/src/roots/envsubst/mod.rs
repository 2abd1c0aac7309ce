//! `${VAR}` and its forms, as Flux fills them in.
//!
//! The facts are those of `github.com/fluxcd/pkg/envsubst` v1.8.0: it looks like a shell and is none. `${VAR-x}` is
//! refused, and `:-`, `:=`, `:?` and `:+` all mean the same.

mod eval;
mod parse;

pub(super) use eval::{Filled, Variable, fill};
pub use parse::Fault;

/// Whether there is anything in a text that filling in would change.
pub(super) fn concerns(text: &str) -> bool {
    text.contains("${") || text.contains("$$")
}
