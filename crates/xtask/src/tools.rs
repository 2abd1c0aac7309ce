//! Programs of others that suites run: installed once into a cache folder outside the checkout, keyed by version.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::suites::has;
use crate::workspace::root;

/// The version of actionlint.
const ACTIONLINT: &str = "v1.7.12";

/// Why a tool is not there.
#[derive(Debug)]
pub(crate) enum Missing {
    /// What it needs is not on this machine: the suite is skipped.
    Program(&'static str),
    /// Its installation failed: the suite fails.
    Failed(String),
}

/// `$XDG_CACHE_HOME/ringfence`, or `~/.cache/ringfence`.
pub(crate) fn cache() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    base.unwrap_or_else(std::env::temp_dir).join("ringfence")
}

/// The `bin` folder of a virtual environment with everything in `tests/tools/requirements.txt`.
pub(crate) fn python() -> Result<PathBuf, Missing> {
    if !has("python3") {
        return Err(Missing::Program("python3"));
    }
    let requirements = root().join("tests/tools/requirements.txt");
    let text = std::fs::read_to_string(&requirements).map_err(|problem| Missing::Failed(problem.to_string()))?;
    let versions: Vec<String> =
        text.lines().filter(|line| line.contains("==")).map(|line| line.replace("==", "-")).collect();
    let folder = cache().join(format!("python-{}", versions.join("-")));
    let bin = folder.join("bin");
    if !folder.join("complete").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        run(Command::new(bin.join("pip")).args(["install", "--quiet", "--requirement"]).arg(&requirements))?;
        std::fs::write(folder.join("complete"), "").map_err(|problem| Missing::Failed(problem.to_string()))?;
    }
    Ok(bin)
}

/// The target of the WASM module. A toolchain that was there before this project has not always its targets.
pub(crate) fn wasm_target() -> Result<(), Missing> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let printed =
        Command::new("rustc").current_dir(root()).args(["--print", "target-libdir", "--target", TARGET]).output();
    let folder = printed.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    if folder.is_ok_and(|folder| folder.is_dir()) || !has("rustup") {
        return Ok(());
    }
    run(Command::new("rustup").current_dir(root()).args(["target", "add", TARGET])).map(drop)
}

/// The program actionlint.
pub(crate) fn actionlint() -> Result<PathBuf, Missing> {
    if !has("go") {
        return Err(Missing::Program("go"));
    }
    let folder = cache().join(format!("actionlint-{ACTIONLINT}"));
    let program = folder.join("actionlint");
    if !program.exists() {
        let module = format!("github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT}");
        run(Command::new("go").args(["install", &module]).env("GOBIN", &folder))?;
    }
    Ok(program)
}

/// Runs a command to its end; its output only where it fails.
pub(crate) fn run(command: &mut Command) -> Result<String, Missing> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|problem| Missing::Failed(format!("{shown}: {problem}")))?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(text) } else { Err(Missing::Failed(format!("{shown}\n{text}"))) }
}
