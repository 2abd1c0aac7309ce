//! The files of a repository: what they hold, and which there are.

use std::collections::BTreeSet;

use ringfence_text::FileId;
use rustc_hash::FxHashMap;

use super::note::What;
use crate::kustomize::{self, Files, Found, path};

/// Files of which it is known which there are. Paths are those of [`Files`].
pub struct Repository<'f> {
    files: &'f dyn Files,
    /// Folder by folder, as a walk meets them.
    paths: Vec<(String, FileId)>,
    folders: BTreeSet<String>,
    names: FxHashMap<FileId, usize>,
}

/// How many links may lead to one another.
const LINKS: usize = 40;

impl<'f> Repository<'f> {
    /// The repository with these paths; what cannot be read is left out.
    pub fn new<P: Into<String>>(files: &'f dyn Files, paths: impl IntoIterator<Item = P>) -> Self {
        let found = |path: String| match files.find(&path) {
            Found::File(file) => Some((path, file)),
            _ => None,
        };
        let mut paths: Vec<(String, FileId)> = paths.into_iter().map(Into::into).filter_map(found).collect();
        paths.sort_by(|(one, _), (other, _)| one.split('/').cmp(other.split('/')));
        paths.dedup();
        let mut folders = BTreeSet::new();
        for (path, _) in &paths {
            let mut folder = path.as_str();
            while let Some((above, _)) = folder.rsplit_once('/') {
                if !folders.insert(above.to_owned()) {
                    break;
                }
                folder = above;
            }
        }
        let names = paths.iter().enumerate().map(|(at, (_, file))| (*file, at)).collect();
        Self { files, paths, folders, names }
    }

    pub(super) fn files(&self) -> &'f dyn Files {
        self.files
    }

    /// Every path and its file.
    pub(super) fn paths(&self) -> &[(String, FileId)] {
        &self.paths
    }

    /// Every folder with a file somewhere below it, by its path.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// The path of a file, where it is one of these.
    pub fn path(&self, file: FileId) -> Option<&str> {
        Some(self.paths.get(*self.names.get(&file)?)?.0.as_str())
    }

    /// The files below a folder.
    pub(super) fn below<'r>(&'r self, folder: &'r str) -> impl Iterator<Item = (&'r str, FileId)> {
        let before = |(own, _): &(String, FileId)| !folder.is_empty() && own.split('/').lt(folder.split('/'));
        let inside = move |(own, _): &&(String, FileId)| path::is_below(own, folder);
        // Sorted step by step, what lies in a folder lies together.
        let first = self.paths.partition_point(before);
        self.paths[first..].iter().take_while(inside).map(|(path, file)| (path.as_str(), *file))
    }

    /// The folder at a path, links followed.
    pub(super) fn folder(&self, path: &str) -> Option<String> {
        let mut at = path.to_owned();
        for _ in 0..LINKS {
            match self.files.find(&at) {
                Found::Folder => return Some(at),
                Found::Link(to) => at = to,
                _ => return None,
            }
        }
        None
    }

    /// Whether all files of a folder are among these.
    pub(super) fn knows(&self, folder: &str) -> bool {
        folder.is_empty() || self.folders.contains(folder)
    }

    /// What to say where no folder is at a path, as `written`.
    pub(super) fn lacks(&self, path: &str, written: &str) -> What {
        match self.files.find(path) {
            Found::Missing | Found::File(_) | Found::Outside => What::NoFolder { path: written.into() },
            _ => unseen(written),
        }
    }

    /// Whether a file stands at a path, links not followed.
    pub(super) fn has(&self, path: &str) -> bool {
        matches!(self.files.find(path), Found::File(_))
    }
}

/// What to say of a folder whose files are not among what was given.
pub(super) fn unseen(written: &str) -> What {
    What::Build(kustomize::What::Unseen { path: written.into() })
}

/// Whether a path ends in one of these.
pub(super) fn ends_in(path: &str, endings: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

/// A path inside a repository, as Flux takes it: what leads out of it leads to its top.
pub(super) fn inside(written: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in written.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}
