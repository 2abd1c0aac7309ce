//! Which files lie under the paths that somebody typed.
//!
//! `.yaml`, `.yml` and `.json`; what `.gitignore` names is left out, as are hidden folders except `.github`; links are not
//! followed. A file that is named is always read, whatever it is called: Markdown only then.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use crate::Content;

/// The hidden folder that is searched.
const GITHUB: &str = ".github";

/// A path that cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum WalkError {
    /// Nothing is there.
    #[error("`{path}` does not exist")]
    #[diagnostic(help("check the spelling, and the folder from which the command runs"))]
    Missing {
        /// The path as typed.
        path: String,
    },
    /// It is there, but cannot be read.
    #[error("`{path}` cannot be read: {source}")]
    #[diagnostic(help("check its permissions"))]
    Unreadable {
        /// The path as typed or found.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// What lies under the paths.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, sorted by path, each once.
    pub files: Vec<FoundFile>,
    /// Paths that cannot be used, in the order they were met. The rest is found all the same.
    pub errors: Vec<WalkError>,
}

/// A file to read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FoundFile {
    /// The path as typed, joined with `/`; below `.` without it.
    pub path: String,
    /// Where it is on disk.
    pub disk: PathBuf,
    /// Whether it was named, rather than found in a folder.
    pub named: bool,
}

impl FoundFile {
    /// Its content; at most `limit` bytes are taken in.
    ///
    /// Whatever is wrong with the content is [`Content::Refused`]. That it cannot be read at all is an error only of a file
    /// that was named: of others it is one more thing to report.
    pub fn read(&self, limit: u64) -> Result<Content, WalkError> {
        match read(&self.disk, limit) {
            Ok(content) => Ok(content),
            Err(source) if self.named => Err(WalkError::Unreadable { path: self.path.clone(), source }),
            Err(source) => Ok(Content::refused(format!("the file cannot be read: {source}"))),
        }
    }
}

/// The content of a stream, such as standard input; at most `limit` bytes are taken in.
pub fn read_stream(stream: impl Read, limit: u64) -> io::Result<Content> {
    let mut bytes = Vec::new();
    stream.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let length = bytes.len() as u64;
    Ok(if length > limit { Content::too_large(length, limit) } else { Content::from_bytes(bytes) })
}

fn read(path: &Path, limit: u64) -> io::Result<Content> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > limit { Ok(Content::too_large(length, limit)) } else { read_stream(file, limit) }
}

/// The files under `paths`, each a file or a folder.
pub fn find<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Found {
    let mut found = Found::default();
    for path in paths {
        let path = path.as_ref();
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => walk(path, &mut found),
            Ok(_) => found.files.push(FoundFile { path: shown(path), disk: path.to_owned(), named: true }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                found.errors.push(WalkError::Missing { path: shown(path) });
            }
            Err(source) => found.errors.push(WalkError::Unreadable { path: shown(path), source }),
        }
    }
    // A file that is named and found counts as named.
    found.files.sort_by(|a, b| (&a.path, !a.named).cmp(&(&b.path, !b.named)));
    let mut seen = BTreeSet::new();
    found.files.retain(|file| seen.insert(file.path.clone()));
    found
}

fn walk(folder: &Path, found: &mut Found) {
    let mut builder = WalkBuilder::new(folder);
    // Only `.gitignore` files count, also above the folder and outside of a repository: what is read must not depend on
    // the settings of the person who runs it.
    builder.standard_filters(false).parents(true).git_ignore(true).require_git(false).follow_links(false);
    builder.filter_entry(is_visible);
    for entry in builder.build() {
        match entry {
            Ok(entry) if is_manifest(&entry) => {
                let path = shown(entry.path());
                found.files.push(FoundFile { path, disk: entry.into_path(), named: false });
            }
            Ok(_) => {}
            Err(error) => found.errors.extend(unreadable(folder, error)),
        }
    }
}

fn is_visible(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    entry.depth() == 0 || !folder || !name.starts_with('.') || name == GITHUB
}

fn is_manifest(entry: &DirEntry) -> bool {
    ends_like_a_manifest(entry.path()) && entry.file_type().is_some_and(|kind| kind.is_file())
}

fn ends_like_a_manifest(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Whether a file would be found by its path below the folder that is searched, joined with `/`: for folders that are not
/// on disk.
pub fn is_searched(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let hidden = |folder: &str| folder.starts_with('.') && folder != GITHUB;
    ends_like_a_manifest(Path::new(path)) && !folders.split('/').any(hidden)
}

/// A folder that cannot be read. A line of a `.gitignore` that makes no sense is Git's business.
fn unreadable(folder: &Path, error: ignore::Error) -> Option<WalkError> {
    let path = path_of(&error).map_or_else(|| shown(folder), shown);
    error.into_io_error().map(|source| WalkError::Unreadable { path, source })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// A path as typed, joined with `/`; what lies below `.` is shown without it.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    let below = text.strip_prefix("./").map(|below| below.trim_start_matches('/')).filter(|below| !below.is_empty());
    below.unwrap_or(&text).to_owned()
}
