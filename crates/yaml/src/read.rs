//! From the engine's events to the arena, with spans made exact and errors survived.

use std::sync::Arc;

use granit_parser::{ErrorKind as Cause, Event, Parser, StructureStyle, Tag, options};
use ringfence_text::Span;

use crate::build::Builder;
use crate::folded::Folded;
use crate::marker::{Marker, Markers};
use crate::node::Kind;
use crate::tree::Tree;
use crate::{ErrorKind, Limits, SyntaxError, plain, template, words};

/// Reads `text` under the default [`Limits`].
pub fn parse(text: &str) -> Tree {
    parse_with(text, &Limits::default())
}

/// Reads `text` under `limits`. Never fails: what cannot be read is an error beside the tree.
pub fn parse_with(text: &str, limits: &Limits) -> Tree {
    let mut tree = Tree {
        text: Arc::from(text),
        limits: *limits,
        documents: Vec::new(),
        nodes: Vec::new(),
        extras: Vec::new(),
        cooked: String::new(),
        comments: Vec::new(),
        errors: Vec::new(),
    };
    if text.len() > limits.bytes as usize {
        tree.errors.push(SyntaxError {
            message: format!("the text has {} bytes, more than the {} that are read", text.len(), limits.bytes),
            span: Span::empty(0),
            document: 0,
            kind: ErrorKind::Limit,
        });
        return tree;
    }
    match plain::read(text, limits) {
        Some(build) => build.fill(&mut tree),
        None => engine(&mut tree, text, limits),
    }
    template::mark(&mut tree);
    tree
}

/// Fills a tree as the engine reads the text.
pub(crate) fn engine(tree: &mut Tree, text: &str, limits: &Limits) {
    let (mut folded, mut folds) = (Folded::default(), true);
    loop {
        let mut reader = Reader::new(text, &folded, folds, limits);
        let Some((last, at)) = reader.run() else {
            reader.build.fill(tree);
            break;
        };
        drop(reader);
        folds = folded.fold(text, last, at);
    }
}

fn byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { 3 } else { 0 }
}

struct Reader<'a> {
    text: &'a str,
    /// How the engine reads it.
    folded: &'a Folded,
    /// Whether quoted texts with lines that stand too far left are to be folded first.
    folds: bool,
    /// Where the last event ends.
    last: u32,
    limits: &'a Limits,
    markers: Markers<'a>,
    /// Where the next document may begin.
    after: usize,
    build: Builder<'a>,
}

