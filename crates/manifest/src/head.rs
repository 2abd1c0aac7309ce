//! What the lines of a document tell that cannot be read as a whole.

use ringfence_yaml::{Document, Node};
use smol_str::SmolStr;

use crate::Head;

/// From the lines of a document: keys at column 0, and the first ones inside `metadata:`. Flow style tells nothing.
/// `text` is the tree's.
pub(crate) fn of(document: Document<'_>, text: &str) -> Head {
    lines(document.span().slice(text))
}

/// From an object of a list.
pub(crate) fn of_node(node: Node<'_>) -> Head {
    let text = |node: Node<'_>, key| plain(node.get(key)?.value.follow()?.scalar()?.as_str());
    let meta = node.get("metadata").and_then(|entry| entry.value.follow());
    Head {
        api_version: text(node, "apiVersion"),
        kind: text(node, "kind"),
        name: meta.and_then(|meta| text(meta, "name")),
        namespace: meta.and_then(|meta| text(meta, "namespace")),
    }
}

fn lines(text: &str) -> Head {
    let mut head = Head::default();
    let mut in_metadata = false;
    let mut indent = None;
    for line in text.lines() {
        let body = line.trim_start();
        let depth = line.len() - body.len();
        let Some((key, value)) = body.split_once(':').filter(|_| !body.starts_with('#')) else { continue };
        if depth == 0 {
            in_metadata = key == "metadata";
            indent = None;
        }
        let slot = match (depth, key) {
            (0, "apiVersion") => &mut head.api_version,
            (0, "kind") => &mut head.kind,
            (1.., "name") if in_metadata && depth == *indent.get_or_insert(depth) => &mut head.name,
            (1.., "namespace") if in_metadata && depth == *indent.get_or_insert(depth) => &mut head.namespace,
            (1.., _) => {
                indent.get_or_insert(depth);
                continue;
            }
            _ => continue,
        };
        *slot = slot.take().or_else(|| plain(value));
    }
    head
}

/// A value that is what it seems: no placeholder, no anchor, no comment left in it.
fn plain(value: &str) -> Option<SmolStr> {
    let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    let odd =
        value.is_empty() || value.contains("{{") || value.contains("${") || value.starts_with(['&', '*', '!', '{']);
    (!odd).then(|| SmolStr::new(value))
}
