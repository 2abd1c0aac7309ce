//! What is read.

use crate::support::{BROKEN, CLEAN, Folder, INFO};

#[test]
fn standard_input_is_read_under_its_name() {
    let folder = Folder::new();
    assert_eq!(folder.pipe("check --format json -", INFO).findings()[0].0, "<stdin>");
    let named = folder.pipe("check --format json - --stdin-filename deploy/a.yaml", INFO);
    assert_eq!(named.findings()[0].0, "deploy/a.yaml");
    assert_eq!(folder.pipe("check -", CLEAN).code, 0);
    assert_eq!(folder.pipe("check -", "").code, 3);
}

#[test]
fn standard_input_stands_for_the_file_of_its_name() {
    let folder = Folder::with("deploy/a.yaml", INFO).and("deploy/b.yaml", &INFO.replace("shop", "web"));
    let ran = folder.pipe("check --format json deploy - --stdin-filename deploy/a.yaml", CLEAN);
    assert_eq!(ran.findings(), [("deploy/b.yaml".into(), "unused-suppression".into())]);
    assert_eq!(ran.json()["summary"]["files"], 2);
}

#[test]
fn folders_are_walked_and_git_knows_what_to_leave_out() {
    let folder = Folder::with(".gitignore", "vendor/\n")
        .and("vendor/a.yaml", BROKEN)
        .and(".hidden/a.yaml", BROKEN)
        .and("notes.md", "```yaml\nkind: [\n```\n")
        .and("a.yaml", CLEAN);
    let ran = folder.run("check --format json");
    assert_eq!((ran.code, ran.json()["summary"]["files"].as_u64()), (0, Some(1)));
    assert_eq!(folder.run("check vendor/a.yaml").code, 1, "a named file is always read");
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let folder = Folder::with("a.yaml", INFO);
    assert_eq!(folder.run("check --format json a.yaml a.yaml").findings().len(), 1);
}

#[test]
fn what_is_no_text_is_a_finding_with_its_place() {
    let folder = Folder::with("a.yaml", CLEAN);
    std::fs::write(folder.path().join("b.yaml"), b"apiVersion: v1\nkind: Pod\nb: \xe4\n").unwrap();
    let ran = folder.run("check --format concise");
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("b.yaml:3:4: error[unreadable-document] "), "{}", ran.out);
}
