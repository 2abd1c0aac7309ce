//! Every edit: applied, the text is as wanted, reads as wanted, and every comment is still there.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use ringfence_text::{Edit, apply};
use ringfence_yaml::edit::{
    append_entry, append_item, delete_entry, delete_item, insert_entry_after, quote, rename_key, replace_scalar,
};
use ringfence_yaml::{Entry, Node, Tree, parse};

/// Walks to the value at a path such as `spec.ports.0`.
fn at<'t>(tree: &'t Tree, path: &str) -> Node<'t> {
    let root = tree.document(0).unwrap().root().unwrap();
    path.split('.').filter(|step| !step.is_empty()).fold(root, |node, step| match step.parse::<usize>() {
        Ok(index) => node.items().nth(index).unwrap(),
        Err(_) => node.get(step).unwrap().value,
    })
}

fn entry<'t>(tree: &'t Tree, path: &str) -> Entry<'t> {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    at(tree, parent).get(key).unwrap()
}

type Change = fn(&Tree) -> Option<Vec<Edit>>;

/// Applies the change to the text, and to the same text with CRLF.
fn check(before: &str, change: Change, after: &str) {
    for nl in ["\n", "\r\n"] {
        let (before, after) = (before.replace('\n', nl), after.replace('\n', nl));
        let tree = parse(&before);
        assert_eq!(tree.errors(), []);
        let edits = change(&tree).unwrap_or_else(|| panic!("no edit for {before:?}"));
        let edited = apply(&before, &edits).unwrap();
        assert_eq!(edited, after);
        let again = parse(&edited);
        assert_eq!(again.errors(), [], "{edited:?}");
        let comments =
            |tree: &Tree| tree.comments().iter().map(|c| c.span.slice(tree.text()).to_owned()).collect::<Vec<_>>();
        assert_eq!(comments(&again), comments(&tree), "comments of {edited:?}");
    }
}

fn refuse(before: &str, change: Change) {
    assert_eq!(change(&parse(before)), None, "{before:?}");
}

#[test]
fn scalars_keep_their_style() {
    check("a: b # c\n", |t| replace_scalar(at(t, "a"), "web"), "a: web # c\n");
    check("a: b # c\n", |t| replace_scalar(at(t, "a"), "yes"), "a: \"yes\" # c\n");
    check("a: b\n", |t| replace_scalar(at(t, "a"), "1.5"), "a: \"1.5\"\n");
    check("a: b\n", |t| replace_scalar(at(t, "a"), "x: \"y\"\n"), "a: \"x: \\\"y\\\"\\n\"\n");
    check("a: 80\n", |t| replace_scalar(at(t, "a"), "8080"), "a: 8080\n");
    check("a: true\n", |t| replace_scalar(at(t, "a"), "false"), "a: false\n");
    check("a: 80\n", |t| replace_scalar(at(t, "a"), "http"), "a: \"http\"\n");
    check("a: 'b'\n", |t| replace_scalar(at(t, "a"), "it's"), "a: 'it''s'\n");
    check("a: \"b\"\n", |t| replace_scalar(at(t, "a"), "c"), "a: \"c\"\n");
    check("{\"a\":\"b\",c: [d]}\n", |t| replace_scalar(at(t, "c.0"), "x,y"), "{\"a\":\"b\",c: [\"x,y\"]}\n");
    check("a: |\n  x\n  y\nb: 1\n", |t| replace_scalar(at(t, "a"), "z"), "a: \"z\"\nb: 1\n");
    check("a: # c\nb: &x\n", |t| replace_scalar(at(t, "a"), "z"), "a: z # c\nb: &x\n");
    check("a: # c\nb: &x\n", |t| replace_scalar(at(t, "b"), "z"), "a: # c\nb: &x z\n");
    check("- \n-\n", |t| replace_scalar(at(t, "1"), "z"), "- \n- z\n");
    refuse("a: | # c\n  x\n", |t| replace_scalar(at(t, "a"), "z"));
    refuse("a: {}\n", |t| replace_scalar(at(t, "a"), "z"));
}

