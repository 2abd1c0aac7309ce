//! `ringfence rules`: the rules as a table or as JSON.

use std::io::{self, Write};

use ringfence_report::RuleInfo;
use ringfence_rules::{RULES, Rule};
use serde::Serialize;

use crate::args::{ListFormat, Rules};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output::Terminal;

/// The shape of the JSON; a change that breaks readers makes it one more.
const VERSION: u32 = 1;

/// Lists every rule.
pub(crate) fn run(args: &Rules, terminal: &Terminal) -> Result<Exit, Failure> {
    terminal.write(None, |out, _| match args.format {
        ListFormat::Text => table(out),
        ListFormat::Json => json(out),
    })?;
    Ok(Exit::Clean)
}

/// Every rule, sorted by name.
fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().map(|entry| entry.rule)
}

/// What a report says about each rule.
pub(crate) fn infos() -> Vec<RuleInfo> {
    let info = |rule: &Rule| RuleInfo {
        name: rule.name.to_owned(),
        summary: summary(rule),
        docs: rule.markdown(),
        url: url(rule),
        group: rule.group.as_str().to_owned(),
        severity: rule.severity,
    };
    all().map(info).collect()
}

/// What a rule finds, on one line.
fn summary(rule: &Rule) -> String {
    rule.summary().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page of a rule's documentation.
fn url(rule: &Rule) -> String {
    format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), rule.name)
}

fn table(out: &mut dyn Write) -> io::Result<()> {
    let widest = all().map(|rule| rule.name.len()).max().unwrap_or_default();
    for rule in all() {
        let off = if rule.group.on_by_default() { "" } else { " (off by default)" };
        let (group, severity) = (rule.group.as_str(), rule.severity.as_str());
        writeln!(out, "{:widest$}  {group:12}  {severity:7}  {}{off}", rule.name, summary(rule))?;
    }
    Ok(())
}

/// What `--format json` writes.
#[derive(Serialize)]
struct List {
    version: u32,
    rules: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    group: &'static str,
    severity: &'static str,
    confidence: &'static str,
    /// The safest fix it may offer.
    fix: &'static str,
    on_by_default: bool,
    since: &'static str,
    summary: String,
    url: String,
    docs: String,
}

impl Row {
    fn of(rule: &'static Rule) -> Self {
        Self {
            name: rule.name,
            group: rule.group.as_str(),
            severity: rule.severity.as_str(),
            confidence: rule.confidence.as_str(),
            fix: rule.fix.as_str(),
            on_by_default: rule.group.on_by_default(),
            since: rule.since,
            summary: summary(rule),
            url: url(rule),
            docs: rule.markdown(),
        }
    }
}

fn json(out: &mut dyn Write) -> io::Result<()> {
    let list = List { version: VERSION, rules: all().map(Row::of).collect() };
    serde_json::to_writer_pretty(&mut *out, &list)?;
    writeln!(out)
}
