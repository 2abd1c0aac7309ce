//! The suite `hooks`: the real pre-commit, in a scratch repository, with both of our hooks.
//!
//! A bad policy must block the commit, a good one must pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::suites::Outcome;
use crate::tools::{self, Missing};
use crate::workspace::{root, target};

/// A policy that lets its subjects resolve nothing.
const BAD: &str = "apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {}
  ingress:
    - fromEndpoints: [{}]
      toPorts: [{ports: [{port: 8080, protocol: TCP}]}]
";

/// The same policy with its port as the API wants it.
const GOOD: &str = "apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {}
  ingress:
    - fromEndpoints: [{}]
      toPorts: [{ports: [{port: \"8080\", protocol: TCP}]}]
";

/// Runs both hooks.
pub(crate) fn suite() -> Outcome {
    let scratch = tools::cache().join(format!("hooks-{}", std::process::id()));
    let result = both(&scratch);
    let _ = fs::remove_dir_all(&scratch);
    match result {
        Ok(checks) => Outcome::Passed(checks),
        Err(Missing::Program(program)) => Outcome::Skipped(format!("pre-commit, for want of {program}")),
        Err(Missing::Failed(why)) => Outcome::Failed(vec![why]),
    }
}

fn both(scratch: &Path) -> Result<usize, Missing> {
    let python = tools::python()?;
    let binary = built()?;
    for hook in ["ringfence-system", "ringfence"] {
        let folder = scratch.join(hook);
        let repository = Repository { folder: &folder, python: &python, binary: &binary };
        repository.create(hook)?;
        repository.expect("bad", BAD, false)?;
        repository.expect("good", GOOD, true)?;
    }
    Ok(4)
}

/// The folder of the binary: the one that the tests of the command line were built with.
fn built() -> Result<PathBuf, Missing> {
    tools::run(Command::new("cargo").current_dir(root()).args(["build", "--quiet", "--package", "ringfence-cli"]))?;
    Ok(target().join("debug"))
}

/// A Git repository that uses one of our hooks.
struct Repository<'a> {
    folder: &'a Path,
    python: &'a Path,
    binary: &'a Path,
}

impl Repository<'_> {
    fn create(&self, hook: &str) -> Result<(), Missing> {
        let write = |name: &str, text: &str| {
            fs::write(self.folder.join(name), text).map_err(|why| Missing::Failed(why.to_string()))
        };
        fs::create_dir_all(self.folder).map_err(|why| Missing::Failed(why.to_string()))?;
        let source = self.snapshot()?;
        let revision = tools::run(Command::new("git").current_dir(&source).args(["rev-parse", "HEAD"]))?;
        write(
            ".pre-commit-config.yaml",
            &format!(
                "repos:\n  - repo: {}\n    rev: {}\n    hooks: [{{id: {hook}}}]\n",
                source.display(),
                revision.trim()
            ),
        )?;
        self.git(&["init", "--quiet"])?;
        self.run("pre-commit", &["install", "--install-hooks"]).map(|_| ())
    }

    /// A clone of this checkout as it stands, uncommitted changes included: what pre-commit will install.
    fn snapshot(&self) -> Result<PathBuf, Missing> {
        let copy = self.folder.with_extension("source");
        tools::run(Command::new("git").args(["clone", "--quiet"]).arg(root()).arg(&copy))?;
        let files = tools::run(Command::new("git").current_dir(root()).args([
            "ls-files",
            "--modified",
            "--others",
            "--exclude-standard",
        ]))?;
        for file in files.lines().filter(|file| root().join(file).is_file()) {
            let to = copy.join(file);
            let copied = to
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::copy(root().join(file), &to).map(|_| ()));
            copied.map_err(|why| Missing::Failed(format!("{file}: {why}")))?;
        }
        for arguments in [&["add", "--all"][..], &["commit", "--quiet", "--allow-empty", "--message", "as it stands"]] {
            tools::run(git(&copy).args(arguments))?;
        }
        Ok(copy)
    }

    /// Commits a policy and checks whether the hook lets it through.
    fn expect(&self, name: &str, policy: &str, passes: bool) -> Result<(), Missing> {
        fs::write(self.folder.join("policy.yaml"), policy).map_err(|why| Missing::Failed(why.to_string()))?;
        self.git(&["add", "--all"])?;
        let committed = self.git(&["commit", "--message", name]);
        match (committed, passes) {
            (Ok(_), true) => Ok(()),
            (Err(Missing::Failed(text)), false) if text.contains("cilium-port-unquoted") => Ok(()),
            (Ok(text) | Err(Missing::Failed(text)), _) => Err(Missing::Failed(format!("the {name} policy: {text}"))),
            (Err(other), _) => Err(other),
        }
    }

    fn git(&self, arguments: &[&str]) -> Result<String, Missing> {
        tools::run(self.environment(git(self.folder)).args(arguments))
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String, Missing> {
        let mut command = Command::new(self.python.join(program));
        command.current_dir(self.folder);
        tools::run(self.environment(command).args(arguments))
    }

    /// Both hooks find their programs; the one that builds from source shares our target folder.
    fn environment(&self, mut command: Command) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.python.to_owned(), self.binary.to_owned()].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).unwrap_or(path.clone()));
        command.env("CARGO_TARGET_DIR", target()).env("PRE_COMMIT_HOME", self.folder.with_extension("home"));
        // What is tried here is that it installs and runs, not how fast: minutes of optimising less.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_LTO", "off");
        command
    }
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=ringfence", "-c", "user.email=ringfence@example.com"]);
    command
}
