//! The examples, applied to a real cluster and read back: the same findings and the same connections as from the files, which
//! stand beside what every cluster makes by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ringfence_cluster::{Complete, Knobs, Protocol, World};
use ringfence_diagnostics::Severity;
use ringfence_engine::{Endpoint, Engine};
use ringfence_lint::{Config, Outcome, Session};
use ringfence_sources::kustomize::{Disk, write};
use ringfence_sources::roots::{self, Repository};
use ringfence_testkit::cluster::Cluster;

use crate::read_by;

const EXAMPLES: [&str; 2] = ["seed-architecture", "seed-architecture-fixed"];
const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

/// Path and text.
type Texts = BTreeMap<String, String>;

#[test]
fn a_cluster_is_judged_like_the_files_it_was_made_from() {
    for example in EXAMPLES {
        let Some(cluster) = Cluster::start_with_policies() else { return };
        let files = files(&root().join("examples").join(example));
        let bare = read_by(&cluster, 7);
        // Namespaces first, as nothing can be made in one that is not there.
        cluster.apply(&joined(&files, |path| path.contains("namespaces")));
        cluster.apply(&joined(&files, |path| !path.contains("namespaces")));
        let snapshot = read_by(&cluster, 7);
        assert_eq!(snapshot.unread, []);
        let (mut written, mut read) = (session(&files), session(&snapshot.texts));
        // The examples declare `kube-system` themselves.
        for (path, text) in bare.texts.iter().filter(|(path, _)| !path.ends_with("/kube-system.json")) {
            written.put(path, text);
        }
        let connections = |session: &mut Session| connections(session, ".");
        assert_eq!(connections(&mut read), connections(&mut written), "{example}: connections");
        let (read, written) = (findings(&read.lint()), findings(&written.lint()));
        assert_eq!(read, written, "{example}: findings");
        assert_eq!(read.is_empty(), example.ends_with("fixed"), "{example}: {read:?}");
    }
}

#[test]
fn a_cluster_of_gitops_connects_what_its_repository_builds() {
    for (example, name) in [("flux", "production"), ("argocd", "main")] {
        let Some(cluster) = Cluster::start_with_policies() else { return };
        let folder = root().join("examples").join(example);
        let objects = built(&folder, name);
        let is_namespace = |text: &&String| text.contains("\nkind: Namespace\n");
        let joined = |texts: Vec<&String>| texts.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n---\n");
        cluster.apply(&joined(objects.iter().filter(is_namespace).collect()));
        cluster.apply(&joined(objects.iter().filter(|text| !is_namespace(text)).collect()));
        let below = |path: &str| path.rsplit_once(&format!("examples/{example}/")).unwrap().1.to_owned();
        let texts: Texts = files(&folder).into_iter().map(|(path, text)| (below(&path), text)).collect();
        let (mut written, mut read) = (session(&texts), session(&read_by(&cluster, 7).texts));
        let found = connections(&mut read, ".");
        assert_eq!(found, connections(&mut written, name), "{example}");
        assert!(found.values().collect::<BTreeSet<_>>().len() > 1, "{example}: nothing is let through, or everything");
    }
}

/// What the roots of a cluster bring, as texts, without what the tools themselves read.
fn built(folder: &Path, cluster: &str) -> Vec<String> {
    const TOOLS: [&str; 5] =
        ["toolkit.fluxcd.io/", "argoproj.io/", "kind: HelmRelease", "kind: HelmRepository", "monitoring."];
    let disk = Disk::new(folder, 1 << 20).unwrap();
    let whole = disk.root().display().to_string();
    let paths = files(folder).into_keys().map(|path| {
        let path = Path::new(&path).canonicalize().unwrap().display().to_string();
        path.strip_prefix(&whole).unwrap().trim_start_matches('/').to_owned()
    });
    let found = roots::find(&Repository::new(&disk, paths.collect::<Vec<_>>()), &[]);
    let own = found.roots.iter().filter(|root| root.cluster == cluster);
    let texts = own.flat_map(|root| &root.build.objects).map(|object| write(&object.value, &|_| None));
    texts.filter(|text| !TOOLS.iter().any(|tool| text.contains(tool))).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path) -> Texts {
    let mut files = Texts::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            files.insert(path.display().to_string(), fs::read_to_string(&path).unwrap());
        }
    }
    files
}

fn joined(files: &Texts, wanted: impl Fn(&str) -> bool) -> String {
    let texts = files.iter().filter(|(path, _)| wanted(path)).map(|(_, text)| text.as_str());
    texts.collect::<Vec<_>>().join("\n---\n")
}

/// What is known is the same on both sides.
fn session(texts: &Texts) -> Session {
    let mut session = Session::new();
    let knobs = Knobs { complete: Complete::ALL, default_namespace: Some("default".into()), ..Knobs::default() };
    session.configure(Config { knobs, ..Config::default() });
    for (path, text) in texts {
        session.put(path, text);
    }
    session
}

/// What is found. Where several objects are named, their order is that of their files: it is left out.
fn findings(outcome: &Outcome) -> Vec<(&'static str, Severity, Vec<String>)> {
    let words = |text: &str| {
        let mut words: Vec<String> = text.split([' ', ',']).map(str::to_owned).collect();
        words.sort();
        words
    };
    let mut findings: Vec<_> =
        outcome.findings.iter().map(|finding| (finding.rule, finding.severity, words(&finding.message))).collect();
    findings.sort();
    findings
}

/// For each pair of workloads and each protocol, the ports that are let through.
fn connections(session: &mut Session, name: &str) -> BTreeMap<String, String> {
    let worlds = session.worlds();
    let (_, world) = worlds.iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("no world `{name}`"));
    let engine = Engine::new(world);
    let endpoints = endpoints(world);
    let mut connections = BTreeMap::new();
    for (source, from) in &endpoints {
        for (destination, to) in &endpoints {
            for protocol in PROTOCOLS {
                let ports = engine.allowed_ports(from, to, protocol);
                connections.insert(format!("{source} to {destination}, {protocol:?}"), format!("{ports:?}"));
            }
        }
    }
    assert!(endpoints.len() > 2, "{} workloads", endpoints.len());
    connections
}

fn endpoints(world: &World) -> Vec<(String, Endpoint)> {
    let workloads = world
        .workload_ids()
        .filter_map(|(_, workload)| Some((world.workload_text(workload), Endpoint::Pods(workload.identity?))));
    workloads.collect()
}
