//! What the reader makes of small texts: documents, spans, names, errors.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use ringfence_yaml::{Document, ErrorKind, Kind, Limits, Node, Step, Style, Tree, merge, parse, parse_with};

fn root(tree: &Tree) -> Node<'_> {
    tree.document(0).unwrap().root().unwrap()
}

fn raw<'t>(tree: &'t Tree, node: Node<'t>) -> &'t str {
    node.span().slice(tree.text())
}

fn get<'t>(node: Node<'t>, key: &str) -> Node<'t> {
    node.get(key).unwrap().value
}

#[test]
fn every_value_has_its_exact_span() {
    let tree = parse("a: &x !!str 'it''s'\nb:\n- 1\n-\n- &q\n  z: *x\nc: {d: [e, f: g], h}\n");
    let root = root(&tree);
    assert_eq!(raw(&tree, root), "a: &x !!str 'it''s'\nb:\n- 1\n-\n- &q\n  z: *x\nc: {d: [e, f: g], h}");
    let a = get(root, "a");
    assert_eq!((raw(&tree, a), a.scalar().unwrap().as_str()), ("'it''s'", "it's"));
    assert_eq!((a.anchor().unwrap().name, a.anchor().unwrap().span.slice(tree.text())), ("x", "&x"));
    assert_eq!((a.tag().unwrap().name, a.tag().unwrap().span.slice(tree.text())), ("tag:yaml.org,2002:str", "!!str"));
    let b = get(root, "b");
    assert_eq!(raw(&tree, b), "- 1\n-\n- &q\n  z: *x");
    let items: Vec<_> = b.items().collect();
    assert_eq!(items[1].span().start, tree.text().find("\n- &q").unwrap() as u32, "a missing item is after its dash");
    let alias = get(items[2], "z").alias().unwrap();
    assert_eq!((alias.name, alias.target), ("x", Some(a)));
    assert_eq!(raw(&tree, get(root, "c")), "{d: [e, f: g], h}");
    let pair = get(get(root, "c"), "d").items().nth(1).unwrap();
    assert_eq!((raw(&tree, pair), pair.kind(), pair.flow()), ("f: g", Kind::Mapping, true));
}

#[test]
fn a_missing_value_is_an_empty_scalar_after_the_colon() {
    let tree = parse("a:   # why\nb: &x\nc: !!str\nd:\n");
    for (key, at) in [("a", 2), ("b", 16), ("c", 25), ("d", 28)] {
        let value = get(root(&tree), key);
        assert_eq!((value.span().start, value.span().len()), (at, 0), "{key}");
        assert!(value.is_null_text());
    }
}

#[test]
fn block_texts_span_from_their_head_to_their_last_line() {
    let tree = parse("a: |\n  x\n\n  y\n\n\nb: >- # c\n  z\n\nc: |+\n  k\n\n\nd: |2\n    m\n");
    let root = root(&tree);
    for (key, span, text, style) in [
        ("a", "|\n  x\n\n  y", "x\n\ny\n", Style::Literal),
        ("b", ">- # c\n  z", "z", Style::Folded),
        ("c", "|+\n  k\n\n", "k\n\n\n", Style::Literal),
        ("d", "|2\n    m", "  m\n", Style::Literal),
    ] {
        let node = get(root, key);
        let scalar = node.scalar().unwrap();
        assert_eq!((raw(&tree, node), scalar.as_str(), scalar.style), (span, text, style));
    }
}

#[test]
fn a_block_text_that_keeps_its_lines_ends_before_the_next_indentation() {
    let tree = parse("m:\n  a: |+\n    x\n\n  b: 1\n");
    assert_eq!(raw(&tree, get(get(root(&tree), "m"), "a")), "|+\n    x\n");
}

#[test]
fn documents_are_kept_apart() {
    let tree = parse("\u{feff}# head\na: 1\n---\n---\n# only a comment\n--- b\n...\n# between\nc: 2\n");
    let documents: Vec<_> = tree.documents().collect();
    assert_eq!(documents.len(), 5);
    let roots: Vec<_> = documents.iter().map(|document| document.root().map(|root| raw(&tree, root))).collect();
    assert_eq!(roots, [Some("a: 1"), None, None, Some("b"), Some("c: 2")]);
    assert_eq!(documents[2].span().slice(tree.text()), "\n# only a comment\n");
    assert_eq!(documents[4].span().slice(tree.text()), "# between\nc: 2\n");
    assert_eq!(tree.errors(), []);
}

#[test]
fn comments_know_whether_they_own_their_line() {
    let tree = parse("# a\nk: v # b\n\t# tab\nl: |\n  # text\n");
    let comments: Vec<_> = tree.comments().iter().map(|c| (c.span.slice(tree.text()), c.own_line)).collect();
    assert_eq!(comments, [("# a", true), ("# b", false), ("# tab", true)]);
}

