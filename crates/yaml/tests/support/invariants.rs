//! What holds for every tree, of whatever text.

use ringfence_text::Span;
use ringfence_yaml::{Document, Kind, Node, Style, Tree, core11, core12, edit, merge, parse, placeholder};

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
        (_, None) if block => format!("{raw}{line_break}"),
        (_, None) => format!(" {raw}"),
        (Style::Literal | Style::Folded, _) => format!("{}- {raw}{line_break}", " ".repeat(outer_indent(node))),
        (_, Some((_, true, true))) => format!("{{ {raw}: k}}"),
        (_, Some((_, true, false))) => format!("[ {raw} ]"),
        (_, Some((Kind::Mapping, false, true))) if raw.contains('\n') => format!("? {raw}"),
        (_, Some((Kind::Mapping, false, true))) => format!(" {raw}: k"),
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

/// Asks a tree all it can answer.
pub(crate) fn everything(tree: &Tree) {
    spans(tree);
    for node in tree.nodes().take(40) {
        assert_eq!(tree.node_at(node.span()).map(Node::span), Some(node.span()));
    }
    for node in tree.nodes() {
        merge::entries(node).for_each(drop);
        merge::overridden(node);
        if let Some(scalar) = node.scalar() {
            placeholder::of(scalar.as_str());
            core11::resolve(node);
            core12::resolve(node);
        }
    }
    tree.path_at(tree.text().len() as u32 / 2);
    tree.duplicate_keys().for_each(drop);
    tree.repeated_anchors().for_each(drop);
}

/// Every edit that is offered for a healthy tree leaves a healthy tree, and does what it says.
pub(crate) fn edits(tree: &Tree) {
    if !tree.errors().is_empty() {
        return;
    }
    for node in tree.nodes().take(80) {
        let changed = edit::replace_scalar(node, "new text").map(|edits| after(tree, &edits));
        if let Some(changed) = changed {
            let same = changed.node(node.id()).and_then(Node::scalar).map(|scalar| scalar.as_str().to_owned());
            assert_eq!(same.as_deref(), Some("new text"), "{:?} becomes {:?}", tree.text(), changed.text());
        }
        let mut offered = vec![
            edit::quote(node),
            edit::append_item(node, "n"),
            edit::append_entry(node, "n1: 1"),
            edit::delete_item(node),
        ];
        offered.extend(
            node.entries().flat_map(|entry| [edit::delete_entry(entry), edit::insert_entry_after(entry, "n1: 1")]),
        );
        offered.into_iter().flatten().for_each(|edits| drop(after(tree, &edits)));
    }
}

/// The tree after some edits, which must be as healthy as the one before, and keep its comments.
fn after(tree: &Tree, edits: &[ringfence_text::Edit]) -> Tree {
    let changed = parse(&ringfence_text::apply(tree.text(), edits).unwrap());
    assert_eq!(changed.errors(), [], "{:?} becomes {:?}", tree.text(), changed.text());
    assert_eq!(changed.documents().len(), tree.documents().len());
    assert_eq!(changed.comments().len(), tree.comments().len(), "{:?} becomes {:?}", tree.text(), changed.text());
    changed
}
