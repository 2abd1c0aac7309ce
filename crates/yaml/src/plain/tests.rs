//! The tree of the plain reader is the engine's tree.

use std::path::Path;

use proptest::prelude::*;

use super::read;
use crate::tree::Tree;
use crate::{Limits, parse_with};

#[path = "../../tests/support/generate.rs"]
mod generate;

/// Both trees as they lie in memory; `None` where the text is not plain.
fn both(text: &str) -> Option<(String, String)> {
    let limits = Limits::default();
    let show = |tree: &Tree| {
        let Tree { documents, nodes, extras, cooked, comments, errors, .. } = tree;
        format!("{documents:#?}{nodes:#?}{extras:#?}{cooked:?}{comments:#?}{errors:#?}")
    };
    let mut plain = Tree { nodes: Vec::new(), ..parse_with("", &limits) };
    read(text, &limits)?.fill(&mut plain);
    let mut engine = parse_with("", &limits);
    crate::read::engine(&mut engine, text, &limits);
    Some((show(&plain), show(&engine)))
}

/// Whether the text is plain; if it is, both must agree.
fn agree(text: &str) -> bool {
    let trees = both(text);
    if let Some((plain, engine)) = &trees {
        let differs = plain.lines().zip(engine.lines()).position(|(plain, engine)| plain != engine);
        assert!(plain == engine, "line {differs:?} of the trees of {text:?}\n{plain}\n---- engine\n{engine}");
    }
    trees.is_some()
}

#[test]
fn what_manifests_look_like_is_plain() {
    for text in [
        "",
        "# nothing\n",
        "a: 1\n",
        "a: 1",
        "---\na: b\n---\n---\n# c\nb:\n- 1\n- c: d\n  e:\n    - f\n    - - g\n      - h\n-\n",
        "a: # of\n\n  # below\n  b: \"x\"   # behind\n  'c': ''\nd:\ne:\n",
        "a: [b, \"c\", {d: e}, [], {}]\nb: { x: 1 }\n",
        "a: |\n  x\n\n    y\n\nb: |-\n  z\nc: >-\n  one\n  two\n# c\nd: >\n  x\n",
        "url: https://x.org:80/#y\nneg: -1\nvar: ${X:=1}\nword: ünïcode – yes\n",
        "- a: b\n-   c: d\n    e: f\n- - - g\n- x\n",
        "- |\n  x\n-\n  a: b\n-\n  - c\n",
        "list:\n- a\n- b:\n  - c\n  - d\nother:\n  - e\n",
    ] {
        assert!(agree(text), "{text:?} is not read");
    }
}

#[test]
fn what_is_not_plain_is_left_to_the_engine() {
    for text in [
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: 'it''s'\n",
        "a: \"b\\n\"\n",
        "a: b\n  c\n",
        "a: b: c\n",
        "a: [b,\n  c]\n",
        "a:\tb\n",
        "a: 1\r\nb: 2\r\n",
        "\u{feff}a: 1\n",
        "{\"a\": 1}\n",
        "a: 1\n b: 2\n",
        "  a: 1\n b: 2\n",
        "a:\n  - b\n c: d\n",
        "<<: {a: b}\n",
        "? a\n: b\n",
        "--- a\n",
        "a: 1\n...\n",
        "%YAML 1.2\n---\na: 1\n",
        "a: \"b\"c\n",
        "a: \"b\"#c\n",
        "a: |\n\n  x\n",
        "a: |2\n   x\n",
        "a: >\n  x\n\n  y\n",
        "a: {b}\n",
        "a: {b: }\n",
        "a: {{ x }}\n",
        "a\n",
        "- a\nb: c\n",
        "a: \u{1b}\n",
    ] {
        assert!(both(text).is_none(), "{text:?} is read");
    }
}

#[test]
fn files_of_the_corpus_and_of_the_cases_agree() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut plain, mut all) = (0, 0);
    for folder in [crates.join("yaml/tests/corpus"), crates.join("../rules/cases"), crates.join("../examples")] {
        walk(&folder, &mut |text| {
            all += 1;
            plain += usize::from(agree(text));
        });
    }
    assert!(all > 500 && plain * 2 > all, "{plain} of {all} files are plain");
}

fn walk(path: &Path, each: &mut dyn FnMut(&str)) {
    if path.is_dir() {
        for entry in path.read_dir().unwrap() {
            walk(&entry.unwrap().path(), each);
        }
    } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "json") {
        each(&std::fs::read_to_string(path).unwrap());
    }
}

/// Pieces of lines that make plain texts, and texts that nearly are.
fn line() -> impl Strategy<Value = String> {
    let indent = prop::sample::select(vec!["", "", "  ", "  ", "    ", " ", "   ", "      "]);
    let dash = prop::sample::select(vec!["", "", "", "- ", "- - ", "-  ", "-", "---"]);
    let key =
        prop::sample::select(vec!["", "a: ", "b:", "c:  ", "\"d\": ", "'e': ", "f/g.h-i: ", "j :", "k:x: ", "é: "]);
    let value = prop::sample::select(vec![
        "",
        "",
        "",
        "1",
        "x",
        "-1",
        "- y",
        "\"q\"",
        "'r'",
        "''",
        "\"\"",
        "\"a",
        "it's",
        "[]",
        "[a, b]",
        "{a: b}",
        "{}",
        "[a, [b, {c: d}]]",
        "[a,b]",
        "{a: b, c: \"d\"}",
        "[a b]",
        "[-1]",
        "{a:b}",
        "[",
        "|",
        "|-",
        ">",
        ">-",
        "|+",
        "x: y",
        "x:y",
        "x:",
        "a # b",
        "a#b",
        "#",
        "${V}",
        "{{ x }}",
        "~",
        "?",
        "? a",
        ": a",
        ":a",
        "*a",
        "&a",
        "@",
        "`",
        "%",
        "é",
        "a  b ",
        "...",
        "!t",
        "<<",
        "=",
        "+",
        "=x",
        "-",
        "--",
        "---",
        "\\",
        "a, b",
        "[a, ]",
        "[,]",
        "{a}",
        "a]",
        "a}",
        "'",
        "$",
        "(x)",
        "^",
        ";",
        "/x",
        ".x",
        "_",
        ".",
        "<x",
    ]);
    let comment = prop::sample::select(vec!["", "", "", "", " # c", "# d", "   ", " #", " "]);
    (indent, dash, key, value, comment)
        .prop_map(|(indent, dash, key, value, comment)| format!("{indent}{dash}{key}{value}{comment}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn random_lines_agree(lines in prop::collection::vec(line(), 0..7), ends in any::<bool>()) {
        agree(&(lines.join("\n") + if ends { "\n" } else { "" }));
    }

    #[test]
    fn generated_documents_agree(document in generate::document()) {
        agree(&generate::render(&document));
    }
}
