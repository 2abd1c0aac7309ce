//! Files, byte spans, line and column positions, and text edits.
//!
//! Everything above this crate speaks of places as a [`FileId`] and a [`Span`] of bytes. Lines and columns exist only at
//! the edge, where a person or an editor reads them, and come from a [`LineIndex`].

mod edit;
mod files;
mod line_index;
mod span;

pub use edit::{Edit, EditError, apply};
pub use files::{File, Files};
pub use line_index::{LineIndex, Position};
pub use span::{FileId, Span};