/// What to do after one run of the engine.
enum Next {
    Resume(usize),
    Done,
    /// Read everything again, with the quoted text folded that opens after the first byte and holds the second.
    Fold(usize, usize),
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, folded: &'a Folded, folds: bool, limits: &'a Limits) -> Self {
        let (markers, build) = (Markers::new(text), Builder::new(text));
        Self { text, folded, folds, last: 0, limits, markers, after: byte_order_mark(text), build }
    }

    /// Reads the text. `Some` is what to fold before it is read again.
    fn run(&mut self) -> Option<(usize, usize)> {
        let mut from = byte_order_mark(self.text);
        loop {
            match self.stream(from) {
                // An error always lies past `from`; should the engine ever disagree, stop rather than spin.
                Next::Resume(at) if at > from || from == 0 => from = at,
                Next::Resume(_) | Next::Done => return None,
                Next::Fold(last, at) => return Some((last, at)),
            }
        }
    }

    /// Reads documents from the byte `from` on, up to the end or to an error.
    fn stream(&mut self, from: usize) -> Next {
        let depth = self.limits.depth as usize;
        let options = options! {
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            max_buffered_comment_events: usize::MAX,
            flow_nesting_limit: depth,
            block_nesting_limit: depth,
        };
        self.build.base = from as u32;
        // The engine takes a NUL for the end of the text.
        let nul = memchr::memchr(0, &self.text.as_bytes()[from..]).map(|at| from + at);
        let read = &self.folded.text(self.text)[from..nul.unwrap_or(self.text.len())];
        for event in Parser::new_from_str_with_options(read, options) {
            let limit = match event {
                Ok((event, span)) => self.event(event, span),
                Err(error) => {
                    let at = from + error.marker().byte_offset().unwrap_or_default();
                    if self.folds && matches!(error.kind(), Cause::InvalidQuotedScalarIndent) {
                        return Next::Fold(self.last as usize, at);
                    }
                    let (kind, message) = words::explain(error.kind());
                    return self.fail(kind, message, at.min(self.text.len()));
                }
            };
            if let Err(Stop { message, at }) = limit {
                return self.stop(message, at);
            }
        }
        match nul {
            Some(at) => {
                self.fail(ErrorKind::Syntax, "a NUL byte stands here, which no text may hold: remove it".to_owned(), at)
            }
            None => Next::Done,
        }
    }

    fn event(&mut self, event: Event<'_>, place: granit_parser::Span) -> Result<(), Stop> {
        let span = self.build.span(place);
        self.last = span.end;
        let tag = |tag: Option<&Tag>| Some((self.build.span(place.tag_span()?), full_tag(tag?)));
        match event {
            Event::DocumentStart(explicit, _) => self.open_document(explicit, span),
            Event::DocumentEnd => self.build.close_document(),
            Event::Comment(..) => self.build.comment(span),
            Event::Scalar(text, style, _, name) => {
                let tag = tag(name.as_deref());
                let folded = self.folded.value(span, &text);
                self.build.scalar(folded.as_deref().unwrap_or(&text), style, span, tag);
            }
            Event::SequenceStart(style, _, name) => {
                let tag = tag(name.as_deref());
                self.build.open(Kind::Sequence, style == StructureStyle::Flow, span, tag);
            }
            Event::MappingStart(style, _, name) => {
                let tag = tag(name.as_deref());
                self.build.open(Kind::Mapping, style == StructureStyle::Flow, span, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.build.close(span),
            Event::Anchor(id, _) => self.build.anchor(id, span),
            Event::Alias(id) => self.build.alias(Some(id), span),
            Event::UnresolvedAlias(name) => self.build.unknown_alias(&name, span),
            _ => {}
        }
        self.check(span)
    }

    fn check(&self, span: Span) -> Result<(), Stop> {
        let (nodes, depth) = (self.limits.nodes, self.limits.depth);
        if self.build.nodes.len() > nodes as usize {
            return Err(Stop {
                message: format!("the text has more than {nodes} nodes, which is all that is read"),
                at: span,
            });
        }
        if self.build.depth() > depth as usize {
            return Err(Stop {
                message: format!("collections nest deeper than {depth} levels, which is all that is read"),
                at: span,
            });
        }
        Ok(())
    }

    fn open_document(&mut self, explicit: bool, span: Span) {
        let start = if explicit { span.end as usize } else { self.implicit_start(span.start as usize) };
        self.begin(start, explicit);
    }

    /// A document without `---` begins at the start of the text or after the last `...` before its first node.
    fn implicit_start(&mut self, first: usize) -> usize {
        let mut start = self.after;
        while let Some(marker) = self.markers.next(start).filter(|marker| !marker.starts && marker.at < first) {
            start = marker.content(self.text);
        }
        start
    }

    fn begin(&mut self, start: usize, explicit: bool) {
        let marker = self.markers.next(start);
        let end = marker.map_or(self.text.len(), |marker| marker.at).max(start);
        self.after = marker.map_or(self.text.len(), |marker| marker.resume(self.text));
        self.build.open_document(Span::new(start as u32, end as u32), explicit);
    }

    /// Records an error at the byte `at` and finds the place to resume at.
    fn fail(&mut self, kind: ErrorKind, message: String, at: usize) -> Next {
        if !self.build.in_document() && !self.build.reopen(at) {
            let marker =
                self.markers.next(self.after.min(at)).filter(|marker| marker.starts && marker.at == self.after);
            self.begin(marker.map_or(self.after, |marker| Marker::content(marker, self.text)), marker.is_some());
        }
        self.build.fail(kind, message, self.word_at(at));
        self.resume()
    }

    /// Records that a limit of ours is passed: nothing more of this document is read, or of the text.
    fn stop(&mut self, message: String, at: Span) -> Next {
        let deep = self.build.depth() > self.limits.depth as usize;
        self.build.fail(ErrorKind::Limit, message, at);
        if deep { self.resume() } else { Next::Done }
    }

    fn resume(&self) -> Next {
        if self.after < self.text.len() { Next::Resume(self.after) } else { Next::Done }
    }

    /// From `at` to the end of the word there: what an error points at.
    fn word_at(&self, at: usize) -> Span {
        let rest = self.text.get(at..).unwrap_or_default();
        let first = rest.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
        let word = rest.find([' ', '\t', '\n', '\r', ',', '[', ']', '{', '}']).unwrap_or(rest.len());
        Span::new(at as u32, (at + word.max(first)) as u32)
    }
}

struct Stop {
    message: String,
    at: Span,
}

fn full_tag(tag: &Tag) -> Box<str> {
    format!("{}{}", tag.handle(), tag.suffix()).into_boxed_str()
}
