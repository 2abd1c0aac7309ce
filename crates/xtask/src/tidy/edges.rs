//! Which package may use which: the table of `ARCHITECTURE.md`, with no edge more.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::workspace::root;

/// A package and what it may name of ours. "May use" is transitive: what these use, it may name too.
const MAY_USE: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("yaml", &["text"]),
    ("diagnostics", &["text"]),
    ("manifest", &["yaml", "diagnostics"]),
    ("sources", &["manifest"]),
    ("cluster", &["manifest"]),
    ("engine", &["cluster"]),
    ("questions", &["engine"]),
    ("rules", &["manifest", "sources", "cluster", "engine", "diagnostics"]),
    ("lint", &["sources", "cluster", "engine", "questions", "rules"]),
    ("report", &["diagnostics", "questions"]),
    ("live", &["manifest"]),
    ("cli", &["lint", "live", "questions", "report"]),
    ("policy", &["lint", "report"]),
    ("testkit", &["lint", "questions", "report"]),
    ("xtask", &["testkit"]),
];

/// Libraries that only these packages may name.
const CONFINED: &[(&str, &[&str])] = &[
    ("codespan-reporting", &["report", "cli"]),
    ("miette", &["lint", "sources", "live", "cli"]),
    ("kube", &["live"]),
    ("tokio", &["live"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("granit-parser", &["yaml"]),
    ("ignore", &["sources"]),
];

/// Edges that the table does not allow.
pub(super) fn check() -> Vec<String> {
    let allowed = |from: &str, to: &str| reach(from).contains(to);
    dependencies(true)
        .into_iter()
        .filter(|(from, to)| !allowed(from, to))
        .map(|(from, to)| format!("`{from}` uses `{to}`, which the table in tidy/edges.rs does not allow"))
        .collect()
}

/// Libraries named outside their place.
pub(super) fn confined() -> Vec<String> {
    let place = |library: &str| CONFINED.iter().find(|(name, _)| *name == library).map(|(_, packages)| *packages);
    dependencies(false)
        .into_iter()
        .filter(|(from, library)| place(library).is_some_and(|packages| !packages.contains(&from.as_str())))
        .map(|(from, library)| format!("`{from}` names `{library}`"))
        .collect()
}

/// All packages that `from` may use, transitively.
fn reach(from: &str) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    let direct = |package: &str| MAY_USE.iter().find(|(name, _)| *name == package).map_or(&[][..], |(_, uses)| *uses);
    let mut open: Vec<&'static str> = direct(from).to_vec();
    while let Some(package) = open.pop() {
        if reached.insert(package) {
            open.extend(direct(package));
        }
    }
    reached
}

/// The normal dependencies of our packages: on each other, or on libraries.
fn dependencies(ours: bool) -> Vec<(String, String)> {
    let Ok(metadata) = MetadataCommand::new().current_dir(root()).no_deps().exec() else {
        return vec![("cargo".into(), "metadata".into())];
    };
    let short = |name: &str| name.trim_start_matches("ringfence-").to_owned();
    let mut edges = Vec::new();
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            if dependency.name.starts_with("ringfence-") == ours {
                edges.push((short(package.name.as_str()), short(&dependency.name)));
            }
        }
    }
    edges.sort();
    edges
}
