//! `cargo xtask kustomize-diff DIR`, and the suite `kustomize`: the real kustomize, and ours.
//!
//! Every kustomization below a folder is built both ways and compared object by object. What kustomize refuses must be
//! what we note, and the other way round; what we say is not known here is counted apart.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};

use ringfence_sources::kustomize::{Build, Builder, Disk, Options, Weight, What, write};
use ringfence_sources::walk;
use ringfence_yaml::Limits;
use serde::Deserialize as _;
use serde_yaml::Value;

use crate::suites::Outcome;
use crate::tools::{self, Missing};
use crate::workspace::root;

/// How many differences are printed.
const SHOWN: usize = 20;

/// How one kustomization compares.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// Both build it, and the objects are the same.
    Same,
    /// kustomize refuses it, and so do we.
    Refused,
    /// We say that part of it cannot be known here.
    Partly,
    /// Anything else: why.
    Differs(String),
}

/// Compares everything below a folder. Exit code 1 where something differs, 2 where nothing can be asked.
pub(crate) fn run(folder: &str) -> ExitCode {
    let kubectl = match kubectl() {
        Ok(kubectl) => kubectl,
        Err(why) => {
            println!("skipped: the real kustomize is not asked: {why}");
            return ExitCode::from(2);
        }
    };
    let folders = kustomizations(Path::new(folder));
    let verdicts = compare_all(&kubectl, &folders);
    let count = |verdict: &Verdict| verdicts.iter().filter(|(_, own)| own == verdict).count();
    let differ: Vec<_> = verdicts.iter().filter(|(_, own)| matches!(own, Verdict::Differs(_))).collect();
    let (same, refused, partly) = (count(&Verdict::Same), count(&Verdict::Refused), count(&Verdict::Partly));
    let decided = same + refused + differ.len();
    println!(
        "{} kustomizations: {same} the same, {refused} refused by both, {partly} partly known, {} differ ({} in 1000)",
        folders.len(),
        differ.len(),
        1000 * differ.len() / decided.max(1)
    );
    for (folder, verdict) in differ.iter().take(SHOWN) {
        println!("{}: {verdict}", folder.display());
    }
    if differ.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The suite: the cases of `tests/kustomize`, whose recordings must still be what kustomize says, and the examples.
pub(crate) fn suite() -> Outcome {
    let kubectl = match kubectl() {
        Ok(kubectl) => kubectl,
        Err(why) => return Outcome::Skipped(format!("the real kustomize is not asked: {why}")),
    };
    let mut folders: Vec<PathBuf> = cases().into_iter().map(|case| built_folder(&case)).collect();
    folders.extend(kustomizations(&root().join("examples")));
    let verdicts = compare_all(&kubectl, &folders);
    let mut failures: Vec<String> = verdicts
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Differs(_)))
        .map(|(folder, verdict)| format!("{}: {verdict}", folder.display()))
        .collect();
    failures.extend(cases().iter().filter_map(|case| stale(&kubectl, case)));
    if failures.is_empty() { Outcome::Passed(folders.len()) } else { Outcome::Failed(failures) }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("the same"),
            Self::Refused => f.write_str("refused by both"),
            Self::Partly => f.write_str("partly known"),
            Self::Differs(why) => f.write_str(why),
        }
    }
}

fn kubectl() -> Result<PathBuf, String> {
    match tools::python() {
        Ok(bin) => Ok(bin.join("kubectl")),
        Err(Missing::Program(program)) => Err(format!("for want of {program}")),
        Err(Missing::Failed(why)) => Err(why.lines().last().unwrap_or_default().to_owned()),
    }
}

/// Every case of `tests/kustomize`.
fn cases() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("tests/kustomize"));
    let mut cases: Vec<PathBuf> = folder.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    cases
}

/// The folder of a case that is built.
fn built_folder(case: &Path) -> PathBuf {
    let overlay = case.join("overlay");
    if overlay.is_dir() { overlay } else { case.to_owned() }
}

/// A recording that is not what kustomize says today.
fn stale(kubectl: &Path, case: &Path) -> Option<String> {
    let recorded = std::fs::read_to_string(case.join("expected.yaml")).ok()?;
    let fresh = real(kubectl, &built_folder(case)).unwrap_or_else(|why| why);
    (recorded != fresh).then(|| format!("{}: `expected.yaml` is not what kustomize says now\n{fresh}", case.display()))
}

/// The folders below `folder` that hold a kustomization of their own, components left out.
fn kustomizations(folder: &Path) -> Vec<PathBuf> {
    let is_kustomization = |path: &PathBuf| {
        path.file_stem().is_some_and(|stem| stem == "kustomization")
            && !std::fs::read_to_string(path).is_ok_and(|text| text.contains("kind: Component"))
    };
    let found = walk::find([folder]).files.into_iter().map(|file| file.disk).filter(is_kustomization);
    let mut folders: Vec<PathBuf> = found.filter_map(|path| Some(path.parent()?.to_owned())).collect();
    folders.dedup();
    folders
}

