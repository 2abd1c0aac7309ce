//! `--fix` and `--diff`.

use std::fs;
use std::process::Command;

use crate::support::{BROKEN, CLEAN, Folder, INFO, WARNING};

#[test]
fn a_fix_is_made_on_disk_once() {
    let folder = Folder::with("a.yaml", INFO).and("b.yaml", &INFO.replace("shop", "web").replace('\n', "\r\n"));
    let ran = folder.run("check --fix");
    assert_eq!((ran.code, ran.err.as_str()), (0, "made 2 fixes in 2 files\n"));
    assert!(ran.out.starts_with("no findings in 2 files"), "{}", ran.out);
    assert_eq!(folder.read("a.yaml"), CLEAN);
    assert_eq!(folder.read("b.yaml"), CLEAN.replace("shop", "web").replace('\n', "\r\n"), "line breaks stay");
    assert_eq!(folder.run("check --fix").err, "", "there is nothing left to do");
}

#[test]
fn what_is_left_is_reported() {
    let folder = Folder::with("a.yaml", INFO).and("b.yaml", BROKEN);
    let ran = folder.run("check --fix --format json");
    assert_eq!(ran.code, 1);
    assert_eq!(ran.findings(), [("b.yaml".into(), "unreadable-document".into())]);
    assert_eq!(folder.read("b.yaml"), BROKEN);
}

#[test]
fn what_changes_traffic_is_changed_only_when_asked_for() {
    let folder = Folder::with("a.yaml", WARNING);
    assert_eq!(folder.run("check --diff").code, 0);
    let ran = folder.run("check --fix");
    assert_eq!((ran.code, folder.read("a.yaml").as_str()), (1, WARNING));
    assert_eq!(ran.err, "1 can be mended with `--fix --unsafe-fixes`\n");
    assert_eq!(folder.run("check --diff --unsafe-fixes").code, 1);
    let ran = folder.run("check --fix --unsafe-fixes");
    assert_eq!((ran.code, ran.err.as_str()), (0, "made 1 fix in 1 file\n"), "{}", ran.out);
    assert!(folder.read("a.yaml").contains("port: 53"));
}

#[test]
fn a_diff_changes_nothing_and_says_what_a_fix_would() {
    let folder = Folder::with("a.yaml", INFO);
    let ran = folder.run("check --diff");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let expected = "\
--- a.yaml
+++ a.yaml
@@ -1,4 +1,4 @@
 apiVersion: v1
 kind: Namespace
 metadata:
-  name: shop # ringfence: ignore[no-such-rule] left behind
+  name: shop
";
    assert_eq!(ran.out, expected);
    assert_eq!(folder.read("a.yaml"), INFO);
}

#[test]
fn a_diff_beside_a_fix_still_changes_nothing() {
    let folder = Folder::with("a.yaml", INFO);
    let both = folder.run("check --fix --diff");
    assert_eq!((both.code, both.out), (1, folder.run("check --diff").out));
    assert_eq!(folder.read("a.yaml"), INFO);
}

#[test]
fn a_diff_applies_and_then_there_is_none() {
    // No line break at the end.
    let text = format!("{INFO}---\n{}", INFO.replace("shop", "web").trim_end());
    let folder = Folder::with("deploy/a.yaml", &text).and("deploy/b.yaml", &INFO.replace("shop", "api"));
    let diff = folder.run("check --diff").out;
    fs::write(folder.path().join("fix.diff"), &diff).unwrap();
    let applied = Command::new("git").current_dir(folder.path()).args(["apply", "-p0", "fix.diff"]).output().unwrap();
    assert!(applied.status.success(), "{diff}\n{}", String::from_utf8_lossy(&applied.stderr));
    let by_diff = (folder.read("deploy/a.yaml"), folder.read("deploy/b.yaml"));
    assert_ne!(by_diff.0, text);
    let ran = folder.run("check --diff");
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    let other = Folder::with("deploy/a.yaml", &text).and("deploy/b.yaml", &INFO.replace("shop", "api"));
    other.run("check --fix");
    assert_eq!((other.read("deploy/a.yaml"), other.read("deploy/b.yaml")), by_diff, "`--fix` does what `--diff` shows");
}

#[test]
fn a_diff_of_standard_input_is_that_of_the_file_it_stands_for() {
    let ran = Folder::new().pipe("check --diff - --stdin-filename a.yaml", INFO);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("--- a.yaml\n+++ a.yaml\n"), "{}", ran.out);
}

#[test]
fn a_diff_with_nothing_to_change_follows_the_other_exit_codes() {
    assert_eq!(Folder::with("a.yaml", BROKEN).run("check --diff").code, 0, "findings do not count here");
    assert_eq!(Folder::new().run("check --diff").code, 3);
    assert_eq!(Folder::with("a.yaml", INFO).run("check --diff . missing").code, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_an_error_of_operation() {
    let folder = Folder::with("b.yaml", &INFO.replace("shop", "web"));
    // The device that stands for a full disk: permissions do not hold the superuser back.
    let ran = folder.run("check --fix --output-file /dev/full");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`/dev/full` cannot be written"), "{}", ran.err);
    assert_eq!(folder.read("b.yaml"), CLEAN.replace("shop", "web"), "what could be done is done");
}