#[test]
fn an_error_in_one_document_never_loses_another() {
    for bad in [
        "a: [1, 2\n",
        "a: \"x\n",
        "a: 'x\n",
        "a: b: c\n",
        "a: {b: c\n",
        "- a\nb: c\n",
        "a: @x\n",
        "a: |\n  x\n y\n",
        "a:\n\t- b\n",
        "%x\na: 1\n",
        "a: 1\0\nb: 2\n",
        "@\n",
    ] {
        let tree = parse(&format!("first: 1\n---\n{bad}---\nlast: 2\n"));
        let texts: Vec<_> = tree.documents().map(Document::is_broken).collect();
        assert_eq!(texts, [false, true, false], "{bad:?}");
        assert_eq!(tree.errors().len(), 1, "{bad:?}: {:?}", tree.errors());
        assert_eq!(tree.errors()[0].document, 1);
        let last = tree.document(2).unwrap().root().unwrap();
        assert_eq!(get(last, "last").scalar().unwrap().as_str(), "2");
    }
}

#[test]
fn what_stands_before_an_error_is_kept() {
    let tree = parse("kind: NetworkPolicy\nspec:\n  podSelector: {}\n  ingress: [{from: [}\n");
    let root = root(&tree);
    assert_eq!(get(root, "kind").scalar().unwrap().as_str(), "NetworkPolicy");
    assert_eq!(raw(&tree, get(get(root, "spec"), "podSelector")), "{}");
    assert!(tree.document(0).unwrap().is_broken());
}

#[test]
fn an_unknown_alias_is_an_error_in_a_whole_document() {
    let tree = parse("a: *nobody\nb: &nobody 1\n");
    assert_eq!(tree.errors()[0].kind, ErrorKind::UnknownAlias);
    assert_eq!(tree.errors()[0].span.slice(tree.text()), "*nobody");
    assert!(!tree.document(0).unwrap().is_broken());
    assert_eq!(get(root(&tree), "a").alias().unwrap().target, None);
}

#[test]
fn an_alias_means_the_latest_anchor_of_its_name() {
    let tree = parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n");
    let root = root(&tree);
    let target = |key| get(root, key).alias().unwrap().target.unwrap();
    assert_eq!((target("b"), target("d")), (get(root, "a"), get(root, "c")));
    let repeated: Vec<_> = tree.repeated_anchors().collect();
    assert_eq!(repeated, [(get(root, "a"), get(root, "c"))]);
}

#[test]
fn repeated_keys_are_kept_and_named() {
    let tree = parse("a: 1\nb: {x: 1, 'x': 2, x: 3}\na: 4\n<<: {}\n<<: {}\n");
    let place = |node| (raw(&tree, node), node.span().start);
    let pairs: Vec<_> = tree.duplicate_keys().map(|(first, again)| (place(first), place(again))).collect();
    assert_eq!(pairs, [(("x", 9), ("'x'", 15)), (("x", 9), ("x", 23)), (("a", 0), ("a", 29))]);
    assert_eq!(get(root(&tree), "a").scalar().unwrap().as_str(), "4", "the last one counts");
}

#[test]
fn merge_keys_bring_entries_with_their_provenance() {
    let tree = parse(
        "base: &b {x: 1, y: 2}\nmore: &m {<<: *b, y: 3, z: 4}\nuse: {<<: [*m, *b], x: 5, w: 6}\nlate: {x: 7, <<: *b}\n",
    );
    let text = |entry: merge::Merged<'_>| {
        let via = entry.via.map_or("", |via| via.slice(tree.text()));
        format!("{}={}{via}", entry.key.span().slice(tree.text()), entry.value.span().slice(tree.text()))
    };
    let show = |key| merge::entries(get(root(&tree), key)).map(text).collect::<Vec<_>>().join(" ");
    assert_eq!(show("more"), "y=3 z=4 x=1*b");
    assert_eq!(show("use"), "x=5 w=6 y=3*m z=4*m");
    assert_eq!(show("late"), "x=7 y=2*b");
    let overridden = merge::overridden(get(root(&tree), "late"));
    assert_eq!(overridden.len(), 1);
    assert_eq!((raw(&tree, overridden[0].0.value), raw(&tree, overridden[0].1.value)), ("7", "1"));
    assert_eq!(merge::overridden(get(root(&tree), "use")), []);
}

#[test]
fn merges_that_go_in_circles_end() {
    let tree = parse("a: &a\n  <<: [*a, {b: 1}]\n  c: 2\n");
    assert_eq!(merge::entries(get(root(&tree), "a")).count(), 2);
    assert!(merge::is_mergeable(&get(root(&tree), "a").entries().next().unwrap()));
    let wrong = parse("a: {<<: 1}");
    assert!(!merge::is_mergeable(&get(root(&wrong), "a").entries().next().unwrap()));
}

