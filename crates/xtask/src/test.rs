//! `cargo xtask test [SUITE…]`: runs the suites, says seconds a suite, the ten slowest tests, and what was skipped.
//!
//! Test binaries are built once, by one cargo call, and run with libtest's JSON output, which carries the time of each
//! test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::suites::{Outcome, Step, Suite, all};
use crate::workspace::root;

/// What all suites together gave.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: Vec<String>,
    skipped: Vec<String>,
    tests: Vec<(Duration, String)>,
    suites: Vec<(Duration, &'static str)>,
}

/// Runs the named suites, or all of them.
pub(crate) fn run(names: &[&str]) -> ExitCode {
    let suites: Vec<Suite> =
        all().into_iter().filter(|suite| names.is_empty() || names.contains(&suite.name)).collect();
    if suites.is_empty() {
        let known: Vec<&str> = all().iter().map(|suite| suite.name).collect();
        eprintln!("no such suite; there are: {}", known.join(", "));
        return ExitCode::from(2);
    }
    let started = Instant::now();
    let mut tally = Tally::default();
    if let Err(crate::tools::Missing::Failed(problem)) = crate::tools::wasm_target() {
        eprintln!("{problem}");
        return ExitCode::FAILURE;
    }
    let binaries = match build(&suites) {
        Ok(binaries) => binaries,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    tally.suites.push((started.elapsed(), "build"));
    for suite in &suites {
        let begun = Instant::now();
        run_suite(suite, &binaries, &mut tally);
        let took = begun.elapsed();
        println!("{:>7.1} s  {}", took.as_secs_f64(), suite.name);
        tally.suites.push((took, suite.name));
    }
    report(&mut tally, started.elapsed());
    if tally.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Builds the test binaries of all packages in one go: package name to executables.
fn build(suites: &[Suite]) -> Result<BTreeMap<String, Vec<String>>, String> {
    let packages: Vec<&str> = suites
        .iter()
        .filter_map(|suite| match suite.step {
            Step::Package(package) => Some(package),
            _ => None,
        })
        .collect();
    let mut binaries: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if packages.is_empty() {
        return Ok(binaries);
    }
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root()).args(["test", "--no-run", "--message-format=json-render-diagnostics"]);
    cargo.args(packages.iter().flat_map(|package| ["--package", package]));
    let output = cargo.stderr(Stdio::inherit()).output().map_err(|problem| format!("cargo: {problem}"))?;
    if !output.status.success() {
        return Err("the tests do not build".into());
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let (Some(executable), true) =
            (message["executable"].as_str(), message["profile"]["test"].as_bool() == Some(true))
        else {
            continue;
        };
        let manifest = message["manifest_path"].as_str().unwrap_or_default().to_owned();
        binaries.entry(manifest).or_default().push(executable.to_owned());
    }
    Ok(binaries)
}

fn run_suite(suite: &Suite, binaries: &BTreeMap<String, Vec<String>>, tally: &mut Tally) {
    match suite.step {
        Step::Cargo(arguments) => {
            let status = Command::new("cargo").current_dir(root()).args(arguments).status();
            match status {
                Ok(status) if status.success() => tally.passed += 1,
                _ => tally.failed.push(format!("{}: cargo {}", suite.name, arguments.join(" "))),
            }
        }
        Step::Chore(chore) => match chore() {
            Outcome::Passed(count) => tally.passed += count,
            Outcome::Failed(problems) => {
                tally.failed.extend(problems.into_iter().map(|problem| format!("{}: {problem}", suite.name)));
            }
            Outcome::Skipped(why) => tally.skipped.push(format!("{}: {why}", suite.name)),
        },
        Step::Package(package) => {
            let folder = package_folder(package);
            let own = binaries.iter().filter(|(manifest, _)| folder.as_deref() == Some(manifest.as_str()));
            for executable in own.flat_map(|(_, executables)| executables) {
                run_binary(suite.name, executable, folder.as_deref().unwrap_or_default(), tally);
            }
        }
    }
}

/// The manifest path of a package of the workspace.
fn package_folder(package: &str) -> Option<String> {
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root()).no_deps().exec().ok()?;
    metadata.packages.iter().find(|known| known.name.as_str() == package).map(|known| known.manifest_path.to_string())
}

