//! The suite `workflows`: what others' linters say of our action and our workflows.

use std::process::Command;

use crate::suites::Outcome;
use crate::tools::{self, Missing};
use crate::workspace::root;

/// Runs zizmor over the action and the workflows, and actionlint over the workflows.
pub(crate) fn suite() -> Outcome {
    let (mut passed, mut failed, mut skipped) = (0, Vec::new(), Vec::new());
    for (name, result) in [("zizmor", zizmor()), ("actionlint", actionlint())] {
        match result {
            Ok(_) => passed += 1,
            Err(Missing::Program(program)) => skipped.push(format!("{name}, for want of {program}")),
            Err(Missing::Failed(why)) => failed.push(format!("{name}: {why}")),
        }
    }
    match (failed.is_empty(), passed) {
        (false, _) => Outcome::Failed(failed),
        (true, 0) => Outcome::Skipped(skipped.join(", ")),
        (true, _) => Outcome::Passed(passed),
    }
}

fn zizmor() -> Result<String, Missing> {
    let zizmor = tools::python()?.join("zizmor");
    tools::run(Command::new(zizmor).current_dir(root()).args([
        "--offline",
        "--no-progress",
        "--pedantic",
        "action.yml",
        ".github/workflows",
    ]))
}

fn actionlint() -> Result<String, Missing> {
    tools::run(Command::new(tools::actionlint()?).current_dir(root()))
}
