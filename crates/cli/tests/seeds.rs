//! The three documents that the project comes from, read in place: every finding, exactly where it stands.
//!
//! They are no part of this repository. Without them these tests say so in one line.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod common;

use std::fs;
use std::path::Path;

use common::defects::{Spot, rules, table};
use common::report::{Finding, report};
use common::seed_documents;

const ARCHITECTURE: &str = "network-policy-architecture.md";
const HATCH: &str = "network-policy-escape-hatch.md";
const DEBRIEF: &str = "networkpolicy-debrief.md";

/// Path, line, column and rule of every finding.
///
/// What the debrief does not show, though it has the fault, is in `docs/seed-defects.md` with the reason. What the
/// architecture does not show, compared with the example: `dns-server-cut-off`, because the labels of `kube-system` are
/// not among its YAML and might choose the profile that opens it; `profile-unknown`, because one profile only is chosen;
/// `platform-namespace-not-excluded` and `excluded-namespace-without-policy`, because no namespace of the platform is
/// declared.
const FINDINGS: &[(&str, u32, u32, &str)] = &[
    (ARCHITECTURE, 102, 5, "access-label-as-annotation"),
    (ARCHITECTURE, 103, 5, "access-label-as-annotation"),
    (ARCHITECTURE, 106, 5, "access-label-without-policy"),
    (ARCHITECTURE, 127, 14, "hatch-ineffective"),
    (ARCHITECTURE, 127, 14, "invalid-label-key"),
    (ARCHITECTURE, 131, 7, "empty-rule-dialect"),
    (ARCHITECTURE, 133, 7, "empty-rule-dialect"),
    (ARCHITECTURE, 163, 7, "rule-covered-by-policy"),
    (ARCHITECTURE, 169, 15, "dns-single-protocol"),
    (ARCHITECTURE, 186, 7, "access-half-missing"),
    (ARCHITECTURE, 188, 20, "invalid-label-key"),
    (ARCHITECTURE, 205, 21, "baseline-isolates-everything"),
    (ARCHITECTURE, 227, 21, "baseline-isolates-everything"),
    (DEBRIEF, 282, 9, "namespace-name-label"),
    (DEBRIEF, 541, 11, "namespace-name-label"),
    (DEBRIEF, 563, 11, "namespace-name-label"),
    (DEBRIEF, 588, 11, "namespace-name-label"),
    (DEBRIEF, 593, 7, "dns-single-protocol"),
    (DEBRIEF, 616, 11, "namespace-name-label"),
];

#[test]
fn every_finding_stands_where_it_should() {
    let Some(folder) = seed_documents() else { return };
    let (report, code) = report(&folder, &[ARCHITECTURE, HATCH, DEBRIEF]);
    let found: Vec<_> = report.findings.iter().map(fact).collect();
    assert_eq!(found, FINDINGS, "\n{}", as_table(&found));
    assert_eq!(code, 1);
}

fn fact(finding: &Finding) -> (&str, u32, u32, &str) {
    (&finding.path, finding.start.line, finding.start.column, &finding.rule)
}

/// The findings as they would stand in the table above.
fn as_table(found: &[(&str, u32, u32, &str)]) -> String {
    let name = |path: &str| match path {
        ARCHITECTURE => "ARCHITECTURE",
        HATCH => "HATCH",
        _ => "DEBRIEF",
    };
    found
        .iter()
        .map(|(path, line, column, rule)| format!("    ({}, {line}, {column}, {rule:?}),\n", name(path)))
        .collect()
}

#[test]
fn sections_of_the_debrief_are_found_or_silent_as_the_table_of_defects_says() {
    let Some(folder) = seed_documents() else { return };
    let (report, _) = report(&folder, &[DEBRIEF]);
    let known = rules();
    let mut asked = 0;
    for defect in table().defects {
        let landed: Vec<&str> = defect.rules.iter().map(String::as_str).filter(|rule| known.contains(rule)).collect();
        for spot in &defect.places {
            let Spot::Section { section, unseen } = spot else { continue };
            let (first, last) = lines_of(&folder, section);
            let inside = |finding: &&Finding| (first..last).contains(&finding.start.line);
            let fires = report.findings.iter().filter(inside).any(|finding| landed.contains(&finding.rule.as_str()));
            assert_eq!(fires, !landed.is_empty() && unseen.is_none(), "{} in “{section}”", defect.id);
            asked += 1;
        }
    }
    assert!(asked > 10, "only {asked} sections");
}

/// The lines from a heading that begins so, up to the next heading.
fn lines_of(folder: &Path, section: &str) -> (u32, u32) {
    let text = fs::read_to_string(folder.join(DEBRIEF)).unwrap();
    let mut heads: Vec<(u32, String)> = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        fenced ^= line.starts_with("```");
        if line.starts_with('#') && !fenced {
            heads.push((number, line.trim_start_matches('#').trim().to_owned()));
        }
    }
    heads.push((u32::MAX, String::new()));
    let at = heads.iter().position(|(_, title)| title.starts_with(section));
    let at = at.unwrap_or_else(|| panic!("the debrief has no section “{section}”"));
    (heads[at].0, heads[at + 1].0)
}

#[test]
fn each_chapter_is_a_world_of_its_own() {
    let Some(folder) = seed_documents() else { return };
    let (alone, _) = report(&folder, &[DEBRIEF]);
    let (together, _) = report(&folder, &[ARCHITECTURE, HATCH, DEBRIEF]);
    let of_debrief = together.findings.iter().filter(|finding| finding.path == DEBRIEF).map(fact);
    assert!(alone.findings.iter().map(fact).eq(of_debrief));
}
