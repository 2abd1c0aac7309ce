//! The YAML in a Markdown file: fenced blocks tagged `yaml` or `yml`, each with its bytes and its section.
//!
//! Follows the fences of CommonMark, also where they are indented inside a list. A section begins at a heading of the
//! first or second level (`#`, `##`); deeper headings do not end it.

use ringfence_text::Span;

/// A piece of YAML between fences.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block<'t> {
    /// The text between the fences, line breaks included.
    pub span: Span,
    /// The number of its section, from 0: what stands before the first heading.
    pub section: u32,
    /// The words of the section's heading; empty before the first one.
    pub heading: &'t str,
}

/// The blocks of a Markdown text, in its order.
///
/// Where the fence is indented, a `---` is no longer at the beginning of its line: such a block comes in several pieces.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut section = Section { number: 0, heading: "" };
    let mut lines = lines(text);
    while let Some((_, line)) = lines.next() {
        if let Some(heading) = heading(line) {
            section = Section { number: section.number + 1, heading };
        } else if let Some(fence) = Fence::opened_by(line) {
            let inside = fence.contents(&mut lines, text);
            if fence.is_yaml() {
                pieces(inside, fence.indent, text, &section, &mut found);
            }
        }
    }
    found
}

struct Section<'t> {
    number: u32,
    heading: &'t str,
}

/// Each line with the byte it begins at, without its line break.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// The words of a heading of the first or second level.
fn heading(line: &str) -> Option<&str> {
    let (_, line) = dedent(line, 3)?;
    let words = line.strip_prefix("##").or_else(|| line.strip_prefix('#'))?;
    let is_heading = words.is_empty() || words.starts_with([' ', '\t']);
    is_heading.then(|| words.trim().trim_end_matches('#').trim_end())
}

/// How far a line is indented, and the rest. `None` where it is more than `most` spaces.
fn dedent(line: &str, most: usize) -> Option<(usize, &str)> {
    let rest = line.trim_start_matches(' ');
    let indent = line.len() - rest.len();
    (indent <= most).then_some((indent, rest))
}

/// An opening fence.
struct Fence<'t> {
    mark: char,
    length: usize,
    indent: usize,
    info: &'t str,
}

impl<'t> Fence<'t> {
    fn opened_by(line: &'t str) -> Option<Self> {
        let rest = line.trim_start_matches([' ', '\t']);
        // A list item may begin with a fence: `- ```yaml`.
        let rest =
            rest.strip_prefix(['-', '*', '+']).filter(|rest| rest.starts_with(' ')).map_or(rest, str::trim_start);
        let mark = rest.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let length = rest.len() - rest.trim_start_matches(mark).len();
        let info = rest[length..].trim();
        let inline = mark == '`' && info.contains('`');
        (length >= 3 && !inline).then_some(Self { mark, length, indent: line.len() - rest.len(), info })
    }

    fn closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }

    /// The bytes up to the closing fence, or to the end of the text where there is none.
    fn contents(&self, lines: &mut impl Iterator<Item = (usize, &'t str)>, text: &str) -> Option<Span> {
        let mut start = None;
        for (at, line) in lines {
            if self.closed_by(line) {
                return start.map(|start| Span::new(start, at as u32));
            }
            start = start.or(Some(at as u32));
        }
        start.map(|start| Span::new(start, text.len() as u32))
    }

    /// Whether the first word of the info string says YAML: `yaml`, `YML title="x"`, `yaml{3}`, `yaml:a.yaml`.
    fn is_yaml(&self) -> bool {
        let tag = self.info.split([' ', '\t', ',', '{', ':']).next().unwrap_or_default();
        tag.eq_ignore_ascii_case("yaml") || tag.eq_ignore_ascii_case("yml")
    }
}

fn pieces<'t>(inside: Option<Span>, indent: usize, text: &str, section: &Section<'t>, found: &mut Vec<Block<'t>>) {
    let Some(inside) = inside else { return };
    let mut add = |start: u32, end: u32| {
        let span = Span::new(start, end);
        if !span.slice(text).trim().is_empty() {
            found.push(Block { span, section: section.number, heading: section.heading });
        }
    };
    let mut start = inside.start;
    if indent > 0 {
        for (at, line) in lines(inside.slice(text)).filter(|(_, line)| is_indented_marker(line)) {
            add(start, inside.start + at as u32);
            start = inside.start + (at + line.len()) as u32;
        }
    }
    add(start, inside.end);
}

fn is_indented_marker(line: &str) -> bool {
    line.starts_with([' ', '\t']) && line.trim() == "---"
}
