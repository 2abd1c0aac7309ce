//! The cases of `tests/kustomize`, held against what `kubectl kustomize` 1.36.3 made of them.
//!
//! Each case is a folder with a kustomization in it, or in its `overlay`. `expected.yaml` is what the real program wrote;
//! `notes.txt` is what we say, with lines. A case without `expected.yaml` is one that kustomize refuses, or cannot build
//! here. `cargo xtask test kustomize` asks the real program again.

#![allow(clippy::unwrap_used, reason = "a fixture of another form ends the test")]

use std::fs;
use std::path::{Path, PathBuf};

use ringfence_manifest::{Place, Transformer, Value};
use ringfence_sources::kustomize::{
    Build, Builder, Built, Effect, FileMap, Files, Found, Note, Options, Weight, write,
};
use ringfence_text::{FileId, LineIndex};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/kustomize");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    cases
}

/// Every file of a case, by its path in the case.
fn files(case: &Path) -> FileMap {
    let mut files = FileMap::default();
    let mut open = vec![case.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(case).unwrap().to_string_lossy().replace('\\', "/");
                files.put(&name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

fn root(case: &Path) -> &'static str {
    if case.join("overlay").is_dir() { "overlay" } else { "" }
}

fn build(files: &FileMap, root: &str) -> Build {
    Builder::new(files, Options::default()).build(root).unwrap()
}

fn text(build: &Build) -> String {
    build.objects.iter().map(|object| write(&object.value, &|_| None)).collect::<Vec<_>>().join("---\n")
}

fn line(files: &FileMap, place: Place) -> String {
    let text = files.text(place.file);
    format!("{}:{}", files.path(place.file), LineIndex::new(&text).line(place.span.start) + 1)
}

fn said(files: &FileMap, note: &Note) -> String {
    let weight = match note.weight() {
        Weight::Broken => "error",
        Weight::Unknown => "unknown",
        Weight::Idle => "note",
    };
    format!("{}: {weight}: {note}\n", line(files, note.place))
}

#[test]
fn every_case_builds_as_kustomize_builds_it() {
    let update = std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always");
    let mut failures = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    for case in &cases {
        let files = files(case);
        let build = build(&files, root(case));
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let notes: String = build.notes.iter().map(|note| said(&files, note)).collect();
        let recorded = fs::read_to_string(case.join("notes.txt")).unwrap_or_default();
        if notes != recorded && update {
            fs::write(case.join("notes.txt"), &notes).unwrap();
        } else if notes != recorded {
            failures.push(format!("{name}: the notes differ\n--- recorded\n{recorded}--- ours\n{notes}"));
        }
        match fs::read_to_string(case.join("expected.yaml")) {
            Ok(expected) if expected != text(&build) => {
                failures
                    .push(format!("{name}: the objects differ\n--- kustomize\n{expected}--- ours\n{}", text(&build)));
            }
            Ok(_) if build.is_refused() => failures.push(format!("{name}: kustomize builds it\n{notes}")),
            Err(_) if build.notes.iter().all(|note| note.weight() == Weight::Idle) => {
                failures.push(format!("{name}: kustomize refuses it, and we say nothing"));
            }
            _ => {}
        }
    }
    assert!(failures.is_empty(), "{} of {}\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// One object of a small build, by kind, with the files it was built from.
struct Small {
    files: FileMap,
    build: Build,
}

impl Small {
    fn new(files: &[(&str, &str)]) -> Self {
        let files: FileMap = files.iter().copied().collect();
        let build = build(&files, "overlay");
        Self { files, build }
    }

    /// Where a value of the object of a kind stands, what put it there, and where it was.
    fn origin(&self, kind: &str, path: &[&str]) -> (String, Option<Transformer>, Option<String>) {
        let is = |object: &&Built| object.value.at(&["kind"]).and_then(Value::as_str) == Some(kind);
        let object = self.build.objects.iter().find(is).unwrap();
        let place = object.value.at(path).unwrap().place;
        let was = object.origin.written(place).map(|was| line(&self.files, was));
        (line(&self.files, place), object.origin.by(place), was)
    }

    fn doubtful(&self) -> Vec<String> {
        let doubtful = self.build.objects.iter().filter(|object| object.doubtful);
        let name = |object: &Built| object.value.at(&["metadata", "name"]).unwrap().as_str().unwrap().to_owned();
        doubtful.map(name).collect()
    }

    fn effects(&self) -> Vec<Effect> {
        self.build.notes.iter().map(|note| note.effect).collect()
    }
}

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: written
spec:
  podSelector:
    matchLabels:
      app: web
";

#[test]
fn every_value_knows_what_made_it() {
    let overlay = "namespace: shop
namePrefix: p-
commonLabels:
  team: a
patches:
- patch: |-
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: web
      namespace: written
    spec:
      podSelector:
        matchLabels:
          app: other
- path: ops.yaml
  target:
    kind: NetworkPolicy
resources:
- ../base
";
    let ops = "- op: add\n  path: /spec/policyTypes\n  value:\n  - Ingress\n";
    let small = Small::new(&[
        ("overlay/kustomization.yaml", overlay),
        ("overlay/ops.yaml", ops),
        ("base/kustomization.yaml", "resources: [policy.yaml]\n"),
        ("base/policy.yaml", POLICY),
    ]);
    let at = |path: &[&str]| small.origin("NetworkPolicy", path);
    let line = |file: &str, line: u32| format!("{file}:{line}");
    assert_eq!(at(&["kind"]), (line("base/policy.yaml", 2), None, None));
    let namespace = (line("overlay/kustomization.yaml", 1), Some(Transformer::Namespace));
    assert_eq!(at(&["metadata", "namespace"]), (namespace.0, namespace.1, Some(line("base/policy.yaml", 5))));
    let name = (line("overlay/kustomization.yaml", 2), Some(Transformer::NamePrefix));
    assert_eq!(at(&["metadata", "name"]), (name.0, name.1, Some(line("base/policy.yaml", 4))));
    let label = (line("overlay/kustomization.yaml", 4), Some(Transformer::CommonLabels), None);
    assert_eq!(at(&["spec", "podSelector", "matchLabels", "team"]), label);
    let patched = (line("overlay/kustomization.yaml", 15), Some(Transformer::Patch));
    let app = at(&["spec", "podSelector", "matchLabels", "app"]);
    assert_eq!(app, (patched.0, patched.1, Some(line("base/policy.yaml", 9))));
    assert_eq!(at(&["spec", "policyTypes"]), (line("overlay/ops.yaml", 4), Some(Transformer::Patch), None));
}

#[test]
fn what_cannot_be_built_leaves_doubt_where_it_matters() {
    let config = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    let overlay = "resources: [a.yaml, policy.yaml]
patches:
- path: gone.yaml
  target: {kind: NetworkPolicy}
";
    let small = Small::new(&[
        ("overlay/kustomization.yaml", overlay),
        ("overlay/a.yaml", &config("a")),
        ("overlay/policy.yaml", POLICY),
    ]);
    assert_eq!((small.doubtful(), small.build.is_partial()), (vec!["web".to_owned()], false));
    assert_eq!(small.effects(), [Effect::Content]);
    let small = Small::new(&[
        ("overlay/kustomization.yaml", "resources: [a.yaml, 'https://x.test/b.yaml']\ntransformers: [t.yaml]\n"),
        ("overlay/a.yaml", &config("a")),
    ]);
    assert_eq!((small.doubtful(), small.build.is_partial()), (vec!["a".to_owned()], true));
}

#[test]
fn a_base_that_two_need_is_built_once_and_said_once() {
    let overlay = "resources: [../one, ../two]\n";
    let small = Small::new(&[
        ("overlay/kustomization.yaml", overlay),
        ("one/kustomization.yaml", "namePrefix: one-\nresources: [../base]\n"),
        ("two/kustomization.yaml", "namePrefix: two-\nresources: [../base]\n"),
        ("base/kustomization.yaml", "resources: [policy.yaml, gone.yaml]\n"),
        ("base/policy.yaml", POLICY),
    ]);
    assert_eq!((small.build.objects.len(), small.build.notes.len()), (2, 1));
    let read: Vec<&str> = small.build.read.iter().map(|file| small.files.path(*file)).collect();
    assert_eq!(read.len(), 5, "{read:?}");
}

#[test]
fn links_are_followed_as_far_as_the_folder_goes() {
    struct Linked(FileMap);
    impl Files for Linked {
        fn find(&self, path: &str) -> Found {
            match path {
                "overlay/inside.yaml" => Found::Link("overlay/real.yaml".to_owned()),
                "overlay/beside.yaml" => Found::Link("base/policy.yaml".to_owned()),
                "overlay/away.yaml" => Found::Outside,
                "overlay/round.yaml" => Found::Link("overlay/round.yaml".to_owned()),
                path => self.0.find(path),
            }
        }
        fn text(&self, file: FileId) -> std::sync::Arc<str> {
            self.0.text(file)
        }
    }
    let overlay = "resources: [inside.yaml, beside.yaml, away.yaml, round.yaml]\n";
    let map: FileMap =
        [("overlay/kustomization.yaml", overlay), ("overlay/real.yaml", POLICY), ("base/policy.yaml", POLICY)]
            .into_iter()
            .collect();
    let files = Linked(map);
    let strict = Builder::new(&files, Options::default()).build("overlay").unwrap();
    let said: Vec<String> = strict.notes.iter().map(ToString::to_string).collect();
    assert_eq!(strict.objects.len(), 1);
    assert!(said[0].starts_with("`beside.yaml` lies outside of `overlay`"), "{said:?}");
    assert!(said[1].starts_with("`away.yaml` leaves the folder"), "{said:?}");
    assert!(said[2].starts_with("`round.yaml` cannot be read"), "{said:?}");
    let lenient = Builder::new(&files, Options { outside: true }).build("overlay").unwrap();
    assert_eq!(lenient.notes.len(), 3, "{:?}", lenient.notes);
}

#[test]
fn a_folder_without_a_kustomization_is_an_error() {
    let files: FileMap = [("a/b.yaml", POLICY)].into_iter().collect();
    let error = Builder::new(&files, Options::default()).build("a").unwrap_err();
    assert_eq!(error.to_string(), "there is no kustomization in `a`");
}
