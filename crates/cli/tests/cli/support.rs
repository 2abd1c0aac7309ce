//! A folder to run the binary in, and what came of it.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio, id};
use std::sync::atomic::{AtomicU32, Ordering};

/// Clean under every rule.
pub(crate) const CLEAN: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
";

/// One error: no YAML reader can read it.
pub(crate) const BROKEN: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop
";

/// One piece of information, with a safe fix: `unused-suppression`.
pub(crate) const INFO: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: shop # ringfence: ignore[no-such-rule] left behind
";

/// One warning, with an unsafe fix: `egress-without-dns`.
pub(crate) const WARNING: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress:
    - to: [{podSelector: {matchLabels: {app: web}}}]
";

/// Something else than Kubernetes.
pub(crate) const OTHER: &str = "\
version: 2
updates: []
";

/// A folder that is gone at the end. It has a `.git`, so that nothing outside of it counts.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ringfence-cli-{}-{}", id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir_all(path.join(".git")).unwrap();
        Self { path }
    }

    /// The same with one file in it.
    pub(crate) fn with(path: &str, text: &str) -> Self {
        Self::new().and(path, text)
    }

    pub(crate) fn and(self, path: &str, text: &str) -> Self {
        let file = self.path.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).unwrap()
    }

    /// The binary, ready to run here, without the variables of whoever runs the tests.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.current_dir(&self.path).stdin(Stdio::null());
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS", "GITHUB_STEP_SUMMARY"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs it with the words of `arguments`.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        Ran::of(&self.command().args(arguments.split_whitespace()).output().unwrap())
    }

    /// The same with `text` on standard input.
    pub(crate) fn pipe(&self, arguments: &str, text: &str) -> Ran {
        let mut command = self.command();
        command.args(arguments.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Ran::of(&child.wait_with_output().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind harms no later test.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The report as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Path and rule of every finding of a JSON report.
    pub(crate) fn findings(&self) -> Vec<(String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let findings = self.json()["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| (text(&finding["path"]), text(&finding["rule"]))).collect()
    }
}
