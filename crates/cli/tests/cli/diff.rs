//! `diff`: folders and Git revisions, the formats, the exit codes.

use std::path::Path;
use std::process::Command;

use crate::schema::assert_schema;
use crate::shop::{db_policy, documents, pods, workload};
use crate::support::{Folder, Ran};

/// `old`: everything open, and a job; `new`: the database shut but for one port; `other`: another port.
fn sides() -> Folder {
    Folder::with("old/pods.yaml", &pods())
        .and("old/job.yaml", &workload("Job", "job"))
        .and("new/pods.yaml", &pods())
        .and("new/policy.yaml", &db_policy(5432))
        .and("other/pods.yaml", &pods())
        .and("other/policy.yaml", &db_policy(5433))
}

#[test]
fn what_changed_is_told_below_what_did_it() {
    let folder = sides();
    insta::assert_snapshot!("diff-closed", folder.run("diff old new").out);
    insta::assert_snapshot!("diff-changed", folder.run("diff new other").out);
    insta::assert_snapshot!("diff-markdown", folder.run("diff old other --format markdown").out);
    insta::assert_snapshot!("diff-nothing", folder.run("diff new new --format markdown").out);
}

#[test]
fn only_definite_changes_fail_a_run() {
    let folder = sides();
    let code = |arguments: &str| folder.run(&format!("diff {arguments}")).code;
    assert_eq!(code("old new"), 0);
    assert_eq!(code("old new --fail-on closed"), 1);
    assert_eq!(code("old new --fail-on opened"), 0);
    assert_eq!(code("old new --fail-on any"), 1);
    assert_eq!(code("new old --fail-on opened"), 1);
    assert_eq!(code("new other --fail-on opened"), 1);
    assert_eq!(code("new other --fail-on closed"), 1);
    assert_eq!(code("new new --fail-on any"), 0);
    // Nothing shows whether the pods that the policy selects are there.
    let uncertain = Folder::with("old/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
        .and("new/a.yaml", &documents(&["apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", &db_policy(80)]));
    let ran = uncertain.run("diff old new --fail-on any");
    assert!(ran.code == 0 && ran.out.contains("uncertain"), "{ran:?}");
}

#[test]
fn what_cannot_be_compared_says_so() {
    let folder = sides();
    let error = |arguments: &str, code: i32, text: &str| {
        let ran = folder.run(&format!("diff {arguments}"));
        assert!(ran.code == code && ran.out.is_empty() && ran.err.contains(text), "{arguments}: {ran:?}");
    };
    error("old", 2, "only one side is given");
    error("", 2, "no sides are given");
    error("old missing", 2, "`missing` does not exist");
    error("old new --rev main", 2, "with `--rev`, only one path can be given");
    error("main:old new", 2, "Git repository");
}

#[test]
fn programs_get_the_shape_that_is_described() {
    let folder = sides();
    for sides in ["old new", "new old", "new other", "old old"] {
        assert_schema(&folder.run(&format!("diff {sides} --format json")).json(), "diff");
    }
    let json = folder.run("diff old new --format json").json();
    assert_eq!(json["summary"]["workloads_gone"], 1);
    let cause = &json["worlds"][0]["causes"][0];
    assert_eq!((&cause["change"], &cause["name"]), (&"added".into(), &"shop/db".into()));
    assert_eq!(cause["new"][0]["at"]["path"], "new/policy.yaml");
}

#[test]
fn both_sides_are_judged_by_one_engine() {
    let cilium = "\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: web}}, egress: [{toEntities: [all]}]}
";
    let folder = Folder::with("old/a.yaml", &documents(&[&pods(), &db_policy(80)]))
        .and("new/a.yaml", &documents(&[&pods(), &db_policy(80), cilium]));
    let ran = folder.run("diff old new");
    assert!(ran.out.starts_with("no connection changed"), "{ran:?}");
    assert_eq!(ran.err.matches("verdicts are those of Cilium").count(), 1, "{ran:?}");
    assert_eq!(folder.run("diff old new --quiet").err, "");
}

#[test]
fn worlds_go_together_by_their_names() {
    let folder = Folder::with("old/prod/a.yaml", &pods())
        .and("old/dev/a.yaml", &pods())
        .and("new/prod/a.yaml", &documents(&[&pods(), &db_policy(80)]))
        .and("new/dev/a.yaml", &pods())
        .and("new/test/a.yaml", &pods());
    let ran = folder.run("diff old new");
    assert!(ran.out.contains("world `test` is only in `new`"), "{ran:?}");
    assert!(ran.out.contains("\nworld `prod`\n") && !ran.out.contains("\nworld `dev`\n"), "{ran:?}");
    assert!(folder.run("diff old new --world dev").out.starts_with("no connection changed"));
    assert_eq!(folder.run("diff old new --world qa").code, 2);
}

#[test]
fn the_example_is_told_by_its_policies() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let run = |arguments: &str| {
        let mut command = Folder::new().command();
        Ran::of(&command.current_dir(&examples).args(arguments.split_whitespace()).output().unwrap())
    };
    insta::assert_snapshot!("diff-example", run("diff seed-architecture seed-architecture-fixed").out);
    insta::assert_snapshot!(
        "diff-example-markdown",
        run("diff seed-architecture seed-architecture-fixed --format markdown").out
    );
    assert_schema(&run("diff seed-architecture seed-architecture-fixed --format json").json(), "diff");
}

