//! The real binary, and its report read back.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

/// The report of `--format json`, as far as these tests look.
#[derive(Deserialize, Debug)]
pub(crate) struct Report {
    pub(crate) version: u32,
    pub(crate) findings: Vec<Finding>,
}

#[derive(Deserialize, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) path: String,
    pub(crate) start: Position,
    pub(crate) labels: Vec<Label>,
}

#[derive(Deserialize, Debug)]
pub(crate) struct Label {
    pub(crate) path: String,
    pub(crate) start: Position,
    pub(crate) end: Position,
}

#[derive(Deserialize, Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Runs `ringfence check` in a folder, without the variables of whoever runs the tests.
pub(crate) fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.current_dir(folder).stdin(Stdio::null()).arg("check").args(arguments);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS", "GITHUB_STEP_SUMMARY"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

/// What stands on standard output.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The findings of a check, and its exit code.
pub(crate) fn report(folder: &Path, arguments: &[&str]) -> (Report, i32) {
    let output = check(folder, &[arguments, &["--format", "json"]].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|problem| panic!("{problem}: {output:?}"));
    (report, output.status.code().unwrap())
}
