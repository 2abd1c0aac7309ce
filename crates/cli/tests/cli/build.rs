//! `ringfence build`.

use crate::support::Folder;

const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector: {}
";

fn overlay(kustomization: &str) -> Folder {
    Folder::with("base/kustomization.yaml", "resources: [policy.yaml]\n")
        .and("base/policy.yaml", POLICY)
        .and("overlay/kustomization.yaml", kustomization)
}

#[test]
fn objects_go_to_standard_output_and_nothing_else_does() {
    let ran = overlay("resources: [../base]\nnamespace: shop\n").run("build overlay");
    let expected = POLICY.replace("  name: web\n", "  name: web\n  namespace: shop\n");
    assert_eq!((ran.code, ran.out, ran.err), (0, expected, String::new()));
}

#[test]
fn every_value_says_where_it_comes_from() {
    let ran = overlay("resources: [../base]\nnamespace: shop\n").run("build overlay --provenance");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[3], "  name: web # base/policy.yaml:4", "{}", ran.out);
    assert_eq!(lines[4], "  namespace: shop # overlay/kustomization.yaml:2 (namespace)");
}

#[test]
fn what_cannot_be_built_is_said_with_its_line_and_the_rest_is_built() {
    let ran = overlay("resources: [../base, gone.yaml]\n").run("build overlay");
    let said = "overlay/kustomization.yaml:1: error: `gone.yaml` does not exist\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (1, POLICY, said));
}

#[test]
fn what_is_not_known_here_is_no_error() {
    let ran = overlay("resources: [../base, 'https://x.test/a.yaml']\n").run("build overlay");
    assert_eq!((ran.code, ran.out.as_str()), (0, POLICY));
    assert!(ran.err.contains("unknown: `https://x.test/a.yaml` is fetched from the net"), "{}", ran.err);
}

#[test]
fn a_folder_without_a_kustomization_ends_the_run() {
    let ran = Folder::with("a/policy.yaml", POLICY).run("build a");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("there is no kustomization in `a`"), "{}", ran.err);
}
