//! A tree in the notation of the YAML test suite's `test.event`.

use std::fmt::Write;

use ringfence_yaml::{Kind, Node, Style, Tree};

/// One event a line.
pub(crate) fn dump(tree: &Tree) -> String {
    let mut out = String::from("+STR\n");
    for document in tree.documents() {
        out.push_str(if document.is_explicit() { "+DOC ---\n" } else { "+DOC\n" });
        match document.root() {
            Some(root) => node(root, &mut out),
            None => out.push_str("=VAL :\n"),
        }
        let rest = &tree.text()[document.span().end as usize..];
        out.push_str(if rest.starts_with("...") { "-DOC ...\n" } else { "-DOC\n" });
    }
    out + "-STR\n"
}

fn node(node: Node<'_>, out: &mut String) {
    match node.kind() {
        Kind::Mapping => collection(node, "MAP", "{}", out),
        Kind::Sequence => collection(node, "SEQ", "[]", out),
        Kind::Alias => writeln!(out, "=ALI *{}", node.alias().unwrap().name).unwrap(),
        Kind::Scalar => {
            let scalar = node.scalar().unwrap();
            let style = match scalar.style {
                Style::Plain => ':',
                Style::Single => '\'',
                Style::Double => '"',
                Style::Literal => '|',
                Style::Folded => '>',
            };
            writeln!(out, "=VAL{} {style}{}", names(node), escape(scalar.as_str())).unwrap();
        }
    }
}

fn collection(collection: Node<'_>, what: &str, brackets: &str, out: &mut String) {
    let flow = if collection.flow() { format!(" {brackets}") } else { String::new() };
    writeln!(out, "+{what}{flow}{}", names(collection)).unwrap();
    collection.children().for_each(|child| node(child, out));
    writeln!(out, "-{what}").unwrap();
}

fn names(node: Node<'_>) -> String {
    let anchor = node.anchor().map_or(String::new(), |anchor| format!(" &{}", anchor.name));
    node.tag().map_or(anchor.clone(), |tag| format!("{anchor} <{}>", tag.name))
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out
}
