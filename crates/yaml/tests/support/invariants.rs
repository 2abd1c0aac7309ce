//! What holds for every tree, of whatever text.

use ringfence_text::Span;
use ringfence_yaml::{Document, Kind, Node, Style, Tree, parse};

/// Spans lie in the text, children in their parents and in order, documents and comments in order.
pub(crate) fn spans(tree: &Tree) {
    let mut end = 0;
    for document in tree.documents() {
        let span = document.span();
        assert!(span.start >= end, "documents overlap");
        end = span.end;
        on_boundaries(tree, span);
        if let Some(root) = document.root() {
            assert!(root.parent().is_none() && span.contains(root.full_span()), "{root:?} leaves its document");
        }
        document.nodes().for_each(|node| nested(node, span));
        if let Some(template) = document.template() {
            assert!(span.contains(template) && template.slice(tree.text()).starts_with("{{"));
        }
    }
    let mut end = 0;
    for comment in tree.comments() {
        assert!(comment.span.start >= end && comment.span.slice(tree.text()).starts_with('#'), "{comment:?}");
        end = comment.span.end;
    }
    for error in tree.errors() {
        on_boundaries(tree, error.span);
        assert!(!error.message.is_empty());
        assert!(tree.documents().len() == 0 || (error.document as usize) < tree.documents().len());
    }
}

fn nested(node: Node<'_>, document: Span) {
    on_boundaries(node.tree(), node.span());
    assert!(document.contains(node.full_span()), "{node:?} leaves its document");
    assert_eq!(node.document().span(), document);
    let mut end = node.span().start;
    for child in node.children() {
        assert_eq!(child.parent(), Some(node));
        assert!(node.span().contains(child.span()), "{child:?} leaves {node:?}");
        assert!(child.span().start >= end, "{child:?} overlaps its neighbour in {node:?}");
        end = child.span().end;
    }
    for named in [node.anchor(), node.tag()].into_iter().flatten() {
        assert!(named.span.end <= node.span().start, "{named:?} is not before {node:?}");
        on_boundaries(node.tree(), named.span);
    }
    if let Some(target) = node.alias().and_then(|alias| alias.target) {
        assert!(target.id() < node.id() && target.kind() != Kind::Alias);
    }
    if node.kind() == Kind::Mapping {
        assert_eq!(node.children().count(), node.entries().count() * 2);
    }
}

fn on_boundaries(tree: &Tree, span: Span) {
    let text = tree.text();
    assert!(text.get(span.range()).is_some(), "{span:?} is no slice of the text");
}

/// The slice of every scalar, read again in a place of the same kind, has the same text.
pub(crate) fn slices(tree: &Tree) {
    for node in tree.documents().filter(|document| !document.is_broken()).flat_map(Document::nodes) {
        if let Some(scalar) = node.scalar().filter(|scalar| !scalar.raw.is_empty()) {
            let alone = in_place(node, scalar.style);
            let again = parse(&alone);
            let mut scalars = again.nodes().filter_map(Node::scalar);
            let text = scalars.find(|read| read.as_str() != "k").map_or("k", |read| read.as_str());
            assert_eq!(text, scalar.as_str(), "{alone:?} of {node:?}");
        }
    }
}

/// The slice where it stands again as what it was: a key, a value, an item, in brackets or not. A block text goes below a
/// dash, because its indentation may count from there.
fn in_place(node: Node<'_>, style: Style) -> String {
    let raw = node.span().slice(node.tree().text());
    let ends = &node.tree().text()[node.span().end as usize..];
    let block = matches!(style, Style::Literal | Style::Folded);
    let line_break = if block && ends.starts_with(['\n', '\r']) { "\n" } else { "" };
    let parent = node.parent().map(|parent| (parent.kind(), parent.flow(), node.is_key()));
    match (style, parent) {
        (_, None) => format!("{raw}{line_break}"),
        (Style::Literal | Style::Folded, _) => format!("{}- {raw}{line_break}", " ".repeat(outer_indent(node))),
        (_, Some((_, true, true))) => format!("{{ {raw} : k}}"),
        (_, Some((_, true, false))) => format!("[ {raw} ]"),
        (_, Some((Kind::Mapping, false, true))) if raw.contains('\n') => format!("? {raw}"),
        (_, Some((Kind::Mapping, false, true))) => format!("{raw}: k"),
        (_, Some((Kind::Mapping, false, false))) => format!("k: {raw}"),
        (_, Some(_)) => format!("- {raw}"),
    }
}

/// The column of the collection that a block text is indented against.
fn outer_indent(node: Node<'_>) -> usize {
    let text = node.tree().text();
    node.parent().map_or(0, |parent| {
        let before = &text[..parent.span().start as usize];
        let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        before[line..].trim_start_matches('\u{feff}').chars().count()
    })
}
