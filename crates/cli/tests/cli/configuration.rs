//! `ringfence.yaml`, and the options that stand above it.

use crate::support::{CLEAN, Folder, INFO, Ran};

/// Whether the one piece of information is reported.
fn found(ran: &Ran) -> bool {
    !ran.findings().is_empty()
}

#[test]
fn the_nearest_file_holds_up_to_the_root_of_the_repository() {
    let folder = Folder::with("ringfence.yaml", "ignore: [unused-suppression]\n").and("inner/deep/a.yaml", INFO);
    let run = |folder: &Folder, arguments: &str| {
        let mut command = folder.command();
        let arguments = arguments.split_whitespace();
        Ran::of(&command.current_dir(folder.path().join("inner/deep")).args(arguments).output().unwrap())
    };
    assert!(!found(&run(&folder, "check --format json")), "found two folders up");
    assert!(found(&run(&folder, "check --format json --no-config")));
    let folder = folder.and("inner/ringfence.yaml", "{}\n");
    assert!(found(&run(&folder, "check --format json")), "the nearest one holds alone");
    std::fs::remove_file(folder.path().join("inner/ringfence.yaml")).unwrap();
    let folder = folder.and("inner/.git", "gitdir: elsewhere\n");
    assert!(found(&run(&folder, "check --format json")), "what is outside of the repository does not count");
}

#[test]
fn options_stand_above_the_file() {
    let folder = Folder::with("ringfence.yaml", "ignore: [unused-suppression]\n").and("a.yaml", INFO);
    assert!(!found(&folder.run("check --format json")));
    assert!(found(&folder.run("check --format json --select style")));
    assert!(!found(&folder.run("check --format json --select style --ignore unused-suppression")));
    assert!(!found(&folder.run("check --format json --select correctness,security --select availability")));
}

#[test]
fn a_file_may_be_named() {
    let folder = Folder::with("ci/lint.yaml", "ignore: [style]\n").and("a.yaml", INFO);
    assert!(!found(&folder.run("check --format json --config ci/lint.yaml")));
    let ran = folder.run("check --config ci/other.yaml");
    assert!(ran.err.starts_with("error: `ci/other.yaml` does not exist\n"), "{}", ran.err);
}

#[test]
fn a_fault_is_shown_where_it_is() {
    let folder = Folder::with("ringfence.yaml", "cni: cilium\nignores: [style]\n").and("inner/a.yaml", CLEAN);
    let mut command = folder.command();
    let ran = Ran::of(&command.current_dir(folder.path().join("inner")).arg("check").output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let expected = "\
error: there is no key `ignores`
  ┌─ ../ringfence.yaml:2:1
  │
2 │ ignores: [style]
  │ ^^^^^^^
  │
  = help: did you mean `ignore`?

";
    assert_eq!(ran.err, expected);
}

#[test]
fn faults_of_all_kinds_have_a_place() {
    for (text, place) in [
        ("select: [no-such-rule]\n", "1:10"),
        ("\n\ncni: calico\n", "3:6"),
        ("cilium:\n  version: new\n", "2:12"),
        ("a: [\n", "ringfence.yaml:"),
        ("- a\n", "1:1"),
    ] {
        let ran = Folder::with("ringfence.yaml", text).and("a.yaml", CLEAN).run("check");
        assert_eq!(ran.code, 2, "{text}");
        assert!(ran.err.contains(place) && ran.err.contains("ringfence.yaml:"), "{text}: {}", ran.err);
    }
}

#[test]
fn a_misspelled_rule_is_guessed() {
    let ran = Folder::with("a.yaml", CLEAN).run("check --select unused-supression");
    let expected = "error: no rule is named `unused-supression`\n = help: did you mean `unused-suppression`?\n\n";
    assert_eq!((ran.code, ran.err.as_str()), (2, expected));
}

#[test]
fn what_is_known_of_the_cluster_may_be_said() {
    let policy = "\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: a}
spec: {endpointSelector: {}, ingress: [{}]}
";
    let folder = Folder::with("a.yaml", policy);
    let notes = |arguments: &str| folder.run(&format!("check {arguments}")).out;
    assert!(notes("").contains("note: verdicts are those of Cilium 1.20"), "{}", notes(""));
    assert!(notes("--cilium-version 1.18").contains("note: verdicts are those of Cilium 1.18"));
    assert!(!notes("--cni cilium").contains("note: verdicts"), "nothing is guessed");
    assert!(!notes("--cni upstream").contains("note: verdicts"), "nothing is guessed");
}
