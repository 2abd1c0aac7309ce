//! Half of a file is what an editor sends all day: every cut of the corpus is read, and every tree keeps its invariants.

mod support;

use ringfence_yaml::{Limits, Node, Tree, merge, parse, parse_with, placeholder};
use support::{corpus, invariants};

#[test]
fn every_file_of_the_corpus_keeps_the_invariants() {
    let files = corpus::files();
    assert!(files.len() >= 30, "the corpus has {} files", files.len());
    for (name, text) in files {
        println!("{name}");
        let tree = parse(&text);
        everything(&tree);
        invariants::slices(&tree);
        let whole = name.starts_with("broken") || name.starts_with("helm") || name.starts_with("many-small");
        assert_eq!(tree.errors().is_empty(), !whole, "{:?}", tree.errors());
    }
}

#[test]
fn every_prefix_of_a_small_file_is_read() {
    for (name, text) in corpus::files().iter().filter(|(_, text)| text.len() <= 2048) {
        println!("{name}");
        for end in 0..=text.len() {
            // A cut inside a character is what `from_utf8_lossy` makes of it.
            everything(&parse(&String::from_utf8_lossy(&text.as_bytes()[..end])));
        }
    }
}

#[test]
fn large_files_are_read_up_to_every_line_and_to_64_places_within() {
    for (name, text) in corpus::files().iter().filter(|(_, text)| text.len() > 2048) {
        println!("{name}");
        let lines = text.match_indices('\n').map(|(at, _)| at + 1);
        let mut seed = 0x2545_F491_4F6C_DD1D_u64;
        let cuts = (0..64).map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % text.len() as u64).unwrap_or_default()
        });
        for end in lines.chain(cuts.collect::<Vec<_>>()) {
            everything(&parse(&String::from_utf8_lossy(&text.as_bytes()[..end])));
        }
    }
}

#[test]
fn small_limits_end_every_file_in_order() {
    let limits = Limits { depth: 3, nodes: 20, ..Limits::default() };
    for (_, text) in corpus::files() {
        everything(&parse_with(&text, &limits));
    }
}

/// Asks a tree all it can answer.
fn everything(tree: &Tree) {
    invariants::spans(tree);
    for node in tree.nodes().take(40) {
        assert_eq!(tree.node_at(node.span()).map(Node::span), Some(node.span()));
    }
    for node in tree.nodes() {
        merge::entries(node).for_each(drop);
        merge::overridden(node);
        if let Some(scalar) = node.scalar() {
            placeholder::of(scalar.as_str());
            ringfence_yaml::core11::resolve(node);
            ringfence_yaml::core12::resolve(node);
        }
    }
    tree.path_at(tree.text().len() as u32 / 2);
    tree.duplicate_keys().for_each(drop);
    tree.repeated_anchors().for_each(drop);
}
