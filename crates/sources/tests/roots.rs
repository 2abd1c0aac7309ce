//! The cases of `tests/flux` and `tests/argo`, and Flux's own library beside ours.
//!
//! Each case is a small repository. `roots.txt` is what we find in it and say about it; `expected.yaml` is what comes of
//! every root: for Flux what its library made of it, for Argo CD, of which there is no such library, what we make of it.
//! `INSTA_UPDATE=always` writes both anew, `expected.yaml` of Flux only where Go can ask the library. The repositories of
//! `examples` are built as well: nothing of them is unknown.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ringfence_manifest::{Place, Transformer, Value};
use ringfence_sources::kustomize::{FileMap, Files as _, Weight, write};
use ringfence_sources::roots::{self, Declared, Repository, Root, Roots, Start, Tool, What};
use ringfence_testkit::go;
use ringfence_text::LineIndex;

const RECORDS: [&str; 2] = ["expected.yaml", "roots.txt"];

fn folder(tool: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(tool)
}

fn cases(tool: &str) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder(tool).join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
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
            let name = path.strip_prefix(case).unwrap().to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                open.push(path);
            } else if !RECORDS.contains(&name.as_str()) {
                files.put(&name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

fn find(files: &FileMap, declared: &[Declared]) -> Roots {
    roots::find(&Repository::new(files, files.paths()), declared)
}

fn text(root: &Root) -> String {
    root.build.objects.iter().map(|object| write(&object.value, &|_| None)).collect::<Vec<_>>().join("---\n")
}

fn line(files: &FileMap, place: Place) -> String {
    let text = files.text(place.file);
    format!("{}:{}", files.path(place.file), LineIndex::new(&text).line(place.span.start) + 1)
}

/// What was found, for people.
fn tree(files: &FileMap, found: &Roots) -> String {
    let mut out = String::new();
    for root in &found.roots {
        let by = root.brought_by.map_or_else(String::new, |by| format!(" by {}", found.roots[by].name));
        let doubtful = root.build.objects.iter().filter(|object| object.doubtful).count();
        let doubt = if doubtful > 0 { format!(", {doubtful} doubtful") } else { String::new() };
        writeln!(out, "{}{by}: {} objects{doubt}", root.name, root.build.objects.len()).unwrap();
        for note in &root.build.notes {
            let weight = match note.weight() {
                Weight::Broken => "error",
                Weight::Unknown => "unknown",
                Weight::Idle => "note",
            };
            writeln!(out, "  {}: {weight}: {note}", line(files, note.place)).unwrap();
        }
    }
    for file in &found.unreached {
        writeln!(out, "unreached: {}", files.path(*file)).unwrap();
    }
    for cycle in &found.cycles {
        let names: Vec<&str> = cycle.iter().map(|at| found.roots[*at].name.as_str()).collect();
        writeln!(out, "cycle: {}", names.join(", ")).unwrap();
    }
    out
}

fn update() -> bool {
    std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always")
}

/// What differs from a record, which is written anew where that is asked for.
fn against(case: &Path, record: &str, ours: &str) -> Option<String> {
    let recorded = fs::read_to_string(case.join(record)).unwrap_or_default();
    if recorded == ours {
        return None;
    }
    if update() {
        fs::write(case.join(record), ours).unwrap();
        return None;
    }
    Some(format!("{}: `{record}` differs\n--- recorded\n{recorded}--- ours\n{ours}", case.display()))
}

/// Whether the library, which has no cluster to ask, can say anything about a root.
fn is_asked(root: &Root) -> bool {
    let is_unknown = |what: &What| {
        matches!(what, What::OtherRepository { .. } | What::NoVariables { .. } | What::NotFilledIn { .. })
    };
    root.tool == Tool::Flux && !root.build.notes.iter().any(|note| is_unknown(&note.what))
}

/// The roots of a case as `expected.yaml` has them.
fn sections(found: &Roots, text: &mut dyn FnMut(&Root) -> Option<String>) -> String {
    let mut out = String::new();
    for root in &found.roots {
        match text(root) {
            None => writeln!(out, "# {}: refused", root.name).unwrap(),
            Some(text) => write!(out, "# {}\n---\n{text}", root.name).unwrap(),
        }
    }
    out
}

#[test]
fn every_case_is_found_and_built_as_recorded() {
    let mut failures = Vec::new();
    let mut count = 0;
    for tool in ["flux", "argo"] {
        for case in cases(tool) {
            count += 1;
            let files = files(&case);
            let found = find(&files, &[]);
            failures.extend(against(&case, "roots.txt", &tree(&files, &found)));
            let ours = sections(&found, &mut |root| (!root.build.is_refused()).then(|| text(root)));
            if tool == "argo" || !update() {
                failures.extend(against(&case, "expected.yaml", &ours));
            }
        }
    }
    assert!(count >= 45, "only {count} cases");
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn flux_builds_every_case_so() {
    let Some(program) = go::build(&folder("flux")) else { return };
    let mut failures = Vec::new();
    for case in cases("flux") {
        let found = find(&files(&case), &[]);
        let theirs = sections(&found, &mut |root| {
            if is_asked(root) { ask(&program, &case, root, &found) } else { Some(text(root)) }
        });
        failures.extend(against(&case, "expected.yaml", &theirs));
    }
    assert!(failures.is_empty(), "{}\n{}", failures.len(), failures.join("\n"));
}

fn example(tool: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(tool)
}

#[test]
fn the_examples_are_built_whole() {
    let flux = [
        "production/flux-system/flux-system",
        "production/flux-system/apps",
        "production/flux-system/infrastructure",
        "staging/flux-system/flux-system",
        "staging/flux-system/apps",
        "staging/flux-system/infrastructure",
    ];
    let argo = ["main/argocd/platform", "main/argocd/todo", "main/argocd/todo-dev", "main/argocd/todo-prod"];
    for (tool, expected) in [("flux", flux.as_slice()), ("argocd", argo.as_slice())] {
        let files = files(&example(tool));
        let found = find(&files, &[]);
        let names: Vec<&str> = found.roots.iter().map(|root| root.name.as_str()).collect();
        assert_eq!(names, expected);
        let tree = tree(&files, &found);
        let said = found.roots.iter().any(|root| !root.build.notes.is_empty());
        assert!(!said && found.unreached.is_empty() && found.cycles.is_empty(), "{tree}");
    }
}

#[test]
fn flux_builds_the_example_so() {
    let Some(program) = go::build(&folder("flux")) else { return };
    let example = example("flux");
    let found = find(&files(&example), &[]);
    assert_eq!(found.roots.len(), 6);
    for root in &found.roots {
        assert!(is_asked(root), "{}", root.name);
        assert_eq!(ask(&program, &example, root, &found), Some(text(root)), "{}", root.name);
    }
}

/// What the library makes of a root; `None` where it refuses.
fn ask(program: &Path, case: &Path, root: &Root, found: &Roots) -> Option<String> {
    let mut input = write(&root.object, &|_| None);
    for other in found.roots.iter().filter(|other| other.cluster == root.cluster) {
        let kinds = ["ConfigMap", "Secret"].map(Some);
        let is_asked_for = |value: &Value| kinds.contains(&value.at(&["kind"]).and_then(Value::as_str));
        for object in other.build.objects.iter().filter(|object| is_asked_for(&object.value)) {
            write!(input, "---\n{}", write(&object.value, &|_| None)).unwrap();
        }
    }
    let mut asked = Command::new(program);
    asked.arg(case).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut asked = asked.spawn().unwrap();
    asked.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = asked.wait_with_output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

const KUSTOMIZATION: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  targetNamespace: shop
  sourceRef: {kind: GitRepository, name: flux-system}
  commonMetadata:
    labels:
      team: a
  postBuild:
    substitute:
      PORT: \"8443\"
";

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: written
spec:
  podSelector: {}
  ingress:
  - ports:
    - port: ${PORT}
";

#[test]
fn every_value_knows_what_made_it() {
    let files: FileMap =
        [("clusters/prod/apps.yaml", KUSTOMIZATION), ("apps/policy.yaml", POLICY)].into_iter().collect();
    let found = find(&files, &[]);
    let object = &found.roots[0].build.objects[0];
    let origin = |value: &Value| {
        let was = object.origin.written(value.place).map(|was| line(&files, was));
        (line(&files, value.place), object.origin.by(value.place), was)
    };
    let at = |path: &[&str]| origin(object.value.at(path).unwrap());
    let of_root = |line: u32| format!("clusters/prod/apps.yaml:{line}");
    let written = |line: u32| Some(format!("apps/policy.yaml:{line}"));
    assert_eq!(at(&["metadata", "namespace"]), (of_root(8), Some(Transformer::Namespace), written(5)));
    assert_eq!(at(&["metadata", "labels", "team"]), (of_root(12), Some(Transformer::CommonMetadata), None));
    let ports = object.value.at(&["spec", "ingress"]).unwrap().as_list().unwrap()[0].at(&["ports"]).unwrap();
    let port = ports.as_list().unwrap()[0].at(&["port"]).unwrap();
    assert_eq!(origin(port), (of_root(15), Some(Transformer::Substitution), written(10)));
}

#[test]
fn declared_roots_come_before_what_is_found() {
    let files: FileMap =
        [("clusters/prod/apps.yaml", KUSTOMIZATION), ("apps/policy.yaml", POLICY), ("plain/policy.yaml", POLICY)]
            .into_iter()
            .collect();
    let names = |declared: &[Declared]| -> BTreeMap<String, usize> {
        find(&files, declared).roots.into_iter().map(|root| (root.name, root.build.objects.len())).collect()
    };
    assert_eq!(names(&[]), [("prod/flux-system/apps".to_owned(), 1)].into());
    let folder = Declared { name: "edge".to_owned(), start: Start::Folder("plain".to_owned()) };
    let flux = Declared { name: "main".to_owned(), start: Start::Flux("clusters/prod/apps.yaml".to_owned()) };
    let both = [("edge".to_owned(), 1), ("main/flux-system/apps".to_owned(), 1)];
    assert_eq!(names(&[folder, flux]), both.into());
    let gone = Declared { name: "gone".to_owned(), start: Start::Folder("no/where".to_owned()) };
    assert_eq!(names(&[gone])["gone"], 0);
}
