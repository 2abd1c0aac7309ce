//! Exit codes, the same for every format.

use crate::support::{BROKEN, CLEAN, Folder, INFO, OTHER, WARNING};

const FORMATS: [&str; 5] = ["full", "concise", "json", "sarif", "github"];

/// The code of `check` with `arguments`, which must be the same in every format.
fn code(folder: &Folder, arguments: &str) -> i32 {
    let codes = FORMATS.map(|format| folder.run(&format!("check --format {format} {arguments}")).code);
    assert!(codes.iter().all(|code| *code == codes[0]), "{arguments}: {codes:?}");
    codes[0]
}

#[test]
fn nothing_found_is_0() {
    assert_eq!(code(&Folder::with("a.yaml", CLEAN), ""), 0);
}

#[test]
fn an_error_is_1_unless_nothing_is_to_fail() {
    let folder = Folder::with("a.yaml", CLEAN).and("b.yaml", BROKEN);
    assert_eq!(code(&folder, ""), 1);
    assert_eq!(code(&folder, "--fail-on error"), 1);
    assert_eq!(code(&folder, "--fail-on never"), 0);
}

#[test]
fn a_warning_is_1_unless_only_errors_are_to_fail() {
    let folder = Folder::with("a.yaml", WARNING);
    assert_eq!(code(&folder, ""), 1);
    assert_eq!(code(&folder, "--fail-on error"), 0);
    let folder = folder.and("ringfence.yaml", "fail-on: error\n");
    assert_eq!(code(&folder, ""), 0);
    assert_eq!(code(&folder, "--fail-on warning"), 1, "the command line wins");
}

#[test]
fn information_never_fails_a_run() {
    let folder = Folder::with("a.yaml", INFO);
    assert_eq!(folder.run("check --format json").findings().len(), 1);
    assert_eq!(code(&folder, ""), 0);
    assert_eq!(folder.run("check --fail-on info").code, 2, "it is no choice");
}

#[test]
fn the_configuration_may_name_what_fails_and_the_command_line_wins() {
    let folder = Folder::with("b.yaml", BROKEN).and("ringfence.yaml", "fail-on: error\n");
    assert_eq!(code(&folder, ""), 1);
    assert_eq!(code(&folder, "--fail-on never"), 0);
}

#[test]
fn a_missing_path_is_2_and_wins_over_findings_which_are_still_reported() {
    let folder = Folder::with("b.yaml", BROKEN);
    assert_eq!(code(&folder, "b.yaml missing.yaml"), 2);
    let ran = folder.run("check --format json b.yaml missing.yaml");
    assert_eq!(ran.findings(), [("b.yaml".into(), "unreadable-document".into())]);
    assert!(ran.err.contains("error: `missing.yaml` does not exist"), "{}", ran.err);
}

#[test]
fn wrong_arguments_are_2_and_write_no_report() {
    let folder = Folder::with("a.yaml", CLEAN);
    for arguments in [
        "",
        "lint",
        "check --format yaml",
        "check --select no-such-rule",
        "check --ignore no-such-rule",
        "check --unsafe-fixes",
        "check --diff --format json",
        "check --config a --no-config",
        "check --config missing.yaml",
        "check --cilium-version new",
        "check --fix -",
        "explain no-such-rule",
    ] {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments}: {}", ran.err);
        assert!(!ran.err.is_empty(), "{arguments}");
    }
}

#[test]
fn no_kubernetes_document_is_3() {
    let folder = Folder::with("dependabot.yml", OTHER).and("notes.txt", "text").and("empty.yaml", "");
    assert_eq!(code(&folder, ""), 3);
    assert_eq!(code(&folder, "--fail-on never"), 3);
    let ran = folder.run("check . dependabot.yml");
    assert!(ran.err.starts_with("error: no Kubernetes document under `.`, `dependabot.yml`\n"), "{}", ran.err);
    assert_eq!(code(&folder, "missing"), 2, "a missing path wins");
}

#[test]
fn a_template_may_hold_an_object_so_it_is_not_nothing() {
    let chart = "kind: {{ .Values.kind }}\nmetadata:\n  name: x\n";
    assert_eq!(code(&Folder::with("templates/a.yaml", chart), ""), 0);
}
