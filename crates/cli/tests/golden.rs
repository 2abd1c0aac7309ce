//! The examples, through the real binary: every defect that the table promises is found, and the mended system is clean.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use common::defects::{Defect, Spot, Table, rules, table};
use common::report::{Finding, Label, Report, check, report, text};
use common::root;

const EXAMPLE: &str = "examples/seed-architecture";
const PAGE: &str = "docs/seed-defects.md";
const SEEDS: &[(&str, &str)] =
    &[("architecture", "The architecture"), ("escape-hatch", "The escape hatch"), ("debrief", "The debrief")];

#[test]
fn the_example_reports_what_it_always_did() {
    let concise = check(&root(), &[EXAMPLE, "--format", "concise"]);
    assert_eq!(concise.status.code(), Some(1));
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("seed-architecture", text(&concise));
    });
}

#[test]
fn every_format_tells_the_same_findings() {
    let (report, code) = report(&root(), &[EXAMPLE]);
    assert_eq!((report.version, code), (1, 1));
    let full = check(&root(), &[EXAMPLE]);
    assert_eq!(full.status.code(), Some(1));
    let told: Vec<String> = text(&full).lines().filter_map(headline).collect();
    let known: Vec<String> = report.findings.iter().map(|finding| finding.rule.clone()).collect();
    assert_eq!(told, known);
}

/// The rule of a line like `error[rule]: message` or `error[rule, low confidence]: message`.
fn headline(line: &str) -> Option<String> {
    let (severity, rest) = line.split_once('[')?;
    let tags = rest.split_once("]: ")?.0;
    let rule = tags.split(',').next()?;
    ["error", "warning", "info"].contains(&severity).then(|| rule.to_owned())
}

#[test]
fn findings_point_into_several_files() {
    let (report, _) = report(&root(), &[EXAMPLE]);
    let spread: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| files(finding).len() > 1)
        .map(|finding| finding.rule.as_str())
        .collect();
    assert!(spread.contains(&"dns-server-cut-off"), "{spread:?}");
}

fn files(finding: &Finding) -> BTreeSet<&str> {
    finding.labels.iter().map(|label| label.path.as_str()).collect()
}

#[test]
fn the_readme_shows_real_output() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("\n```").next()).unwrap();
    let full = text(&check(&root(), &[EXAMPLE]));
    assert!(full.contains(shown), "the README shows what the command does not print:\n{shown}");
}

#[test]
fn the_examples_of_gitops_have_the_one_defect_that_they_show() {
    for example in ["examples/flux", "examples/argocd"] {
        let readme = fs::read_to_string(root().join(example).join("README.md")).unwrap();
        let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("\n```").next()).unwrap();
        let full = text(&check(&root(), &[example]));
        assert!(full.starts_with(shown), "{example}: the README shows\n{shown}\nbut the command prints\n{full}");
        assert_eq!(report(&root(), &[example]).0.findings.len(), 1, "{example}");
    }
}

#[test]
fn nothing_is_wrong_with_a_single_file_of_theirs() {
    let files = ["flux", "argocd"].into_iter().flat_map(|example| manifests(&root().join("examples").join(example)));
    for file in files {
        let path = file.strip_prefix(root()).unwrap().display().to_string();
        // A kustomization looks for what it names, wherever that lies.
        if !path.ends_with("kustomization.yaml") {
            let (report, _) = report(&root(), &[&path]);
            assert!(report.findings.is_empty(), "{path}: {:?}", report.findings);
        }
    }
}

fn manifests(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { manifests(&path) } else { vec![path] };
    let files = entries.flat_map(below);
    files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect()
}

#[test]
fn the_mended_system_is_clean() {
    let output = check(&root(), &["examples/seed-architecture-fixed", "--format", "concise"]);
    assert_eq!((text(&output).as_str(), output.status.code()), ("", Some(0)));
    let (report, _) = report(&root(), &["examples/seed-architecture-fixed"]);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn every_defect_stands_in_the_table_once() {
    let table = table();
    let mut seen = BTreeSet::new();
    let ids = table.defects.iter().map(|defect| &defect.id).chain(table.not_yaml.iter().map(|defect| &defect.id));
    let twice: Vec<&String> = ids.filter(|id| !seen.insert(*id)).collect();
    assert!(twice.is_empty(), "{twice:?}");
    for defect in &table.defects {
        assert!(SEEDS.iter().any(|(seed, _)| *seed == defect.seed), "{}: no seed `{}`", defect.id, defect.seed);
        assert!(defect.rules.is_empty() == defect.later.is_some(), "{}: `rules` or `later`, not both", defect.id);
    }
}

#[test]
fn the_table_of_defects_is_true_and_fresh() {
    let (report, _) = report(&root(), &[EXAMPLE]);
    let table = table();
    let mut problems = Vec::new();
    let page = page(&table, &report, &mut problems);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join(PAGE), page).unwrap();
        return;
    }
    let written = fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    assert_eq!(written, page, "{PAGE} is stale: run `UPDATE=1 cargo test -p ringfence-cli --test golden`");
}

