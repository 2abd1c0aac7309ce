//! The list of allowed connections against recorded ones: the sets of netpol-analyzer, read where they lie, and the random
//! worlds on which two other engines agree.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::path::{Path, PathBuf};

use ringfence_testkit::connlist::Recorded;
use ringfence_testkit::vectors;

/// The sets, outside the project: others made them.
fn sets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/netpol-analyzer")
}

/// Compares lists; what differs, as text.
fn differences(lists: &[Recorded]) -> Vec<String> {
    let (mut lines, mut same_text, mut wrong) = (0, 0, Vec::new());
    for recorded in lists {
        let (count, differ) = recorded.compare().unwrap();
        lines += count;
        same_text += usize::from(recorded.ours().unwrap() == recorded.expected);
        wrong.extend(differ.into_iter().map(|one| format!("{}: {one}", recorded.name)));
    }
    println!("{} lists, {lines} lines, {} differ; {same_text} are the same text", lists.len(), wrong.len());
    wrong
}

#[test]
fn the_sets_of_netpol_analyzer_agree() {
    let Ok(folder) = std::fs::read_dir(sets()) else {
        println!("skipped: {} is not there", sets().display());
        return;
    };
    let mut folders: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let lists: Vec<Recorded> = folders.iter().map(|folder| Recorded::read_folder(folder).unwrap()).collect();
    let wrong = differences(&lists);
    assert!(wrong.is_empty(), "{} lines differ\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn the_random_worlds_agree() {
    let path = vectors::folder().join("upstream-random/upstream-random.jsonl.gz");
    let lists = Recorded::read_file(&path).unwrap();
    let wrong = differences(&lists);
    assert!(wrong.is_empty(), "{} lines differ\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}
