//! Which documents there are: files on disk, fenced blocks in Markdown, and the worlds they belong to.
//!
//! [`markdown`] finds the YAML in a document for people; [`kustomize`] and [`roots`] build what goes into a cluster;
//! [`divide`] says which of the rest describe one cluster together (design §1.1); [`Content`] tells text from what is none.
//! Walking folders is the feature `fs`: everything else runs where there is no disk.

mod content;
#[cfg(feature = "fs")]
mod ignored;
pub mod kustomize;
pub mod markdown;
pub mod roots;
#[cfg(feature = "fs")]
pub mod walk;
mod worlds;

pub use content::{Content, is_markdown};
#[cfg(feature = "fs")]
pub use ignored::Ignored;
pub use worlds::{Division, Name, Unit, World, divide, plain};
