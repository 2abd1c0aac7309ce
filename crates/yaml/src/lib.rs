//! YAML text in, one arena tree with exact byte spans out.
//!
//! [`parse`] never fails: a [`Tree`] holds every document of a text, and beside it what is wrong. Each key, value, anchor,
//! alias, tag and comment knows its bytes. The tree says what is *written*; what a reader makes of it is asked for:
//! [`core11`] gives the values that the API server sees, [`merge`] the entries of a mapping with its merge keys applied,
//! [`placeholder`] what Flux would put for `${VAR}`.
//!
//! Nothing here knows Kubernetes. The engine behind the reader is `granit-parser`; no type of it is public.

mod build;
pub mod core11;
pub mod core12;
pub mod edit;
mod error;
mod folded;
mod limits;
mod marker;
pub mod merge;
mod node;
pub mod placeholder;
mod plain;
mod read;
mod repeats;
mod rough;
mod scan;
mod template;
mod tree;
mod words;

pub use error::{ErrorKind, SyntaxError};
pub use limits::Limits;
pub use node::{Alias, Document, Entry, Kind, Named, Node, NodeId, Scalar, Step, Style};
pub use read::{parse, parse_with};
pub use tree::{Comment, Tree};
