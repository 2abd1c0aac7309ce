//! What a suppression covers, by where it stands.

use ringfence_diagnostics::{Confidence, Severity};
use ringfence_sources::Content;
use ringfence_text::apply as edit;

use super::*;
use crate::file::{Loadable, load};

/// A rule that is there; what it finds does not matter here.
const RULE: &str = UNUSED;

fn suppressions(path: &str, text: &str) -> Vec<Suppression> {
    let content = Loadable::Fresh(Content::Text(text.to_owned()));
    load(path, content, FileId(0)).1.suppressions
}

fn finding(at: u32) -> Finding {
    Finding {
        rule: RULE,
        severity: Severity::Warning,
        confidence: Confidence::High,
        message: String::new(),
        primary: Label::new(FileId(0), Span::empty(at), ""),
        labels: Vec::new(),
        notes: Vec::new(),
        help: None,
        fixes: Vec::new(),
        subject: None,
    }
}

/// Which of the words `v1`, `v2`, … of a text are covered. `IGNORE` stands for a comment.
fn covered(path: &str, text: &str) -> String {
    let text = text.replace("IGNORE", &format!("# ringfence: ignore[{RULE}] for a reason"));
    let mut suppressions = suppressions(path, &text);
    let words = (1..=9).filter_map(|n| Some((n, text.find(&format!("v{n}"))? as u32)));
    let silent = words.filter(|(_, at)| {
        let mut findings = vec![finding(*at)];
        apply(&mut findings, &mut suppressions, |_| false);
        findings.is_empty()
    });
    silent.map(|(n, _)| n.to_string()).collect()
}

#[test]
fn at_the_end_of_a_line_it_covers_the_line() {
    assert_eq!(covered("a.yaml", "a: v1\nb: v2 IGNORE\nc: v3\n"), "2");
    assert_eq!(covered("a.yaml", "a:  IGNORE\n  b: v1\nv2: v3\n"), "");
    assert_eq!(covered("a.yaml", "a: {b: v1, c: v2} IGNORE\r\nd: v3\r\n"), "12");
}

#[test]
fn above_a_key_it_covers_the_key_with_its_subtree() {
    assert_eq!(covered("a.yaml", "a: v1\nIGNORE\nb:\n  c: v2\n  d: [v3]\ne: v4\n"), "23");
    assert_eq!(
        covered("a.yaml", "a:\n  IGNORE\n  b: v1\n  c: v2\nd: v3\n"),
        "1",
        "only the first key, not its mapping"
    );
    assert_eq!(covered("a.yaml", "a: v1\nIGNORE\n# more\n\nb: v2\nc: v3\n"), "2");
}

#[test]
fn above_an_item_it_covers_the_item() {
    let list = "a:\n  - b: v1\n    c: v2\n  IGNORE\n  - b: v3\n    c: v4\n  - b: v5\n";
    assert_eq!(covered("a.yaml", list), "34");
    assert_eq!(covered("a.yaml", "a:\n  IGNORE\n  - b: v1\n    c: v2\n  - b: v3\n"), "12");
    assert_eq!(covered("a.yaml", "a:\n  - v1\n  IGNORE\n  - v2\n  - v3\n"), "2");
    assert_eq!(covered("a.yaml", "a:\n  -\n    IGNORE\n    b: v1\n    c: v2\n"), "1");
}

#[test]
fn above_a_document_it_covers_the_document() {
    assert_eq!(covered("a.yaml", "IGNORE\na: v1\nb: v2\n---\nc: v3\n"), "12");
    assert_eq!(covered("a.yaml", "a: v1\n---\nIGNORE\nb: v2\nc: v3\n"), "23");
}

#[test]
fn in_a_fenced_block_places_are_those_of_the_file() {
    assert_eq!(covered("a.md", "v1\n```yaml\na: v2 IGNORE\nb: v3\n```\nv4\n"), "2");
    assert_eq!(covered("a.md", "# x\n```yaml\na: v1\n```\n```yaml\na: v2\nIGNORE\nb: v3\n```\n"), "3");
}

