//! What a fix changes, as small unified hunks: only the lines around its edits are ever looked at.

use std::collections::BTreeMap;
use std::ops::Range;

use ringfence_diagnostics::Fix;
use ringfence_text::{Edit, File, FileId, Files, Span, apply};
use similar::{ChangeTag, DiffOp, TextDiff};

use crate::excerpt::{self, COLUMNS};

/// Lines shown before and after a change.
const CONTEXT: u32 = 2;
/// Bytes of text that are compared at most: lines so long are not for reading.
const WINDOW: usize = 64 << 10;

/// One hunk of one file.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Hunk {
    pub(crate) file: FileId,
    /// `@@ -3,4 +3,6 @@`
    pub(crate) header: String,
    pub(crate) lines: Vec<(ChangeTag, String)>,
}

/// The hunks of `fix`, file by file; none where its edits do not fit the text or change lines too long to read.
pub(crate) fn hunks(files: &Files, fix: &Fix) -> Vec<Hunk> {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(edit.file).or_default().push(&edit.edit);
    }
    let of_file = |(id, edits): (&FileId, &Vec<&Edit>)| in_file(*id, files.get(*id)?, edits);
    by_file.iter().map(of_file).collect::<Option<Vec<_>>>().unwrap_or_default().into_iter().flatten().collect()
}

fn in_file(id: FileId, file: &File, edits: &[&Edit]) -> Option<Vec<Hunk>> {
    let mut grown = 0;
    let mut hunks = Vec::new();
    for window in windows(file, edits)? {
        let old = &file.text()[window.bytes.clone()];
        if old.len() > WINDOW || too_far(old, &window.edits) {
            return None;
        }
        let new = apply(old, &window.edits).ok()?;
        let diff = TextDiff::from_lines(old, &new);
        let groups = diff.grouped_ops(CONTEXT as usize);
        hunks.extend(groups.iter().map(|ops| Hunk {
            file: id,
            header: header(ops, window.line as usize, grown),
            lines: ops.iter().flat_map(|op| lines(&diff, op)).collect(),
        }));
        grown += line_count(&new) - line_count(old);
    }
    Some(hunks)
}

fn line_count(text: &str) -> isize {
    text.lines().count().cast_signed()
}

/// Whether an edit lies so far to the right that its line would be clipped before it.
fn too_far(text: &str, edits: &[Edit]) -> bool {
    let column = |at: u32| at as usize - text[..at as usize].rfind('\n').map_or(0, |i| i + 1);
    edits.iter().any(|edit| column(edit.span.start) > COLUMNS)
}

/// The lines of `op`, as they may be printed.
fn lines<'d>(diff: &'d TextDiff<'_, '_, str>, op: &DiffOp) -> impl Iterator<Item = (ChangeTag, String)> + use<'d> {
    diff.iter_changes(op).map(|change| (change.tag(), excerpt::clip(change.value().trim_end_matches(['\n', '\r']))))
}

/// Lines of a file that hold edits, and those edits counted from its start.
struct Window {
    /// The first line, from 0.
    line: u32,
    last: u32,
    bytes: Range<usize>,
    edits: Vec<Edit>,
}

/// The edits in windows that do not touch, ascending; none where one lies outside the text.
fn windows(file: &File, edits: &[&Edit]) -> Option<Vec<Window>> {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|edit| edit.span);
    let mut windows: Vec<Window> = Vec::new();
    for edit in sorted {
        file.text().get(edit.span.range())?;
        let first = file.index().line(edit.span.start).saturating_sub(CONTEXT + 1);
        let last = file.index().line(edit.span.end) + CONTEXT + 1;
        match windows.last_mut() {
            Some(open) if first <= open.last + 1 => open.last = open.last.max(last),
            _ => windows.push(Window { line: first, last, bytes: 0..0, edits: Vec::new() }),
        }
        windows.last_mut()?.edits.push(edit.clone());
    }
    for window in &mut windows {
        let line = |n: u32| file.index().line_range(n, file.text());
        window.bytes = line(window.line).start..line(window.last).end;
        for edit in &mut window.edits {
            let from = window.bytes.start as u32;
            edit.span = Span::new(edit.span.start - from, edit.span.end - from);
        }
    }
    Some(windows)
}

/// `ops` as the header of a hunk in a window that starts at `line` (from 0) of a text that grew by `grown` lines before.
fn header(ops: &[DiffOp], line: usize, grown: isize) -> String {
    let (Some(first), Some(last)) = (ops.first(), ops.last()) else { return String::new() };
    let old = first.old_range().start..last.old_range().end;
    let new = first.new_range().start..last.new_range().end;
    format!("@@ -{} +{} @@", side(&old, line), side(&new, line.saturating_add_signed(grown)))
}

/// A side of a header: the first line from 1 and how many; a side without lines names the line before it.
fn side(lines: &Range<usize>, by: usize) -> String {
    let start = lines.start + by + usize::from(!lines.is_empty());
    format!("{start},{}", lines.len())
}
