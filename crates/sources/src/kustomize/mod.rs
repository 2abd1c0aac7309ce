//! What `kustomize build` makes of a kustomization, every value with the place that made it.
//!
//! [`Builder`] does what kustomize 5.8.1 (`kubectl kustomize` of 1.36) does, on [`Files`] and on values: it never writes
//! text in between, so each value still has its [`Place`](ringfence_manifest::Place) — its own file's, or that of the line
//! of a kustomization or patch which set it — and [`Origin`] tells where it stood before. Facts are taken from
//! kustomize's sources and named where they are used; the real program is the oracle of the tests (`tests/kustomize`).
//!
//! kustomize stops at the first thing that is wrong. Here it becomes a [`Note`] with its line, and the rest is built:
//! what depends on it is marked as doubtful, or, where objects may be missing, the build as a whole is.
//! Remote bases, charts and plugins are notes too: nothing is fetched or run.

mod builder;
#[cfg(feature = "fs")]
mod disk;
pub(crate) mod edit;
mod field_path;
mod field_spec;
mod files;
mod finish;
mod generators;
mod hash;
mod images;
mod inline;
mod kustomization;
mod label_selector;
mod labels;
mod layer;
mod names;
mod namespace;
mod note;
mod order;
mod patch;
pub(crate) mod path;
mod read;
mod references;
mod replacements;
mod replicas;
mod resource;
mod scope;
mod select;
mod source;
mod write;

use std::collections::BTreeSet;

use ringfence_manifest::{Origin, Value};
use ringfence_text::FileId;

pub use builder::{Builder, Options};
#[cfg(feature = "fs")]
pub use disk::Disk;
pub use files::{FileMap, Files, Found};
pub(crate) use kustomization::{Kustomization, NAMES};
pub use note::{Effect, Note, Weight, What};
pub(crate) use read::start_of;
pub(crate) use scope::stands_in_no_namespace;
pub use write::write;

/// What came of a kustomization.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Build {
    /// The objects, in kustomize's order.
    pub objects: Vec<Built>,
    /// What could not be built, and what should be known: each once, in the order it was met.
    pub notes: Vec<Note>,
    /// Every file that was looked into.
    pub read: BTreeSet<FileId>,
}

/// An object as it goes into the cluster.
#[derive(Clone, PartialEq, Debug)]
pub struct Built {
    /// The object. Placeholders in it are still text: see [`settle`](ringfence_manifest::settle).
    pub value: Value,
    /// The document of the file that it comes from, from 0.
    pub document: u32,
    /// What changed it on the way.
    pub origin: Origin,
    /// Whether something that could not be built may have changed it, too.
    pub doubtful: bool,
}

impl Build {
    /// Whether the real build may hold objects that are not here, or not hold some that are.
    pub fn is_partial(&self) -> bool {
        self.notes.iter().any(|note| note.effect == Effect::Objects)
    }

    /// Whether kustomize refuses to build this at all.
    pub fn is_refused(&self) -> bool {
        self.notes.iter().any(|note| note.weight() == Weight::Broken)
    }
}
