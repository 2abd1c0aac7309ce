//! What goes to which stream, and in which shape.

use std::io::Read as _;
use std::process::Stdio;

use crate::support::{BROKEN, CLEAN, Folder, INFO, Ran};

#[test]
fn the_report_goes_to_standard_output_alone() {
    let folder = Folder::with("a.yaml", INFO);
    let full = folder.run("check");
    assert!(full.out.contains("info[unused-suppression]: ") && full.out.contains("1 info in 1 file"), "{}", full.out);
    assert_eq!(full.err, "1 can be mended with `--fix`\n");
    let concise = folder.run("check --format concise");
    assert!(concise.out.starts_with("a.yaml:4:14: info[unused-suppression] "), "{}", concise.out);
    assert_eq!(concise.out.lines().count(), 1);
    assert!(concise.err.starts_with("1 info in 1 file"), "the summary is for people: {}", concise.err);
}

#[test]
fn quiet_writes_no_notes_but_errors() {
    let folder = Folder::with("a.yaml", INFO);
    for format in ["full", "concise", "json", "sarif", "github"] {
        assert_eq!(folder.run(&format!("check -q --format {format}")).err, "", "{format}");
    }
    assert!(folder.run("check -q missing").err.contains("does not exist"));
}

#[test]
fn json_and_sarif_are_json_and_name_paths_as_typed_and_from_the_root() {
    let folder = Folder::with("deploy/a.yaml", INFO);
    let json = folder.run("check --format json deploy").json();
    assert_eq!(json["version"], 1);
    assert_eq!(json["findings"][0]["path"], "deploy/a.yaml");
    assert_eq!(json["summary"]["files"], 1);
    let mut command = folder.command();
    let ran = Ran::of(
        &command.current_dir(folder.path().join("deploy")).args(["check", "--format", "sarif"]).output().unwrap(),
    );
    let sarif = ran.json();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let place = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "deploy/a.yaml");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == "unused-suppression"), "{rules:?}");
}

#[test]
fn github_gets_annotations_and_a_step_summary() {
    let folder = Folder::with("a.yaml", BROKEN).and("b.yaml", INFO);
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let mut command = folder.command();
    command.args(["check", "--format", "github"]).env("GITHUB_STEP_SUMMARY", &summary);
    let ran = Ran::of(&command.output().unwrap());
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("::error file=a.yaml,line="), "errors first: {lines:?}");
    assert!(lines[1].starts_with("::notice file=b.yaml,line=4"), "{lines:?}");
    let written = folder.read("summary.md");
    assert!(written.starts_with("before\n## ringfence\n"), "others write there too: {written}");
    assert!(written.contains("unused-suppression"), "{written}");
}

#[test]
fn other_formats_write_no_step_summary() {
    let folder = Folder::with("a.yaml", CLEAN);
    let summary = folder.path().join("summary.md");
    let mut command = folder.command();
    command.args(["check", "--format", "json"]).env("GITHUB_STEP_SUMMARY", &summary);
    assert_eq!(Ran::of(&command.output().unwrap()).code, 0);
    assert!(!summary.exists());
}

#[test]
fn a_report_may_go_to_a_file() {
    let folder = Folder::with("a.yaml", BROKEN);
    let ran = folder.run("check --color always --output-file report.txt");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    let report = folder.read("report.txt");
    assert!(report.contains("error[unreadable-document]: ") && !report.contains('\u{1b}'), "{report}");
    let ran = folder.run("check --output-file missing/report.txt");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`missing/report.txt` cannot be written"), "{}", ran.err);
}

#[test]
fn colours_follow_the_usual_variables() {
    let folder = Folder::with("a.yaml", BROKEN);
    let coloured = |arguments: &str, variables: &[(&str, &str)]| {
        let mut command = folder.command();
        command.args(arguments.split_whitespace()).envs(variables.iter().copied());
        Ran::of(&command.output().unwrap()).out.contains('\u{1b}')
    };
    assert!(!coloured("check", &[]), "no terminal");
    assert!(coloured("check", &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured("check", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), "NO_COLOR wins");
    assert!(coloured("check --color always", &[("NO_COLOR", "1")]), "the option wins");
    assert!(!coloured("check --color never", &[("CLICOLOR_FORCE", "1")]));
    for format in ["concise", "json", "sarif", "github"] {
        assert!(!coloured(&format!("check --color always --format {format}"), &[]), "{format}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let text: String = (0..2000).map(|i| format!("---\n{}", INFO.replace("shop", &format!("shop-{i}")))).collect();
    let folder = Folder::with("a.yaml", &text);
    let mut child = folder.command().arg("check").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut start = [0; 64];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let ran = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{err}");
    assert_eq!(err, "2000 can be mended with `--fix`\n");
}

#[test]
fn names_of_files_cannot_speak_to_the_terminal() {
    let ran = Folder::new().command().args(["check", "a\u{1b}[2J\n.yaml"]).output().unwrap();
    let err = String::from_utf8(ran.stderr).unwrap();
    assert!(err.contains("error: `a\u{fffd}[2J\u{fffd}.yaml` does not exist"), "{err}");
}
