//! What happens at the edges: many findings, many places, long lines, hostile text, places that do not fit.

#![allow(clippy::unwrap_used, reason = "output that does not parse should stop the test")]

mod support;

use proptest::prelude::*;
use ringfence_diagnostics::{Applicability, Finding, Fix, Label, Severity};
use ringfence_report::{Format, Style, github};
use ringfence_text::{Edit, FileId, Files, Span};
use serde_json::Value;
use support::{Owned, edit, finding};

/// One file, and findings of a severity each at its start.
fn many(severities: impl IntoIterator<Item = Severity>) -> Owned {
    let mut files = Files::new();
    let file = files.add("a.yaml", "kind: Pod\n");
    let of = |(i, severity)| finding("a-rule", severity, Label::new(file, Span::new(0, 4), ""), &format!("number {i}"));
    let findings = severities.into_iter().enumerate().map(of).collect();
    Owned::new(files, findings)
}

fn one(path: &str, text: &str, span: Span, change: impl FnOnce(&mut Finding, FileId)) -> Owned {
    let mut files = Files::new();
    let file = files.add(path, text);
    let mut only = finding("a-rule", Severity::Error, Label::new(file, span, "here"), "the fact");
    change(&mut only, file);
    Owned::new(files, vec![only])
}

#[test]
fn github_shows_ten_of_a_level_worst_first_and_counts_the_rest() {
    let infos = std::iter::repeat_n(Severity::Info, 3);
    let warnings = std::iter::repeat_n(Severity::Warning, 12);
    let errors = std::iter::repeat_n(Severity::Error, 11);
    let out = many(infos.chain(warnings).chain(errors)).render(Format::Github);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 10 + 10 + 3 + 1);
    assert!(
        lines[0].starts_with("::error ") && lines[10].starts_with("::warning ") && lines[20].starts_with("::notice ")
    );
    assert!(lines[23].contains("1 more error, 2 more warning;"), "{}", lines[23]);
}

#[test]
fn github_commands_cannot_be_forged_by_a_manifest() {
    let owned = one("a\n::error::x,b:c%.yaml", "x", Span::new(0, 1), |finding, _| {
        finding.message = "100%\r\n::warning::gone".to_owned();
    });
    let out = owned.render(Format::Github);
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.starts_with("::error file=a%0A%3A%3Aerror%3A%3Ax%2Cb%3Ac%25.yaml,line=1,"), "{out}");
    assert!(out.ends_with("::100%25%0D%0A::warning::gone\n"), "{out}");
}

#[test]
fn the_step_summary_keeps_below_a_mebibyte_and_says_what_is_missing() {
    let mut owned = many(std::iter::repeat_n(Severity::Warning, 9_000));
    for finding in &mut owned.findings {
        finding.message = "`a|b` <script>".repeat(8);
    }
    let out = github::step_summary(&owned.report());
    assert!(out.len() <= 1 << 20 && out.len() > 1_000_000, "{}", out.len());
    let shown = out.lines().filter(|line| line.starts_with("| warning")).count();
    assert!(out.contains(&format!("\n{} more, which do not fit here\n", 9_000 - shown)));
    assert!(!out.contains("<script>") && !out.contains("a|b"));
}

#[test]
fn sarif_keeps_the_worst_of_too_many_results_and_says_so() {
    let severities = std::iter::repeat_n(Severity::Info, 25_000).chain([Severity::Error]);
    let log: Value = serde_json::from_str(&many(severities).render(Format::Sarif)).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    assert_eq!(results[24_999]["level"], "error");
    let said = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(said.starts_with("1 of the less severe findings"), "{said}");
}

#[test]
fn sarif_keeps_a_thousand_locations_of_a_result() {
    let owned = one("a.yaml", "x", Span::new(0, 1), |finding, file| {
        finding.labels = (0..1_500).map(|_| Label::new(file, Span::new(0, 1), "too")).collect();
    });
    let log: Value = serde_json::from_str(&owned.render(Format::Sarif)).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["relatedLocations"].as_array().map(Vec::len), Some(999));
    assert_eq!(result["relatedLocations"][998]["id"], 999);
}

#[test]
fn full_shows_five_places_and_counts_the_rest() {
    let text = "line\n".repeat(30);
    let owned = one("a.yaml", &text, Span::new(0, 4), |finding, file| {
        finding.labels = (1..8).map(|i| Label::new(file, Span::new(i * 15, i * 15 + 4), "too")).collect();
    });
    let out = owned.render(Format::Full);
    assert_eq!(out.matches("---- too").count(), 4, "{out}");
    assert!(out.contains("= +3 more places\n"), "{out}");
}

#[test]
fn a_long_line_is_clipped_around_what_is_marked() {
    let text = format!("{}needle{}\n", "é".repeat(3_000), "z".repeat(3_000));
    let span = support::span(&text, "needle");
    let out = one("min.json", &text, span, |_, _| {}).render(Format::Full);
    let line = out.lines().find(|line| line.contains("needle")).unwrap();
    assert!(line.contains(&format!("…{}needle", "é".repeat(40))) && line.ends_with('…'), "{line}");
    assert!(line.chars().count() < 210, "{line}");
    assert!(out.contains("min.json:1:3001"), "{out}");
    assert!(out.contains("^^^^^^ here") && !out.contains("^^^^^^^"), "{out}");
}