/// Runs one test binary as cargo would, in the folder of its package, and reads its events.
fn run_binary(suite: &str, executable: &str, manifest: &str, tally: &mut Tally) {
    let folder = manifest.trim_end_matches("Cargo.toml").trim_end_matches('/');
    // Libtest gives the time of each test only when asked; harnesses of others do not know the question.
    let timed = run_with(executable, folder, &["--report-time", "--show-output"]);
    let run = match timed {
        Some(run) if run.output.iter().any(|line| line.contains("unexpected argument '--report-time'")) => {
            run_with(executable, folder, &[])
        }
        other => other,
    };
    let Some(run) = run else {
        tally.failed.push(format!("{suite}: cannot run {executable}"));
        return;
    };
    let failures = run.events.iter().filter(|event| take_event(suite, event, tally)).count();
    let skipped = run.output.iter().filter_map(|line| line.trim().strip_prefix("skipped: "));
    tally.skipped.extend(skipped.map(|why| format!("{suite}: {why}")));
    if !run.succeeded {
        println!("{}", run.output.join("\n"));
        if failures == 0 {
            tally.failed.push(format!("{suite}: {executable} ended badly"));
        }
    }
}

/// What a test binary printed.
struct Printed {
    events: Vec<serde_json::Value>,
    output: Vec<String>,
    succeeded: bool,
}

fn run_with(executable: &str, folder: &str, extra: &[&str]) -> Option<Printed> {
    let mut command = Command::new(executable);
    command.current_dir(folder).env("CARGO_MANIFEST_DIR", folder);
    // The JSON output stands behind this switch on stable toolchains.
    command.env("RUSTC_BOOTSTRAP", "1").args(["-Zunstable-options", "--format=json"]).args(extra);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    let stderr = child.stderr.take().map(|pipe| std::thread::spawn(move || lines(pipe)));
    let (mut events, mut output) = (Vec::new(), Vec::new());
    for line in child.stdout.take().map(lines).unwrap_or_default() {
        match serde_json::from_str::<serde_json::Value>(&line) {
            Ok(event) if event["type"].is_string() => events.push(event),
            _ => output.push(line),
        }
    }
    output.extend(stderr.and_then(|thread| thread.join().ok()).unwrap_or_default());
    let succeeded = child.wait().is_ok_and(|status| status.success());
    Some(Printed { events, output, succeeded })
}

fn lines(pipe: impl std::io::Read) -> Vec<String> {
    BufReader::new(pipe).lines().map_while(Result::ok).collect()
}

/// Counts one event of a test; true if it is a failure.
fn take_event(suite: &str, event: &serde_json::Value, tally: &mut Tally) -> bool {
    if event["type"] != "test" {
        return false;
    }
    let name = format!("{suite}: {}", event["name"].as_str().unwrap_or("?"));
    let printed = event["stdout"].as_str().unwrap_or_default();
    let skipped = printed.lines().filter_map(|line| line.trim().strip_prefix("skipped: "));
    tally.skipped.extend(skipped.map(|why| format!("{suite}: {why}")));
    if let Some(seconds) = event["exec_time"].as_f64() {
        tally.tests.push((Duration::from_secs_f64(seconds), name.clone()));
    }
    match event["event"].as_str() {
        Some("ok") => tally.passed += 1,
        // libtest's `timeout` says only that a test has been running for a minute: the machine may be slow.
        Some("failed") => {
            println!("{}", event["stdout"].as_str().or(event["message"].as_str()).unwrap_or_default());
            tally.failed.push(name);
            return true;
        }
        Some("ignored") => tally.failed.push(format!("{name} is ignored: no test may be")),
        _ => {}
    }
    false
}

fn report(tally: &mut Tally, total: Duration) {
    println!("\nseconds a suite");
    for (took, name) in &tally.suites {
        println!("{:>7.1}  {name}", took.as_secs_f64());
    }
    println!("{:>7.1}  all", total.as_secs_f64());
    tally.tests.sort_by(|a, b| b.cmp(a));
    println!("\nthe ten slowest tests");
    for (took, name) in tally.tests.iter().take(10) {
        println!("{:>7.2}  {name}", took.as_secs_f64());
    }
    tally.skipped.sort();
    tally.skipped.dedup();
    for why in &tally.skipped {
        println!("skipped: {why}");
    }
    for name in &tally.failed {
        println!("failed: {name}");
    }
    println!("\n{} passed, {} failed, {} skipped", tally.passed, tally.failed.len(), tally.skipped.len());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_test_that_runs_for_a_minute_is_no_failed_one() {
        let mut tally = Tally::default();
        let slow = json!({"type": "test", "event": "timeout", "name": "slow"});
        let ok = json!({"type": "test", "event": "ok", "name": "slow", "exec_time": 61.0});
        assert!(!take_event("suite", &slow, &mut tally) && !take_event("suite", &ok, &mut tally));
        assert_eq!((tally.passed, tally.failed.len()), (1, 0));
        assert!(take_event("suite", &json!({"type": "test", "event": "failed", "name": "bad"}), &mut tally));
        assert_eq!(tally.failed, ["suite: bad"]);
    }
}
