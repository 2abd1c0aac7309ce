//! The session that every front end drives: put texts, drop them, lint.
//!
//! A [`Session`] holds the files, whatever they come from, and [`Session::lint`] says what is wrong with them now. What did
//! not change since the last time is not read and not judged again; the answer never depends on what came before. The
//! [`Config`] is `ringfence.yaml` as far as a session goes by it. No file system, no clock, no environment: the same code
//! runs in the command line and in WASM.

mod apply;
mod config;
mod draft;
mod expectations;
mod file;
mod findings;
mod fingerprint;
mod fix;
mod ground;
mod library;
mod local;
mod outcome;
mod parallel;
mod plan;
mod provenance;
mod run;
mod select;
mod session;
mod shelf;
mod summary;
mod suppose;
mod suppress;

pub use apply::{Applied, Running};
pub use config::{Config, ConfigError};
pub use expectations::{Declared, declares_expectations, expectations};
pub use fix::{Fixed, Picked, fix, pick};
pub use ground::Stands;
pub use outcome::Outcome;
pub use ringfence_sources::Content;
pub use select::{Selection, Selector, UnknownRule};
pub use session::{Location, Session};
pub use suppose::Supposition;
pub use suppress::ANNOTATION;
