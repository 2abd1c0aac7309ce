//! The lines that a finding shows, cut out of their files: long ones clipped around what is marked, nothing that a
//! terminal would obey.
//!
//! codespan-reporting prints whole lines of whole texts. It is given these few lines as if they were the file, so a
//! minified manifest costs no more than a readable one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use codespan_reporting::diagnostic::{Label, LabelStyle};
use codespan_reporting::files::{self, Error, Location};
use ringfence_diagnostics as diagnostics;
use ringfence_text::{File, FileId, Files, Position, Span};

use crate::{clean, place};

/// How many characters of a line are shown.
pub(crate) const COLUMNS: usize = 200;
/// How many characters are shown before the first mark of a clipped line.
const BEFORE: usize = 40;
/// A mark over more lines than this is shown at its first line only.
const LINES: u32 = 40;

/// The excerpts of one finding, one a file, numbered in the order the labels name them.
pub(crate) struct Excerpts {
    excerpts: Vec<Excerpt>,
}

struct Excerpt {
    path: String,
    source: String,
    /// Line of the file (from 0), ascending, and where it stands in `source`.
    lines: Vec<(usize, Range<usize>)>,
    /// Where in `source` a label starts, and the place that is in the file.
    starts: BTreeMap<usize, Position>,
}

/// A line of `source`: what of the file's bytes it shows, and where.
struct Line {
    from: Range<usize>,
    to: Range<usize>,
    lead: usize,
}

impl Excerpts {
    /// The excerpts for `marks`, and the marks as codespan-reporting takes them, in the same order.
    pub(crate) fn new(files: &Files, marks: &[(LabelStyle, &diagnostics::Label)]) -> (Self, Vec<Label<usize>>) {
        let mut order: Vec<FileId> = Vec::new();
        let spans: Vec<Option<Span>> = marks.iter().map(|(_, label)| span(files, label)).collect();
        for (_, label) in marks {
            if !order.contains(&label.file) {
                order.push(label.file);
            }
        }
        let mut excerpts = Vec::with_capacity(order.len());
        let mut labels: Vec<Option<Label<usize>>> = vec![None; marks.len()];
        for id in order {
            let Some(file) = files.get(id) else { continue };
            let here = |i: &usize| marks[*i].1.file == id;
            let indices: Vec<usize> = (0..marks.len()).filter(here).collect();
            let wanted: Vec<Span> = indices.iter().filter_map(|&i| spans[i]).collect();
            let (excerpt, ranges) = Excerpt::new(file, &wanted);
            for (&i, range) in indices.iter().zip(ranges) {
                let (style, label) = marks[i];
                let message = clean::line(&label.message);
                labels[i] = Some(Label::new(style, excerpts.len(), range).with_message(message));
            }
            excerpts.push(excerpt);
        }
        (Self { excerpts }, labels.into_iter().flatten().collect())
    }

    fn get(&self, id: usize) -> Result<&Excerpt, Error> {
        self.excerpts.get(id).ok_or(Error::FileMissing)
    }
}

/// The span to mark for `label`.
fn span(files: &Files, label: &diagnostics::Label) -> Option<Span> {
    let file = files.get(label.file)?;
    let span = place::shown(file, label.span);
    let first = file.index().line(span.start);
    let tall = file.index().line(span.end) - first > LINES;
    Some(if tall { Span::new(span.start, file.line(first).end) } else { span })
}

impl Excerpt {
    /// The lines around `spans`, and where each of the spans stands in them.
    fn new(file: &File, spans: &[Span]) -> (Self, Vec<Range<usize>>) {
        let mut source = String::new();
        let lines: BTreeMap<u32, Line> =
            lines_of(file, spans).into_iter().map(|line| (line, Line::push(file, line, spans, &mut source))).collect();
        let ranges: Vec<_> = spans.iter().map(|&span| range(file, span, &lines)).collect();
        let mut starts = BTreeMap::new();
        for (span, range) in spans.iter().zip(&ranges) {
            starts.entry(range.start).or_insert_with(|| file.position(span.start));
        }
        let path = clean::line(file.path()).into_owned();
        let lines = lines.into_iter().map(|(number, line)| (number as usize, line.to)).collect();
        (Self { path, source, lines, starts }, ranges)
    }
}

/// Every line that may be printed for `spans`: their ends, the context inside of long ones, and a line after each, which
/// fills a gap of one line between two.
fn lines_of(file: &File, spans: &[Span]) -> BTreeSet<u32> {
    let mut wanted = BTreeSet::new();
    for span in spans {
        let (first, last) = (file.index().line(span.start), file.index().line(span.end));
        wanted.extend(first..=last.min(first + 4));
        wanted.extend(last.saturating_sub(2).max(first)..=last);
        wanted.extend(Some(last + 1).filter(|&next| next < file.index().lines()));
    }
    wanted
}

