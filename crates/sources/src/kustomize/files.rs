//! Where a build takes its files from: a map, a session, a disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_text::FileId;
use ringfence_yaml::Tree;

/// What there is to build from. Paths are joined with `/`, hold no `.` and no `a/..`, and are all seen from one folder;
/// `""` is that folder.
pub trait Files {
    /// What is at a path.
    fn find(&self, path: &str) -> Found;

    /// What is above the folder that all paths are seen from.
    fn above(&self) -> Found {
        Found::Outside
    }

    /// The text of a file that was found.
    fn text(&self, file: FileId) -> Arc<str>;

    /// The tree of a file, where it has been read already: nothing is read twice.
    fn tree(&self, _file: FileId) -> Option<&Tree> {
        None
    }
}

/// What is at a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// A file.
    File(FileId),
    /// A folder.
    Folder,
    /// Nothing.
    Missing,
    /// Nobody knows what: it is not among what was given.
    Unseen,
    /// A link to another path.
    Link(String),
    /// A link to something outside of what may be read.
    Outside,
    /// Something that cannot be read: the reason, lower case.
    Unreadable(String),
}

/// Files in memory, numbered in the order they were put in.
#[derive(Clone, Debug, Default)]
pub struct FileMap {
    files: Vec<(String, Arc<str>)>,
    paths: BTreeMap<String, FileId>,
    folders: BTreeSet<String>,
}

impl FileMap {
    /// Puts a file in. A path that is there already gets the new text.
    pub fn put(&mut self, path: &str, text: impl Into<Arc<str>>) -> FileId {
        if let Some(&file) = self.paths.get(path) {
            self.files[file.0 as usize].1 = text.into();
            return file;
        }
        let file = FileId(self.files.len() as u32);
        self.files.push((path.to_owned(), text.into()));
        self.paths.insert(path.to_owned(), file);
        let mut folder = path;
        while let Some((above, _)) = folder.rsplit_once('/') {
            if !self.folders.insert(above.to_owned()) {
                break;
            }
            folder = above;
        }
        file
    }

    /// The paths of all files, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// The path of a file; empty where there is none of this number.
    pub fn path(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |(path, _)| path)
    }
}

impl<P: AsRef<str>, T: Into<Arc<str>>> FromIterator<(P, T)> for FileMap {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        let mut map = Self::default();
        for (path, text) in files {
            map.put(path.as_ref(), text);
        }
        map
    }
}

impl Files for FileMap {
    fn find(&self, path: &str) -> Found {
        match self.paths.get(path) {
            Some(&file) => Found::File(file),
            None if path.is_empty() || self.folders.contains(path) => Found::Folder,
            None => Found::Missing,
        }
    }

    fn text(&self, file: FileId) -> Arc<str> {
        self.files.get(file.0 as usize).map_or_else(|| Arc::from(""), |(_, text)| Arc::clone(text))
    }
}
