//! Which documents are templates: `{{` outside quotes, block texts and comments.
//!
//! `${{ … }}` is not: workflows of GitHub are read as they stand, by a tool that fills their values in later.

use memchr::memmem;
use ringfence_text::Span;

use crate::tree::{Shape, Tree};
use crate::{Style, rough};

/// Marks the documents of `tree` that are templates.
pub(crate) fn mark(tree: &mut Tree) {
    let text = tree.shared_text();
    let mut from = 0;
    for index in 0..tree.documents.len() {
        let span = tree.documents[index].span;
        from = from.max(span.start as usize);
        // Not past its end: a file of many documents would be searched once for each of them.
        let body = text.as_bytes().get(from..span.end as usize).unwrap_or_default();
        if memmem::find(body, b"{{").is_some() {
            tree.documents[index].template = first(tree, index, span);
        }
    }
}

fn first(tree: &Tree, index: usize, span: Span) -> Option<Span> {
    let text = tree.text();
    let body = span.slice(text);
    let expression = |at: usize| at > 0 && body.as_bytes()[at - 1] == b'$';
    let bare = memmem::find_iter(body.as_bytes(), b"{{").filter(|&at| !expression(at));
    let mut hits = bare.map(|at| span.start + at as u32);
    let hit = if tree.documents[index].broken {
        let known =
            tree.documents[index].nodes.1.checked_sub(1).map_or(span.start, |last| tree.nodes[last as usize].span.end);
        let open = rough::braces(body);
        hits.find(|&at| if at < known { !is_text(tree, at) } else { open.binary_search(&(at - span.start)).is_ok() })
    } else {
        hits.find(|&at| !is_text(tree, at))
    };
    hit.map(|at| Span::new(at, at + braces(&text[at as usize..])))
}

/// From `{{` to its `}}` on the same line, else the two braces.
fn braces(text: &str) -> u32 {
    let line = text.lines().next().unwrap_or_default();
    line.find("}}").map_or(2, |at| at as u32 + 2)
}

/// Whether the byte `at` lies in quotes, in a block text or in a comment.
fn is_text(tree: &Tree, at: u32) -> bool {
    let node = tree.nodes.partition_point(|node| node.span.start <= at);
    let quoted = node
        .checked_sub(1)
        .map(|index| tree.nodes[index])
        .is_some_and(|node| at < node.span.end && matches!(node.shape, Shape::Scalar(style) if style != Style::Plain));
    let comment = tree.comments.partition_point(|comment| comment.span.start <= at);
    quoted || comment.checked_sub(1).is_some_and(|index| at < tree.comments[index].span.end)
}
