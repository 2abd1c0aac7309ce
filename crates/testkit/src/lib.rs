//! Fixtures and generators for tests.

pub mod go;
pub mod vectors;
