//! Fixtures and generators for tests.
#![allow(clippy::missing_panics_doc, reason = "it serves tests, and a fixture of another form ends them")]

pub mod agreement;
pub mod connlist;
pub mod dice;
pub mod go;
pub mod oracle;
pub mod rejections;
pub mod shapes;
pub mod shrink;
pub mod universe;
pub mod vectors;
pub mod worlds;