#[test]
fn nothing_in_a_manifest_reaches_the_terminal_as_a_command() {
    let text = "a: \x1b]0;owned\x07 \u{202e}x\r\n";
    let owned = one("p\x1b[2J.yaml", text, support::span(text, "a:"), |finding, _| {
        finding.message = "named `\x1b[8m`".to_owned();
        finding.help = Some("see `\x1b[8m`".to_owned());
    });
    for format in [Format::Full, Format::Concise] {
        let out = owned.render(format);
        assert!(!out.contains(['\x1b', '\x07', '\u{202e}', '\r']), "{out:?}");
    }
    assert!(owned.render(Format::Full).contains("1 │ a: ␛]0;owned␇ \u{fffd}x\n"));
}

#[test]
fn a_mark_over_a_whole_document_is_shown_at_its_start() {
    let text = "line\n".repeat(500);
    let out = one("a.yaml", &text, Span::new(5, 2_400), |_, _| {}).render(Format::Full);
    assert!(out.contains("2 │ line\n  │ ^^^^ here"), "{out}");
}

#[test]
fn places_at_the_end_and_empty_ones_have_a_caret() {
    for (text, at, expect) in
        [("", 0, "1 │ \n  │ ^ here"), ("ab", 2, "1 │ ab\n  │   ^ here"), ("ab\n", 3, "2 │ \n  │ ^ here")]
    {
        let out = one("a.yaml", text, Span::empty(at), |_, _| {}).render(Format::Full);
        assert!(out.contains(expect), "{text:?}: {out}");
    }
}

#[test]
fn a_fix_of_distant_lines_and_two_files_is_shown_hunk_by_hunk() {
    let text = (1..=40).map(|i| format!("line {i}")).chain([String::new()]).collect::<Vec<_>>().join("\r\n");
    let mut owned = one("a.yaml", &text, Span::new(0, 4), |_, _| {});
    let other = owned.files.add("b.yaml", "only");
    let first = support::span(&text, "line 3\r\n");
    let last = support::span(&text, "line 30");
    owned.findings[0].fixes = vec![Fix {
        applicability: Applicability::Safe,
        message: "mend it".to_owned(),
        edits: vec![
            edit(FileId(0), Edit::insert(first.start, "new\r\n")),
            edit(FileId(0), Edit::delete(last)),
            edit(other, Edit::insert(4, " one\n")),
        ],
    }];
    insta::assert_snapshot!(owned.render(Format::Full));
}

#[test]
fn a_fix_that_does_not_fit_its_text_is_told_in_words() {
    for wrong in [Edit::delete(Span::new(1, 90)), Edit::insert(1, "x"), Edit::insert(5_000, "x")] {
        let text = format!("é{}", "x".repeat(300));
        let owned = one("a.yaml", &text, Span::new(0, 2), |finding, file| {
            let edits = vec![edit(file, wrong.clone()), edit(file, Edit::delete(Span::new(0, 2)))];
            finding.fixes = vec![Fix { applicability: Applicability::Safe, message: "mend it".to_owned(), edits }];
        });
        let out = owned.render(Format::Full);
        assert!(out.contains("safe fix: mend it\n\n"), "{wrong:?}: {out}");
    }
}

#[test]
fn a_fix_far_to_the_right_of_a_long_line_is_told_in_words() {
    for (before, after) in [(300, 10), (0, 100_000)] {
        let text = format!("{}needle{}", "x".repeat(before), "x".repeat(after));
        let span = support::span(&text, "needle");
        let owned = one("a.json", &text, span, |finding, file| {
            let edits = vec![edit(file, Edit::delete(span))];
            finding.fixes = vec![Fix { applicability: Applicability::Safe, message: "mend it".to_owned(), edits }];
        });
        assert!(owned.render(Format::Full).contains("safe fix: mend it\n\n"), "{before}");
    }
}

/// Texts with everything that makes places hard: breaks of both kinds, wide and combining characters, marks, long lines.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z: -]{0,12}",
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\t".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("é😀\u{301}\u{202e}\0\x1b".to_owned()),
        (1_usize..500).prop_map(|n| "ß".repeat(n)),
        "\\PC{0,6}",
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_text_and_no_place_stops_a_format(
        texts in prop::collection::vec(text(), 1..3),
        places in prop::collection::vec((0_u32..3, 0_u32..4_000, 0_u32..600), 1..8),
        width in 0_usize..120,
    ) {
        let mut files = Files::new();
        for (i, text) in texts.iter().enumerate() {
            files.add(format!("{i}.yaml"), text.as_str());
        }
        let mut labels: Vec<Label> =
            places.iter().map(|&(file, start, len)| Label::new(FileId(file), Span::new(start, start + len), "m\nn")).collect();
        let edits = labels.iter().map(|label| edit(label.file, Edit::replace(label.span, "new\ntext"))).take(2).collect();
        let mut only = finding("a-rule", Severity::Warning, labels.remove(0), "the fact");
        only.labels = labels;
        only.fixes = vec![Fix { applicability: Applicability::Unsafe, message: "mend".to_owned(), edits }];
        let owned = Owned::new(files, vec![only]);
        for format in Format::ALL {
            let out = owned.render_with(format, Style { colour: true, width });
            if format == Format::Full {
                prop_assert!(out.lines().all(|line| line.chars().count() < 1_000), "{}", out);
            }
        }
        github::step_summary(&owned.report());
    }
}