fn compare_all(kubectl: &Path, folders: &[PathBuf]) -> Vec<(PathBuf, Verdict)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(folder) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((folder.clone(), compare(kubectl, folder)));
        }
        done
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut verdicts = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect::<Vec<_>>()
    });
    verdicts.sort();
    verdicts
}

fn compare(kubectl: &Path, folder: &Path) -> Verdict {
    let ours = match Disk::around(folder, u64::from(Limits::default().bytes)) {
        Ok((disk, below)) => Builder::new(&disk, Options::default()).build(&below),
        Err(error) => return Verdict::Differs(format!("it cannot be read: {error}")),
    };
    let unknown = |build: &Build| build.notes.iter().any(|note| note.weight() == Weight::Unknown);
    let fetches = |build: &Build| build.notes.iter().any(|note| matches!(note.what, What::Remote { .. }));
    if ours.as_ref().is_ok_and(fetches) {
        return Verdict::Partly;
    }
    match (real(kubectl, folder), ours) {
        (Err(_), Err(_)) => Verdict::Refused,
        (Err(_), Ok(build)) if build.is_refused() => Verdict::Refused,
        (_, Ok(build)) if unknown(&build) => Verdict::Partly,
        (Err(why), Ok(_)) => Verdict::Differs(format!("kustomize refuses it, we do not: {why}")),
        (Ok(_), Err(what)) => Verdict::Differs(format!("kustomize builds it, we do not: {what}")),
        (Ok(_), Ok(build)) if build.is_refused() => {
            let notes = build.notes.iter().filter(|note| note.weight() == Weight::Broken).map(ToString::to_string);
            Verdict::Differs(format!("kustomize builds it, we do not: {}", notes.collect::<Vec<_>>().join("; ")))
        }
        (Ok(real), Ok(build)) => difference(&real, &build).map_or(Verdict::Same, Verdict::Differs),
    }
}

/// What kustomize writes, or why it refuses.
fn real(kubectl: &Path, folder: &Path) -> Result<String, String> {
    let output = Command::new(kubectl).arg("kustomize").arg(folder).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let first = errors.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    Err(first.chars().take(300).collect())
}

/// The first object that differs, and where.
fn difference(real: &str, build: &Build) -> Option<String> {
    let ours: Vec<String> = build.objects.iter().map(|object| write(&object.value, &|_| None)).collect();
    if ours.join("---\n") == real {
        return None;
    }
    let (theirs, ours) = (objects(real), objects(&ours.join("---\n")));
    let names: Vec<&String> = theirs.iter().map(|(name, _)| name).collect();
    if let Some(missing) = names.iter().find(|name| !ours.iter().any(|(own, _)| own == **name)) {
        return Some(format!("{missing} is missing"));
    }
    if let Some((extra, _)) = ours.iter().find(|(own, _)| !names.contains(&own)) {
        return Some(format!("{extra} is too much"));
    }
    let by_name: BTreeMap<&String, &Value> = ours.iter().map(|(name, value)| (name, value)).collect();
    let differs = theirs.iter().find_map(|(name, value)| {
        let path = path_of_difference(value, by_name.get(name)?)?;
        Some(format!("{name} differs at `{path}`"))
    });
    differs.or_else(|| {
        let same = theirs.iter().map(|(name, _)| name).eq(ours.iter().map(|(name, _)| name));
        (!same).then(|| "the objects come in another order".to_owned())
    })
}

/// The objects of a stream, by kind, namespace and name.
fn objects(text: &str) -> Vec<(String, Value)> {
    let documents = serde_yaml::Deserializer::from_str(text).filter_map(|document| Value::deserialize(document).ok());
    let name = |value: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let meta = &value["metadata"];
        format!("{} {}/{}", text(&value["kind"]), text(&meta["namespace"]), text(&meta["name"]))
    };
    documents.map(|value| (name(&value), value)).collect()
}

/// The path at which two values begin to differ.
fn path_of_difference(one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Mapping(one), Value::Mapping(other)) => {
            let keys = one.keys().chain(other.keys());
            keys.into_iter().find_map(|key| {
                let name = key.as_str().unwrap_or("?");
                match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => path_of_difference(one, other).map(|path| format!("{name}.{path}")),
                    _ => Some(name.to_owned()),
                }
            })
        }
        (Value::Sequence(one), Value::Sequence(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs.into_iter().find_map(|(at, (one, other))| Some(format!("{at}.{}", path_of_difference(one, other)?)))
        }
        _ => (one != other).then(String::new),
    }
}
