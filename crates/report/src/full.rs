//! Text for people: the source around every place, what to do, what a fix would change, and what the run could not know.

use std::fmt::Write as _;
use std::io::{self, Write};

use codespan_reporting::diagnostic::{Diagnostic, LabelStyle, Severity as Shown};
use codespan_reporting::files::Error;
use codespan_reporting::term::termcolor::{Ansi, NoColor};
use codespan_reporting::term::{self, Config, WriteStyle};
use ringfence_diagnostics::{Applicability, Confidence, Finding, Fix, Label, Place, Severity, Summary, Unknown};
use ringfence_text::{FileId, Files};
use similar::ChangeTag;

use crate::excerpt::Excerpts;
use crate::words::Words;
use crate::{Report, Style, clean, hunk};

/// The places shown of one finding.
const LABELS: usize = 5;
/// The lines shown of one fix.
const HUNK_LINES: usize = 30;
/// The worlds named in the summary.
const WORLDS: usize = 10;

/// Every finding, then the summary.
pub(crate) fn write(report: &Report<'_>, out: &mut dyn Write, style: Style) -> io::Result<()> {
    if style.colour {
        write_to(report, &mut Ansi::new(out), style)
    } else {
        write_to(report, &mut NoColor::new(out), style)
    }
}

/// The same, to anything that codespan-reporting can style.
fn write_to(report: &Report<'_>, out: &mut dyn WriteStyle, style: Style) -> io::Result<()> {
    for finding in report.findings {
        write_finding(report.files, finding, out, style)?;
    }
    out.write_all(summary(report.summary).as_bytes())
}

fn write_finding(files: &Files, finding: &Finding, out: &mut dyn WriteStyle, style: Style) -> io::Result<()> {
    let marks: Vec<(LabelStyle, &Label)> = std::iter::once((LabelStyle::Primary, &finding.primary))
        .chain(finding.labels.iter().map(|label| (LabelStyle::Secondary, label)))
        .take(LABELS)
        .collect();
    let (excerpts, labels) = Excerpts::new(files, &marks);
    let diagnostic = Diagnostic::new(shown(finding.severity))
        .with_code(code(finding))
        .with_message(clean::line(&finding.message))
        .with_labels(labels)
        .with_notes(notes(finding, style));
    term::emit_to_write_style(&mut Words::new(out), &Config::default(), &excerpts, &diagnostic).map_err(into_io)?;
    write_fixes(files, &finding.fixes, out)
}

/// The renderer's words for a severity. Its word for the lowest is `note`; [`Words`] puts ours in its place.
fn shown(severity: Severity) -> Shown {
    match severity {
        Severity::Error => Shown::Error,
        Severity::Warning => Shown::Warning,
        Severity::Info => Shown::Note,
    }
}

/// The rule, and how sure it is where it is not.
fn code(finding: &Finding) -> String {
    match finding.confidence {
        Confidence::High => finding.rule.to_owned(),
        less => format!("{}, {less} confidence", finding.rule),
    }
}

fn into_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// What has no place of its own: facts, places left out, and what to do last, where the eye rests.
fn notes(finding: &Finding, style: Style) -> Vec<String> {
    let more = (finding.labels.len() + 1).saturating_sub(LABELS);
    let more = (more > 0).then(|| format!("+{more} more place{}", plural(more)));
    let help = finding.help.as_ref().map(|help| format!("help: {}", clean::line(help)));
    let facts = finding.notes.iter().map(|note| clean::line(note).into_owned());
    // The renderer indents notes by the width of the line numbers and its bullet.
    more.into_iter().chain(facts).chain(help).map(|note| style.wrap(&note, 10)).collect()
}

/// What each fix does, and what the first one that edits would change.
fn write_fixes(files: &Files, fixes: &[Fix], out: &mut dyn WriteStyle) -> io::Result<()> {
    let preview = fixes.iter().position(|fix| !fix.edits.is_empty());
    for (i, fix) in fixes.iter().enumerate() {
        out.set_header(Shown::Help)?;
        write!(out, "{}", title(fix.applicability))?;
        out.reset()?;
        writeln!(out, ": {}", clean::line(&fix.message))?;
        if preview == Some(i) {
            write_hunks(files, fix, out)?;
        }
    }
    if fixes.is_empty() { Ok(()) } else { writeln!(out) }
}