#[test]
fn plain_scalars_are_quoted() {
    check("a: yes # c\n", |t| quote(at(t, "a")), "a: \"yes\" # c\n");
    check("a: {b: 010}\n", |t| quote(at(t, "a.b")), "a: {b: \"010\"}\n");
    check("a: &x 1_0\n", |t| quote(at(t, "a")), "a: &x \"1_0\"\n");
    refuse("a: 'x'\n", |t| quote(at(t, "a")));
}

#[test]
fn keys_are_renamed() {
    check("a:\n  b: 1 # c\n", |t| rename_key(entry(t, "a.b"), "d"), "a:\n  d: 1 # c\n");
    check("{\"a\": 1}\n", |t| rename_key(entry(t, "a"), "b/c"), "{\"b/c\": 1}\n");
    check("a: 1\n", |t| rename_key(entry(t, "a"), "on"), "\"on\": 1\n");
}

#[test]
fn entries_are_added() {
    check("a: 1 # x\n# y\nb: 2\n", |t| insert_entry_after(entry(t, "a"), "n: 1"), "a: 1 # x\nn: 1\n# y\nb: 2\n");
    check(
        "- a: 1\n  b:\n  - 2\n# y\n- c",
        |t| append_entry(at(t, "0"), "n:\n  m: 1\n\n  o: 2\n"),
        "- a: 1\n  b:\n  - 2\n  n:\n    m: 1\n\n    o: 2\n# y\n- c",
    );
    check(
        "a:\n  b: 1\n  # of b\n    # deeper\nc: 2\n",
        |t| insert_entry_after(entry(t, "a"), "n: 1"),
        "a:\n  b: 1\n  # of b\n    # deeper\nn: 1\nc: 2\n",
    );
    check("a: |\n  x\n\nb: 1", |t| insert_entry_after(entry(t, "a"), "n: 1"), "a: |\n  x\nn: 1\n\nb: 1");
    check("a: 1\nb: 2", |t| append_entry(at(t, ""), "n: 1"), "a: 1\nb: 2\nn: 1");
    check("a: {b: 1, c: 2} # x\n", |t| insert_entry_after(entry(t, "a.b"), "n: 1"), "a: {b: 1, n: 1, c: 2} # x\n");
    check("a: {b: 1,}\n", |t| append_entry(at(t, "a"), "n: 1"), "a: {b: 1, n: 1,}\n");
    check("a: {b: }\n", |t| append_entry(at(t, "a"), "n: 1"), "a: {b: , n: 1 }\n");
    check(
        "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
        |t| append_entry(at(t, ""), "\"n\": 1"),
        "{\n  \"a\": 1,\n  \"b\": 2,\n  \"n\": 1\n}\n",
    );
    check(
        "{\n  a: 1, # x\n  b: 2\n}\n",
        |t| insert_entry_after(entry(t, "a"), "n: 1"),
        "{\n  a: 1, # x\n  n: 1,\n  b: 2\n}\n",
    );
    check("a: {} # x\n", |t| append_entry(at(t, "a"), "n: 1"), "a: {n: 1} # x\n");
    check("a: {} # x\nb: 1\n", |t| append_entry(at(t, "a"), "n:\n  m: 1"), "a: # x\n  n:\n    m: 1\nb: 1\n");
    check("a: # x\nb: 1\n", |t| append_entry(at(t, "a"), "n: 1"), "a: # x\n  n: 1\nb: 1\n");
    refuse("a: {b: 1}\n", |t| append_entry(at(t, "a"), "n:\n  m: 1"));
    refuse("a: [b: 1]\n", |t| append_entry(at(t, "a.0"), "n: 1"));
    refuse("a: |\n  x", |t| append_entry(at(t, ""), "n: 1"));
    refuse("a: 1\n", |t| append_entry(at(t, "a"), "n: 1"));
}

