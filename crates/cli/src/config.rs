//! Which configuration holds: the file that is found or named, then the options of the command line.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ringfence_lint::{Config, Selector};

use crate::args::{Choice, Cluster, Cni, Settings};
use crate::errors::Failure;
use crate::input::shown;

/// The name of a configuration file.
const NAME: &str = "ringfence.yaml";

/// The configuration of a run that starts in the folder `current`.
pub(crate) fn load(settings: &Settings, cluster: &Cluster, current: &Path) -> Result<Config, Failure> {
    let mut config = match file(settings, current) {
        Some(path) => read(&path)?,
        None => Config::default(),
    };
    let knobs = &mut config.knobs;
    if let Some(namespace) = &cluster.namespace {
        knobs.default_namespace = Some(namespace.into());
    }
    if let Some(version) = cluster.cilium_version {
        knobs.version = version;
    }
    if let Some(cni) = cluster.cni {
        knobs.cni = Some(match cni {
            Cni::Cilium => ringfence_cluster::Cni::Cilium,
            Cni::Upstream => ringfence_cluster::Cni::Upstream,
        });
    }
    Ok(config)
}

/// Adds the rules that the command line chooses.
pub(crate) fn choose(config: &mut Config, rules: &Choice) -> Result<(), Failure> {
    let select = selectors(&rules.select)?;
    config.selection.push((!select.is_empty()).then_some(select), selectors(&rules.ignore)?);
    Ok(())
}

fn selectors(words: &[String]) -> Result<Vec<Selector>, Failure> {
    Ok(words.iter().map(|word| Selector::parse(word)).collect::<Result<_, _>>()?)
}

/// The file that is named, or else the nearest one.
fn file(settings: &Settings, current: &Path) -> Option<PathBuf> {
    if settings.no_config {
        return None;
    }
    settings.config.clone().or_else(|| nearest(current))
}

/// The nearest file above `current`, up to the root of the repository; written as seen from `current`.
fn nearest(current: &Path) -> Option<PathBuf> {
    let mut way = PathBuf::new();
    for folder in current.ancestors() {
        if folder.join(NAME).is_file() {
            return Some(way.join(NAME));
        }
        if is_repository(folder) {
            return None;
        }
        way.push("..");
    }
    None
}

/// The root of the repository that `folder` is in.
pub(crate) fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| is_repository(folder))
}

/// Whether a folder is the root of a repository. In a worktree or a submodule, `.git` is a file.
fn is_repository(folder: &Path) -> bool {
    folder.join(".git").exists()
}

fn read(path: &Path) -> Result<Config, Failure> {
    let path_shown = shown(path);
    let text = fs::read_to_string(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => ringfence_sources::walk::WalkError::Missing { path: path_shown.clone() }.into(),
        _ => Failure::Read { path: path_shown.clone(), source },
    })?;
    Ok(Config::parse(&text).map_err(|error| error.in_file(&path_shown))?)
}