const fn title(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe fix",
        Applicability::Unsafe => "unsafe fix",
        Applicability::Suggestion => "suggestion",
    }
}

fn write_hunks(files: &Files, fix: &Fix, out: &mut dyn WriteStyle) -> io::Result<()> {
    let hunks = hunk::hunks(files, fix);
    let mut file = None::<FileId>;
    let mut left = HUNK_LINES;
    for hunk in &hunks {
        if file.replace(hunk.file) != Some(hunk.file) {
            writeln!(out, "  --- {}", clean::line(files.path(hunk.file)))?;
        }
        out.set_source_border()?;
        write!(out, "  {}", hunk.header)?;
        out.reset()?;
        writeln!(out)?;
        for (tag, line) in hunk.lines.iter().take(left) {
            write_line(*tag, line, out)?;
        }
        let cut = hunk.lines.len().saturating_sub(left);
        left = left.saturating_sub(hunk.lines.len());
        if cut > 0 {
            writeln!(out, "  … {cut} more line{}", plural(cut))?;
        }
        if left == 0 {
            break;
        }
    }
    Ok(())
}

fn write_line(tag: ChangeTag, line: &str, out: &mut dyn WriteStyle) -> io::Result<()> {
    match tag {
        ChangeTag::Equal => {}
        ChangeTag::Delete => out.set_label(Shown::Error, LabelStyle::Primary)?,
        ChangeTag::Insert => out.set_label(Shown::Note, LabelStyle::Primary)?,
    }
    write!(out, "{}", format!("  {tag}{line}").trim_end())?;
    if tag != ChangeTag::Equal {
        out.reset()?;
    }
    writeln!(out)
}

/// The run in a few lines: counts, worlds, and what could not be known, each reason once.
pub fn summary(summary: &Summary) -> String {
    let mut out = counts(summary);
    if !summary.worlds.is_empty() {
        let named = summary.worlds.iter().take(WORLDS).map(|world| clean::line(world)).collect::<Vec<_>>().join(", ");
        let more = summary.worlds.len().saturating_sub(WORLDS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        put(&mut out, format_args!("{}: {named}{more}", number(summary.worlds.len(), "world")));
    }
    for line in about(summary) {
        put(&mut out, format_args!("{line}"));
    }
    out
}

/// What could not be known, each reason once, and what the answers rest on.
pub(crate) fn about(summary: &Summary) -> Vec<String> {
    let notes = summary.notes.iter().map(|note| format!("note: {}", clean::line(note)));
    summary.unknown.iter().map(unknown).chain(notes).collect()
}

fn unknown(unknown: &Unknown) -> String {
    let reason = clean::line(&unknown.reason);
    let once = unknown.count == 1;
    let times = if once { "once".to_owned() } else { format!("{} times", unknown.count) };
    let first = if once { "" } else { "first " };
    let at = |place: &Place| format!(", {first}in {}:{}", clean::line(&place.path), place.line);
    format!("unknown: {reason} ({times}{})", unknown.example.as_ref().map(at).unwrap_or_default())
}

fn counts(summary: &Summary) -> String {
    let found = summary.findings;
    let parts = [(found.error, "error"), (found.warning, "warning")];
    let mut parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| number(count, word)).collect();
    if found.info > 0 {
        parts.push(format!("{} info", found.info));
    }
    let what = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    let files = number(summary.files, "file");
    let documents = number(summary.documents, "document");
    let objects = number(summary.objects, "object");
    format!("{what} in {files} ({documents}, {objects})\n")
}

/// A line of the summary. Writing to a string cannot fail.
fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{line}");
}

fn number(count: usize, word: &str) -> String {
    format!("{count} {word}{}", plural(count))
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
