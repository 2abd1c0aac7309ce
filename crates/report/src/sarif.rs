//! SARIF 2.1.0, as code scanning services read it (OASIS "Static Analysis Results Interchange Format Version 2.1.0").
//!
//! Limits are those of GitHub, the strictest reader we know: 25,000 results a run, 1,000 locations a result.

mod model;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use ringfence_diagnostics::{Confidence, Finding, Fix, Severity};
use ringfence_text::{FileId, Files, Span};

use crate::{Report, Root, RuleInfo, full, paths};
use model::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Driver, FixSarif, Invocation, Level, Location, Log, Message,
    Notification, PhysicalLocation, Region, Replacement, ReportingConfiguration, ReportingDescriptor, ResultSarif, Run,
    Tool,
};

/// Results that one run may hold.
const RESULTS: usize = 25_000;
/// Locations that one result may hold, the main one included.
const LOCATIONS: usize = 1_000;
/// Related locations that are linked from the message: more would bury it.
const LINKS: usize = 10;
/// The name of the folder that all paths start from.
const BASE: &str = "%SRCROOT%";

/// The whole report as one run.
pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(report))?;
    writeln!(out)
}

fn log<'a>(report: &Report<'a>) -> Log<'a> {
    let kept = worst(report.findings);
    let cx = Cx { files: report.files, root: report.root, rules: report.rules };
    let results = report.iter().enumerate().filter(|(i, _)| kept.as_ref().is_none_or(|kept| kept.contains(i)));
    let results = results.map(|(_, (finding, print))| cx.result(finding, print)).collect();
    let run = Run {
        tool: Tool { driver: driver(report.rules) },
        invocations: vec![invocation(report)],
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: BTreeMap::from([(BASE, model::BaseLocation::root_of_repository())]),
        results,
    };
    Log { schema: model::SCHEMA, version: "2.1.0", runs: vec![run] }
}

/// The findings to keep where there are too many, by index: the most severe, the first of each severity.
fn worst(findings: &[Finding]) -> Option<BTreeSet<usize>> {
    if findings.len() <= RESULTS {
        return None;
    }
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(findings[i].severity));
    Some(order.into_iter().take(RESULTS).collect())
}

fn driver(rules: &[RuleInfo]) -> Driver<'_> {
    Driver {
        name: "ringfence",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: rules.iter().map(descriptor).collect(),
    }
}

fn descriptor(rule: &RuleInfo) -> ReportingDescriptor<'_> {
    let text = if rule.docs.is_empty() { &rule.summary } else { &rule.docs };
    ReportingDescriptor {
        id: &rule.name,
        short_description: Message::plain(rule.summary.as_str()),
        // Optional in SARIF, required by GitHub.
        full_description: Message::plain(rule.summary.as_str()),
        help: Message { text: text.into(), markdown: (!rule.docs.is_empty()).then_some(rule.docs.as_str()) },
        help_uri: (!rule.url.is_empty()).then_some(rule.url.as_str()),
        default_configuration: ReportingConfiguration { level: level(rule.severity) },
        properties: model::RuleProperties { tags: [rule.group.as_str()] },
    }
}

/// What the run could not know, and what was left out, as notifications of the tool.
fn invocation<'a>(report: &Report<'a>) -> Invocation<'a> {
    let left = report.findings.len().saturating_sub(RESULTS);
    let dropped = (left > 0).then(|| Notification {
        level: Level::Warning,
        message: Message::plain(format!("{left} of the less severe findings are left out: a run holds {RESULTS}")),
    });
    let said = full::about(report.summary);
    let said = said.into_iter().map(|line| Notification { level: Level::Note, message: Message::plain(line) });
    Invocation { execution_successful: true, tool_execution_notifications: dropped.into_iter().chain(said).collect() }
}

const fn level(severity: Severity) -> Level {
    match severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
    }
}

/// The order of attention, 0 to 100, by confidence.
const fn rank(confidence: Confidence) -> u32 {
    match confidence {
        Confidence::High => 90,
        Confidence::Medium => 50,
        Confidence::Low => 10,
    }
}

