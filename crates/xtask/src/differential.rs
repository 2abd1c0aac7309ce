//! `cargo xtask differential`: random worlds, decided by Cilium's own engine and by ours.
//!
//! A difference is shrunk to the smallest policies and flow that still differ, and printed as a document that
//! `cargo xtask conformance` reads: once mended, it goes into `tests/conformance/found.json`.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;

use ringfence_testkit::agreement::{self, Difference};
use ringfence_testkit::oracle::{Oracle, recorded};
use ringfence_testkit::rejections;
use ringfence_testkit::shrink;
use ringfence_testkit::vectors::{Outcome, Scenario};
use ringfence_testkit::worlds::{For, Size, World};

use crate::suites::Outcome as SuiteOutcome;

/// Flows of a scenario.
const FLOWS: usize = 40;
/// Where the seeds of the suite begin: the same scenarios in every run.
const SEED: u64 = 1;
/// Scenarios of the suite.
const SCENARIOS: u64 = 200;
/// So many differences end a run.
const ENOUGH: usize = 5;

/// What a run found.
#[derive(Default)]
struct Found {
    scenarios: u64,
    flows: usize,
    refused: usize,
    /// Differences, each with the document that shows it.
    differences: Vec<(Difference, String)>,
}

/// Runs so many scenarios. Exit code 1 where something differs, 2 where nothing could be asked.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let (mut scenarios, mut seed) = (SCENARIOS, SEED);
    for pair in words.chunks(2) {
        match pair {
            ["--scenarios", number] if number.parse::<u64>().is_ok() => scenarios = number.parse().unwrap_or(scenarios),
            ["--seed", number] if number.parse::<u64>().is_ok() => seed = number.parse().unwrap_or(seed),
            _ => return crate::usage(),
        }
    }
    let Some(mut oracle) = Oracle::start() else { return ExitCode::from(2) };
    let begun = Instant::now();
    match compare(&mut oracle, seed, scenarios) {
        Ok(found) => {
            println!("{}, in {:.1} s", found.summary(), begun.elapsed().as_secs_f64());
            for (difference, document) in &found.differences {
                println!("\n{difference}\n{document}");
            }
            if found.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

/// The suite `differential`.
pub(crate) fn suite() -> SuiteOutcome {
    if !crate::suites::has("go") {
        return SuiteOutcome::Skipped("Cilium's engine is not asked, for want of go".into());
    }
    let Some(mut oracle) = Oracle::start() else {
        return SuiteOutcome::Skipped("Cilium's engine is not asked: its program is not built".into());
    };
    match compare(&mut oracle, SEED, SCENARIOS) {
        Ok(found) if found.differences.is_empty() => SuiteOutcome::Passed(found.flows),
        Ok(found) => {
            let shown = found.differences.iter().map(|(difference, document)| format!("{difference}\n{document}"));
            SuiteOutcome::Failed(shown.collect())
        }
        Err(problem) => SuiteOutcome::Failed(vec![problem]),
    }
}

impl Found {
    fn summary(&self) -> String {
        let Self { scenarios, flows, refused, differences } = self;
        format!("{scenarios} scenarios, {flows} flows, {refused} refused policies agree, {} differ", differences.len())
    }
}

fn compare(oracle: &mut Oracle, seed: u64, scenarios: u64) -> Result<Found, String> {
    let mut found = Found::default();
    for seed in seed..seed + scenarios {
        let world = World::random(seed, For::Cilium, Size { policies: 6, flows: FLOWS, faults: true });
        let outcome = oracle.ask(&world)?;
        found.scenarios += 1;
        found.flows += outcome.flows.len();
        found.refused += outcome.rejected.len();
        let Some(first) = differences(&world, &outcome).into_iter().next() else { continue };
        // A smaller world may differ in some other way: that is not what was found.
        let same = |other: &Difference| match first.flow {
            Some(_) => other.flow.is_some(),
            None => other.says == first.says,
        };
        let small = shrink::world(world, &mut |world| {
            oracle.ask(world).is_ok_and(|outcome| differences(world, &outcome).iter().any(same))
        });
        let outcome = oracle.ask(&small)?;
        let document = recorded(&small, &outcome);
        let shown = format!("{}\n{}", small.text(), serde_json::to_string(&document).unwrap_or_default());
        found.differences.extend(differences(&small, &outcome).into_iter().map(|one| (one, shown.clone())).take(1));
        if found.differences.len() == ENOUGH {
            break;
        }
    }
    Ok(found)
}

/// What of a world is not ours: refused policies, verdicts, deciding policies.
fn differences(world: &World, outcome: &Outcome) -> Vec<Difference> {
    let scenario = Scenario {
        name: world.name.clone(),
        config: world.config.clone(),
        policies: world.text(),
        extra_identities: Vec::new(),
        outcomes: Vec::new(),
    };
    let refused = rejections::compare(&scenario, outcome, &BTreeSet::new());
    let difference = |says| Difference { scenario: world.name.clone(), version: outcome.version, flow: None, says };
    let mut found: Vec<Difference> = refused.differences.into_iter().map(difference).collect();
    if found.is_empty() {
        found = agreement::differences(&world.universe(), &scenario, outcome);
    }
    found
}