#[test]
fn items_are_added() {
    check("a:\n- 1 # x\nb: 2\n", |t| append_item(at(t, "a"), "n"), "a:\n- 1 # x\n- n\nb: 2\n");
    check("a:\n  - 1\n\nb: 2\n", |t| append_item(at(t, "a"), "n: 1\nm: 2"), "a:\n  - 1\n  - n: 1\n    m: 2\n\nb: 2\n");
    check("- - a\n  - b\n- c\n", |t| append_item(at(t, "0"), "n"), "- - a\n  - b\n  - n\n- c\n");
    check("a: [1, 2] # x\n", |t| append_item(at(t, "a"), "n"), "a: [1, 2, n] # x\n");
    check("a: []\n", |t| append_item(at(t, "a"), "n"), "a: [n]\n");
    check("a: []\n", |t| append_item(at(t, "a"), "n: 1\nm: 2"), "a:\n  - n: 1\n    m: 2\n");
    check("a:\nb: 1\n", |t| append_item(at(t, "a"), "n"), "a:\n  - n\nb: 1\n");
    check("[\n  1,\n  2 # x\n]\n", |t| append_item(at(t, ""), "3"), "[\n  1,\n  2,\n  3 # x\n]\n");
}

#[test]
fn entries_are_deleted() {
    check("# x\na: 1\n# y\nb: 2\n", |t| delete_entry(entry(t, "a")), "# x\n# y\nb: 2\n");
    check("a: 1\nb:\n  c: |\n    x\n\nd: 1\n", |t| delete_entry(entry(t, "b")), "a: 1\n\nd: 1\n");
    check("a: 1\nb: 2", |t| delete_entry(entry(t, "b")), "a: 1\n");
    check("- a: 1\n  b: 2\n- c\n", |t| delete_entry(entry(t, "0.a")), "- b: 2\n- c\n");
    check("- a: 1\n  b: 2\n- c\n", |t| delete_entry(entry(t, "0.b")), "- a: 1\n- c\n");
    check("- a: 1\n- c\n", |t| delete_entry(entry(t, "0.a")), "- {}\n- c\n");
    check("s: # x\n  a: 1\nb: 1\n", |t| delete_entry(entry(t, "s.a")), "s: {} # x\nb: 1\n");
    check("s: {a: 1, b: 2, c: 3}\n", |t| delete_entry(entry(t, "s.a")), "s: {b: 2, c: 3}\n");
    check("s: {a: 1, b: 2, c: 3}\n", |t| delete_entry(entry(t, "s.b")), "s: {a: 1, c: 3}\n");
    check("s: {a: 1, b: 2, c: 3 }\n", |t| delete_entry(entry(t, "s.c")), "s: {a: 1, b: 2 }\n");
    check("s: { a: 1, }\n", |t| delete_entry(entry(t, "s.a")), "s: {}\n");
    refuse("a: 1 # x\nb: 1\n", |t| delete_entry(entry(t, "a")));
    refuse("- a: 1\n  # x\n  b: 1\n", |t| delete_entry(entry(t, "0.a")));
    refuse("a: &x 1\nb: *x\n", |t| delete_entry(entry(t, "a")));
    refuse("? a\n: 1\n? b\n: 2\n", |t| delete_entry(entry(t, "a")));
    refuse("[a: 1]\n", |t| delete_entry(entry(t, "0.a")));
}

#[test]
fn items_are_deleted() {
    check("a:\n# x\n- 1\n# y\n- 2\nb: 1\n", |t| delete_item(at(t, "a.0")), "a:\n# x\n# y\n- 2\nb: 1\n");
    check("a:\n  - b: 1\n    c: 2\n  - 2\n", |t| delete_item(at(t, "a.0")), "a:\n  - 2\n");
    check("a:\n- 1\nb: 1\n", |t| delete_item(at(t, "a.0")), "a: []\nb: 1\n");
    check("a: &x !!seq # c\n- 1\nb: *x\n", |t| delete_item(at(t, "a.0")), "a: &x !!seq [] # c\nb: *x\n");
    check("- - 1\n  - 2\n- 3\n", |t| delete_item(at(t, "0.0")), "- - 2\n- 3\n");
    check("- - 1\n- 3\n", |t| delete_item(at(t, "0.0")), "- []\n- 3\n");
    check("- 1\n-\n- 3\n", |t| delete_item(at(t, "1")), "- 1\n- 3\n");
    check("a: [1, 2, 3]\n", |t| delete_item(at(t, "a.1")), "a: [1, 3]\n");
    check("a: [1]\n", |t| delete_item(at(t, "a.0")), "a: []\n");
    refuse("a:\n- 1 # x\n- 2\n", |t| delete_item(at(t, "a.0")));
    refuse("a:\n- # x\n  b: 1\n- 2\n", |t| delete_item(at(t, "a.0")));
}
