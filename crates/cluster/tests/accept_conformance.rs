//! Holds the agent's refusals against all that were recorded: exactly the same policies, for the same reasons.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test may panic, and tell its numbers")]

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{Cni, Dialect, Rejection, RejectionCode, accept};
use ringfence_manifest::Kind;
use ringfence_testkit::vectors::{self, Scenario};
use ringfence_text::FileId;

const CILIUM: Dialect = Dialect { cni: Cni::Cilium, guessed: false };

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
            outcomes += 1;
            let found = refused(&scenario, outcome.version);
            policies += found.len();
            let recorded: BTreeMap<&str, &str> =
                outcome.rejected.iter().map(|(name, why)| (name.as_str(), why.as_str())).collect();
            for (name, rejections) in &found {
                let disputed = disputed.contains(&(scenario.name.clone(), name.clone()));
                let agrees = |why: &str| why.is_empty() || rejections.iter().any(|one| same_class(one, why));
                match (rejections.first(), recorded.get(name.as_str())) {
                    (None, None) => {}
                    (Some(_), Some(why)) if agrees(why) != disputed => agreed += 1,
                    (ours, theirs) => wrong.push(format!(
                        "{} {} `{name}`\n  theirs: {}\n  ours: {}",
                        scenario.name,
                        outcome.version,
                        theirs.unwrap_or(&"accepted"),
                        ours.map_or("accepted", |one| &one.reason),
                    )),
                }
            }
            let names: BTreeSet<&str> = found.keys().map(String::as_str).collect();
            assert!(recorded.keys().all(|name| names.contains(name)), "{}: a policy was not read", scenario.name);
        }
    }
    assert!(outcomes >= least, "{outcomes} outcomes");
    println!("{outcomes} outcomes, {policies} policies, {agreed} rejections agree, {} do not", wrong.len());
    assert!(wrong.is_empty(), "{} of {policies} policies differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every policy of a scenario by its name, with why it is refused.
fn refused(scenario: &Scenario, version: ringfence_cluster::Version) -> BTreeMap<String, Vec<Rejection>> {
    let tree = ringfence_yaml::parse(&scenario.policies);
    let manifests = ringfence_manifest::read(&tree, FileId(0), 0);
    assert_eq!(manifests.obscured, [], "{}", scenario.name);
    let knobs = scenario.config.knobs(version);
    let policies = manifests.objects.iter().filter(|object| object.kind != Kind::Other);
    policies
        .map(|object| {
            let name = object.name().unwrap_or("?").to_owned();
            (name, accept::rejections(object, &knobs, CILIUM))
        })
        .collect()
}

/// The policies whose recorded reason is disputed, by scenario and name.
fn disputed_reasons() -> BTreeSet<(String, String)> {
    let text =
        std::fs::read_to_string(vectors::folder().join("disputed.md")).expect("the list of disputed answers is there");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")).filter(|row| !row.starts_with("scenario "));
    let cell = |row: &str, at: usize| row.split(" | ").nth(at).unwrap_or_default().to_owned();
    rows.map(|row| (cell(row, 0), cell(row, 1))).collect()
}

/// Whether a recorded reason is one of the check that we name. The agent names one reason, and which one of two kinds of
/// peers it names first changes from run to run.
fn same_class(ours: &Rejection, theirs: &str) -> bool {
    use RejectionCode as R;
    let says = |what: &str| theirs.contains(what);
    match ours.code {
        R::NoRules => says("must have at least one of Ingress"),
        R::NoSelector => says("must have one of EndpointSelector"),
        R::TwoSelectors => says("cannot have both EndpointSelector"),
        R::NodeSelectorInNamespaced => says("cannot have NodeSelector"),
        R::CombinedPeers => says("combining "),
        _ => {
            let ours = ours.reason.rsplit(": ").next().unwrap_or_default();
            let theirs_last = theirs.rsplit(": ").next().unwrap_or_default();
            // Decoders name the field in their own ways.
            says("json: cannot unmarshal") && ours.contains("cannot unmarshal") || theirs_last == ours || says(ours)
        }
    }
}
