//! What `check` and the questions say of a repository that is built, right or wrong.

use std::process::Command;

use crate::support::{Folder, Ran};

const PODS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
";
/// Its peer is the policy's own subject, unless somebody changes one of both.
const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
";
const BASE: &str = "resources: [pods.yaml, policy.yaml]\n";
const OVERLAY: &str = "namespace: shop\nresources: [../base]\n";

fn repository(overlay: &str) -> Folder {
    Folder::with("base/kustomization.yaml", BASE)
        .and("base/pods.yaml", PODS)
        .and("base/policy.yaml", POLICY)
        .and("prod/kustomization.yaml", overlay)
}

/// `path:line rule` of every finding.
fn found(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let finding = |finding: &serde_json::Value| {
        format!("{}:{} {}", text(&finding["path"]), finding["start"]["line"], text(&finding["rule"]))
    };
    report["findings"].as_array().unwrap().iter().map(finding).collect()
}

fn check(folder: &Folder, arguments: &str) -> Vec<String> {
    found(&folder.run(&format!("check --format json {arguments}")))
}

#[test]
fn a_base_beside_the_named_folder_is_read() {
    let folder = repository(&format!(
        "{OVERLAY}patches:\n  - target: {{kind: Deployment}}\n    patch: |-\n      \
         - {{op: replace, path: /spec/template/metadata/labels/app, value: shop}}\n"
    ));
    let ran = folder.run("check --format json prod");
    assert_eq!(found(&ran), ["base/policy.yaml:5 policy-selects-nothing"]);
    assert_eq!(folder.run("check --fix --unsafe-fixes prod").code, 1, "and is not mended");
    assert_eq!(folder.read("base/policy.yaml"), POLICY);
}

#[test]
fn the_same_from_inside_and_by_its_whole_path() {
    let folder = repository(OVERLAY);
    let inside = |arguments: &[&str]| {
        let mut command = folder.command();
        Ran::of(&command.current_dir(folder.path().join("prod")).args(arguments).output().unwrap())
    };
    assert!(inside(&["check", "."]).out.starts_with("no findings in 4 files"));
    let whole = folder.path().join("prod").display().to_string();
    assert!(folder.run(&format!("check {whole}")).out.starts_with("no findings in 4 files"));
    let answer = inside(&["can", "shop/web", "shop/web:80"]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
}

#[test]
fn what_is_missing_is_one_finding_and_the_rest_is_judged() {
    let folder = repository("namespace: shop\nresources:\n  - ../base\n  - gone.yaml\n")
        .and("plain/policy.yaml", &POLICY.replace("app: web}}\n  policy", "app: web, app: web}}\n  policy"));
    let found = check(&folder, ".");
    assert_eq!(found, ["plain/policy.yaml:5 duplicate-map-key", "prod/kustomization.yaml:4 build-refused"]);
}

#[test]
fn what_git_ignores_is_made_by_somebody() {
    let folder =
        repository("namespace: shop\nresources:\n  - ../base\n  - made.yaml\n").and(".gitignore", "made.yaml\n");
    let ran = folder.run("check --format json .");
    assert_eq!(found(&ran), [""; 0]);
    assert!(ran.json()["summary"]["unknown"].to_string().contains("files that were not given"), "{}", ran.out);
}

#[test]
fn a_ring_of_bases_ends() {
    let folder = repository(OVERLAY).and("base/kustomization.yaml", "resources: [pods.yaml, ../prod]\n");
    assert_eq!(check(&folder, "."), ["prod/kustomization.yaml:2 build-refused"]);
}

#[cfg(unix)]
#[test]
fn links_count_as_far_as_they_stay_in_the_repository() {
    let folder = repository("namespace: shop\nresources:\n  - ../inside\n  - ../outside\n");
    std::os::unix::fs::symlink("base", folder.path().join("inside")).unwrap();
    std::os::unix::fs::symlink("/usr", folder.path().join("outside")).unwrap();
    let ran = folder.run("check --format json .");
    assert_eq!(found(&ran), ["prod/kustomization.yaml:4 build-refused"]);
    assert!(ran.out.contains("leaves the folder"), "{}", ran.out);
    assert!(folder.run("reach shop/web .").out.contains("shop/web"));
}

#[test]
fn what_depends_on_something_unknown_is_neither_empty_nor_denied() {
    let folder = repository("namespace: shop\nresources: [../base, 'https://example.com/more?ref=v1']\n");
    let ran = folder.run("can shop/other shop/web:80 .");
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
}

#[test]
fn a_patch_that_does_not_fit_leaves_the_rest_alone() {
    let folder = repository(&format!(
        "{OVERLAY}patches:\n  - target: {{kind: Deployment}}\n    patch: |-\n      - {{op: remove, path: /spec/gone}}\n"
    ));
    assert_eq!(check(&folder, "."), ["prod/kustomization.yaml:6 build-refused"]);
}

#[test]
fn revisions_are_built_with_what_stands_beside_them() {
    let folder = repository(OVERLAY);
    std::fs::remove_dir_all(folder.path().join(".git")).unwrap();
    let git = |arguments: &[&str]| {
        let own = ["-c", "user.name=ringfence", "-c", "user.email=ringfence@example.com"];
        let ran = Command::new("git").args(own).args(arguments).current_dir(folder.path()).output();
        ran.is_ok_and(|output| output.status.success())
    };
    if !(git(&["init", "-q"]) && git(&["add", "-A"]) && git(&["commit", "-q", "-m", "x"])) {
        println!("skipped: git cannot be run");
        return;
    }
    assert!(
        folder.run("diff HEAD:prod prod").out.contains("no connection"),
        "{}",
        folder.run("diff HEAD:prod prod").out
    );
    let folder = folder.and("base/policy.yaml", &POLICY.replace("app: web}}}]", "app: nobody}}}]"));
    let ran = folder.run("diff HEAD:prod prod --fail-on closed");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("base/policy.yaml"), "{}", ran.out);
}
