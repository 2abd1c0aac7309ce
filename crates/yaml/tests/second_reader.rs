//! `serde_yaml` as a second reader: the same values, on every case of the YAML test suite that both take and on generated
//! documents. The normalisation stands in `support/normal.rs`, what differs in `serde-differences.md`, which is exact.

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use ringfence_yaml::{merge, parse};
use serde::Deserialize;
use serde_yaml::Value;
use support::normal::{self, Normal};
use support::{generate, suite};

#[test]
fn both_read_the_same_values_from_the_suite() {
    let Some(cases) = suite::cases() else { return };
    let listed: BTreeSet<&str> = include_str!("serde-differences.md")
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    let (mut both, mut wrong) = (0, Vec::new());
    for case in cases.iter().filter(|case| !case.invalid) {
        let (Some(ours), Some(theirs)) = (ours(&case.yaml), theirs(&case.yaml)) else {
            if listed.contains(case.name.as_str()) {
                wrong.push(format!("{} is listed, but not read by both", case.name));
            }
            continue;
        };
        both += 1;
        if (ours == theirs) == listed.contains(case.name.as_str()) {
            wrong.push(format!("{}\n{}\n ours   {ours:?}\n theirs {theirs:?}", case.name, case.yaml));
        }
    }
    assert!(both > 200, "only {both} cases are read by both");
    assert!(wrong.is_empty(), "{} of {both}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn both_read_the_same_values_from_generated_documents() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner =
        TestRunner::new_with_rng(Config { cases: 1500, failure_persistence: None, ..Config::default() }, rng);
    let outcome = runner.run(&generate::document(), |document| {
        let text = generate::render(&document);
        let tree = parse(&text);
        prop_assert!(tree.errors().is_empty(), "{text}\n{:?}", tree.errors());
        prop_assert_eq!(ours(&text), theirs(&text), "{}", text);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

fn ours(text: &str) -> Option<Vec<Normal>> {
    let tree = parse(text);
    if !tree.errors().is_empty() || tree.duplicate_keys().next().is_some() {
        return None;
    }
    tree.documents()
        .map(|document| normal::ours(document.root(), &mut merge::Budget::new(tree.limits().aliases)))
        .collect()
}

fn theirs(text: &str) -> Option<Vec<Normal>> {
    let read = |document| {
        let mut value = Value::deserialize(document).ok()?;
        value.apply_merge().ok()?;
        Some(normal::theirs(&value))
    };
    serde_yaml::Deserializer::from_str(text).map(read).collect()
}
