//! Views on the tree: documents, nodes, entries, scalars.

use std::borrow::Cow;

use ringfence_text::Span;

use crate::SyntaxError;
use crate::tree::{Extra, NONE, NodeData, Shape, TextAt, Tree};

/// A node's number in its tree: stable while the tree lives, and in the order of the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u32);

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Keys with values.
    Mapping,
    /// Items.
    Sequence,
    /// A text.
    Scalar,
    /// `*name`, standing for the node that `&name` names.
    Alias,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Style {
    /// Bare: the only style whose text may mean a number, a boolean or nothing.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// A `|` block: lines as they stand.
    Literal,
    /// A `>` block: lines joined.
    Folded,
}

/// One step from a collection to its child.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// To the value of this key; what is not a scalar counts as an empty key.
    Key(String),
    /// To the item at this index, from 0.
    Index(u32),
}

/// One document of a text.
#[derive(Clone, Copy)]
pub struct Document<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) index: u32,
}

/// A node of a tree: a key, a value or an item.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) id: NodeId,
}

/// A key with its value. A value that is not written is an empty plain scalar right after the `:`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'t> {
    /// The key: almost always a scalar.
    pub key: Node<'t>,
    /// The value.
    pub value: Node<'t>,
}

/// A scalar as it stands and as it reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scalar<'t> {
    /// How it is written.
    pub style: Style,
    /// What stands in the file, quotes and block indicator included.
    pub raw: &'t str,
    text: &'t str,
}

/// A name with its place: an anchor or a tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named<'t> {
    /// The anchor's name without `&`; the tag in full, as `tag:yaml.org,2002:str` or `!local`.
    pub name: &'t str,
    /// The whole token as it stands, with its `&` or `!`.
    pub span: Span,
}

/// An alias.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Alias<'t> {
    /// Its name without `*`.
    pub name: &'t str,
    /// The node it stands for: the latest of that name before it. It may be a collection around the alias itself, so
    /// whoever follows aliases counts against [`Limits::aliases`](crate::Limits::aliases). `None` where no anchor has the name.
    pub target: Option<Node<'t>>,
    /// The token with its `*`.
    pub span: Span,
}

impl<'t> Document<'t> {
    /// Its place in the text, from 0.
    pub fn index(self) -> usize {
        self.index as usize
    }

    /// The whole document without its `---`, up to the next marker or the end; comments at its end included.
    pub fn span(self) -> Span {
        self.data().span
    }

    /// Its outermost node. `None` where it is empty, or broken before its first node.
    pub fn root(self) -> Option<Node<'t>> {
        self.tree.node(NodeId(self.data().root))
    }

    /// The first `{{` outside quotes, block texts and comments, up to its `}}` if that is on the same line. A document
    /// that has one is a template: it need not parse, and what it holds is unknown.
    pub fn template(self) -> Option<Span> {
        self.data().template
    }

    /// What is wrong in it.
    pub fn errors(self) -> impl Iterator<Item = &'t SyntaxError> {
        self.tree.errors.iter().filter(move |error| error.document == self.index)
    }

    /// Whether the tree is incomplete: reading stopped at an error, and what was open there is closed there.
    pub fn is_broken(self) -> bool {
        self.data().broken
    }

    /// Whether a `---` opens it.
    pub fn is_explicit(self) -> bool {
        self.data().explicit
    }

    /// Its nodes, each before its children.
    pub fn nodes(self) -> impl DoubleEndedIterator<Item = Node<'t>> {
        let (first, end) = self.data().nodes;
        (first..end).map(move |id| Node { tree: self.tree, id: NodeId(id) })
    }

    fn data(self) -> &'t crate::tree::DocumentData {
        &self.tree.documents[self.index as usize]
    }
}

impl<'t> Node<'t> {
    /// Its number in the tree.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The tree it belongs to.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// The value without anchor and tag: a scalar with its quotes, a flow collection with its brackets, a block collection
    /// from its first key or dash to the end of its last child. A block text goes from its `|` or `>` up to the line break
    /// that ends its last line.
    pub fn span(self) -> Span {
        self.data().span
    }

    /// The value with its anchor and tag.
    pub fn full_span(self) -> Span {
        let names = [self.anchor(), self.tag()];
        names.into_iter().flatten().fold(self.span(), |span, named| span.cover(named.span))
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        match self.data().shape {
            Shape::Block(kind) | Shape::Flow(kind) => kind,
            Shape::Scalar(_) => Kind::Scalar,
            Shape::Alias => Kind::Alias,
        }
    }

    /// Whether it is a collection in brackets, or a single `key: value` inside `[…]`.
    pub fn flow(self) -> bool {
        matches!(self.data().shape, Shape::Flow(_))
    }

