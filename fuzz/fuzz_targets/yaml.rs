//! Any bytes are read without a panic, every tree keeps its invariants, and every edit offered leaves a healthy text.
//!
//! The same property runs in ordinary CI with a fixed seed (`crates/yaml/tests/never_panics.rs`). A longer run, starting from
//! the corpus of those tests, for an hour:
//!
//! ```sh
//! cargo install cargo-fuzz
//! cargo +nightly fuzz run yaml fuzz/corpus/yaml crates/yaml/tests/corpus -- -max_total_time=3600 -max_len=4096
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_yaml::parse;

#[path = "../../crates/yaml/tests/support/invariants.rs"]
mod invariants;

fuzz_target!(|bytes: &[u8]| {
    let tree = parse(&String::from_utf8_lossy(bytes));
    invariants::everything(&tree);
    invariants::slices(&tree);
    invariants::edits(&tree);
});
