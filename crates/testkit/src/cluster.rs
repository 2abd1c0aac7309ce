//! A real API server with etcd behind it, on the loopback, for as long as a test lasts.
//!
//! It has everything but controllers: namespaces stay, and nobody makes the pods of a Deployment.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use serde::Deserialize;

use crate::assets::Assets;
use crate::go;

/// Who may do everything.
pub const ADMIN: &str = "admin";
/// Who may do nothing but what a test allows.
pub const GUEST: &str = "guest";

/// Another program may take a free port before ours does.
const ATTEMPTS: usize = 3;
/// How long an API server may take on a busy machine; usually it is four seconds.
const PATIENCE: Duration = Duration::from_mins(3);
/// How often it is asked.
const POLL: Duration = Duration::from_millis(100);

/// The key of service accounts. Everybody may know it: it guards a server on the loopback that lives for one test.
const KEY: &str = "MDECAQEEIHJpbmdmZW5jZSB0ZXN0IGtleSwgbm90IGEgc2VjcmV0oAoGCCqGSM49AwEH";

/// A running cluster, stopped when it is dropped. Its kubeconfig has a context for each user, [`ADMIN`] being the current.
#[derive(Debug)]
pub struct Cluster {
    assets: Assets,
    // Dropped in this order: who writes into the folder ends before it goes.
    api_server: Process,
    _etcd: Process,
    folder: Folder,
}

/// A folder that is gone when it is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in the folder for temporary files does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that is stopped when it is dropped.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Cluster {
    /// Starts a cluster and waits until it is ready. `None`, with one printed line, where its programs cannot be had.
    ///
    /// # Panics
    /// If the programs are there but the cluster does not come up: with the end of what the API server says.
    pub fn start() -> Option<Self> {
        let assets = or_skip(Assets::get())?;
        let mut problem = String::new();
        for _ in 0..ATTEMPTS {
            match Self::attempt(&assets) {
                Ok(cluster) => return Some(cluster),
                Err(error) => problem = error,
            }
        }
        panic!("the cluster does not start: {problem}");
    }

    /// The same, serving the policies of Cilium and of the policy API by the definitions that come with their Go modules.
    pub fn start_with_policies() -> Option<Self> {
        let definitions = or_skip(definitions())?;
        let cluster = Self::start()?;
        cluster.define(&definitions);
        Some(cluster)
    }

    fn attempt(assets: &Assets) -> Result<Self, String> {
        let folder = Folder::new().map_err(|error| error.to_string())?;
        let ports = [free_port()?, free_port()?, free_port()?];
        prepare(&folder.0, ports[2]).map_err(|error| error.to_string())?;
        let etcd = start(etcd(assets, &folder.0, ports[0], ports[1]), &folder.0.join("etcd.log"))?;
        let log = folder.0.join("kube-apiserver.log");
        let api_server = start(api_server(assets, &folder.0, ports[0], ports[2]), &log)?;
        let mut cluster = Self { assets: assets.clone(), api_server, _etcd: etcd, folder };
        cluster.wait().map_err(|problem| format!("{problem}\n{}", last_lines(&log)))?;
        Ok(cluster)
    }

    fn wait(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            let ended = self.api_server.0.try_wait().map_err(|error| error.to_string())?;
            if let Some(status) = ended {
                return Err(format!("the API server ended: {status}"));
            }
            match self.kubectl(&["get", "--raw", "/readyz"], "") {
                Ok(_) => return Ok(()),
                Err(problem) if begun.elapsed() > PATIENCE => return Err(problem),
                Err(_) => thread::sleep(POLL),
            }
        }
    }

    /// The kubeconfig, with the contexts [`ADMIN`] and [`GUEST`].
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.0.join("kubeconfig")
    }

    /// Runs kubectl as [`ADMIN`] with `input` on its standard input; gives what it prints, or what it complains about.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut command = Command::new(self.assets.program("kubectl"));
        command.arg("--kubeconfig").arg(self.kubeconfig()).args(arguments).env("HOME", &self.folder.0);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut stdin = child.stdin.take().ok_or("no pipe")?;
        let input = input.to_owned();
        let writer = thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        // Who does not read to the end says why by itself.
        let _ = writer.join();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Makes the objects of manifests, in their order, as the API server takes them.
    ///
    /// # Panics
    /// If it refuses one.
    pub fn apply(&self, manifests: &str) {
        let applied = self.kubectl(&["apply", "--server-side", "--filename", "-"], manifests);
        applied.unwrap_or_else(|problem| panic!("the API server refuses: {problem}"));
    }

    /// Makes it serve what definitions define, and waits until it does.
    ///
    /// # Panics
    /// If it refuses one.
    pub fn define(&self, definitions: &str) {
        self.apply(definitions);
        let wait = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=120s"];
        self.kubectl(&wait, "").unwrap_or_else(|problem| panic!("{problem}"));
    }
}