/// The page; what should be found and is not goes to `problems`.
fn page(table: &Table, report: &Report, problems: &mut Vec<String>) -> String {
    let mut page = format!(
        "# The defects of the seed documents\n\n\
        Made from `docs/seed-defects.toml` by a test, from what the binary really reports.\n\n\
        Three documents started this project: an architecture for the network policy of a cluster, the runbook of its\n\
        escape hatch, and a debrief of an exercise on NetworkPolicy. A review found {} defects in them. This page says,\n\
        for each of the {} whose trigger is YAML, which rule finds it, and where: in `examples/seed-architecture`, which is the\n\
        architecture written anew, in a case of the rule, or in a section of the debrief itself.\n\n\
        A place of the example says *line N* where the finding points at another line of the same file. *Not yet* stands\n\
        where the rule belongs to a later wave; *silent* where the document does not show enough to be sure.\n",
        table.defects.len() + table.not_yaml.len(),
        table.defects.len()
    );
    let known = rules();
    for (seed, title) in SEEDS {
        let _ = write!(page, "\n## {title}\n\n| id | defect | rule | place | state |\n|---|---|---|---|---|\n");
        for defect in table.defects.iter().filter(|defect| defect.seed == *seed) {
            rows(&mut page, defect, report, &known, problems);
        }
    }
    page.push_str("\n## Nothing that YAML could show\n\n| id | what it is |\n|---|---|\n");
    for defect in &table.not_yaml {
        let _ = writeln!(page, "| {} | {} |", defect.id, defect.why);
    }
    page
}

/// The rows of one defect: one a place, the sentence on the first.
fn rows(page: &mut String, defect: &Defect, report: &Report, known: &BTreeSet<&str>, problems: &mut Vec<String>) {
    let later = defect.later.as_deref();
    if later.is_some_and(|rule| known.contains(rule)) {
        problems.push(format!("{}: `{}` is there by now: name it under `rules`", defect.id, later.unwrap_or_default()));
    }
    let landed: Vec<&str> = defect.rules.iter().map(String::as_str).filter(|rule| known.contains(rule)).collect();
    let rules: Vec<String> = defect.rules.iter().map(|rule| format!("`{rule}`")).chain(later.map(plan)).collect();
    for (at, spot) in defect.places.iter().enumerate() {
        let (place, state) =
            if landed.is_empty() { (place(spot).0, Ok("not yet".to_owned())) } else { look(spot, &landed, report) };
        let state = state.unwrap_or_else(|problem| {
            problems.push(format!("{}: {} at {place}: {problem}", defect.id, rules.join(", ")));
            problem
        });
        let (id, what) = if at == 0 { (defect.id.as_str(), defect.what.as_str()) } else { ("", "") };
        let _ = writeln!(page, "| {id} | {what} | {} | {place} | {state} |", rules.join(", "));
    }
}

/// A rule to come by its name, anything else as it stands.
fn plan(later: &str) -> String {
    if later.contains(' ') { later.to_owned() } else { format!("`{later}`") }
}

/// How a place is shown, and the lines of a file that it means.
fn place(spot: &Spot) -> (String, BTreeSet<u32>) {
    match spot {
        Spot::Line { file, line } => {
            let body = fs::read_to_string(root().join(EXAMPLE).join(file)).unwrap_or_default();
            let lines: BTreeSet<u32> =
                (1..).zip(body.lines()).filter(|(_, t)| t.contains(line)).map(|(n, _)| n).collect();
            let first = lines.first().copied().unwrap_or_default();
            (format!("[{file}:{first}](../{EXAMPLE}/{file}#L{first})"), lines)
        }
        Spot::Case { case } => (format!("[{}](../{case})", case.trim_start_matches("rules/")), BTreeSet::new()),
        Spot::Section { section, .. } => (format!("“{section}”"), BTreeSet::new()),
    }
}

/// Where a place is, and whether one of the rules reports it.
fn look(spot: &Spot, rules: &[&str], report: &Report) -> (String, Result<String, String>) {
    let (shown, lines) = place(spot);
    let state = match spot {
        Spot::Line { line, .. } if lines.is_empty() => Err(format!("no line with `{line}`")),
        Spot::Line { file, .. } => in_example(&format!("{EXAMPLE}/{file}"), &lines, rules, report),
        Spot::Case { case } => in_case(case, rules),
        Spot::Section { unseen: None, .. } => Ok("found".to_owned()),
        Spot::Section { unseen: Some(why), .. } => Ok(format!("silent: {why}")),
    };
    (shown, state)
}

fn in_example(file: &str, lines: &BTreeSet<u32>, rules: &[&str], report: &Report) -> Result<String, String> {
    let mut other = None;
    for finding in report.findings.iter().filter(|finding| rules.contains(&finding.rule.as_str())) {
        for label in finding.labels.iter().filter(|label| label.path == file) {
            if lines.iter().any(|&line| covers(label, line)) {
                return Ok("found".to_owned());
            }
            other.get_or_insert(label.start.line);
        }
    }
    other.map(|line| format!("found, line {line}")).ok_or_else(|| "not found".to_owned())
}

fn covers(label: &Label, line: u32) -> bool {
    (label.start.line..=label.end.line).contains(&line)
}

/// A case lies where the table says, and its wording names the rule.
fn in_case(case: &str, rules: &[&str]) -> Result<String, String> {
    let folder = root().join(case);
    let wording = fs::read_to_string(folder.with_extension("snap")).unwrap_or_default();
    let named = wording.lines().filter_map(headline).any(|rule| rules.contains(&rule.as_str()));
    if folder.is_dir() && named { Ok("found".to_owned()) } else { Err("no such case".to_owned()) }
}