/// A repository with three commits: nothing, `old`, `new`; `side` parted from the second.
fn repository() -> Option<Folder> {
    let folder = Folder::with("readme.txt", "x");
    std::fs::remove_dir_all(folder.path().join(".git")).unwrap();
    let git = |arguments: &[&str]| {
        let own = [
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@t",
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ];
        let ran = Command::new("git").args(own).args(arguments).current_dir(folder.path()).output();
        ran.is_ok_and(|output| output.status.success())
    };
    let commit = || git(&["add", "-A"]) && git(&["commit", "-q", "-m", "x"]);
    if !(git(&["init", "-q"]) && commit()) {
        println!("skipped: git cannot be run");
        return None;
    }
    let folder_with = |path: &str, text: &str| {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    folder_with("deploy/pods.yaml", &pods());
    folder_with("deploy/.hidden/x.yaml", "not: [read");
    assert!(commit() && git(&["branch", "side"]));
    folder_with("deploy/policy.yaml", &db_policy(5432));
    assert!(commit());
    folder_with("deploy/policy.yaml", &db_policy(5433));
    Some(folder)
}

#[test]
fn revisions_are_compared_without_touching_the_work_tree() {
    let Some(folder) = repository() else { return };
    let out = |arguments: &str| {
        let ran = folder.run(&format!("diff {arguments} --quiet"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments}");
        ran.out
    };
    let told = out("--rev HEAD~1..HEAD deploy");
    insta::assert_snapshot!("diff-revisions", told);
    assert_eq!(out("HEAD~1:deploy HEAD:deploy"), told);
    assert_eq!(out("HEAD~1:deploy HEAD:"), told);
    assert_eq!(out("--rev HEAD~1.. deploy"), told);
    assert!(out("--rev main...side deploy").starts_with("no connection changed"));
    assert!(out("--rev side...main deploy").contains("main:deploy/policy.yaml:"));
    // The files as they are now.
    let now = out("--rev HEAD deploy");
    assert!(now.contains("HEAD:deploy/policy.yaml:8 (ingress[0]), deploy/policy.yaml:8 (ingress[0])"), "{now}");
    assert_eq!(folder.read("deploy/policy.yaml"), db_policy(5433));
}

#[test]
fn revisions_that_cannot_be_read_say_why() {
    let Some(folder) = repository() else { return };
    let error = |arguments: &str, text: &str| {
        let ran = folder.run(&format!("diff {arguments}"));
        assert!(ran.code == 2 && ran.out.is_empty() && ran.err.contains(text), "{arguments}: {ran:?}");
    };
    error("--rev nothing..HEAD deploy", "`nothing` is no revision of this repository");
    error("--rev=--all..HEAD deploy", "`--all` is no revision of this repository");
    error("HEAD~1:missing HEAD:missing", "there is no `missing` in revision `HEAD~1`");
    let ran = folder.run("diff --rev HEAD~2..HEAD~1 deploy");
    assert!(ran.code == 0 && ran.err.contains("there is no `HEAD~2:deploy`: it is taken to be empty"), "{ran:?}");
    assert!(ran.out.starts_with("2 workloads new"), "{ran:?}");
}
