//! The arena: all documents of one text, flat and in order.

use std::sync::Arc;

use ringfence_text::Span;

use crate::node::{Document, Node, NodeId, Step};
use crate::{Kind, Limits, Style, SyntaxError, repeats};

/// No node, no extra: the largest index is never reached, [`Limits::nodes`] is far below.
pub(crate) const NONE: u32 = u32::MAX;

/// What a text says: its documents, comments and faults. Owns the text; may be shared between threads.
///
/// Nodes lie in one array, each before its children, a mapping's keys and values in turn.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(crate) text: Arc<str>,
    pub(crate) limits: Limits,
    pub(crate) documents: Vec<DocumentData>,
    pub(crate) nodes: Vec<NodeData>,
    pub(crate) extras: Vec<Extra>,
    /// Scalars whose text differs from what stands in the file, end to end.
    pub(crate) cooked: String,
    pub(crate) comments: Vec<Comment>,
    pub(crate) errors: Vec<SyntaxError>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct DocumentData {
    pub(crate) span: Span,
    pub(crate) root: u32,
    /// The ids of its nodes.
    pub(crate) nodes: (u32, u32),
    pub(crate) template: Option<Span>,
    pub(crate) broken: bool,
    /// Whether a `---` opens it.
    pub(crate) explicit: bool,
}

/// 24 bytes a node; what few nodes have is in [`Extra`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeData {
    pub(crate) span: Span,
    /// The id after the last one of its subtree.
    pub(crate) next: u32,
    pub(crate) parent: u32,
    pub(crate) extra: u32,
    pub(crate) shape: Shape,
    pub(crate) text: TextAt,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    Block(Kind),
    Flow(Kind),
    Scalar(Style),
    Alias,
}

/// Where the text of a scalar is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TextAt {
    /// It is what stands in the file.
    Raw,
    /// It is what stands between the quotes.
    Inside,
    /// It is in the arena's own buffer.
    Cooked,
}

#[derive(Clone, Debug)]
pub(crate) struct Extra {
    pub(crate) anchor: Option<Span>,
    pub(crate) tag: Option<(Span, Box<str>)>,
    pub(crate) cooked: (u32, u32),
    /// The node that an alias stands for.
    pub(crate) target: u32,
}

impl Default for Extra {
    fn default() -> Self {
        Self { anchor: None, tag: None, cooked: (0, 0), target: NONE }
    }
}

/// A `# …` comment, from the `#` to the end of its line without the line break.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// The comment with its `#`.
    pub span: Span,
    /// Whether nothing but space stands before it on its line.
    pub own_line: bool,
}

impl Tree {
    /// The text that was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, to be kept beside the tree without a copy.
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The limits it was read under; [`Limits::aliases`] binds whoever follows aliases.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The documents in order, empty and broken ones too. A text of comments alone has none.
    pub fn documents(&self) -> impl ExactSizeIterator<Item = Document<'_>> + DoubleEndedIterator {
        (0..self.documents.len() as u32).map(|index| Document { tree: self, index })
    }

    /// The document at `index`, from 0.
    pub fn document(&self, index: usize) -> Option<Document<'_>> {
        (index < self.documents.len()).then_some(Document { tree: self, index: index as u32 })
    }

    /// Every fault, by document and place.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// Every comment, in order. Past an error the comments of a broken document are not collected.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// The node that an id of this tree stands for.
    pub fn node(&self, id: NodeId) -> Option<Node<'_>> {
        ((id.0 as usize) < self.nodes.len()).then_some(Node { tree: self, id })
    }

    /// Every node of every document, each before its children.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = Node<'_>> + DoubleEndedIterator {
        (0..self.nodes.len() as u32).map(|id| Node { tree: self, id: NodeId(id) })
    }

    /// The node whose own span is exactly `span`, else the innermost one around it. Of nodes with one and the same span
    /// the outermost.
    pub fn node_at(&self, span: Span) -> Option<Node<'_>> {
        let mut best = self.document_at(span.start)?.root().filter(|root| root.span().contains(span))?;
        while best.span() != span {
            let Some(inner) = best.children().filter(|child| child.span().contains(span)).last() else { break };
            best = inner;
        }
        Some(best)
    }

    /// Keys and indices from the document's root to the innermost node at `byte`. On a key it ends with that key, as on
    /// its value. Empty at a root, and outside every document.
    pub fn path_at(&self, byte: u32) -> Vec<Step> {
        let mut path = Vec::new();
        let mut at = self.document_at(byte).and_then(Document::root);
        while let Some(node) = at {
            at = node.step_to(byte).map(|(step, child)| {
                path.push(step);
                child
            });
        }
        path
    }

    /// The document whose span holds `byte`; its end counts as inside.
    pub fn document_at(&self, byte: u32) -> Option<Document<'_>> {
        let index = self.documents.partition_point(|document| document.span.start <= byte).checked_sub(1)?;
        let document = self.document(index)?;
        (byte <= document.span().end).then_some(document)
    }

    /// Keys that stand twice in one mapping: the first key and the repeated one, in the order of the repeated ones.
    /// Keys are the same where their text is, as the API server compares them (`1` and `"1"`); merge keys may repeat.
    pub fn duplicate_keys(&self) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
        repeats::keys(self).into_iter()
    }

    /// Anchors whose name the same document has given before: the earlier node and the later one. Legal YAML; an alias
    /// means the latest before it.
    pub fn repeated_anchors(&self) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
        repeats::anchors(self).into_iter()
    }
}
