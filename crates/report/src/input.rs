//! What there is to report: findings in their order, and everything needed to name the places they point at.

use ringfence_diagnostics::{Finding, Severity, Summary};
use ringfence_text::Files;

/// One run, ready to be rendered.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The findings, sorted by path, start and rule.
    pub findings: &'a [Finding],
    /// The fingerprint of each finding, in the same order.
    pub fingerprints: &'a [String],
    /// The texts that the findings point into.
    pub files: &'a Files,
    /// The run as a whole.
    pub summary: &'a Summary,
    /// Every rule that may appear in `findings`, sorted by name.
    pub rules: &'a [RuleInfo],
    /// Where the repository lies, for formats whose paths are relative to it.
    pub root: Root<'a>,
}

/// What a format with a table of rules says about one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleInfo {
    /// The name, in kebab case.
    pub name: String,
    /// What it finds, in one sentence.
    pub summary: String,
    /// Its documentation in Markdown; empty where there is none to show.
    pub docs: String,
    /// The page of its documentation; empty where there is none.
    pub url: String,
    /// `correctness`, `security`, …
    pub group: String,
    /// Its severity where a finding does not say otherwise.
    pub severity: Severity,
}

/// Two absolute folders, joined with `/`, both empty where there is no file system: then paths stay as typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Root<'a> {
    /// The root of the Git repository.
    pub repository: &'a str,
    /// The folder that relative paths start from.
    pub current: &'a str,
}

impl<'a> Report<'a> {
    /// Each finding with its fingerprint; an empty one where none was given.
    pub fn iter(&self) -> impl Iterator<Item = (&'a Finding, &'a str)> + use<'a> {
        let fingerprints = self.fingerprints;
        let of = move |i: usize| fingerprints.get(i).map_or("", String::as_str);
        self.findings.iter().enumerate().map(move |(i, finding)| (finding, of(i)))
    }
}
