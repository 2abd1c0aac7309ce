//! What a build costs beside reading: 10,000 files, of 1,000 applications with two overlays each, all under one root.
//!
//! `cargo bench -p ringfence-sources --bench kustomize`; compare the two lines with one another, not with another machine.
#![allow(clippy::print_stdout, reason = "a benchmark speaks")]

use std::time::{Duration, Instant};

use ringfence_sources::kustomize::{Builder, FileMap, Files, Found, Options};
use ringfence_text::FileId;
use ringfence_yaml::{Tree, parse};

const APPLICATIONS: usize = 1000;
const RUNS: usize = 5;

/// Files with their trees, as a session has them.
struct Parsed {
    map: FileMap,
    trees: Vec<Tree>,
}

impl Files for Parsed {
    fn find(&self, path: &str) -> Found {
        self.map.find(path)
    }

    fn text(&self, file: FileId) -> std::sync::Arc<str> {
        self.map.text(file)
    }

    fn tree(&self, file: FileId) -> Option<&Tree> {
        self.trees.get(file.0 as usize)
    }
}

fn main() {
    let texts = texts();
    let parsing = median(|| texts.iter().for_each(|(_, text)| drop(parse(text.as_str()))));
    let map: FileMap = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let trees = texts.iter().map(|(_, text)| parse(text.as_str())).collect();
    let parsed = Parsed { map, trees };
    let mut objects = 0;
    let building = median(|| {
        let built = Builder::new(&parsed, Options::default()).build("root");
        objects = built.map_or(0, |build| build.objects.len());
    });
    println!("{} files, {objects} objects", texts.len());
    println!("parsing  {:>8.1} ms", parsing.as_secs_f64() * 1e3);
    println!("building {:>8.1} ms", building.as_secs_f64() * 1e3);
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

fn texts() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut roots = String::from("resources:\n");
    for at in 0..APPLICATIONS {
        let app = format!("app-{at}");
        for (name, text) in application(&app) {
            files.push((format!("apps/{app}/base/{name}"), text));
        }
        for overlay in ["staging", "production"] {
            roots.extend(["- ../apps/", &app, "/", overlay, "\n"]);
            let text = format!(
                "resources: [../base]\nnamespace: {app}-{overlay}\nlabels:\n- pairs: {{env: {overlay}}}\n  \
                 includeSelectors: true\npatches:\n- path: patch.yaml\n- target: {{kind: NetworkPolicy}}\n  patch: |-\n    \
                 - {{op: add, path: /spec/policyTypes, value: [Ingress, Egress]}}\n"
            );
            files.push((format!("apps/{app}/{overlay}/kustomization.yaml"), text));
            let patch = format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {app}}}\nspec:\n  template:\n    spec:\n      \
                 containers:\n      - name: main\n        env:\n        - {{name: ENV, value: {overlay}}}\n"
            );
            files.push((format!("apps/{app}/{overlay}/patch.yaml"), patch));
        }
    }
    files.push(("root/kustomization.yaml".to_owned(), roots));
    files
}

fn application(app: &str) -> Vec<(&'static str, String)> {
    let meta = format!("metadata:\n  name: {app}\n  labels:\n    app: {app}\n");
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\n{meta}spec:\n  selector:\n    matchLabels:\n      app: {app}\n  template:\n    \
         metadata:\n      labels:\n        app: {app}\n    spec:\n      serviceAccountName: {app}\n      containers:\n      \
         - name: main\n        image: registry.test/{app}:1\n        ports:\n        - containerPort: 8080\n          name: \
         http\n        envFrom:\n        - configMapRef:\n            name: {app}\n"
    );
    let policy = format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n{meta}spec:\n  podSelector:\n    matchLabels:\n      app: \
         {app}\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          app: front\n    ports:\n    \
         - port: 8080\n"
    );
    vec![
        (
            "kustomization.yaml",
            "resources: [deployment.yaml, service.yaml, policy.yaml, account.yaml, config.yaml]\n".into(),
        ),
        ("deployment.yaml", deployment),
        (
            "service.yaml",
            format!(
                "apiVersion: v1\nkind: Service\n{meta}spec:\n  selector:\n    app: {app}\n  ports:\n  - port: 80\n"
            ),
        ),
        ("policy.yaml", policy),
        ("account.yaml", format!("apiVersion: v1\nkind: ServiceAccount\n{meta}")),
        ("config.yaml", format!("apiVersion: v1\nkind: ConfigMap\n{meta}data:\n  key: value\n")),
    ]
}
