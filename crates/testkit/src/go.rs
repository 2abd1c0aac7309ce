//! Small Go programs of the tests, built once and kept.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Builds the Go module in `module_dir` and gives the program, from `${XDG_CACHE_HOME:-~/.cache}/ringfence` if the same
/// sources were built before. `None`, with one printed line, where there is no Go or it cannot build.
#[allow(clippy::print_stdout, reason = "a skipped test says so")]
pub fn build(module_dir: &Path) -> Option<PathBuf> {
    match program(module_dir) {
        Ok(path) => Some(path),
        Err(reason) => {
            println!("skipped: {} is not built: {reason}", module_dir.display());
            None
        }
    }
}

fn program(module_dir: &Path) -> Result<PathBuf, String> {
    let folder = cache_folder()?;
    let path = folder.join(cache_name(module_dir).map_err(|error| error.to_string())?);
    if path.exists() {
        return Ok(path);
    }
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    // Built beside its place and moved there, because tests run side by side.
    let fresh = path.with_extension(std::process::id().to_string());
    let mut go = Command::new("go");
    go.args(["build", "-trimpath", "-o"]).arg(&fresh).arg(".").current_dir(module_dir);
    run(go)?;
    fs::rename(&fresh, &path).map_err(|error| error.to_string())?;
    Ok(path)
}

/// Runs Go to its end and gives what it prints; of a failure, the line that says why.
pub(crate) fn run(mut go: Command) -> Result<String, String> {
    let output = go.output().map_err(|error| format!("go does not start: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(errors.lines().find(|line| !line.starts_with("go: downloading")).unwrap_or_default().to_owned())
}

/// Where built programs are kept.
pub(crate) fn cache_folder() -> Result<PathBuf, String> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    Ok(cache.ok_or("neither XDG_CACHE_HOME nor HOME is set")?.join("ringfence"))
}

/// The folder's name, the version of its first requirement, and a hash of everything that goes into the program.
fn cache_name(module_dir: &Path) -> std::io::Result<String> {
    let manifest = fs::read_to_string(module_dir.join("go.mod"))?;
    let is_version = |word: &&str| word.len() > 1 && word.starts_with('v') && word.as_bytes()[1].is_ascii_digit();
    let version = manifest.split_whitespace().find(is_version).unwrap_or("v0");
    let name = module_dir.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!("{name}-{version}-{:016x}{}", hash_of(module_dir)?, env::consts::EXE_SUFFIX))
}

/// A hash of everything that goes into the programs of a module.
pub(crate) fn hash_of(module_dir: &Path) -> std::io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    for path in sources(module_dir)? {
        (path.file_name(), fs::read(&path)?).hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn sources(module_dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(module_dir)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "go" || ending == "mod" || ending == "sum"));
    paths.sort();
    Ok(paths)
}
