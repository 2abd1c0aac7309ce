//! Holds the agent's refusals against all that were recorded: exactly the same policies, for the same reasons.

#![allow(clippy::print_stdout, reason = "a test tells its numbers")]

use ringfence_testkit::rejections::{self, disputed_reasons};
use ringfence_testkit::vectors::{self, Scenario};

#[test]
fn handwritten() {
    compare(vectors::handwritten().1.into_iter(), 500);
}

#[test]
fn random() {
    compare(vectors::random(), 5924);
}

#[test]
fn random_1_18() {
    compare(vectors::random_1_18(), 902);
}

#[test]
fn wide() {
    compare(vectors::wide(), 300);
}

/// Compares every outcome; `least` is how many there must be, so that no file can shrink unseen.
fn compare(scenarios: impl Iterator<Item = Scenario>, least: usize) {
    let disputed = disputed_reasons();
    let (mut outcomes, mut policies, mut agreed, mut wrong) = (0, 0, 0, Vec::new());
    for scenario in scenarios {
        for outcome in &scenario.outcomes {
            let compared = rejections::compare(&scenario, outcome, &disputed);
            outcomes += 1;
            policies += compared.policies;
            agreed += compared.agreed;
            wrong.extend(compared.differences);
        }
    }
    assert!(outcomes >= least, "{outcomes} outcomes");
    println!("{outcomes} outcomes, {policies} policies, {agreed} rejections agree, {} do not", wrong.len());
    assert!(wrong.is_empty(), "{} of {policies} policies differ:\n{}", wrong.len(), wrong.join("\n"));
}
