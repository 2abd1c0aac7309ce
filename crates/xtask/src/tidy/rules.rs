//! Every rule has its cases, its documentation and no label key of anybody's in its code.

use std::path::Path;

use super::{shipped, sources};
use crate::workspace::root;

/// How many cases of a side a rule needs.
const CASES: usize = 2;

/// Rules without enough cases, cases without a rule, aliases out of order or to nowhere.
pub(super) fn check() -> Vec<String> {
    let rules: Vec<(String, String)> = sources(&["rules/src/checks"])
        .into_iter()
        .filter(|(path, _)| !path.ends_with("mod.rs"))
        .map(|(path, text)| {
            (path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().replace('_', "-"), text)
        })
        .collect();
    let mut problems = Vec::new();
    for (rule, text) in &rules {
        let by_session = text.contains("// made by the session");
        for side in ["bad", "ok"] {
            let count = folders(&root().join("rules/cases").join(rule).join(side)).len();
            if count < CASES && !by_session {
                problems.push(format!("`{rule}` has {count} {side} cases, needs {CASES}"));
            }
        }
        for section in ["## What it does", "## Why it matters", "```yaml bad", "```yaml good"] {
            if !text.contains(section) {
                problems.push(format!("the documentation of `{rule}` lacks `{section}`"));
            }
        }
    }
    let known = |name: &str| rules.iter().any(|(rule, _)| rule == name);
    let strays = folders(&root().join("rules/cases")).into_iter().filter(|name| !known(name));
    problems.extend(strays.map(|name| format!("rules/cases/{name} belongs to no rule")));
    problems.extend(aliases(&known));
    problems
}

fn aliases(known: &dyn Fn(&str) -> bool) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("rules/aliases.toml")).unwrap_or_default();
    let pairs: Vec<(&str, &str)> =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = ")).collect();
    let mut problems: Vec<String> = pairs
        .windows(2)
        .filter(|pair| pair[0].0 >= pair[1].0)
        .map(|pair| format!("rules/aliases.toml: `{}` is out of order", pair[1].0))
        .collect();
    for (alias, name) in &pairs {
        if !known(name.trim_matches('"')) {
            problems.push(format!("rules/aliases.toml: `{alias}` names no rule"));
        }
        if known(alias) {
            problems.push(format!("rules/aliases.toml: `{alias}` is a rule itself"));
        }
    }
    problems
}

/// Keys of one organisation that would be a special case wherever they stood in code.
pub(super) fn keys() -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in sources(&["crates", "rules/src"]) {
        if super::is_test(&path) || path.starts_with("crates/xtask") || path.starts_with("crates/testkit") {
            continue;
        }
        let hits = shipped(&text).filter(|(_, line)| line.contains("homelab"));
        problems.extend(hits.map(|(at, _)| format!("{}:{at} names somebody's label key", path.display())));
    }
    problems
}

fn folders(parent: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
