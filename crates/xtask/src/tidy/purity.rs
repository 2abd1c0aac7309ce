//! Who may touch files, the clock and the environment, and what builds for WASM.

use std::process::Command;

use super::{is_test, shipped, sources};
use crate::tools::{Missing, wasm_target};
use crate::workspace::root;

/// Where the outside world is reached.
const IMPURE: &[&str] =
    &["std::fs", "std::env", "std::net::Tcp", "std::process", "SystemTime", "Instant::now", "std::thread"];

/// Folders that may.
const MAY: &[&str] = &[
    "crates/cli/",
    "crates/xtask/",
    "crates/testkit/",
    "crates/sources/src/walk",
    "crates/sources/src/kustomize/disk",
];

/// Packages that must build for `wasm32-unknown-unknown`.
const WASM: &[&str] = &[
    "text",
    "yaml",
    "diagnostics",
    "manifest",
    "sources",
    "cluster",
    "engine",
    "questions",
    "rules",
    "lint",
    "report",
    "policy",
];

/// Lines that reach outside where they may not.
pub(super) fn check() -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in sources(&["crates", "rules", "wasm"]) {
        let shown = path.display().to_string();
        if is_test(&path) || MAY.iter().any(|prefix| shown.starts_with(prefix)) {
            continue;
        }
        let hits =
            shipped(&text).filter_map(|(at, line)| Some((at, IMPURE.iter().find(|word| line.contains(**word))?)));
        problems.extend(hits.map(|(at, word)| format!("{shown}:{at} uses `{word}`")));
    }
    problems
}

/// Packages that do not build for WASM.
pub(super) fn wasm() -> Vec<String> {
    if let Err(Missing::Failed(problem)) = wasm_target() {
        return vec![problem];
    }
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root()).args(["check", "--quiet", "--target", "wasm32-unknown-unknown"]);
    cargo.args(WASM.iter().flat_map(|package| ["--package".to_owned(), format!("ringfence-{package}")]));
    match cargo.output() {
        Ok(output) if output.status.success() => Vec::new(),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            vec![text.lines().filter(|line| line.starts_with("error")).collect::<Vec<_>>().join("; ")]
        }
        Err(problem) => vec![format!("cargo: {problem}")],
    }
}