#[test]
fn large_mappings_merge_as_small_ones_do() {
    let many: String = (0..40).fold(String::new(), |text, n| text + &format!("  k{n}: {n}\n"));
    let tree = parse(&format!("base: &b\n{many}use:\n{many}  <<: *b\n  extra: 1\n  k3: again\n"));
    let entries: Vec<_> = merge::entries(get(root(&tree), "use")).collect();
    assert_eq!(entries.len(), 41);
    assert!(entries.iter().all(|entry| entry.via.is_none()));
    assert_eq!(raw(&tree, entries[3].value), "again");
}

#[test]
fn templates_are_told_per_document() {
    for (text, template) in [
        ("a: {{ x }}\n", Some("{{ x }}")),
        ("a: b\n{{- if .x }}\nc: d\n{{- end }}\n", Some("{{- if .x }}")),
        ("a: \"{{ x }}\" # {{ y }}\nb: '{{ z }}'\nc: |\n  {{ w }}\n", None),
        ("a: b{{ x }}c\n", Some("{{ x }}")),
        ("a: \"{{ printf \"x\" }}\"\n", Some("{{ printf \"x\" }}")),
        ("a: [1\nb: |\n  {{ x }}\n", None),
        ("a: {b: {c: d}}\n", None),
        ("on: ${{ x.y }}\nb: c ${{ z }}\n", None),
        ("a: ${{ x }} {{ y }}\n", Some("{{ y }}")),
        ("{{ if x }}", Some("{{ if x }}")),
        ("a:\n  {{- toYaml .x\n | nindent 2 }}", Some("{{")),
    ] {
        let tree = parse(&format!("x: 1\n---\n{text}\n---\ny: 2\n"));
        let templates: Vec<_> = tree.documents().map(|d| d.template().map(|span| span.slice(tree.text()))).collect();
        assert_eq!(templates, [None, template, None], "{text:?} {:?}", tree.errors());
    }
}

#[test]
fn a_path_leads_to_the_node_under_a_byte() {
    let tree = parse("spec:\n  ports:\n  - port: 80\n  - {port: 443}\n");
    let at = |text: &str| tree.path_at(tree.text().find(text).unwrap() as u32);
    let key = |text: &str| Step::Key(text.to_owned());
    assert_eq!(at("443"), [key("spec"), key("ports"), Step::Index(1), key("port")]);
    assert_eq!(at("ports"), [key("spec"), key("ports")]);
    let start = tree.text().find("80").unwrap() as u32;
    let node = tree.node_at(ringfence_text::Span::new(start, start + 2)).unwrap();
    assert_eq!((raw(&tree, node), node.path()), ("80", at("80")));
}

#[test]
fn limits_are_one_clear_error_each() {
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    let kinds = |tree: &Tree| tree.errors().iter().map(|error| error.kind).collect::<Vec<_>>();
    let long = parse_with("a: 1\nb: 2\n", &limits(|l| l.bytes = 5));
    assert_eq!((kinds(&long), long.documents().len()), (vec![ErrorKind::Limit], 0));
    let many = parse_with("a: 1\n---\nb: [1, 2, 3]\n---\nc: 1\n", &limits(|l| l.nodes = 6));
    assert_eq!((kinds(&many), many.documents().len()), (vec![ErrorKind::Limit], 2));
    for deep in ["[", "- ", "{a: ", "? "] {
        let tree = parse(&format!("{}\n---\nok: 1\n", deep.repeat(100_000)));
        assert_eq!((kinds(&tree), tree.documents().len()), (vec![ErrorKind::Limit], 2), "{deep:?}");
        assert!(tree.document(1).unwrap().root().is_some());
    }
}

#[test]
fn trees_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Tree>();
}

#[test]
fn quoted_lines_no_deeper_than_their_key_are_read_as_kubectl_reads_them() {
    let text =
        "a:\n- b: 'one {\"x\": 1}\n  two ''quoted''\n\n  three'\n  c: \"four\n  \\\"five\\\"\n  six\"\n  d: 7\ne: 8\n";
    let tree = parse(text);
    assert!(tree.errors().is_empty(), "{:?}", tree.errors());
    let root = tree.documents().next().unwrap().root().unwrap();
    let item = root.get("a").unwrap().value.items().next().unwrap();
    let value = |key: &str| item.get(key).unwrap().value.scalar().unwrap().as_str().to_owned();
    assert_eq!(value("b"), "one {\"x\": 1} two 'quoted'\nthree");
    assert_eq!(value("c"), "four \"five\" six");
    assert_eq!(value("d"), "7");
    assert_eq!(item.get("c").unwrap().value.span().slice(text), "\"four\n  \\\"five\\\"\n  six\"");
    assert_eq!(root.get("e").unwrap().value.span().slice(text), "8");
}

#[test]
fn a_quoted_text_that_never_ends_is_an_error_all_the_same() {
    for text in ["a: \"b\nc\nd: e\n", "a: 'b\nc\n---\nd: e\n", "a: \"b\tc\nd\"\n"] {
        assert!(!parse(text).errors().is_empty(), "{text:?}");
    }
}
