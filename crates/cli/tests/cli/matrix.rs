//! `matrix` and `graph`.

use std::path::Path;

use crate::support::{Folder, OTHER, Ran, WARNING};

fn example(arguments: &str) -> Ran {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Folder::new().command();
    command.current_dir(root).args(arguments.split_whitespace());
    Ran::of(&command.output().unwrap())
}

#[test]
fn the_examples_as_tables() {
    for name in ["seed-architecture", "seed-architecture-fixed"] {
        let ran = example(&format!("matrix -q examples/{name}"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(format!("matrix-{name}"), ran.out);
        });
    }
}

#[test]
fn the_examples_as_graphs() {
    for name in ["seed-architecture", "seed-architecture-fixed"] {
        let ran = example(&format!("graph -q --format mermaid examples/{name}"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(format!("graph-{name}"), ran.out);
        });
    }
}

#[test]
fn every_format_is_written() {
    let folder = Folder::with("a.yaml", WARNING);
    let starts = [
        ("matrix", ""),
        ("matrix --by profile", ""),
        ("matrix --by workload --format csv", "source,destination,"),
        ("matrix --format markdown", "| from | to | ports |"),
        ("graph", "digraph ringfence {"),
        ("graph --format mermaid", "flowchart LR"),
        ("graph --format svg --by workload", "<?xml"),
        ("graph --format html", "<!DOCTYPE html>"),
    ];
    for (arguments, start) in starts {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments}");
        assert!(ran.out.starts_with(start) && !ran.out.is_empty(), "{arguments}: {}", ran.out);
    }
    assert_eq!(folder.run("matrix --format json").json()["by"], "namespace");
}

#[test]
fn a_graph_may_go_to_a_file() {
    let folder = Folder::with("a.yaml", WARNING);
    let ran = folder.run("graph --format svg --output net.svg");
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert_eq!(folder.read("net.svg"), folder.run("graph --format svg").out);
    assert_eq!(folder.run("graph --output missing/net.dot").code, 2);
}

#[test]
fn what_cannot_be_asked_says_so() {
    assert_eq!(Folder::with("a.yaml", OTHER).run("matrix").code, 2);
    assert_eq!(Folder::with("a.yaml", WARNING).run("matrix --by pod").code, 2);
}
