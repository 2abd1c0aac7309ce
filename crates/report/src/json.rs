//! Versioned JSON: everything a finding says, with exact places. `docs/schema/findings.schema.json` describes it.

use std::io;

use ringfence_diagnostics::{Finding, Fix, Label, Summary};
use ringfence_text::{FileId, Files, Span};
use serde::Serialize;

use crate::Report;

/// The version of the shape. It grows when a reader of the old shape would break; new keys do not count.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<FindingJson<'a>>,
    summary: SummaryJson<'a>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    severity: &'a str,
    confidence: &'a str,
    message: &'a str,
    path: &'a str,
    start: Point,
    end: Point,
    labels: Vec<LabelJson<'a>>,
    help: Option<&'a str>,
    notes: &'a [String],
    fixes: Vec<FixJson<'a>>,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct LabelJson<'a> {
    path: &'a str,
    start: Point,
    end: Point,
    message: &'a str,
    primary: bool,
}

#[derive(Serialize)]
struct FixJson<'a> {
    applicability: &'a str,
    message: &'a str,
    edits: Vec<EditJson<'a>>,
}

#[derive(Serialize)]
struct EditJson<'a> {
    path: &'a str,
    start: Point,
    end: Point,
    text: &'a str,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
    byte: u32,
}

#[derive(Serialize)]
struct SummaryJson<'a> {
    files: usize,
    documents: usize,
    objects: usize,
    worlds: &'a [String],
    findings: CountsJson,
    unknown: Vec<UnknownJson<'a>>,
}

#[derive(Serialize)]
struct CountsJson {
    error: usize,
    warning: usize,
    info: usize,
}

#[derive(Serialize)]
struct UnknownJson<'a> {
    reason: &'a str,
    count: usize,
    example: Option<PlaceJson<'a>>,
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    path: &'a str,
    line: u32,
}

/// The whole report as one document.
pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let findings = report.iter().map(|(f, print)| finding(report.files, f, print)).collect();
    let document = Document { version: VERSION, findings, summary: summary(report.summary) };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn finding<'a>(files: &'a Files, finding: &'a Finding, fingerprint: &'a str) -> FindingJson<'a> {
    let primary = &finding.primary;
    let (start, end) = points(files, primary.file, primary.span);
    let others = finding.labels.iter().map(|l| label(files, l, false));
    FindingJson {
        rule: finding.rule,
        severity: finding.severity.as_str(),
        confidence: finding.confidence.as_str(),
        message: &finding.message,
        path: files.path(primary.file),
        start,
        end,
        labels: std::iter::once(label(files, primary, true)).chain(others).collect(),
        help: finding.help.as_deref(),
        notes: &finding.notes,
        fixes: finding.fixes.iter().map(|f| fix(files, f)).collect(),
        fingerprint,
    }
}

fn label<'a>(files: &'a Files, label: &'a Label, primary: bool) -> LabelJson<'a> {
    let (start, end) = points(files, label.file, label.span);
    LabelJson { path: files.path(label.file), start, end, message: &label.message, primary }
}

fn fix<'a>(files: &'a Files, fix: &'a Fix) -> FixJson<'a> {
    let edits = fix.edits.iter().map(|e| {
        let (start, end) = points(files, e.file, e.edit.span);
        EditJson { path: files.path(e.file), start, end, text: &e.edit.text }
    });
    FixJson { applicability: fix.applicability.as_str(), message: &fix.message, edits: edits.collect() }
}

fn points(files: &Files, file: FileId, span: Span) -> (Point, Point) {
    (point(files, file, span.start), point(files, file, span.end))
}

fn point(files: &Files, file: FileId, byte: u32) -> Point {
    let at = files.position(file, byte);
    Point { line: at.line, column: at.column, byte }
}

fn summary(summary: &Summary) -> SummaryJson<'_> {
    let counts = summary.findings;
    let unknown = summary.unknown.iter().map(|u| UnknownJson {
        reason: &u.reason,
        count: u.count,
        example: u.example.as_ref().map(|place| PlaceJson { path: &place.path, line: place.line }),
    });
    SummaryJson {
        files: summary.files,
        documents: summary.documents,
        objects: summary.objects,
        worlds: &summary.worlds,
        findings: CountsJson { error: counts.error, warning: counts.warning, info: counts.info },
        unknown: unknown.collect(),
    }
}
