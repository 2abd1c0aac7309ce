//! What is built from the files of a session, and what is not known because it cannot be.
#![allow(clippy::unwrap_used, reason = "a test stops where its own texts are wrong")]

use std::sync::{Arc, Mutex};

use ringfence_lint::{Outcome, Session, Stands, Supposition};

const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: front}}}]
";
const PODS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front}
spec:
  selector: {matchLabels: {app: front}}
  template:
    metadata: {labels: {app: front}}
    spec: {containers: [{name: front, image: front}]}
";
const BASE: &str = "resources: [policy.yaml, pods.yaml]\n";

/// A repository in which everything is known.
fn session(files: &[(&str, &str)]) -> Session {
    let mut session = Session::new();
    session.stand("/repository", "");
    session.on_absent(|_| Stands::Nothing);
    for (path, text) in files {
        session.put(path, text);
    }
    session
}

/// Rule and path of every finding.
fn found(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let finding =
        |finding: &ringfence_diagnostics::Finding| (finding.rule, outcome.files.path(finding.primary.file).to_owned());
    outcome.findings.iter().map(finding).collect()
}

fn worlds(session: &mut Session) -> Vec<(String, Vec<String>)> {
    let policies = |world: &ringfence_cluster::World| {
        world.policies.iter().map(|policy| world.policy_text(policy).clone()).collect::<Vec<_>>()
    };
    session.worlds().iter().map(|(name, world)| (name.clone(), policies(world))).collect()
}

fn overlays() -> Vec<(&'static str, &'static str)> {
    vec![
        ("base/kustomization.yaml", BASE),
        ("base/policy.yaml", POLICY),
        ("base/pods.yaml", PODS),
        ("dev/kustomization.yaml", "namespace: shop\nresources: [../base]\n"),
        ("prod/kustomization.yaml", "namespace: shop\nresources: [../base]\n"),
    ]
}

#[test]
fn overlays_are_worlds_and_bases_are_none() {
    let known = [("dev", "shop/web"), ("prod", "shop/web")].map(|(world, policy)| (world.into(), vec![policy.into()]));
    assert_eq!(worlds(&mut session(&overlays())), known);
}

#[test]
fn what_only_one_overlay_does_is_found_there_alone() {
    let mut files = overlays();
    let patch = "namespace: shop\nresources: [../base]\npatches:\n  - target: {kind: Deployment, name: front}\n    \
                 patch: |-\n      - {op: replace, path: /spec/template/metadata/labels/app, value: edge}\n";
    files[4].1 = patch;
    let outcome = session(&files).lint();
    assert_eq!(found(&outcome), [("peer-selects-nothing", "base/policy.yaml".to_owned())]);
    assert_eq!(outcome.findings[0].subject.as_ref().unwrap().world, "prod");
}

#[test]
fn clusters_of_flux_are_worlds_with_their_own_variables() {
    let root = |namespace: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: apps, namespace: flux-system}}\n\
             spec:\n  path: ./base\n  targetNamespace: {namespace}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
        )
    };
    let (one, other) = (root("one"), root("other"));
    let mut files = overlays();
    files.truncate(3);
    files.extend([("clusters/a/apps.yaml", one.as_str()), ("clusters/b/apps.yaml", other.as_str())]);
    let known = [("a", "one/web"), ("b", "other/web")].map(|(world, policy)| (world.into(), vec![policy.into()]));
    assert_eq!(worlds(&mut session(&files)), known);
}

#[test]
fn a_base_that_is_not_there_is_a_finding_and_the_rest_is_unknown_not_empty() {
    let mut files = overlays();
    let pods = PODS.replace("app: front", "app: edge");
    files[2].1 = &pods;
    assert_eq!(found(&session(&files).lint()).len(), 1, "no such pods, and all are known");
    files[3].1 = "namespace: shop\nresources: [../base, ../gone]\n";
    files[4].1 = files[3].1;
    let outcome = session(&files).lint();
    let missing = |path: &str| ("build-refused", path.to_owned());
    assert_eq!(found(&outcome), [missing("dev/kustomization.yaml"), missing("prod/kustomization.yaml")]);
}

#[test]
fn a_base_on_the_net_leaves_open_what_there_is() {
    let mut files = overlays();
    let pods = PODS.replace("app: front", "app: edge");
    files[2].1 = &pods;
    for at in [3, 4] {
        files[at].1 = "namespace: shop\nresources: [../base, 'https://example.com/more?ref=v1']\n";
    }
    let outcome = session(&files).lint();
    assert_eq!(found(&outcome), []);
    let reasons: Vec<&str> = outcome.summary.unknown.iter().map(|unknown| unknown.reason.as_str()).collect();
    assert_eq!(reasons, ["bases on the net are not fetched: what they hold is unknown"]);
}

