//! `action.yml`, step by step in bash as a runner would, with the real binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use common::root;
use serde_yaml::Value;

const EXAMPLE: &str = "examples/seed-architecture";
const MENDED: &str = "examples/seed-architecture-fixed";

/// A policy that the agent refuses.
const BAD: &str = "\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {}
";

/// What a runner keeps for a job.
struct Job {
    folder: PathBuf,
    /// `steps.<id>.outputs.<name>`.
    outputs: BTreeMap<String, String>,
    log: String,
    code: i32,
}

impl Job {
    /// Runs the action in `workspace` with some inputs, the others at their defaults.
    fn run(workspace: &Path, inputs: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ringfence-action-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut job = Self { folder, outputs: BTreeMap::new(), log: String::new(), code: 0 };
        let action: Value = serde_yaml::from_str(&fs::read_to_string(root().join("action.yml")).unwrap()).unwrap();
        for step in action["runs"]["steps"].as_sequence().unwrap() {
            if job.code == 0 {
                job.step(&action, step, workspace, inputs);
            }
        }
        job
    }

    fn step(&mut self, action: &Value, step: &Value, workspace: &Path, inputs: &[(&str, &str)]) {
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "an input that becomes part of a script is a hole");
        let resolve = |text: &str| self.resolve(text, action, inputs);
        let written = self.folder.join("script.sh");
        fs::write(&written, script).unwrap();
        let output = self.folder.join("output");
        fs::write(&output, "").unwrap();
        let folder = step["working-directory"].as_str().map(resolve).unwrap_or_default();
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&written);
        bash.current_dir(workspace.join(folder)).stdin(Stdio::null());
        for (name, value) in step["env"].as_mapping().unwrap() {
            bash.env(name.as_str().unwrap(), resolve(value.as_str().unwrap()));
        }
        bash.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", workspace).env("RUNNER_TEMP", &self.folder);
        bash.env("GITHUB_ACTION_PATH", root()).env("GITHUB_OUTPUT", &output);
        bash.env("GITHUB_STEP_SUMMARY", self.folder.join("summary.md")).env("PATH", path_with_binary());
        let ran = bash.output().unwrap();
        self.log.push_str(&String::from_utf8_lossy(&ran.stdout));
        self.log.push_str(&String::from_utf8_lossy(&ran.stderr));
        self.code = ran.status.code().unwrap();
        let id = step["id"].as_str().unwrap();
        for line in fs::read_to_string(&output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.outputs.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
        }
    }

    /// A text with its `${{ … }}`; one that the runner would not know is a mistake of the action.
    fn resolve(&self, text: &str, action: &Value, inputs: &[(&str, &str)]) -> String {
        let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
        let (name, after) = rest.split_once("}}").unwrap();
        let name = name.trim();
        let value = match name.strip_prefix("inputs.") {
            Some(input) => {
                let declared = action["inputs"].get(input).unwrap_or_else(|| panic!("no input `{input}`"));
                let given = inputs.iter().find(|(known, _)| *known == input).map(|(_, value)| *value);
                given.or(declared["default"].as_str()).unwrap_or_default().to_owned()
            }
            None if name == "github.action_path" => root().display().to_string(),
            None => self.outputs.get(name).unwrap_or_else(|| panic!("nothing sets `{name}`")).clone(),
        };
        format!("{before}{value}{}", self.resolve(after, action, inputs))
    }

    fn annotations(&self) -> Vec<&str> {
        let is = |line: &&str| ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
        self.log.lines().filter(is).collect()
    }

    fn exit_code(&self) -> &str {
        &self.outputs["steps.check.outputs.exit-code"]
    }

    fn summary(&self) -> String {
        fs::read_to_string(self.folder.join("summary.md")).unwrap_or_default()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        // A folder that stays behind harms no later test.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The path of a runner on which ringfence is installed.
fn path_with_binary() -> std::ffi::OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_ringfence")).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&others))).unwrap()
}

/// A repository with one bad policy, gone at the end.
struct Repository(PathBuf);

