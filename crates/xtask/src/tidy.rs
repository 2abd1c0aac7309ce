//! `cargo xtask tidy`: the invariants of `ARCHITECTURE.md`, each a check that names what breaks it.

mod edges;
mod fresh;
mod purity;
mod rules;
mod size;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::suites::Outcome;
use crate::workspace::root;

/// An invariant: its name, and the places that break it.
type Check = (&'static str, fn() -> Vec<String>);

const CHECKS: &[Check] = &[
    ("edges between packages", edges::check),
    ("libraries kept to their place", edges::confined),
    ("files, clock and environment", purity::check),
    ("builds for wasm32", purity::wasm),
    ("generated files", fresh::check),
    ("rules", rules::check),
    ("no label key in code", rules::keys),
    ("size of files and functions", size::check),
    ("words that must not stand in the code", words::check),
];

/// Runs all checks and prints what breaks them.
pub(crate) fn run() -> ExitCode {
    let mut broken = 0;
    for (name, check) in CHECKS {
        let problems = check();
        println!("{} {name}", if problems.is_empty() { "ok  " } else { "FAIL" });
        for problem in &problems {
            println!("       {problem}");
        }
        broken += problems.len();
    }
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The checks as a suite.
pub(crate) fn suite() -> Outcome {
    let problems: Vec<String> = CHECKS
        .iter()
        .flat_map(|(name, check)| check().into_iter().map(move |problem| format!("{name}: {problem}")))
        .collect();
    if problems.is_empty() { Outcome::Passed(CHECKS.len()) } else { Outcome::Failed(problems) }
}

/// All Rust files below the given folders, relative to the root, with their text. Sorted.
fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() && !path.ends_with("target") {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                found.push((path.strip_prefix(root()).unwrap_or(&path).to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// The text of a file without its test module and without comments: what ships.
fn shipped(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let body = text.split("#[cfg(test)]").next().unwrap_or(text);
    body.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(at, line)| (at + 1, line))
}

/// Whether a file belongs to tests, benches or generated data rather than to what ships.
fn is_test(path: &Path) -> bool {
    path.iter().any(|step| step == "tests" || step == "benches" || step == "examples") || path.ends_with("tests.rs")
}