    /// `&name` before it.
    pub fn anchor(self) -> Option<Named<'t>> {
        let span = self.extra()?.anchor?;
        Some(Named { name: Span::new(span.start + 1, span.end).slice(&self.tree.text), span })
    }

    /// `!tag` before it.
    pub fn tag(self) -> Option<Named<'t>> {
        let (span, name) = self.extra()?.tag.as_ref()?;
        Some(Named { name, span: *span })
    }

    /// The collection it stands in.
    pub fn parent(self) -> Option<Self> {
        self.tree.node(NodeId(self.data().parent))
    }

    /// The document it stands in.
    pub fn document(self) -> Document<'t> {
        let index = self.tree.documents.partition_point(|document| document.nodes.1 <= self.id.0);
        Document { tree: self.tree, index: index as u32 }
    }

    /// Keys and values of a mapping in turn, items of a sequence, nothing else.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let end = self.data().next;
        let mut at = self.id.0 + 1;
        std::iter::from_fn(move || {
            let child = (at < end).then_some(Node { tree: self.tree, id: NodeId(at) })?;
            at = child.data().next;
            Some(child)
        })
    }

    /// The entries of a mapping as they stand: in order, duplicates kept, merge keys not followed (see
    /// [`merge`](crate::merge)). Nothing for other nodes.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let end = if self.kind() == Kind::Mapping { self.data().next } else { 0 };
        let mut at = self.id.0 + 1;
        std::iter::from_fn(move || {
            let key = (at < end).then_some(Node { tree: self.tree, id: NodeId(at) })?;
            let value = Node { tree: self.tree, id: NodeId(key.data().next) };
            at = value.data().next;
            Some(Entry { key, value })
        })
    }

    /// The items of a sequence. Nothing for other nodes.
    pub fn items(self) -> impl Iterator<Item = Self> {
        self.children().take_while(move |_| self.kind() == Kind::Sequence)
    }

    /// The mapping's own entry of this key; of several the last, which is the one that counts.
    pub fn get(self, key: &str) -> Option<Entry<'t>> {
        self.entries().filter(|entry| entry.key.key_text() == Some(key)).last()
    }

    /// The scalar that it is.
    pub fn scalar(self) -> Option<Scalar<'t>> {
        let Shape::Scalar(style) = self.data().shape else { return None };
        let raw = self.span().slice(&self.tree.text);
        let text = match self.data().text {
            TextAt::Raw => raw,
            TextAt::Inside => raw.get(1..raw.len() - 1).unwrap_or_default(),
            TextAt::Cooked => self.extra().map_or("", |extra| {
                let (start, end) = extra.cooked;
                Span::new(start, end).slice(&self.tree.cooked)
            }),
        };
        Some(Scalar { style, raw, text })
    }

    /// The alias that it is.
    pub fn alias(self) -> Option<Alias<'t>> {
        let span = self.span();
        (self.data().shape == Shape::Alias).then(|| Alias {
            name: Span::new(span.start + 1, span.end).slice(&self.tree.text),
            target: self.tree.node(NodeId(self.extra().map_or(NONE, |extra| extra.target))),
            span,
        })
    }

    /// The node itself, or what it stands for where it is an alias; `None` for an alias of an unknown name.
    pub fn follow(self) -> Option<Self> {
        self.alias().map_or(Some(self), |alias| alias.target)
    }

    /// Whether it is a plain scalar that means nothing: not written, `~`, `null`, `Null` or `NULL`.
    pub fn is_null_text(self) -> bool {
        self.scalar().is_some_and(|scalar| {
            scalar.style == Style::Plain && matches!(scalar.raw, "" | "~" | "null" | "Null" | "NULL")
        })
    }

    /// Whether it stands as the key of an entry.
    pub fn is_key(self) -> bool {
        self.parent().is_some_and(|parent| parent.entries().any(|entry| entry.key == self))
    }

    /// Whether, standing as a key, it is a merge key: a plain `<<`, or one tagged `!!merge`.
    pub fn is_merge_key(self) -> bool {
        let Some(scalar) = self.scalar().filter(|scalar| scalar.text == "<<") else { return false };
        match self.tag() {
            None => scalar.style == Style::Plain,
            Some(tag) => matches!(tag.name, "!" | "tag:yaml.org,2002:merge"),
        }
    }

    /// Steps from the document's root to this node; a key counts as its value does.
    pub fn path(self) -> Vec<Step> {
        let mut path = Vec::new();
        let mut at = self;
        while let Some(parent) = at.parent() {
            path.push(parent.step_of(at));
            at = parent;
        }
        path.reverse();
        path
    }

    /// The text it has as a key: that of a scalar.
    pub(crate) fn key_text(self) -> Option<&'t str> {
        self.scalar().map(|scalar| scalar.text)
    }

    pub(crate) fn step_to(self, byte: u32) -> Option<(Step, Self)> {
        let holds = |node: Self| node.span().start <= byte && byte <= node.span().end;
        // Neighbours may touch (`{a: ,b: 1}`): the later one starts where a reader points.
        let child = self.children().filter(|&child| holds(child)).last()?;
        Some((self.step_of(child), child))
    }

    fn step_of(self, child: Self) -> Step {
        if self.kind() == Kind::Sequence {
            return Step::Index(self.items().take_while(|&item| item != child).count() as u32);
        }
        let entry = self.entries().find(|entry| entry.key == child || entry.value == child);
        Step::Key(entry.and_then(|entry| entry.key.key_text()).unwrap_or_default().to_owned())
    }

    pub(crate) fn data(self) -> &'t NodeData {
        &self.tree.nodes[self.id.0 as usize]
    }

    fn extra(self) -> Option<&'t Extra> {
        self.tree.extras.get(self.data().extra as usize)
    }
}

impl Entry<'_> {
    /// Whether the key is a merge key.
    pub fn is_merge(&self) -> bool {
        self.key.is_merge_key()
    }

    /// From the start of the key to the end of the value, anchors and tags included.
    pub fn span(&self) -> Span {
        self.key.full_span().cover(self.value.full_span())
    }
}

impl<'t> Scalar<'t> {
    /// What it reads: escapes resolved, lines joined, indentation taken off. Never allocates.
    pub fn text(self) -> Cow<'t, str> {
        Cow::Borrowed(self.text)
    }

    /// The same, borrowed from the tree.
    pub fn as_str(self) -> &'t str {
        self.text
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start: String = self.span().slice(self.tree.text()).chars().take(40).collect();
        write!(f, "{:?}#{}@{}({start:?})", self.kind(), self.id.0, self.span().start)
    }
}

impl std::fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document#{}({:?})", self.index, self.root())
    }
}
