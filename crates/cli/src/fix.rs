//! `--fix` and `--diff`: making the changes that findings offer, or showing them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use ringfence_diagnostics::{Applicability, Finding};
use ringfence_lint::{Fixed, Session};
use ringfence_report::Style;
use ringfence_text::Files;
use similar::TextDiff;

use crate::args::Change;
use crate::errors::Failure;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The least safe fix that is made.
pub(crate) const fn allowed(args: &Change) -> Applicability {
    if args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe }
}

/// Makes the fixes in the session and on disk. Each file that cannot be written is an error of its own.
pub(crate) fn apply(
    session: &mut Session,
    allowed: Applicability,
    disk: &BTreeMap<String, PathBuf>,
) -> (Fixed, Vec<Failure>) {
    let fixed = ringfence_lint::fix(session, allowed);
    let failures = fixed.texts.iter().filter_map(|(path, text)| {
        let source = fs::write(disk.get(path)?, text).err()?;
        Some(Failure::Write { path: path.clone(), source })
    });
    let failures = failures.collect();
    (fixed, failures)
}

/// What the new texts change, as one unified diff.
pub(crate) fn diff(before: &Files, fixed: &Fixed) -> String {
    let changed = before.iter().filter_map(|(_, file)| Some((file, fixed.texts.get(file.path())?)));
    changed
        .map(|(file, new)| {
            let diff = TextDiff::from_lines(&**file.text(), new.as_str());
            diff.unified_diff().context_radius(CONTEXT).header(file.path(), file.path()).to_string()
        })
        .collect()
}

/// Writes a diff, in the colours that Git gives it.
pub(crate) fn write_diff(diff: &str, out: &mut dyn Write, style: Style) -> io::Result<()> {
    if !style.colour {
        return out.write_all(diff.as_bytes());
    }
    for line in diff.split_inclusive('\n') {
        let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
        match code(text) {
            Some(code) => write!(out, "\u{1b}[{code}m{text}\u{1b}[0m{end}")?,
            None => write!(out, "{line}")?,
        }
    }
    Ok(())
}

/// The colour of a line of a diff.
fn code(line: &str) -> Option<u8> {
    match line.as_bytes().first()? {
        b'-' => Some(31),
        b'+' => Some(32),
        b'@' => Some(36),
        _ => None,
    }
}

/// What could still be mended, for the person at the terminal; nothing where nothing can.
pub(crate) fn offer(findings: &[Finding]) -> Option<String> {
    let best = |finding: &Finding| finding.fixes.iter().map(|fix| fix.applicability).max();
    let count = |wanted| findings.iter().filter(|finding| best(finding) == Some(wanted)).count();
    match (count(Applicability::Safe), count(Applicability::Unsafe)) {
        (0, 0) => None,
        (safe, 0) => Some(format!("{safe} can be mended with `--fix`")),
        (0, risky) => Some(format!("{risky} can be mended with `--fix --unsafe-fixes`")),
        (safe, risky) => Some(format!("{safe} can be mended with `--fix`, {risky} more with `--fix --unsafe-fixes`")),
    }
}