impl Repository {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ringfence-action-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join(".git")).unwrap();
        fs::write(folder.join("policy.yaml"), BAD).unwrap();
        Self(folder)
    }

    fn files(&self) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = fs::read_dir(&self.0).unwrap().map(name).collect();
        names.sort();
        names
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_bad_tree_fails_with_annotations_and_a_summary() {
    let job = Job::run(&root(), &[("paths", EXAMPLE)]);
    assert_eq!((job.code, job.exit_code()), (1, "1"), "{}", job.log);
    let annotations = job.annotations();
    let hit = format!("::error file={EXAMPLE}/policies/deny-by-default.yaml,line=27,");
    assert!(annotations.iter().any(|line| line.starts_with(&hit)), "{annotations:#?}");
    let first_other = annotations.iter().position(|line| !line.starts_with("::error ")).unwrap();
    assert!(annotations[first_other..].iter().all(|line| !line.starts_with("::error ")), "errors come first");
    let summary = job.summary();
    assert!(summary.lines().any(|line| line.starts_with('|') && line.contains("invalid-label-key")), "{summary}");
}

#[test]
fn a_good_tree_passes() {
    let job = Job::run(&root(), &[("paths", MENDED)]);
    assert_eq!((job.code, job.exit_code()), (0, "0"), "{}", job.log);
    assert!(job.annotations().is_empty());
}

#[test]
fn several_paths_stand_in_one_input() {
    let job = Job::run(&root(), &[("paths", &format!("{MENDED}/policies\n{MENDED}/namespaces  {MENDED}/workloads"))]);
    assert_eq!((job.code, job.exit_code()), (0, "0"), "{}", job.log);
}

#[test]
fn sarif_is_written_and_left_to_code_scanning() {
    let repository = Repository::new("sarif");
    let job = Job::run(&repository.0, &[("format", "sarif"), ("sarif-file", "out.sarif")]);
    assert_eq!((job.code, job.exit_code()), (0, "1"), "{}", job.log);
    assert_eq!(job.outputs["steps.check.outputs.sarif-file"], "out.sarif");
    let sarif: Value = serde_yaml::from_str(&fs::read_to_string(repository.0.join("out.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "cilium-empty-policy");
}

#[test]
fn what_is_no_use_fails_the_step() {
    let repository = Repository::new("use");
    let wrong: [&[(&str, &str)]; 5] = [
        &[("format", "junit")],
        &[("fail-on", "sometimes")],
        &[("config", "no-such.yaml")],
        &[("paths", "no-such-folder")],
        &[("format", "sarif"), ("paths", "no-such-folder")],
    ];
    for inputs in wrong {
        let job = Job::run(&repository.0, inputs);
        assert_eq!((job.code, job.exit_code()), (2, "2"), "{inputs:?}: {}", job.log);
    }
}

#[test]
fn hostile_inputs_are_words_and_nothing_else() {
    let repository = Repository::new("hostile");
    let before = repository.files();
    let words = [
        "; touch pwned",
        "$(touch pwned)",
        "`touch pwned`",
        "| touch pwned",
        "& touch pwned",
        "--output-file=pwned",
        "--format=json",
        "-- --fix",
        "'; touch pwned; '",
        "\"; touch pwned; \"",
        "*",
    ];
    for word in words {
        for input in ["paths", "format", "fail-on", "config"] {
            let job = Job::run(&repository.0, &[(input, word)]);
            assert_eq!(job.code, 2, "{input} {word}: {}", job.log);
            assert_eq!(repository.files(), before, "{input} {word}");
            assert!(!job.log.starts_with('{'), "{input} {word} chose the format");
        }
    }
    let policy = fs::read_to_string(repository.0.join("policy.yaml")).unwrap();
    assert_eq!(policy, BAD);
}

#[test]
fn a_hostile_name_of_the_sarif_file_is_a_name() {
    let repository = Repository::new("name");
    for name in ["$(touch pwned)", "; touch pwned", "`touch pwned`"] {
        let job = Job::run(&repository.0, &[("format", "sarif"), ("sarif-file", name)]);
        assert_eq!((job.code, job.exit_code()), (0, "1"), "{name}: {}", job.log);
        assert!(repository.0.join(name).is_file() && !repository.0.join("pwned").exists(), "{name}");
    }
}
