//! What the tests on examples and documents share.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::print_stderr, reason = "the one line that `cargo xtask test` counts")]

pub(crate) mod defects;
pub(crate) mod report;

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The folder of the seed documents, which are read in place where they are: `$RINGFENCE_SHARED/seeds`, or beside the
/// checkout. Says in one line that they are not there.
pub(crate) fn seed_documents() -> Option<PathBuf> {
    let shared = std::env::var_os("RINGFENCE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let folder = shared.join("seeds");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no seed documents at ../shared/seeds, and RINGFENCE_SHARED names none");
    None
}
