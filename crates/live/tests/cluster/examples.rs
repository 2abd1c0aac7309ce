//! The examples, applied to a real cluster and read back: the same findings and the same connections as from the files, which
//! stand beside what every cluster makes by itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ringfence_cluster::{Complete, Knobs, Protocol, World};
use ringfence_diagnostics::Severity;
use ringfence_engine::{Endpoint, Engine};
use ringfence_lint::{Config, Outcome, Session};
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
        assert_eq!(connections(&mut read), connections(&mut written), "{example}: connections");
        let (read, written) = (findings(&read.lint()), findings(&written.lint()));
        assert_eq!(read, written, "{example}: findings");
        assert_eq!(read.is_empty(), example.ends_with("fixed"), "{example}: {read:?}");
    }
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
fn connections(session: &mut Session) -> BTreeMap<String, String> {
    let worlds = session.worlds();
    let [(_, world)] = worlds.as_slice() else { panic!("{} worlds", worlds.len()) };
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
    assert!(endpoints.len() > 20, "{} workloads", endpoints.len());
    connections
}

fn endpoints(world: &World) -> Vec<(String, Endpoint)> {
    let workloads = world
        .workload_ids()
        .filter_map(|(_, workload)| Some((world.workload_text(workload), Endpoint::Pods(workload.identity?))));
    workloads.collect()
}
