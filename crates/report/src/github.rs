//! What GitHub Actions shows: annotations by workflow commands, and the Markdown of a step's summary.
//!
//! A step shows ten annotations of each level and drops the rest in silence (actions/toolkit#734), so the worst come
//! first and one line says what is left out.

use std::fmt::Write as _;
use std::io;

use ringfence_diagnostics::{Counts, Finding, Severity};

use crate::{Report, clean, full, paths, place};

/// Annotations of one level that a step shows.
const PER_LEVEL: usize = 10;
/// Bytes that GitHub takes of one step's summary: 1 MiB.
const SUMMARY_BYTES: usize = 1 << 20;
/// Kept free for what follows the table.
const RESERVE: usize = 4 << 10;

const LEVELS: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

/// One workflow command a finding, errors first, and a line about those left out.
pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for severity in LEVELS {
        for finding in of(report, severity).take(PER_LEVEL) {
            writeln!(out, "{}", annotation(report, finding))?;
        }
    }
    let counts = Counts::of(report.findings);
    let left: Vec<String> = LEVELS.into_iter().filter_map(|severity| left_out(counts, severity)).collect();
    if left.is_empty() {
        return Ok(());
    }
    let left = left.join(", ");
    writeln!(
        out,
        "not annotated, since GitHub shows {PER_LEVEL} of each level a step: {left}; `--format full` or `sarif` has them all"
    )
}

fn of<'a>(report: &Report<'a>, severity: Severity) -> impl Iterator<Item = &'a Finding> {
    report.findings.iter().filter(move |finding| finding.severity == severity)
}

fn left_out(counts: Counts, severity: Severity) -> Option<String> {
    let left = counts.get(severity).checked_sub(PER_LEVEL).filter(|&left| left > 0)?;
    Some(format!("{left} more {severity}"))
}

const fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

/// `::error file=…,line=…,endLine=…,col=…,endColumn=…,title=rule::message`
fn annotation(report: &Report<'_>, finding: &Finding) -> String {
    let mut properties = location(report, finding);
    properties.push(("title", finding.rule.to_owned()));
    let properties = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect::<Vec<_>>();
    format!("::{} {}::{}", command(finding.severity), properties.join(","), data(&message(report, finding)))
}

/// Where it is; nothing for standard input. Columns go with a single line only: the runner refuses them otherwise.
fn location(report: &Report<'_>, finding: &Finding) -> Vec<(&'static str, String)> {
    let label = &finding.primary;
    let Some(file) = report.files.get(label.file) else { return Vec::new() };
    let Some(path) = paths::in_repository(file.path(), report.root) else { return Vec::new() };
    let span = place::shown(file, label.span);
    let (start, end) = (file.position(span.start), file.position(span.end));
    let mut properties = vec![("file", path), ("line", start.line.to_string()), ("endLine", end.line.to_string())];
    if start.line == end.line {
        properties.push(("col", start.column.to_string()));
        properties.push(("endColumn", end.column.to_string()));
    }
    properties
}

/// The message, the other places, and what to do, a line each.
fn message(report: &Report<'_>, finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.labels.iter().filter(|label| !label.message.is_empty()).map(|label| {
        let line = report.files.position(label.file, label.span.start).line;
        format!("{}:{line}: {}", report.files.path(label.file), label.message)
    }));
    lines.extend(finding.notes.iter().cloned());
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    lines.join("\n")
}

/// The data of a workflow command: only `%` and line breaks mean something there.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command, which `:` and `,` would end as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The report as Markdown for `GITHUB_STEP_SUMMARY`: a table, and the summary of the run. At most 1 MiB.
pub fn step_summary(report: &Report<'_>) -> String {
    let mut out = String::from("## ringfence\n\n");
    if !report.findings.is_empty() {
        out.push_str("| severity | rule | where | finding |\n| --- | --- | --- | --- |\n");
    }
    let mut shown = 0;
    for finding in LEVELS.into_iter().flat_map(|severity| of(report, severity)) {
        let row = row(report, finding);
        if out.len() + row.len() + RESERVE > SUMMARY_BYTES {
            break;
        }
        out.push_str(&row);
        shown += 1;
    }
    let left = report.findings.len() - shown;
    if left > 0 {
        let _ = writeln!(out, "\n{left} more, which do not fit here");
    }
    let room = SUMMARY_BYTES.saturating_sub(out.len() + 1);
    out.push_str(&run(report, room));
    out
}

/// The summary of the run, as many of its lines as fit into `room` bytes.
fn run(report: &Report<'_>, room: usize) -> String {
    let mut out = String::new();
    for line in full::summary(report.summary).lines() {
        let line = format!("\n{}\n", markdown(line));
        if out.len() + line.len() > room {
            break;
        }
        out.push_str(&line);
    }
    out
}

fn row(report: &Report<'_>, finding: &Finding) -> String {
    let label = &finding.primary;
    let path = markdown(report.files.path(label.file));
    let line = report.files.position(label.file, label.span.start).line;
    let url = report.rules.iter().find(|rule| rule.name == finding.rule).map_or("", |rule| &rule.url);
    let rule = if url.is_empty() { markdown(finding.rule) } else { format!("[{}]({url})", markdown(finding.rule)) };
    format!("| {} | {rule} | {path}:{line} | {} |\n", finding.severity, markdown(&finding.message))
}

/// `text` as Markdown that says just that: names between backticks become code, everything else means itself.
fn markdown(text: &str) -> String {
    let text = clean::line(text);
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (i, part) in parts.iter().enumerate() {
        let escaped = part.chars().map(escape).collect::<String>();
        // An odd part stands between backticks; the last one only where they are even in number.
        let _ = match (i % 2 == 1, i + 1 == parts.len()) {
            (true, true) => write!(out, "&#96;{escaped}"),
            (true, false) => write!(out, "<code>{escaped}</code>"),
            (false, _) => write!(out, "{escaped}"),
        };
    }
    out
}

/// A character that Markdown or HTML may read something into, as a character reference.
fn escape(c: char) -> String {
    if c.is_ascii_punctuation() && !"-.,/='\":;()".contains(c) { format!("&#{};", u32::from(c)) } else { c.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_properties_cannot_end_early() {
        assert_eq!(data("50%\r\nof: a, b"), "50%25%0D%0Aof: a, b");
        assert_eq!(property("a:b,c\n%"), "a%3Ab%2Cc%0A%25");
    }

    #[test]
    fn markdown_means_what_it_says() {
        assert_eq!(markdown("`app|web` matches <b>"), "<code>app&#124;web</code> matches &#60;b&#62;");
        assert_eq!(markdown("an odd ` tick"), "an odd &#96; tick");
        assert_eq!(markdown("a\n| b"), "a &#124; b");
    }
}
