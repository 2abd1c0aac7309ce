//! Changes to a text made from its nodes, which keep comments, indentation, quotes and line ends.
//!
//! Each gives the edits to [apply](ringfence_text::apply), or `None` where the change cannot be made without touching
//! something else: a comment would go, an alias would lose its anchor, the layout is one that this module does not know.
//! New text is given as it would stand at column 0 with `\n` between lines; it is indented, and takes the line ends, of
//! its place.

mod delete;
mod insert;
mod layout;
mod scalar;

pub use delete::{delete_entry, delete_item};
pub use insert::{append_entry, append_item, insert_entry_after};
pub use scalar::{quote, rename_key, replace_scalar};
