//! What a session answers does not depend on what it went through.
#![allow(clippy::unwrap_used, reason = "a test stops where its own texts are wrong")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestRng, TestRunner};
use ringfence_lint::{Config, Content, Outcome, Session};

const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress, Egress]
  egress:
    - ports: [{port: 5432}] # ringfence: ignore[no-such-rule]
";
const CILIUM: &str = "\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: wbe}}
  egress:
    - toFQDNs: [{matchName: example.org}]
      toPorts: [{ports: [{port: 443}]}]
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: deny}
spec:
  endpointSelector: {}
  ingress:
    - {}
";
const WORKLOADS: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 80, name: http}]}]}
";
const MARKDOWN: &str = "\
# Title
```yaml
metadata: {labels: {app: api}}
```
## One
```yaml
ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}]
metadata: {labels: {app: y}}
other: 1
```
## One
```yaml
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: doc}
spec: {podSelector: {}, bogus: 1}
# ringfence: ignore[nothing]
```
";
const RELEASE: &str = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: db, namespace: shop}
";
const OVERLAY: &str = "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: prod
resources: [../a]
patches:
  - patch: |-
      - {op: replace, path: /spec/podSelector/matchLabels/app, value: web}
    target: {kind: NetworkPolicy}
";
const FLUX: &str = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./c
  targetNamespace: shop
  sourceRef: {kind: GitRepository, name: flux-system}
";
const LIST: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}]}"#;

/// Paths and the texts they may have.
fn pool() -> Vec<(&'static str, Content)> {
    let text = |text: &str| Content::Text(text.to_owned());
    vec![
        ("a/policy.yaml", text(POLICY)),
        ("a/policy.yaml", text(&POLICY.replace("app: api", "app: web"))),
        ("a/deploy.yaml", text(WORKLOADS)),
        ("b/policy.yaml", text(POLICY)),
        ("b/deploy.yaml", text(&WORKLOADS.replace("app: web", "app: api"))),
        ("cilium.yaml", text(CILIUM)),
        ("cilium.yaml", text(&CILIUM.replace("wbe", "web"))),
        ("notes.md", text(MARKDOWN)),
        ("notes.md", text(&MARKDOWN.replace("## One", "## Two"))),
        ("broken.yaml", text("kind: [NetworkPolicy\n---\na: 1\n")),
        ("chart/template.yaml", text("kind: Deployment\nmetadata: {{ include \"x\" . }}\n")),
        ("release.yaml", text(RELEASE)),
        ("list.json", text(LIST)),
        ("a/kustomization.yaml", text("resources: [policy.yaml, deploy.yaml]\n")),
        ("b/kustomization.yaml", text("resources: [policy.yaml]\ncomponents: [../gone]\n")),
        ("c/kustomization.yaml", text(OVERLAY)),
        ("c/kustomization.yaml", text(&OVERLAY.replace("../a", "../b"))),
        ("clusters/prod/apps.yaml", text(FLUX)),
        ("clusters/prod/apps.yaml", text(&FLUX.replace("./c", "./a"))),
        ("latin.yaml", Content::from_bytes(b"a: \xe4".to_vec())),
    ]
}

fn configs() -> Vec<Config> {
    let texts = [
        "",
        "select: [all]",
        "namespace: shop\ncni: upstream",
        "ignore: [style]\nexternal: [kube-system, {name: db, labels: {a: b}}]",
    ];
    texts.iter().map(|text| Config::parse(text).unwrap()).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Put(usize),
    Drop(usize),
    Configure(usize),
    Lint,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let files = pool().len();
    let step = prop_oneof![
        6 => (0..files).prop_map(Step::Put),
        2 => (0..files).prop_map(Step::Drop),
        1 => (0..configs().len()).prop_map(Step::Configure),
        2 => Just(Step::Lint),
    ];
    prop::collection::vec(step, 0..24)
}

/// Everything that a reader of an outcome can see.
fn seen(outcome: &Outcome) -> String {
    let paths: Vec<&str> = outcome.files.iter().map(|(_, file)| file.path()).collect();
    format!("{paths:?}\n{:#?}\n{:#?}\n{:#?}", outcome.findings, outcome.fingerprints, outcome.summary)
}

