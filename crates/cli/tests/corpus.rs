//! Manifests that others wrote: what is said of them is counted rule by rule, and held.
//!
//! They come as Go modules, of fixed versions and so of fixed content, into Go's own cache. Without Go, or without a network
//! and a module in the cache, a line says so. `corpus.txt` beside this file has the counts; what each of them is about was
//! read, and is a fault of the manifest. Who changes a rule and finds more here looks at every one before writing it down.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]
#![allow(clippy::print_stderr, reason = "the one line that `cargo xtask test` counts")]

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use common::report::{Finding, report};
use serde::Deserialize;

const COUNTS: &str = include_str!("corpus.txt");

/// A folder of a module, with the counts that it should have.
struct Corpus {
    module: &'static str,
    folder: &'static str,
    counts: Vec<&'static str>,
}

#[test]
fn what_is_said_of_the_manifests_of_others_is_known() {
    let (mut wrong, mut missing) = (String::new(), Vec::new());
    for corpus in corpora() {
        let folder = match download(corpus.module) {
            Ok(folder) => folder,
            Err(reason) => {
                missing.push(format!("{}: {reason}", corpus.module));
                continue;
            }
        };
        let (report, _) = report(&folder, &["--no-config", "--no-progress", corpus.folder]);
        let found = counts(&report.findings);
        if found != corpus.counts {
            let places: String = report.findings.iter().map(place).collect();
            wrong = [&wrong, corpus.module, " ", corpus.folder, "\n  ", &found.join("\n  "), "\n", &places].concat();
        }
    }
    if let Some(first) = missing.first() {
        eprintln!("skipped: {} of the manifests of others are not here: {first}", missing.len());
    }
    assert!(wrong.is_empty(), "not as in corpus.txt:\n{wrong}");
}

fn corpora() -> Vec<Corpus> {
    let mut corpora: Vec<Corpus> = Vec::new();
    for line in COUNTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(count) = line.strip_prefix("  ") {
            corpora.last_mut().unwrap().counts.push(count);
        } else {
            let (module, folder) = line.split_once(' ').unwrap();
            corpora.push(Corpus { module, folder, counts: Vec::new() });
        }
    }
    corpora
}

/// `count severity rule`, by rule.
fn counts(findings: &[Finding]) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for finding in findings {
        *counts.entry((&finding.rule, &finding.severity)).or_default() += 1;
    }
    counts.into_iter().map(|((rule, severity), count)| format!("{count} {severity} {rule}")).collect()
}

fn place(finding: &Finding) -> String {
    format!("    {}:{} {}\n", finding.path, finding.start.line, finding.rule)
}

/// The folder of a module in Go's cache.
fn download(module: &str) -> Result<PathBuf, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Download {
        dir: Option<PathBuf>,
        error: Option<String>,
    }
    let mut go = Command::new("go");
    go.args(["mod", "download", "-json", module]).current_dir(std::env::temp_dir()).env("GOWORK", "off");
    let output = go.output().map_err(|error| format!("`go` does not start: {error}"))?;
    let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let download: Download =
        serde_json::from_slice(&output.stdout).map_err(|_| first_line(&String::from_utf8_lossy(&output.stderr)))?;
    download.dir.ok_or_else(|| first_line(&download.error.unwrap_or_default()))
}