#[test]
fn what_was_not_given_is_asked_for_and_read() {
    let mut session = Session::new();
    session.stand("/repository", "prod");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&asked);
    session.on_absent(move |path| {
        told.lock().unwrap().push(path.to_owned());
        match path {
            "base" => Stands::Folder,
            "base/kustomization.yaml" => Stands::Text(BASE.to_owned()),
            "base/policy.yaml" => Stands::Text(POLICY.to_owned()),
            "base/pods.yaml" => Stands::Text(PODS.replace("app: front", "app: edge")),
            _ => Stands::Nothing,
        }
    });
    session.put("kustomization.yaml", "namespace: shop\nresources: [../base]\n");
    assert_eq!(found(&session.lint()), [("peer-selects-nothing", "../base/policy.yaml".to_owned())]);
    assert!(asked.lock().unwrap().contains(&"base/kustomization.yml".to_owned()));
}

#[test]
fn what_nobody_can_say_is_no_finding() {
    let mut session = Session::new();
    session.put("kustomization.yaml", "namespace: shop\nresources: [../base, pods.yaml, gone.yaml]\n");
    session.put("pods.yaml", PODS);
    let outcome = session.lint();
    assert_eq!(found(&outcome), []);
    assert!(outcome.summary.unknown[0].reason.starts_with("kustomizations name files that were not given"));
}

#[test]
fn links_are_followed_inside_and_not_out_of_the_repository() {
    let mut session = Session::new();
    session.stand("/repository", "");
    session.on_absent(|path| match path {
        "link" => Stands::Link("base".to_owned()),
        "out" => Stands::Outside,
        "locked" => Stands::Unreadable("permission denied".to_owned()),
        _ => Stands::Nothing,
    });
    for (path, text) in &overlays()[..3] {
        session.put(path, text);
    }
    session.put("dev/kustomization.yaml", "namespace: shop\nresources:\n  - ../link\n  - ../out\n  - ../locked\n");
    let messages: Vec<String> = session.lint().findings.iter().map(|finding| finding.message.clone()).collect();
    assert_eq!(
        messages,
        [
            "kustomize cannot build this: `../out` leaves the folder that everything is read from",
            "kustomize cannot build this: `../locked` cannot be read: permission denied",
        ]
    );
    assert_eq!(worlds(&mut session)[0].1, ["shop/web"]);
}

#[test]
fn files_that_no_root_reaches_are_judged_by_themselves_and_asked_of_by_nobody() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n\
                spec:\n  path: ./base\n  targetNamespace: shop\n  sourceRef: {kind: GitRepository, name: flux-system}\n";
    let mut files = overlays();
    files.truncate(3);
    let stray =
        POLICY.replace("name: web", "name: stray").replace("podSelector: {matchLabels: {app: web}}", "podSelector: 7");
    files.extend([("clusters/a/apps.yaml", flux), ("stray/policy.yaml", stray.as_str())]);
    let mut session = session(&files);
    assert_eq!(worlds(&mut session), [("a".to_owned(), vec!["shop/web".to_owned()])]);
    let outcome = session.lint();
    assert!(found(&outcome).contains(&("wrong-type", "stray/policy.yaml".to_owned())));
    assert_eq!(outcome.summary.worlds, [""; 0]);
}

#[test]
fn a_supposed_file_takes_the_place_of_what_is_built() {
    let mut files = overlays();
    let open = POLICY
        .replace("metadata: {name: web}", "metadata: {name: web, namespace: shop}")
        .replace("app: front", "app: any");
    files.push(("with.yaml", &open));
    let mut session = session(&files);
    let supposed = Supposition { with: vec!["with.yaml".to_owned()], ..Supposition::default() };
    let worlds = session.worlds_supposing(&supposed);
    assert_eq!(worlds.iter().map(|(_, world)| world.policies.len()).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn what_stands_beside_a_root_is_in_the_cluster_of_the_root_even_where_that_builds_for_another() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\n\
                       spec:\n  source: {repoURL: 'https://x.test/r', path: base}\n  \
                       destination: {server: 'https://edge.example.com', namespace: shop}\n";
    let beside = format!("{application}---\n{}", POLICY.replace("name: web", "name: own, namespace: argocd"));
    let mut files = overlays();
    files.truncate(3);
    files.push(("clusters/main/apps.yaml", &beside));
    let known = [("edge.example.com", "shop/web"), ("main", "argocd/own")];
    assert_eq!(worlds(&mut session(&files)), known.map(|(world, policy)| (world.into(), vec![policy.into()])));
    files[3].1 = application;
    assert_eq!(worlds(&mut session(&files)).len(), 1, "a root alone is no cluster");
}
