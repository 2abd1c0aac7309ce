//! The chores of the project: `cargo xtask <chore>`.
fn main() {}
