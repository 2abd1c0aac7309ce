//! Names given twice: keys of one mapping, anchors of one document.

use std::collections::BTreeMap;

use crate::node::{Kind, Node};
use crate::tree::Tree;

/// The first key and the repeated one, by the place of the repeated one.
pub(crate) fn keys(tree: &Tree) -> Vec<(Node<'_>, Node<'_>)> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for mapping in tree.nodes().filter(|node| node.kind() == Kind::Mapping) {
        keys_of(mapping, &mut seen, &mut found);
    }
    found.sort_by_key(|(_, repeated)| repeated.id());
    found
}

fn keys_of<'t>(mapping: Node<'t>, seen: &mut Vec<(&'t str, Node<'t>)>, found: &mut Vec<(Node<'t>, Node<'t>)>) {
    seen.clear();
    let own = mapping.entries().filter(|entry| !entry.is_merge());
    seen.extend(own.filter_map(|entry| Some((entry.key.key_text()?, entry.key))));
    seen.sort_by_key(|&(text, key)| (text, key.id()));
    for same in seen.chunk_by(|a, b| a.0 == b.0) {
        found.extend(same.iter().skip(1).map(|&(_, repeated)| (same[0].1, repeated)));
    }
}

/// The earlier anchored node and the later one of the same name.
pub(crate) fn anchors(tree: &Tree) -> Vec<(Node<'_>, Node<'_>)> {
    let mut found = Vec::new();
    for document in tree.documents() {
        let mut latest = BTreeMap::new();
        for node in document.nodes() {
            let Some(anchor) = node.anchor() else { continue };
            if let Some(earlier) = latest.insert(anchor.name, node) {
                found.push((earlier, node));
            }
        }
    }
    found
}
