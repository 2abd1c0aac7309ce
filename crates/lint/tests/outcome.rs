//! What comes with the findings: fixes made, fingerprints that last, the summary.
#![allow(clippy::unwrap_used, reason = "a test stops where its own texts are wrong")]

use std::collections::BTreeSet;

use ringfence_cluster::{Cni, Knobs};
use ringfence_diagnostics::Applicability;
use ringfence_lint::{Config, Content, Outcome, Session, fix};

/// A rule that the session itself applies, so that nothing here hangs on another.
const IDLE: &str = "# ringfence: ignore[quux]";

fn lint(files: &[(&str, &str)]) -> Outcome {
    let mut session = Session::new();
    session.configure(Config::parse("select: [unused-suppression]").unwrap());
    for (path, text) in files {
        session.put(path, text);
    }
    session.lint()
}

fn policy(name: &str, rest: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n  podSelector: {{}}{rest}\n"
    )
}

#[test]
fn fixes_are_made_until_none_is_left() {
    let mut session = Session::new();
    session.configure(Config::parse("select: [unused-suppression]").unwrap());
    session.put("b.yaml", &format!("a: 1 {IDLE}\n{IDLE}\nb: 2\n"));
    session.put("a.md", &format!("text\n```yaml\na: 1 {IDLE}\n```\n"));
    session.put("c.yaml", "a: 1 # ringfence: ignore[unused-supression]\n");
    let fixed = fix(&mut session, Applicability::Safe);
    let texts: Vec<(&str, &str)> = fixed.texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(texts, [("a.md", "text\n```yaml\na: 1\n```\n"), ("b.yaml", "a: 1\nb: 2\n")]);
    assert_eq!(fixed.fixes, 3);
    let left: Vec<String> = session.lint().findings.into_iter().map(|finding| finding.message).collect();
    assert_eq!(left, ["this ignores nothing: no rule is named `unused-supression`"], "a suggestion is for people");
    assert_eq!(fix(&mut session, Applicability::Safe), ringfence_lint::Fixed::default());
}

#[test]
fn a_fingerprint_outlasts_moves_but_not_renames() {
    let print = |path: &str, text: &str| lint(&[(path, text)]).fingerprints[0].clone();
    let idle = format!(" {IDLE}");
    let plain = print("a.yaml", &policy("web", &idle));
    assert_eq!(plain.len(), 16);
    assert_eq!(print("sub/b.yaml", &format!("# a line more\n{}", policy("web", &idle))), plain);
    assert_ne!(print("a.yaml", &policy("api", &idle)), plain);
    let elsewhere = policy("web", "").replace("  namespace", &format!("  {IDLE}\n  namespace"));
    assert_ne!(print("a.yaml", &elsewhere), plain, "another key path");
}

#[test]
fn equal_fingerprints_are_counted() {
    let two = policy("web", &format!(" {IDLE}"));
    let outcome = lint(&[("a.yaml", &two), ("b.yaml", &two)]);
    assert_eq!(outcome.fingerprints[1], format!("{}-2", outcome.fingerprints[0]));
}

#[test]
fn the_order_of_a_list_changes_no_fingerprint() {
    // Inside the object, and behind its last line.
    let inside = |name: &str| policy(name, "").replace("  namespace", &format!("  {IDLE}\n  namespace"));
    let behind = |name: &str| policy(name, &format!(" {IDLE}"));
    let prints = |text: &str| lint(&[("-", text)]).fingerprints.into_iter().collect::<BTreeSet<_>>();
    let list = |items: &[&str]| {
        let items = items.iter().map(|item| format!("- {}\n", item.trim_end().replace('\n', "\n  ")));
        prints(&format!("apiVersion: v1\nkind: List\nitems:\n{}", items.collect::<String>()))
    };
    let all = [inside("web"), behind("api"), behind("web")];
    let [a, b, c] = all.each_ref().map(String::as_str);
    assert_eq!(list(&[a, b, c]), list(&[c, b, a]));
    assert_eq!(list(&[a, b, c]).len(), 3);
    assert_eq!(list(&[b, a]), list(&[a, b]));
    assert_eq!(list(&[a]), prints(a), "the same object alone");
}

#[test]
fn of_a_cluster_the_summary_says_so() {
    let notes = |guess: Option<Cni>| {
        let mut session = Session::new();
        let knobs = Knobs { guess, ..Knobs::default() };
        session.configure(Config { knobs, ..Config::default() });
        let text = policy("web", "").replace("networking.k8s.io/v1", "cilium.io/v2").replace("kind: ", "kind: Cilium");
        session.put("a.yaml", &text.replace("podSelector", "endpointSelector"));
        session.lint().summary.notes
    };
    assert!(notes(Some(Cni::Cilium))[0].contains("because the cluster serves Cilium policies"));
    assert!(notes(None)[0].contains("because Cilium policies are among the files"));
}

#[test]
fn findings_know_their_object_and_world() {
    let text = policy("web", &format!(" {IDLE}"));
    let subject = |outcome: &Outcome, at: usize| outcome.findings[at].subject.clone().unwrap();
    let one = lint(&[("a.yaml", &text)]);
    assert_eq!((subject(&one, 0).name.as_str(), subject(&one, 0).world.as_str()), ("web", ""));
    let two = lint(&[("a/x.yaml", &text), ("b/x.yaml", &text)]);
    assert_eq!((subject(&two, 0).world.as_str(), subject(&two, 1).world.as_str()), ("a", "b"));
    assert_eq!(two.summary.worlds, ["a", "b"]);
    assert_ne!(two.fingerprints[0], two.fingerprints[1]);
}

#[test]
fn the_summary_counts_and_says_what_is_unknown_once() {
    let mut session = Session::new();
    session.put("a.yaml", &policy("web", ""));
    session.put("b.yaml", "kind: {{ x }}\n---\nkind: {{ y }}\n---\n{}\n---\n");
    session.put("c.md", "```yaml\na: 1\n```\n");
    session.put_content("d.yaml", Content::refused("the file cannot be read: permission denied"));
    let summary = session.lint().summary;
    assert_eq!((summary.files, summary.documents, summary.objects), (4, 5, 1));
    let unknown: Vec<String> = summary
        .unknown
        .iter()
        .map(|unknown| {
            let place = unknown.example.as_ref().map(|place| format!("{}:{}", place.path, place.line));
            format!("{} {} {}", unknown.count, place.unwrap_or_default(), unknown.reason)
        })
        .collect();
    insta::assert_snapshot!(unknown.join("\n"));
    assert_eq!(summary.notes, [""; 0]);
}

#[test]
fn a_guessed_dialect_is_noted() {
    let cilium = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: b}\nspec: {endpointSelector: {}, ingress: [{}]}\n";
    let notes = |config: &str| {
        let mut session = Session::new();
        session.configure(Config::parse(config).unwrap());
        session.put("a.yaml", cilium);
        session.lint().summary.notes
    };
    assert!(notes("")[0].starts_with("verdicts are those of Cilium 1.20"));
    assert!(notes("cni: cilium").iter().all(|note| !note.contains("verdicts")));
}

#[test]
fn an_unchanged_text_is_not_read_again() {
    let mut session = Session::new();
    let text = policy("web", "");
    session.put("a.yaml", &text);
    let first = session.lint();
    session.put("a.yaml", &text);
    let second = session.lint();
    assert!(std::sync::Arc::ptr_eq(&first.files, &second.files), "nothing was touched");
    session.put("a.yaml", &policy("api", ""));
    assert!(!std::sync::Arc::ptr_eq(&first.files, &session.lint().files));
}
