//! Fixtures and generators for tests.

pub mod go;
pub mod shapes;
pub mod vectors;
