//! `roots`, and `build --root`.

use crate::support::{Folder, Ran};

const KUSTOMIZATION: &str = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  targetNamespace: shop
  sourceRef: {kind: GitRepository, name: flux-system}
  suspend: true
";

const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector: {}
";

fn folder() -> Folder {
    Folder::with("clusters/prod/apps.yaml", KUSTOMIZATION).and("apps/web.yaml", POLICY).and("old/web.yaml", POLICY)
}

#[test]
fn roots_are_listed_with_what_is_not_known() {
    let folder = folder();
    let text = "\
prod/flux-system/apps (Flux Kustomization): 1 object
  - clusters/prod/apps.yaml:8: unknown: this is suspended: what the cluster holds may be older than these files
no root reaches:
  old/web.yaml
";
    let ran = folder.run("roots");
    assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), (text, "", 0));
    let json = folder.run("roots --format json").json();
    assert_eq!(json["roots"][0]["name"], "prod/flux-system/apps");
    assert_eq!(json["roots"][0]["notes"][0]["weight"], "unknown");
    assert_eq!(json["unreached"][0], "old/web.yaml");
}

#[test]
fn a_root_is_printed_as_it_is_applied() {
    let folder = folder();
    let built = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector: {}
";
    for name in ["prod", "prod/flux-system/apps"] {
        let ran = folder.run(&format!("build --root {name}"));
        assert_eq!((ran.out.as_str(), ran.code), (built, 0));
        assert!(ran.err.starts_with("clusters/prod/apps.yaml:8: unknown: "), "{}", ran.err);
    }
    let ran = folder.run("build --root prod --provenance");
    assert!(ran.out.contains("namespace: shop # clusters/prod/apps.yaml:6 (namespace)\n"), "{}", ran.out);
    let ran = folder.run("build --root test");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no root is called `test`; there are `prod/flux-system/apps`"), "{}", ran.err);
}

#[test]
fn declared_roots_extend_what_is_found() {
    let folder = folder().and("ringfence.yaml", "roots:\n- name: edge\n  path: old\n");
    let ran: Ran = folder.run("roots");
    assert!(ran.out.starts_with("edge (declared): 1 object\nprod/flux-system/apps "), "{}", ran.out);
    let folder = folder.and("ringfence.yaml", "roots:\n- name: edge\n");
    let ran = folder.run("roots");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the root `edge` needs one of `path`, `flux` and `argo`"), "{}", ran.err);
}

#[test]
fn where_there_is_no_root_there_is_nothing() {
    let ran = Folder::with("web.yaml", POLICY).run("roots");
    assert_eq!((ran.out.as_str(), ran.code), ("", 3));
}