/// Where `span` stands among the shown lines.
fn range(file: &File, span: Span, lines: &BTreeMap<u32, Line>) -> Range<usize> {
    let at = |byte: u32| lines.get(&file.index().line(byte)).map_or(0, |line| line.map(byte as usize, file.text()));
    let start = at(span.start);
    start..at(span.end).max(start)
}

impl Line {
    /// Write `line` of `file` to `source`, clipped around the first of `spans` that starts or ends on it.
    fn push(file: &File, line: u32, spans: &[Span], source: &mut String) -> Self {
        let whole = file.line(line).range();
        let marks = spans.iter().flat_map(|span| [span.start as usize, span.end as usize]);
        let first = marks.filter(|mark| (whole.start..=whole.end).contains(mark)).min();
        let from = window(file.text(), whole.clone(), first);
        let start = source.len();
        if from.start > whole.start {
            source.push('…');
        }
        let lead = source.len() - start;
        source.extend(visible(&file.text()[from.clone()], from.start).chars().map(clean::shown));
        if from.end < whole.end {
            source.push('…');
        }
        let to = start..source.len();
        source.push('\n');
        Self { from, to, lead }
    }

    /// Where `byte` of the file stands in the source; at the nearer end where it is clipped away.
    fn map(&self, byte: usize, text: &str) -> usize {
        if byte < self.from.start {
            return self.to.start;
        }
        if byte > self.from.end {
            return self.to.end;
        }
        let before = visible(&text[self.from.start..byte], self.from.start);
        self.to.start + self.lead + before.chars().map(|c| clean::shown(c).len_utf8()).sum::<usize>()
    }
}

/// `text` without the byte order mark that a file may start with.
fn visible(text: &str, at: usize) -> &str {
    if at == 0 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text }
}

/// The part of `line` to show: all of it, or [`COLUMNS`] characters around `mark`.
fn window(text: &str, line: Range<usize>, mark: Option<usize>) -> Range<usize> {
    let end_from = |start: usize| text[start..line.end].char_indices().nth(COLUMNS).map(|(i, _)| start + i);
    let Some(end) = end_from(line.start) else { return line };
    let mark = mark.unwrap_or(line.start);
    // In the first half there is room after it, and the start of a line says most.
    if mark <= line.start + COLUMNS / 2 {
        return line.start..end;
    }
    let back = text[line.start..mark].char_indices().rev().take(BEFORE).last();
    let start = back.map_or(mark, |(i, _)| line.start + i);
    start..end_from(start).unwrap_or(line.end)
}

/// One line of text, from its start, as it may be printed.
pub(crate) fn clip(line: &str) -> String {
    let cut = line.char_indices().nth(COLUMNS).map(|(end, _)| &line[..end]);
    let mut shown: String = visible(cut.unwrap_or(line), 0).chars().map(clean::shown).collect();
    if cut.is_some() {
        shown.push('…');
    }
    shown
}

impl<'a> files::Files<'a> for Excerpts {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.get(id)?.path)
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.get(id)?.source)
    }

    fn line_index(&'a self, id: usize, byte: usize) -> Result<usize, Error> {
        let lines = &self.get(id)?.lines;
        let after = lines.partition_point(|(_, range)| range.start <= byte);
        Ok(lines.get(after.saturating_sub(1)).map_or(0, |(line, _)| *line))
    }

    /// A line that is not part of the excerpt is never printed, only counted: it is empty.
    fn line_range(&'a self, id: usize, index: usize) -> Result<Range<usize>, Error> {
        let lines = &self.get(id)?.lines;
        let found = lines.binary_search_by_key(&index, |(line, _)| *line);
        Ok(found.ok().and_then(|i| lines.get(i)).map_or(0..0, |(_, range)| range.clone()))
    }

    fn location(&'a self, id: usize, byte: usize) -> Result<Location, Error> {
        let position = self.get(id)?.starts.get(&byte).copied().unwrap_or(Position { line: 1, column: 1 });
        Ok(Location { line_number: position.line as usize, column_number: position.column as usize })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is clipped and replaced around it, the mark is under the text it was made for.
        #[test]
        fn a_mark_stays_on_its_text(
            before in "([a-z\u{e9}\u{1b}\u{feff}]{0,9}|x{150,400})(\r?\n)?(y{0,300}|\u{1f6d2}{10})",
            marked in "[a-z\u{e9}\u{202e}]{1,90}",
            after in "z{0,300}(\n[a-z]{0,9})?",
        ) {
            let text = format!("{before}{marked}{after}");
            let mut files = Files::new();
            let file = files.add("a", text);
            let start = before.len() as u32;
            let label = diagnostics::Label::new(file, Span::new(start, start + marked.len() as u32), "");
            let (excerpts, labels) = Excerpts::new(&files, &[(LabelStyle::Primary, &label)]);
            let shown: String = marked.chars().map(clean::shown).collect();
            let source = &excerpts.excerpts[0].source;
            prop_assert_eq!(&source[labels[0].range.clone()], &shown);
            prop_assert!(source.lines().all(|line| line.chars().count() <= COLUMNS + 2));
        }
    }
}
