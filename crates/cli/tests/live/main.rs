//! `--context`: the real binary against a real API server, and what it says where there is none.

#![cfg(feature = "live")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

#[path = "../common/mod.rs"]
mod common;
mod drift;
#[path = "../common/schema.rs"]
mod schema;
#[path = "../common/shop.rs"]
mod shop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio, id};

use common::root;
use ringfence_testkit::cluster::{ADMIN, Cluster, GUEST};
use serde_json::Value;

const EXAMPLE: &str = "examples/seed-architecture";
/// All that the example has, and all that is read.
const KINDS: &str = "namespaces,deployments,statefulsets,daemonsets,cronjobs,jobs,services,networkpolicies.networking.k8s.io,\
                     ciliumnetworkpolicies,ciliumclusterwidenetworkpolicies";

/// Runs `check` with a kubeconfig, without configuration.
fn ringfence(kubeconfig: &Path, arguments: &[&str], input: &str) -> Output {
    run(kubeconfig, &[&["check"], arguments].concat(), input)
}

/// Runs a command with a kubeconfig, without configuration.
fn run(kubeconfig: &Path, arguments: &[&str], input: &str) -> Output {
    use std::io::Write as _;
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.env("KUBECONFIG", kubeconfig).current_dir(root()).args(arguments).arg("--no-config");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who reads no input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|problem| panic!("{problem}: {output:?}"))
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The rules of all findings, sorted: where they stand, and which of several objects is named first, differs.
fn found(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    rules.sort_unstable();
    rules
}

/// A file of the temporary folder, gone at the end.
struct Kubeconfig(PathBuf);

impl Kubeconfig {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringfence-{name}-{}", id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    /// What `check` says on standard error: it ends with exit code 2 and no report.
    fn fails(&self, context: &str) -> String {
        let output = ringfence(&self.0, &["--context", context], "");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{output:?}");
        errors(&output)
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const NOBODY: &str = "
apiVersion: v1
kind: Config
clusters:
- name: gone
  cluster: {server: 'http://127.0.0.1:1'}
contexts:
- name: gone
  context: {cluster: gone, user: me}
users:
- name: me
  user: {}
";

#[test]
fn a_cluster_that_cannot_be_read_is_an_error_that_says_what_to_do() {
    let kubeconfig = Kubeconfig::new("nobody", NOBODY);
    let gone = kubeconfig.fails("gone");
    assert!(
        gone.starts_with("error: the cluster of context `gone` cannot be reached at http://127.0.0.1:1/: "),
        "{gone}"
    );
    assert!(gone.contains("= help: check the network"), "{gone}");
    let unknown = kubeconfig.fails("prod");
    assert!(unknown.starts_with("error: the kubeconfig has no context `prod`\n = help: it has `gone`"), "{unknown}");
    let current = kubeconfig.fails("");
    assert!(current.starts_with("error: no context of the kubeconfig is current\n = help: name one"), "{current}");
    let broken = Kubeconfig::new("broken", "clusters: [").fails("gone");
    assert!(broken.starts_with("error: the kubeconfig cannot be used: "), "{broken}");
}

#[test]
fn a_cluster_stands_in_place_of_files_and_is_not_mended() {
    let kubeconfig = Kubeconfig::new("place", NOBODY);
    let both = ringfence(&kubeconfig.0, &["--context", "gone", "examples"], "");
    assert!(
        both.status.code() == Some(2)
            && errors(&both).starts_with("error: `--context` reads a cluster in place of files, and `examples`"),
        "{both:?}"
    );
    let fix = ringfence(&kubeconfig.0, &["--context", "gone", "--fix"], "");
    assert_eq!(fix.status.code(), Some(2));
    assert!(errors(&fix).starts_with("error: `--fix` cannot change a cluster"), "{fix:?}");
}

#[test]
fn a_cluster_is_read_through_its_context_or_piped_in() {
    let Some(cluster) = Cluster::start_with_policies() else { return };
    let kubeconfig = cluster.kubeconfig();
    let folder = root().join(EXAMPLE);
    for part in ["namespaces", "policies", "workloads"] {
        let part = folder.join(part);
        cluster.kubectl(&["apply", "--server-side", "--filename", part.to_str().unwrap()], "").unwrap();
    }

    // By its name, and as the current one.
    let named = ringfence(&kubeconfig, &["--format", "json", "--context", ADMIN], "");
    let current = ringfence(&kubeconfig, &["--format", "json", "--context", ""], "");
    assert_eq!(named.stdout, current.stdout);
    let report = json(&named);
    assert_eq!(report["summary"]["unknown"], Value::Array(Vec::new()), "{report:#}");
    let files = json(&ringfence(&kubeconfig, &["--format", "json", EXAMPLE], ""));
    assert_eq!(found(&report), found(&files));
    assert!(found(&files).len() > 10, "{files:#}");
    assert_eq!(named.status.code(), Some(1));

    // One list of everything.
    let list = cluster.kubectl(&["get", KINDS, "--all-namespaces", "--output", "yaml"], "").unwrap();
    let piped = json(&ringfence(&kubeconfig, &["--format", "json", "-"], &list));
    assert_eq!(found(&piped), found(&files));
    assert_eq!(piped["summary"]["objects"], report["summary"]["objects"]);

    // What may not be listed is said once.
    let binding = format!("create clusterrolebinding guest --clusterrole=system:aggregate-to-view --user={GUEST}");
    cluster.kubectl(&binding.split(' ').collect::<Vec<_>>(), "").unwrap();
    let guest = ringfence(&kubeconfig, &["--context", GUEST], "");
    let text = String::from_utf8(guest.stdout.clone()).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("unknown: these credentials may not")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].contains("`CiliumNetworkPolicy`") && !lines[0].contains("`Pod`"), "{text}");
}
