//! The arena while it grows: where each node begins and ends.
//!
//! The engine says what comes next; the exact places of what is not written (a missing value, the dash of a list, the head
//! of a block text) are found again in the text, always between the end of the last token and the next one.

use std::collections::BTreeMap;

use granit_parser::ScalarStyle;
use ringfence_text::Span;

use crate::node::{Kind, Style};
use crate::tree::{Comment, DocumentData, Extra, NONE, NodeData, Shape, TextAt, Tree};
use crate::{ErrorKind, SyntaxError, scan};

pub(crate) struct Builder<'a> {
    text: &'a str,
    /// Where the engine's current run began; it counts from there.
    pub(crate) base: u32,
    pub(crate) nodes: Vec<NodeData>,
    documents: Vec<DocumentData>,
    extras: Vec<Extra>,
    cooked: String,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
    /// The collections that are open, outermost first.
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, u32>,
    open: bool,
    /// The end of the last token seen.
    cursor: u32,
}

struct Frame {
    node: u32,
    /// How many children it has.
    children: u32,
}

type FullTag = Option<(Span, Box<str>)>;

impl<'a> Builder<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            base: 0,
            nodes: Vec::new(),
            documents: Vec::new(),
            extras: Vec::new(),
            cooked: String::new(),
            comments: Vec::new(),
            errors: Vec::new(),
            stack: Vec::new(),
            anchors: BTreeMap::new(),
            open: false,
            cursor: 0,
        }
    }

    /// Hands everything over.
    pub(crate) fn fill(mut self, tree: &mut Tree) {
        self.comments.sort_by_key(|comment| comment.span);
        self.comments.dedup();
        tree.documents = self.documents;
        // The tree stays as long as its file: no room that nobody needs.
        self.nodes.shrink_to_fit();
        tree.nodes = self.nodes;
        tree.extras = self.extras;
        tree.cooked = self.cooked;
        tree.comments = self.comments;
        tree.errors = self.errors;
    }

    /// A place of the engine's in our text.
    pub(crate) fn span(&self, place: granit_parser::Span) -> Span {
        let range = place.byte_range().unwrap_or_default();
        let clamp = |byte: usize| (byte as u32 + self.base).min(self.text.len() as u32);
        Span::new(clamp(range.start), clamp(range.end))
    }

    pub(crate) fn in_document(&self) -> bool {
        self.open
    }

    pub(crate) fn depth(&self) -> usize {
        self.stack.len()
    }

    pub(crate) fn open_document(&mut self, span: Span, explicit: bool) {
        // The engine knows one marker that we do not: a `---` behind a byte order mark between documents.
        if let Some(last) = self.documents.last_mut() {
            last.span.end = last.span.end.min(span.start);
        }
        let first = self.nodes.len() as u32;
        let data = DocumentData { span, root: NONE, nodes: (first, first), template: None, broken: false, explicit };
        self.documents.push(data);
        self.anchors.clear();
        self.open = true;
        self.cursor = span.start;
    }

    /// Takes the last document up again if `at` lies in it: the engine may have ended it before it met the fault.
    pub(crate) fn reopen(&mut self, at: usize) -> bool {
        self.open = self.documents.last().is_some_and(|document| at <= document.span.end as usize);
        self.open
    }

    pub(crate) fn close_document(&mut self) {
        while !self.stack.is_empty() {
            self.close_unfinished();
        }
        self.open = false;
        let Some(document) = self.documents.last_mut() else { return };
        let first = document.nodes.0 as usize;
        if self.nodes.len() == first + 1 && is_nothing(&self.nodes[first]) {
            self.nodes.pop();
        }
        document.nodes.1 = self.nodes.len() as u32;
        if self.nodes.len() > first {
            document.root = first as u32;
        }
    }

    /// Records a fault of the current document, which ends here.
    pub(crate) fn fail(&mut self, kind: ErrorKind, message: String, span: Span) {
        self.close_document();
        if let Some(document) = self.documents.last_mut() {
            document.broken = true;
        }
        self.error(kind, message, span);
    }

    fn error(&mut self, kind: ErrorKind, message: String, span: Span) {
        let document = (self.documents.len() as u32).saturating_sub(1);
        self.errors.push(SyntaxError { message, span, document, kind });
    }

    pub(crate) fn comment(&mut self, span: Span) {
        let before = &self.text[..span.start as usize];
        let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let own_line = before[line..].chars().all(|c| matches!(c, ' ' | '\t' | '\u{feff}'));
        self.comments.push(Comment { span, own_line });
    }

    /// A comment, of which is known whether its line is its own.
    pub(crate) fn note(&mut self, span: Span, own_line: bool) {
        self.comments.push(Comment { span, own_line });
    }

    /// A scalar without tag whose exact place is known, and whose text stands in the file.
    pub(crate) fn leaf(&mut self, style: Style, span: Span, text: TextAt) {
        let id = self.push(Shape::Scalar(style), span, None);
        self.nodes[id as usize].text = text;
        self.cursor = span.end;
    }

    /// The same for one whose text does not.
    pub(crate) fn cooked_leaf(&mut self, style: Style, span: Span, text: &str) {
        let id = self.push(Shape::Scalar(style), span, None);
        self.cook(id, text);
        self.cursor = span.end;
    }

    /// A collection without tag whose exact place is known.
    pub(crate) fn begin(&mut self, shape: Shape, start: u32) {
        let node = self.push(shape, Span::empty(start), None);
        self.cursor = start;
        self.stack.push(Frame { node, children: 0 });
    }

    /// Ends it: behind its bracket, or with its last child.
    pub(crate) fn end(&mut self, end: Option<u32>) {
        if let Some(frame) = self.stack.pop() {
            self.finish(&frame, end.unwrap_or(self.cursor));
        }
    }

    pub(crate) fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span, tag: FullTag) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let slot = self.slot().max(tag_end(&tag));
        let missing = style == Style::Plain && span.is_empty();
        let (span, text) = match style {
            Style::Plain if missing => (Span::empty(slot), ""),
            Style::Literal | Style::Folded => {
                let span = scan::block_scalar(self.text, scan::skip_names(self.text, slot), span);
                // A last line without a line break has none to keep.
                let cut_off = span.end as usize == self.text.len() && !self.text.ends_with(['\n', '\r', ' ', '\t']);
                (span, text.strip_suffix('\n').filter(|_| cut_off).unwrap_or(text))
            }
            _ => (span, text),
        };
        let id = self.push(Shape::Scalar(style), span, tag);
        self.set_text(id, style, text);
        self.cursor = self.nodes[id as usize].span.end;
    }

    /// Keeps the text only where it is not what stands in the file.
    fn set_text(&mut self, id: u32, style: Style, text: &str) {
        let raw = self.nodes[id as usize].span.slice(self.text);
        let inside = matches!(style, Style::Single | Style::Double).then(|| raw.get(1..raw.len().saturating_sub(1)));
        let at = match inside.flatten() {
            _ if raw == text => TextAt::Raw,
            Some(inside) if inside == text => TextAt::Inside,
            _ => return self.cook(id, text),
        };
        self.nodes[id as usize].text = at;
    }

    fn cook(&mut self, id: u32, text: &str) {
        let start = self.cooked.len() as u32;
        self.cooked.push_str(text);
        self.extra(id).cooked = (start, start + text.len() as u32);
        self.nodes[id as usize].text = TextAt::Cooked;
    }

    pub(crate) fn open(&mut self, kind: Kind, flow: bool, span: Span, tag: FullTag) {
        let slot = self.slot().max(tag_end(&tag));
        let bracket = flow && matches!(span.slice(self.text), "[" | "{");
        let start = match kind {
            Kind::Sequence if !flow => scan::dash(self.text, slot).unwrap_or(span.start),
            _ => span.start,
        };
        let shape = if flow { Shape::Flow(kind) } else { Shape::Block(kind) };
        let id = self.push(shape, Span::new(start, if bracket { span.end } else { start }), tag);
        self.cursor = self.nodes[id as usize].span.end;
        self.stack.push(Frame { node: id, children: 0 });
    }

    pub(crate) fn close(&mut self, span: Span) {
        let Some(frame) = self.stack.pop() else { return };
        let bracket = matches!(span.slice(self.text), "]" | "}") && span.start >= self.cursor;
        let flow = matches!(self.nodes[frame.node as usize].shape, Shape::Flow(_));
        let end = if flow && bracket { span.end } else { self.cursor };
        self.finish(&frame, end);
    }

    /// Closes the innermost collection at the last token seen; a key without value gets an empty one.
    fn close_unfinished(&mut self) {
        let mapping = self.stack.last().is_some_and(|frame| self.is_mapping(frame) && frame.children % 2 == 1);
        if mapping {
            let slot = self.slot();
            let id = self.push(Shape::Scalar(Style::Plain), Span::empty(slot), None);
            self.cursor = self.nodes[id as usize].span.end;
        }
        if let Some(frame) = self.stack.pop() {
            self.finish(&frame, self.cursor);
        }
    }

    fn finish(&mut self, frame: &Frame, end: u32) {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[frame.node as usize];
        node.span.end = end.max(node.span.end);
        node.next = next;
        self.cursor = node.span.end;
    }

    pub(crate) fn anchor(&mut self, id: usize, span: Span) {
        let Some(last) = (self.nodes.len() as u32).checked_sub(1) else { return };
        self.anchors.insert(id, last);
        self.extra(last).anchor = Some(span);
        let node = &mut self.nodes[last as usize];
        if node.shape == Shape::Scalar(Style::Plain) && node.span.is_empty() {
            node.span = Span::empty(node.span.start.max(span.end));
        }
        self.cursor = self.cursor.max(node.span.end);
    }

    pub(crate) fn alias(&mut self, target: Option<usize>, span: Span) {
        let target = target.and_then(|id| self.anchors.get(&id)).copied().unwrap_or(NONE);
        let id = self.push(Shape::Alias, span, None);
        self.extra(id).target = target;
        self.cursor = self.nodes[id as usize].span.end;
    }

    pub(crate) fn unknown_alias(&mut self, name: &str, span: Span) {
        self.alias(None, span);
        let message = format!("no anchor `&{name}` stands before this alias: define it above, or quote the value");
        self.error(ErrorKind::UnknownAlias, message, span);
    }

    /// Adds a node to the innermost open collection. Nodes never begin before the last token's end.
    fn push(&mut self, shape: Shape, span: Span, tag: FullTag) -> u32 {
        let id = self.nodes.len() as u32;
        let start = span.start.max(self.cursor);
        let span = Span::new(start, span.end.max(start));
        let parent = self.stack.last_mut().map_or(NONE, |frame| {
            frame.children += 1;
            frame.node
        });
        self.nodes.push(NodeData { span, next: id + 1, parent, extra: NONE, shape, text: TextAt::Raw });
        if tag.is_some() {
            self.extra(id).tag = tag;
        }
        id
    }

    fn extra(&mut self, id: u32) -> &mut Extra {
        let node = &mut self.nodes[id as usize];
        if node.extra == NONE {
            node.extra = self.extras.len() as u32;
            self.extras.push(Extra::default());
        }
        &mut self.extras[node.extra as usize]
    }

    /// Where the next node's place begins: after the `-`, `?`, `:` or `,` that announces it.
    fn slot(&self) -> u32 {
        let Some(frame) = self.stack.last() else { return self.cursor };
        let node = &self.nodes[frame.node as usize];
        let flow = matches!(node.shape, Shape::Flow(_));
        if !self.is_mapping(frame) {
            return if flow {
                scan::flow_slot(self.text, self.cursor)
            } else {
                scan::after_mark(self.text, self.cursor, b'-')
            };
        }
        match (frame.children % 2, flow) {
            (1, _) => scan::after_colon(self.text, self.cursor, node.span.start, flow),
            (_, true) => scan::flow_slot(self.text, self.cursor),
            (_, false) => scan::after_mark(self.text, self.cursor, b'?'),
        }
    }

    fn is_mapping(&self, frame: &Frame) -> bool {
        matches!(self.nodes[frame.node as usize].shape, Shape::Block(Kind::Mapping) | Shape::Flow(Kind::Mapping))
    }
}

fn tag_end(tag: &FullTag) -> u32 {
    tag.as_ref().map_or(0, |(span, _)| span.end)
}

/// The empty scalar that the engine reports for an empty document.
fn is_nothing(node: &NodeData) -> bool {
    node.shape == Shape::Scalar(Style::Plain) && node.span.is_empty() && node.extra == NONE
}
