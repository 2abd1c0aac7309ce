//! Every case of `rules/cases`, every example of the documentation, every fix.
//!
//! A case is a folder `rules/cases/<rule>/{bad,ok}/<case>/`: one world. The expectation stands in its files: a comment
//! `# expect: rule, rule` on the line where the finding begins, or alone on the line above. All findings of all rules
//! must be expected. The wording is held by a snapshot.

#![allow(clippy::expect_used, reason = "a test harness of its own: what it cannot read fails it")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use ringfence_diagnostics::{Applicability, Finding};
use ringfence_lint::{Outcome, Session, Stands};
use ringfence_report::{Format, Report, Root, Style};
use ringfence_rules::{FixKind, RULES};
use ringfence_text::Edit;

/// A file of a case: path within it, and text.
type Files = BTreeMap<String, String>;
/// Where a rule is expected or found: path, line, rule.
type Places = BTreeSet<(String, u32, String)>;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = cases().into_iter().map(case_trial).collect();
    trials.extend(RULES.iter().flat_map(|entry| doc_trials(entry.rule.name)));
    libtest_mimic::run(&arguments, trials).exit();
}

fn case_trial(folder: PathBuf) -> Trial {
    let name = folder.strip_prefix(root()).unwrap_or(&folder).display().to_string();
    Trial::test(name.clone(), move || {
        let files = read(&folder);
        let outcome = lint(&files);
        equal(&expected(&files), &found(&outcome)).map_err(|problem| format!("{problem}\n{}", render(&outcome)))?;
        check_side(&folder, &outcome)?;
        insta::with_settings!({ snapshot_path => folder.join(".."), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(folder.file_name().and_then(|n| n.to_str()).unwrap_or("case"), render(&outcome));
        });
        fixes(&files, &outcome)
    })
}

/// A `bad` case fires its rule, an `ok` case does not.
fn check_side(folder: &Path, outcome: &Outcome) -> Result<(), Failed> {
    let steps: Vec<&str> = folder.iter().filter_map(|step| step.to_str()).collect();
    let [.., rule, side, _] = steps.as_slice() else {
        return Err("a case lies in cases/<rule>/<bad|ok>/<case>".into());
    };
    let fires = outcome.findings.iter().any(|finding| finding.rule == *rule);
    match (*side, fires) {
        ("bad", true) | ("ok", false) => Ok(()),
        ("bad", false) => Err(format!("`{rule}` is silent").into()),
        ("ok", true) => Err(format!("`{rule}` fires").into()),
        _ => Err("a case is `bad` or `ok`".into()),
    }
}

fn doc_trials(rule: &'static str) -> Vec<Trial> {
    let entry = RULES.iter().find(|entry| entry.rule.name == rule).expect("a rule of the table");
    let mut trials = Vec::new();
    for (kind, fires) in [("bad", true), ("good", false)] {
        let examples: Vec<String> = entry.rule.examples(kind).collect();
        trials.push(Trial::test(format!("docs/{rule}/has-{kind}"), {
            let count = examples.len();
            move || if count > 0 { Ok(()) } else { Err(format!("no `yaml {kind}` example").into()) }
        }));
        for (at, example) in examples.into_iter().enumerate() {
            trials.push(Trial::test(format!("docs/{rule}/{kind}-{at}"), move || {
                let files = split(&example);
                let outcome = lint(&files);
                let rules: BTreeSet<&str> = outcome.findings.iter().map(|finding| finding.rule).collect();
                let wanted = if fires { BTreeSet::from([rule]) } else { BTreeSet::new() };
                if rules == wanted { Ok(()) } else { Err(format!("fires {rules:?}\n{}", render(&outcome)).into()) }
            }));
        }
    }
    trials
}

