//! The verdicts of Cilium's own policy engine, flow by flow: policies as YAML, through the whole way that users' files go.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test tells its numbers")]

use ringfence_testkit::agreement::Tally;
use ringfence_testkit::universe::Universe;
use ringfence_testkit::vectors;

fn finish(tally: &Tally, what: &str) {
    println!("{what}: {} flows, {} agree", tally.flows, tally.agreed);
    for difference in tally.differences.iter().take(40) {
        println!("  {difference}");
    }
    assert!(tally.differences.is_empty(), "{what}: {} of {} flows agree", tally.agreed, tally.flows);
}

#[test]
fn handwritten_scenarios_agree() {
    let (identities, scenarios) = vectors::handwritten();
    let universe = Universe::of_identities(&identities);
    let mut tally = Tally::default();
    for scenario in &scenarios {
        tally.scenario(&universe.with(scenario), scenario);
    }
    finish(&tally, "handwritten");
}

#[test]
fn random_scenarios_agree() {
    let universe = Universe::of_file("random");
    let mut tally = Tally::default();
    vectors::random().for_each(|scenario| tally.scenario(&universe, &scenario));
    finish(&tally, "random");
}

#[test]
fn random_scenarios_of_1_18_agree() {
    let universe = Universe::of_file("random");
    let mut tally = Tally::default();
    vectors::random_1_18().for_each(|scenario| tally.scenario(&universe, &scenario));
    finish(&tally, "random 1.18");
}

#[test]
fn wide_scenarios_agree() {
    let universe = Universe::of_file("wide");
    let mut tally = Tally::default();
    vectors::wide().for_each(|scenario| tally.scenario(&universe, &scenario));
    finish(&tally, "wide");
}

/// What the live comparison found once.
#[test]
fn found_scenarios_agree() {
    let newest = ringfence_cluster::Version::NEWEST;
    let file = vectors::read_file(&vectors::folder().join("found.json"), newest).expect("it is there");
    let universe = Universe::of_identities(file.identities.as_deref().unwrap_or_default());
    let mut tally = Tally::default();
    for scenario in &file.scenarios {
        tally.rejections(scenario, &std::collections::BTreeSet::new());
        tally.scenario(&universe, scenario);
    }
    assert!(tally.flows > 0 && tally.refused > 0, "{tally:?}");
    finish(&tally, "found");
}