#[allow(clippy::print_stdout, reason = "a skipped test says so")]
fn or_skip<T>(had: Result<T, String>) -> Option<T> {
    had.map_err(|reason| println!("skipped: no API server to ask: {reason}")).ok()
}

/// The real CRDs, one document after another.
fn definitions() -> Result<String, String> {
    const OLDER: &str = "sigs.k8s.io/network-policy-api@v0.1.5";
    let cilium = downloaded("github.com/cilium/cilium")?.join("pkg/k8s/apis/cilium.io/client/crds/v2");
    let newer = downloaded("sigs.k8s.io/network-policy-api")?.join("config/crd/experimental");
    let older = downloaded(OLDER)?.join("config/crd/experimental");
    let policy_api = |folder: &Path, plural| folder.join(format!("policy.networking.k8s.io_{plural}.yaml"));
    let files = [
        cilium.join("ciliumnetworkpolicies.yaml"),
        cilium.join("ciliumclusterwidenetworkpolicies.yaml"),
        cilium.join("ciliumcidrgroups.yaml"),
        policy_api(&newer, "clusternetworkpolicies"),
        policy_api(&older, "adminnetworkpolicies"),
        policy_api(&older, "baselineadminnetworkpolicies"),
    ];
    let mut text = String::new();
    for file in files {
        let one = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let _ = writeln!(text, "---\n{one}");
    }
    Ok(text)
}

/// The folder of a module at the version that `tests/oracle` requires, unless another one is named.
fn downloaded(module: &str) -> Result<PathBuf, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Module {
        dir: PathBuf,
    }
    let mut go = Command::new("go");
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle");
    go.args(["mod", "download", "-json", module]).current_dir(oracle);
    let module: Module = serde_json::from_str(&go::run(go)?).map_err(|error| error.to_string())?;
    Ok(module.dir)
}

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = env::temp_dir().join(format!("ringfence-cluster-{:016x}", random()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A port that nobody listens on.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| error.to_string())
}

/// Writes what the API server and its clients read.
fn prepare(folder: &Path, port: u16) -> std::io::Result<()> {
    let users = [(ADMIN, "system:masters"), (GUEST, "guests")].map(|(user, group)| (user, group, random()));
    let tokens = users.iter().map(|(user, group, token)| format!("{token:016x},{user},{user},{group}\n"));
    fs::write(folder.join("tokens.csv"), tokens.collect::<String>())?;
    let word = "EC PRIVATE KEY";
    fs::write(folder.join("key.pem"), format!("-----BEGIN {word}-----\n{KEY}\n-----END {word}-----\n"))?;
    let mut config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {ADMIN}\nclusters:\n- name: test\n  cluster:\n    \
         server: https://127.0.0.1:{port}\n    certificate-authority: certificates/apiserver.crt\n"
    );
    for (list, part) in [("users", "user"), ("contexts", "context")] {
        let _ = writeln!(config, "{list}:");
        for (user, _, token) in users {
            let body = if part == "user" {
                format!("token: \"{token:016x}\"")
            } else {
                format!("cluster: test, user: {user}")
            };
            let _ = writeln!(config, "- name: {user}\n  {part}: {{{body}}}");
        }
    }
    fs::write(folder.join("kubeconfig"), config)
}

fn etcd(assets: &Assets, folder: &Path, port: u16, peers: u16) -> Command {
    let (clients, peers) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peers}"));
    let mut etcd = Command::new(assets.program("etcd"));
    etcd.arg("--data-dir").arg(folder.join("etcd")).arg("--unsafe-no-fsync");
    etcd.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
    etcd.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
    etcd.args(["--initial-cluster", &format!("default={peers}")]);
    etcd
}

fn api_server(assets: &Assets, folder: &Path, etcd: u16, port: u16) -> Command {
    let mut server = Command::new(assets.program("kube-apiserver"));
    server.args([&format!("--etcd-servers=http://127.0.0.1:{etcd}"), &format!("--secure-port={port}")]);
    server.args([
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--service-cluster-ip-range=10.96.0.0/24",
    ]);
    server.args(["--authorization-mode=RBAC", "--service-account-issuer=https://kubernetes.default.svc"]);
    // There are no controllers that would make the service accounts that this plugin wants for pods.
    server.arg("--disable-admission-plugins=ServiceAccount");
    server.arg("--cert-dir").arg(folder.join("certificates"));
    server.arg("--token-auth-file").arg(folder.join("tokens.csv"));
    server.arg("--service-account-key-file").arg(folder.join("key.pem"));
    server.arg("--service-account-signing-key-file").arg(folder.join("key.pem"));
    server
}

fn start(mut command: Command, log: &Path) -> Result<Process, String> {
    let says = |error: std::io::Error| error.to_string();
    let file = File::create(log).map_err(says)?;
    command.stdin(Stdio::null()).stdout(file.try_clone().map_err(says)?).stderr(file);
    command.spawn().map(Process).map_err(says)
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(10).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