/// The files of an example: a comment `# file: PATH` begins each, where there are several.
fn split(example: &str) -> Files {
    let mut files = Files::new();
    let mut path = "example.yaml";
    for line in example.lines() {
        if let Some(named) = line.strip_prefix("# file: ") {
            path = named;
        } else {
            let text = files.entry(path.to_owned()).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }
    files
}

/// Each fix applies, mends its finding, is stable, keeps every comment, and stays within what its rule promises.
fn fixes(files: &Files, outcome: &Outcome) -> Result<(), Failed> {
    for finding in &outcome.findings {
        let promised =
            RULES.iter().find(|entry| entry.rule.name == finding.rule).map_or(FixKind::None, |entry| entry.rule.fix);
        for fix in &finding.fixes {
            if kind(fix.applicability) > promised {
                return Err(format!("`{}` offers a safer fix than it declares", finding.rule).into());
            }
            if fix.applicability != Applicability::Suggestion {
                fix_holds(files, outcome, finding, &fix.edits)?;
            }
        }
    }
    settles(files)
}

fn fix_holds(
    files: &Files,
    outcome: &Outcome,
    finding: &Finding,
    edits: &[ringfence_diagnostics::FileEdit],
) -> Result<(), Failed> {
    let mut mended = files.clone();
    for (path, text) in &mut mended {
        let own: Vec<Edit> =
            edits.iter().filter(|edit| outcome.files.path(edit.file) == path).map(|edit| edit.edit.clone()).collect();
        let comments = |text: &str| {
            text.lines()
                .filter_map(|line| line.split_once(" #").map(|(_, comment)| comment.to_owned()))
                .collect::<Vec<_>>()
        };
        let before = comments(text);
        *text = ringfence_text::apply(text, &own).map_err(|problem| format!("{problem:?}"))?;
        // What this rule mends is a comment.
        if before != comments(text) && finding.rule != "unused-suppression" {
            return Err(format!("the fix of `{}` changes comments:\n{text}", finding.rule).into());
        }
    }
    let after = lint(&mended);
    // Places shift with the edit, so what is left is counted, not compared: one less of this rule and message.
    let left = |outcome: &Outcome| {
        outcome.findings.iter().filter(|other| other.rule == finding.rule && other.message == finding.message).count()
    };
    let broken = after.findings.iter().any(|other| other.rule == "unreadable-document");
    let text = || mended.values().cloned().collect::<Vec<_>>().join("\n");
    if left(&after) >= left(outcome) {
        Err(format!("the fix of `{}` does not mend it:\n{}", finding.rule, text()).into())
    } else if broken && finding.rule != "unreadable-document" {
        Err(format!("the fix of `{}` breaks the file:\n{}", finding.rule, text()).into())
    } else {
        Ok(())
    }
}

fn kind(applicability: Applicability) -> FixKind {
    match applicability {
        Applicability::Suggestion => FixKind::Suggestion,
        Applicability::Unsafe => FixKind::Unsafe,
        Applicability::Safe => FixKind::Safe,
    }
}

fn lint(files: &Files) -> Outcome {
    session(files).lint()
}

fn session(files: &Files) -> Session {
    let mut session = Session::new();
    // A case is a whole repository.
    session.on_absent(|_| Stands::Nothing);
    if let Some(config) = files.get("ringfence.yaml") {
        session.configure(ringfence_lint::Config::parse(config).expect("the case's configuration"));
    }
    for (path, text) in files.iter().filter(|(path, _)| *path != "ringfence.yaml") {
        session.put(path, text);
    }
    session
}

/// All fixes of a case together come to rest: made once more, they change nothing.
fn settles(files: &Files) -> Result<(), Failed> {
    let mut mended = files.clone();
    mended.extend(ringfence_lint::fix(&mut session(files), Applicability::Unsafe).texts);
    let again = ringfence_lint::fix(&mut session(&mended), Applicability::Unsafe);
    if again.fixes == 0 { Ok(()) } else { Err(format!("{} fixes are left after fixing", again.fixes).into()) }
}

fn found(outcome: &Outcome) -> Places {
    let place = |finding: &Finding| {
        let file = finding.primary.file;
        let line = outcome.files.position(file, finding.primary.span.start).line;
        (outcome.files.path(file).to_owned(), line, finding.rule.to_owned())
    };
    outcome.findings.iter().map(place).collect()
}

fn expected(files: &Files) -> Places {
    let mut places = Places::new();
    for (path, text) in files {
        for (at, line) in text.lines().enumerate() {
            let Some((before, rules)) = line.split_once("# expect:") else { continue };
            let own_line = before.trim().is_empty();
            let line = at as u32 + 1 + u32::from(own_line);
            places.extend(rules.split(',').map(|rule| (path.clone(), line, rule.trim().to_owned())));
        }
    }
    places
}

fn equal(expected: &Places, found: &Places) -> Result<(), String> {
    let list = |places: BTreeSet<&(String, u32, String)>| -> String {
        places.iter().map(|(path, line, rule)| format!("\n  {path}:{line} {rule}")).collect()
    };
    let missing: BTreeSet<_> = expected.difference(found).collect();
    let surplus: BTreeSet<_> = found.difference(expected).collect();
    if missing.is_empty() && surplus.is_empty() {
        return Ok(());
    }
    Err(format!("expected, not found:{}\nfound, not expected:{}", list(missing), list(surplus)))
}

/// The findings in words, for the snapshot: rule, grade, message, places with their text, help, fixes as diffs.
fn render(outcome: &Outcome) -> String {
    let report = Report {
        findings: &outcome.findings,
        fingerprints: &outcome.fingerprints,
        files: &outcome.files,
        summary: &outcome.summary,
        rules: &[],
        root: Root::default(),
    };
    let mut out = Vec::new();
    ringfence_report::render(Format::Full, &report, &mut out, Style::default()).expect("memory takes everything");
    String::from_utf8(out).expect("text")
}

fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).expect("a folder of the case").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|ending| ["yaml", "yml", "json", "md"].iter().any(|known| ending == *known))
            {
                let name = path.strip_prefix(folder).expect("inside the case").display().to_string();
                files.insert(name, fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    files
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> =
        children(&root()).iter().flat_map(|rule| children(rule)).flat_map(|side| children(&side)).collect();
    cases.sort();
    cases
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_dir()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}
