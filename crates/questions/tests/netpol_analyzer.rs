//! The list of allowed connections against recorded ones: the sets of netpol-analyzer, read where they lie, and the random
//! worlds on which two other engines agree.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::path::{Path, PathBuf};

use ringfence_testkit::connlist::{Recorded, recorded};
use ringfence_testkit::vectors;

/// The lines between workloads, as text.
fn inside(text: &str) -> String {
    text.lines().filter(|line| !line.contains("[External]")).map(|line| format!("{line}\n")).collect()
}

/// Every list must be the same as sets, and what `text` keeps of it to the byte.
fn all_agree(lists: &[Recorded], text: fn(&str) -> String) {
    let (mut pairs, mut wrong) = (0, Vec::new());
    for recorded in lists {
        let compared = recorded.compare().unwrap();
        pairs += compared.pairs;
        wrong.extend(compared.differences.into_iter().map(|one| format!("{}: {one}", recorded.name)));
        if text(&recorded.ours().unwrap()) != text(&recorded.expected) {
            wrong.push(format!("{}: the same connections, but not the same text", recorded.name));
        }
    }
    println!("{} lists, {pairs} pairs, {} differ", lists.len(), wrong.len());
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn the_sets_of_netpol_analyzer_agree() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("RINGFENCE_SHARED").map_or(beside, PathBuf::from);
    let sets = shared.join("conformance/netpol-analyzer");
    if !sets.is_dir() {
        println!("skipped: no sets of netpol-analyzer at ../shared/conformance, and RINGFENCE_SHARED is not set");
        return;
    }
    all_agree(&recorded(&sets).unwrap().unwrap(), str::to_owned);
}

/// There the tool also splits addresses at ranges of rules that count for nothing, as egress rules of a policy for ingress
/// alone; we do not.
#[test]
fn the_random_worlds_agree() {
    let lists = recorded(&vectors::folder().join("upstream-random/upstream-random.jsonl.gz")).unwrap().unwrap();
    assert_eq!(lists.len(), 250);
    all_agree(&lists, inside);
}
