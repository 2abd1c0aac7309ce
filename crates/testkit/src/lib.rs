//! Fixtures and generators for tests.

pub mod agreement;
pub mod go;
pub mod rejections;
pub mod shapes;
pub mod universe;
pub mod vectors;
