//! Reading: the files under the paths, standard input, or a cluster.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use ringfence_cluster::Knobs;
use ringfence_diagnostics::Unknown;
use ringfence_lint::{Config, Content, Session};
use ringfence_sources::walk::{self, FoundFile};
use ringfence_yaml::Limits;

use crate::around::Around;
use crate::errors::Failure;
use crate::live::{self, Cluster};
use crate::progress::Progress;

/// The path that stands for standard input.
const DASH: &str = "-";
/// Its name in reports.
const STDIN: &str = "<stdin>";

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// Files and folders; `-` is standard input.
    Files {
        /// As typed.
        paths: &'a [PathBuf],
        /// The name under which standard input is reported.
        stdin_name: Option<&'a str>,
    },
    /// A cluster, by a context of the kubeconfig.
    Cluster(&'a str),
}

impl<'a> Source<'a> {
    /// What the arguments name: paths, or in their place a context.
    pub(crate) fn of(
        paths: &'a [PathBuf],
        stdin_name: Option<&'a str>,
        context: Option<&'a str>,
    ) -> Result<Self, Failure> {
        let Some(context) = context else { return Ok(Self::Files { paths, stdin_name }) };
        // The current folder is what nobody needs to name.
        match paths.iter().find(|path| path.as_os_str() != ".") {
            Some(path) => Err(Failure::ClusterAndFiles { path: shown(path) }),
            None => Ok(Self::Cluster(context)),
        }
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// The contents by path as it is reported.
    pub(crate) contents: BTreeMap<String, Content>,
    /// Where each file is on disk; standard input is nowhere.
    pub(crate) disk: BTreeMap<String, PathBuf>,
    /// Paths that cannot be used.
    pub(crate) failures: Vec<Failure>,
    /// The cluster, if it is one.
    pub(crate) cluster: Option<Cluster>,
    /// What stands around the files.
    pub(crate) around: Option<Around>,
}

/// Whether standard input is one of the paths.
pub(crate) fn wants_stdin(paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| path.as_os_str() == DASH)
}

/// Reads everything that is named, and tells the configuration what is known of it. A file that cannot be read does not keep
/// the rest from being read; a cluster is read whole or not at all.
pub(crate) fn read(source: Source<'_>, knobs: &mut Knobs, progress: &Progress) -> Result<Input, Failure> {
    let input = match source {
        Source::Files { paths, stdin_name } => read_files(paths, stdin_name, progress),
        Source::Cluster(context) => live::read(context, progress)?,
    };
    if let Some(cluster) = &input.cluster {
        cluster.settle(knobs);
    }
    Ok(input)
}

/// Reads files, folders and standard input. A file that cannot be read does not keep the rest from being read.
pub(crate) fn read_files(all: &[PathBuf], stdin_name: Option<&str>, progress: &Progress) -> Input {
    let paths = all.iter().filter(|path| path.as_os_str() != DASH);
    let found = walk::find(paths);
    let named: Vec<PathBuf> = all.iter().filter(|path| path.as_os_str() != DASH).cloned().collect();
    let failures = found.errors.into_iter().map(Failure::from).collect();
    let mut input = Input { failures, around: Around::disk(&named), ..Input::default() };
    let count = found.files.len();
    for (at, file) in found.files.into_iter().enumerate() {
        input.read_file(file);
        progress.show("reading", at + 1, count);
    }
    if wants_stdin(all) {
        input.read_stdin(stdin_name.unwrap_or(STDIN));
    }
    input
}

impl Input {
    /// A session that holds what was read.
    pub(crate) fn open(&mut self, config: Config) -> Session {
        let mut session = Session::new();
        session.configure(config);
        if let Some(around) = self.around.take() {
            around.tell(&mut session);
        }
        for (path, content) in std::mem::take(&mut self.contents) {
            session.put_content(&path, content);
        }
        session
    }

    /// What could not be read of a cluster, for the summary.
    pub(crate) fn unknown(&self) -> &[Unknown] {
        self.cluster.as_ref().map_or(&[], |cluster| &cluster.unknown)
    }

    fn read_file(&mut self, file: FoundFile) {
        match file.read(limit()) {
            Ok(content) => {
                self.contents.insert(file.path.clone(), content);
                self.disk.insert(file.path, file.disk);
            }
            Err(error) => self.failures.push(error.into()),
        }
    }

    /// What comes in stands for the file of its name: an editor sends what is not saved yet.
    fn read_stdin(&mut self, name: &str) {
        match walk::read_stream(io::stdin().lock(), limit()) {
            Ok(content) => {
                self.disk.remove(name);
                self.contents.insert(name.to_owned(), content);
            }
            Err(source) => self.failures.push(Failure::Read { path: STDIN.to_owned(), source }),
        }
    }
}

/// The bytes that are read of one file: as many as the reader of YAML takes.
pub(crate) fn limit() -> u64 {
    u64::from(Limits::default().bytes)
}

/// A path for people: as typed, joined with `/`.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}
