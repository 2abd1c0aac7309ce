//! Generated files equal what their generator makes.

use crate::codegen;
use crate::workspace::root;

/// Stale files, and pages of rules that are gone.
pub(super) fn check() -> Vec<String> {
    let files = match codegen::generate() {
        Ok(files) => files,
        Err(problem) => return vec![problem],
    };
    let stale =
        files.iter().filter(|(path, text)| std::fs::read_to_string(root().join(path)).ok().as_ref() != Some(text));
    let mut problems: Vec<String> =
        stale.map(|(path, _)| format!("{} is stale: run `cargo xtask codegen`", path.display())).collect();
    let pages = std::fs::read_dir(root().join("docs/rules")).into_iter().flatten().flatten();
    for page in pages.map(|entry| entry.path()) {
        let known = files.iter().any(|(path, _)| root().join(path) == page);
        if !known {
            problems.push(format!("{} belongs to no rule", page.display()));
        }
    }
    problems
}