#[test]
fn an_annotation_covers_its_object() {
    let annotated = format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n\
         {{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {{\"name\": \"v1\", \"annotations\": {{\"{ANNOTATION}\": \"{RULE}: why: not\"}}}}}},\n\
         {{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {{\"name\": \"v2\"}}}}]}}"
    );
    // `v1` is also the version: its first place is outside of the items.
    assert_eq!(covered("a.json", &annotated.replace("\"name\": \"v1\"", "\"name\": \"v3\"")), "3");
}

#[test]
fn names_are_lists_and_aliases_count() {
    let text = format!("a: v1 # ringfence:ignore [ no-such-rule , {RULE} ]\n");
    assert_eq!(covered("a.yaml", &text), "1");
    assert_eq!(covered("a.yaml", "a: v1 # ringfenced: ignore[unused-suppression]\n"), "");
}

/// The messages about idle names, and the text once every fix is made.
fn idle(text: &str) -> (Vec<String>, String) {
    let mut findings = Vec::new();
    apply(&mut findings, &mut suppressions("a.yaml", text), |_| true);
    let messages = findings.iter().map(|finding| finding.message.clone()).collect();
    let edits: Vec<Edit> = findings
        .iter()
        .filter_map(|finding| finding.fixes.first())
        .flat_map(|fix| fix.edits.iter().map(|edit| edit.edit.clone()))
        .collect();
    (messages, edit(text, &edits).unwrap())
}

#[test]
fn an_idle_one_is_taken_out_with_its_line_or_its_space() {
    let known = format!("nothing is left to ignore: `{RULE}` finds nothing here");
    assert_eq!(
        idle(&format!("a: 1\n  # ringfence: ignore[{RULE}]\nb: 2\n")),
        (vec![known.clone()], "a: 1\nb: 2\n".into())
    );
    assert_eq!(idle(&format!("a: 1   # ringfence: ignore[{RULE}] x\nb: 2\n")), (vec![known], "a: 1\nb: 2\n".into()));
}

#[test]
fn a_name_of_no_rule_is_said_to_be_one() {
    assert_eq!(
        idle("a: 1 # ringfence: ignore[quux]\n"),
        (vec!["this ignores nothing: no rule is named `quux`".into()], "a: 1\n".into())
    );
    assert_eq!(
        idle("a: 1 # ringfence: ignore[unused-supression]\n").1,
        "a: 1 # ringfence: ignore[unused-suppression]\n"
    );
    for text in ["a: 1 # ringfence: ignore\n", "a: 1 # ringfence: ignore[]\n", "a: 1 # ringfence: off please\n"] {
        assert_eq!(
            idle(text),
            (vec!["this ignores nothing, since it names no rule".into()], "a: 1\n".into()),
            "{text}"
        );
    }
}

#[test]
fn only_the_idle_name_goes_where_another_is_used() {
    for (list, rest) in
        [(format!("quux, {RULE}"), RULE), (format!("{RULE}, quux"), RULE), (format!("quux,{RULE}"), RULE)]
    {
        let text = format!("a: 1 # ringfence: ignore[{list}]\n");
        let mut findings = vec![finding(0)];
        apply(&mut findings, &mut suppressions("a.yaml", &text), |_| true);
        let [idle] = findings.as_slice() else { panic!("{findings:?}") };
        let edits: Vec<Edit> = idle.fixes[0].edits.iter().map(|edit| edit.edit.clone()).collect();
        assert_eq!(edit(&text, &edits).unwrap(), format!("a: 1 # ringfence: ignore[{rest}]\n"));
    }
}

#[test]
fn a_rule_that_did_not_run_is_not_idle() {
    let mut findings = Vec::new();
    let other = ringfence_rules::RULES.iter().map(|entry| entry.rule.name).find(|name| *name != UNUSED);
    let text = format!("a: 1 # ringfence: ignore[{}]\n", other.unwrap_or(UNUSED));
    apply(&mut findings, &mut suppressions("a.yaml", &text), |rule| rule == UNUSED && other.is_some());
    assert_eq!(findings, []);
}

#[test]
fn nothing_is_said_about_a_document_that_cannot_be_read() {
    assert_eq!(idle("a: {{ b }} # ringfence: ignore[quux]\n").0, [""; 0]);
}
