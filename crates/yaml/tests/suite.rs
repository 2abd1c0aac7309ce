//! The YAML test suite: the structure of every valid case, the refusal of every invalid one.
//!
//! `suite-differences.md` lists each case where we differ, and why; the list is exact in both directions.

mod support;

use std::collections::BTreeSet;

use ringfence_yaml::parse;
use support::suite::Case;
use support::{events, invariants, suite};

#[test]
fn every_case_reads_as_the_suite_says() {
    let Some(cases) = suite::cases() else { return };
    assert!(cases.len() > 390, "the suite has 402 cases");
    let listed = differences();
    let mut wrong = Vec::new();
    for case in &cases {
        let verdict = differs(case);
        match (&verdict, listed.contains(case.name.as_str())) {
            (Some(how), false) => wrong.push(format!("{} {how}", case.name)),
            (None, true) => wrong.push(format!("{} is listed as a difference, but there is none", case.name)),
            _ => {}
        }
    }
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    wrong.extend(
        listed.iter().filter(|name| !names.contains(*name)).map(|name| format!("{name} is listed but unknown")),
    );
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_case_keeps_the_invariants() {
    for case in suite::cases().unwrap_or_default() {
        println!("{}", case.name);
        let tree = parse(&case.yaml);
        invariants::spans(&tree);
        if !case.invalid {
            invariants::slices(&tree);
        }
    }
}

fn differs(case: &Case) -> Option<String> {
    let tree = parse(&case.yaml);
    if case.invalid {
        return tree.errors().is_empty().then(|| "should be refused".to_owned());
    }
    if let Some(error) = tree.errors().first() {
        return Some(format!("is refused: {}", error.message));
    }
    let ours = events::dump(&tree);
    (ours != case.events).then(|| format!("reads differently\n--- ours\n{ours}--- theirs\n{}", case.events))
}

/// The names at the start of the list's items: - `229Q`: why.
fn differences() -> BTreeSet<&'static str> {
    let list = include_str!("suite-differences.md");
    list.lines().filter_map(|line| line.strip_prefix("- `")?.split_once('`')).map(|(name, _)| name).collect()
}
