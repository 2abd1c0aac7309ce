//! Reading: the files under the paths, and standard input.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use ringfence_lint::Content;
use ringfence_sources::walk::{self, FoundFile};
use ringfence_yaml::Limits;

use crate::errors::Failure;
use crate::progress::Progress;

/// The path that stands for standard input.
const DASH: &str = "-";
/// Its name in reports.
const STDIN: &str = "<stdin>";

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// The contents by path as it is reported.
    pub(crate) contents: BTreeMap<String, Content>,
    /// Where each file is on disk; standard input is nowhere.
    pub(crate) disk: BTreeMap<String, PathBuf>,
    /// Paths that cannot be used.
    pub(crate) failures: Vec<Failure>,
}

/// Whether standard input is one of the paths.
pub(crate) fn wants_stdin(paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| path.as_os_str() == DASH)
}

/// Reads everything that is named. What cannot be read does not keep the rest from being read.
pub(crate) fn read(paths: &[PathBuf], stdin_filename: Option<&str>, progress: &Progress) -> Input {
    let stdin = wants_stdin(paths);
    let paths = paths.iter().filter(|path| path.as_os_str() != DASH);
    let found = walk::find(paths);
    let mut input = Input { failures: found.errors.into_iter().map(Failure::from).collect(), ..Input::default() };
    let count = found.files.len();
    for (at, file) in found.files.into_iter().enumerate() {
        input.read_file(file);
        progress.show("reading", at + 1, count);
    }
    if stdin {
        input.read_stdin(stdin_filename.unwrap_or(STDIN));
    }
    input
}

impl Input {
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
fn limit() -> u64 {
    u64::from(Limits::default().bytes)
}

/// A path for people: as typed, joined with `/`.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}
