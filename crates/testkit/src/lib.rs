//! Fixtures and generators for tests.

pub mod agreement;
pub mod dice;
pub mod go;
pub mod oracle;
pub mod rejections;
pub mod shapes;
pub mod shrink;
pub mod universe;
pub mod vectors;
pub mod worlds;