/// What every part of a result needs.
struct Cx<'a> {
    files: &'a Files,
    root: Root<'a>,
    rules: &'a [RuleInfo],
}

impl<'a> Cx<'a> {
    fn result(&self, finding: &'a Finding, fingerprint: &'a str) -> ResultSarif<'a> {
        let primary = &finding.primary;
        let related = finding.labels.iter().take(LOCATIONS - 1).enumerate();
        ResultSarif {
            rule_id: finding.rule,
            rule_index: self.rules.iter().position(|rule| rule.name == finding.rule),
            level: level(finding.severity),
            rank: rank(finding.confidence),
            message: Message::plain(self.message(finding)),
            locations: vec![self.location(None, primary.file, primary.span, &primary.message)],
            related_locations: related
                .map(|(i, label)| self.location(Some(i + 1), label.file, label.span, &label.message))
                .collect(),
            fixes: finding.fixes.iter().filter_map(|fix| self.fix(fix)).collect(),
            partial_fingerprints: (!fingerprint.is_empty()).then(|| BTreeMap::from([("ringfence/v1", fingerprint)])),
            properties: model::ResultProperties { confidence: finding.confidence.as_str() },
        }
    }

    /// The message, links to the related locations (GitHub shows only linked ones), facts, and what to do.
    fn message(&self, finding: &Finding) -> String {
        let mut lines = vec![finding.message.clone()];
        for (i, label) in finding.labels.iter().take(LINKS).enumerate() {
            let line = self.files.position(label.file, label.span.start).line;
            let place = link_text(&format!("{}:{line}", self.files.path(label.file)));
            let what = if label.message.is_empty() { "see also" } else { &label.message };
            lines.push(format!("{what}: [{place}]({})", i + 1));
        }
        lines.extend(finding.notes.iter().cloned());
        lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
        lines.join("\n")
    }

    fn location(&self, id: Option<usize>, file: FileId, span: Span, message: &'a str) -> Location<'a> {
        let physical = PhysicalLocation { artifact_location: self.artifact(file), region: self.region(file, span) };
        let message = (!message.is_empty()).then(|| Message::plain(message));
        Location { id, physical, message }
    }

    fn artifact(&self, file: FileId) -> ArtifactLocation {
        let path = self.files.path(file);
        match paths::in_repository(path, self.root) {
            Some(path) => ArtifactLocation { uri: paths::uri(&path), uri_base_id: Some(BASE) },
            None => ArtifactLocation { uri: paths::file_uri(path, self.root), uri_base_id: None },
        }
    }

    fn region(&self, file: FileId, span: Span) -> Region {
        let (start, end) = (self.files.position(file, span.start), self.files.position(file, span.end));
        Region {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
            byte_offset: span.start,
            byte_length: span.len(),
        }
    }

    /// A fix with edits; SARIF has no way to say one without.
    fn fix(&self, fix: &'a Fix) -> Option<FixSarif<'a>> {
        let mut by_file: BTreeMap<FileId, Vec<Replacement<'a>>> = BTreeMap::new();
        for edit in &fix.edits {
            by_file.entry(edit.file).or_default().push(Replacement {
                deleted_region: self.region(edit.file, edit.edit.span),
                inserted_content: ArtifactContent { text: &edit.edit.text },
            });
        }
        let change = |(file, replacements)| ArtifactChange { artifact_location: self.artifact(file), replacements };
        (!by_file.is_empty()).then(|| FixSarif {
            description: Message::plain(fix.message.as_str()),
            artifact_changes: by_file.into_iter().map(change).collect(),
            properties: model::FixProperties { applicability: fix.applicability.as_str() },
        })
    }
}

/// The text of a link, where brackets and backslashes are escaped (SARIF 2.1.0 §3.11.6).
fn link_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_not_ended_by_its_text() {
        assert_eq!(link_text("a[0]\\b:3"), "a\\[0\\]\\\\b:3");
    }
}