fn check(steps: &[Step]) -> Result<(), TestCaseError> {
    let (pool, configs) = (pool(), configs());
    let mut session = Session::new();
    let mut holds: BTreeMap<&str, Content> = BTreeMap::new();
    let mut config = Config::default();
    for step in steps {
        match step {
            Step::Put(at) => {
                let (path, content) = pool[*at].clone();
                session.put_content(path, content.clone());
                holds.insert(path, content);
            }
            Step::Drop(at) => {
                session.drop(pool[*at].0);
                holds.remove(pool[*at].0);
            }
            Step::Configure(at) => {
                config = configs[*at].clone();
                session.configure(config.clone());
            }
            Step::Lint => {
                session.lint();
            }
        }
    }
    let mut fresh = Session::new();
    // Backwards: the order of puts must not matter either.
    for (path, content) in holds.into_iter().rev() {
        fresh.put_content(path, content);
    }
    fresh.configure(config);
    prop_assert_eq!(seen(&session.lint()), seen(&fresh.lint()));
    Ok(())
}

fn runner(cases: u32) -> TestRunner {
    let runs = Runs { cases, failure_persistence: None, ..Runs::default() };
    TestRunner::new_with_rng(runs, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

#[test]
fn findings_do_not_depend_on_the_way_there() {
    runner(256).run(&steps(), |steps| check(&steps)).unwrap();
}

/// Pieces of which texts are made that come near to something.
const WORDS: &[&str] = &[
    "apiVersion: networking.k8s.io/v1\n",
    "kind: NetworkPolicy\n",
    "metadata:\n",
    "  name: a\n",
    "spec:\n",
    "  podSelector: {}\n",
    "  ingress: [{}]\n",
    "  annotations: {ringfence.dev/ignore: \"a, b: c\"}\n",
    "# ringfence: ignore[a, b] c\n",
    "# ringfence: ",
    "- ",
    "  ",
    "---\n",
    "```yaml\n",
    "## x\n",
    "{{ x }}",
    "${X}",
    "&a ",
    "*a",
    "<<: ",
    "é\u{fffd}😀",
    "\r\n",
    "\t",
    "[",
    "}",
    "\"",
];

#[test]
fn any_text_is_answered() {
    let word = prop::sample::select(WORDS);
    let text = prop_oneof![
        prop::collection::vec(word, 0..40).prop_map(|words| words.concat()),
        prop::collection::vec(any::<char>(), 0..80).prop_map(String::from_iter),
    ];
    let answered = |text: String| {
        let mut session = Session::new();
        session.configure(Config::parse("select: [all]").unwrap());
        for path in ["a.yaml", "a.md", "<stdin>"] {
            session.put(path, &text);
        }
        let outcome = session.lint();
        prop_assert_eq!(outcome.findings.len(), outcome.fingerprints.len());
        prop_assert!(outcome.findings.iter().all(|finding| outcome.files.get(finding.primary.file).is_some()));
        // A configuration is read or refused; its error must be shown.
        if let Err(error) = Config::parse(&text) {
            prop_assert!(error.span().end as usize <= text.len() && !error.message.is_empty());
        }
        Ok(())
    };
    runner(512).run(&text, answered).unwrap();
}

#[test]
fn progress_is_told_to_the_end() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let mut session = Session::new();
    session.on_progress(move |done, total| sink.lock().unwrap().push((done, total)));
    session.put("a.yaml", POLICY);
    session.put("b.yaml", CILIUM);
    session.lint();
    let told = told.lock().unwrap();
    assert!(told.iter().all(|(done, total)| done <= total) && told.is_sorted());
    assert_eq!(told.last(), Some(&(3, 3)), "two files, one world");
}

#[test]
fn an_empty_session_has_nothing_to_say() {
    let outcome = Session::new().lint();
    assert!(outcome.findings.is_empty() && outcome.files.is_empty());
    assert_eq!(outcome.summary, ringfence_diagnostics::Summary::default());
}
