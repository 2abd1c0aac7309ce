//! The other commands.

use crate::support::Folder;

#[test]
fn help_says_what_there_is() {
    let folder = Folder::new();
    insta::assert_snapshot!("help", folder.run("--help").out);
    insta::assert_snapshot!("help-check", folder.run("check --help").out);
    insta::assert_snapshot!("help-can", folder.run("can --help").out);
    insta::assert_snapshot!("help-test", folder.run("test --help").out);
    let bare = folder.run("");
    assert_eq!((bare.code, bare.out.as_str()), (2, ""));
    assert!(bare.err.contains("Usage: ringfence"), "{}", bare.err);
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(Folder::new().run("--version").out, format!("ringfence {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn rules_are_listed_for_people_and_for_programs() {
    let folder = Folder::new();
    let json = folder.run("rules --format json").json();
    let rules = json["rules"].as_array().unwrap();
    let names: Vec<&str> = rules.iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted() && names.contains(&"unused-suppression"), "{names:?}");
    for rule in rules {
        for key in ["group", "severity", "confidence", "fix", "since", "summary", "url", "docs"] {
            assert!(rule[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {rule}");
        }
        assert_eq!(rule["on_by_default"].as_bool(), Some(rule["group"] != "pedantic"));
        assert!(rule["docs"].as_str().unwrap().starts_with("## What it does\n"), "{rule}");
    }
    let text = folder.run("rules").out;
    assert_eq!(text.lines().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(), names);
}

#[test]
fn every_rule_is_explained() {
    let folder = Folder::new();
    let json = folder.run("rules --format json").json();
    for rule in json["rules"].as_array().unwrap() {
        let name = rule["name"].as_str().unwrap();
        let ran = folder.run(&format!("explain {name}"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{name}");
        assert!(ran.out.starts_with(&format!("{name}\n\n")), "{}", ran.out);
        assert!(ran.out.contains("\nWhy it matters\n") && ran.out.contains("\n  reported:\n    "), "{}", ran.out);
        assert!(!ran.out.contains("```") && !ran.out.contains("](") && !ran.out.contains("\n#"), "{}", ran.out);
    }
}

#[test]
fn a_rule_that_is_none_is_guessed_and_a_group_is_told_from_a_rule() {
    let folder = Folder::new();
    assert!(folder.run("explain unused-supression").err.contains("did you mean `unused-suppression`?"));
    assert!(folder.run("explain security").err.starts_with("error: `security` is a group of rules, not a rule\n"));
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = Folder::new().run(&format!("completions {shell}"));
        assert_eq!(ran.code, 0, "{shell}");
        assert!(ran.out.contains("unsafe-fixes") && ran.out.contains("sarif"), "{shell}");
    }
}
