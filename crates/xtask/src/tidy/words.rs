//! Words that must not stand in the code: leftovers, switched-off tests.

use super::sources;

/// Left-overs, put together so that this file does not find itself.
fn forbidden() -> Vec<String> {
    [
        ("todo", "!("),
        ("unimplemented", "!("),
        ("dbg", "!("),
        ("#[ign", "ore"),
        ("FIX", "ME"),
        ("XX", "X:"),
        ("unsa", "fe {"),
        ("unsa", "fe fn"),
    ]
    .iter()
    .map(|(start, end)| format!("{start}{end}"))
    .collect()
}

/// Where they stand.
pub(super) fn check() -> Vec<String> {
    let words = forbidden();
    let mut problems = Vec::new();
    for (path, text) in sources(&["crates", "rules", "wasm", "fuzz"]) {
        for (at, line) in text.lines().enumerate() {
            let hit = words.iter().find(|word| line.contains(word.as_str()));
            problems.extend(hit.map(|word| format!("{}:{} `{word}`", path.display(), at + 1)));
        }
    }
    problems
}
