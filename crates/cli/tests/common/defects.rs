//! `docs/seed-defects.toml`: the defects of the seed documents, and the rules that must find them.

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize;

use super::root;

/// The whole table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) not_yaml: Vec<NotYaml>,
    #[serde(rename = "defect")]
    pub(crate) defects: Vec<Defect>,
}

/// A defect that no reader of YAML can see.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotYaml {
    pub(crate) id: String,
    pub(crate) why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defect {
    pub(crate) id: String,
    pub(crate) seed: String,
    pub(crate) what: String,
    #[serde(default)]
    pub(crate) rules: Vec<String>,
    pub(crate) later: Option<String>,
    #[serde(rename = "where")]
    pub(crate) places: Vec<Spot>,
}

/// Where a defect stands.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Spot {
    /// In a file of the example, on a line that contains this.
    Line { file: String, line: String },
    /// In a case of our own.
    Case { case: String },
    /// In a section of the debrief; with the reason where nothing is reported there.
    Section { section: String, unseen: Option<String> },
}

/// Reads the table.
pub(crate) fn table() -> Table {
    let text = fs::read_to_string(root().join("docs/seed-defects.toml")).unwrap();
    toml::from_str(&text).unwrap_or_else(|problem| panic!("docs/seed-defects.toml: {problem}"))
}

/// The names of the rules that there are.
pub(crate) fn rules() -> BTreeSet<&'static str> {
    ringfence_rules::RULES.iter().map(|entry| entry.rule.name).collect()
}
