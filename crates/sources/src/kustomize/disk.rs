//! Files on a disk, read when they are asked for.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_text::FileId;
use rustc_hash::FxHashMap;

use super::files::{Files, Found};
use crate::Content;

/// The files below a folder. Links inside of it are followed; those that leave it are not.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    limit: u64,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<(String, Arc<str>)>,
    found: FxHashMap<String, Found>,
}

impl Disk {
    /// The files below `root`, of each of which at most `limit` bytes are read. `Err` where there is no such folder.
    pub fn new(root: &Path, limit: u64) -> io::Result<Self> {
        Ok(Self { root: root.canonicalize()?, limit, state: RefCell::default() })
    }

    /// The files that a kustomization in `folder` may name: those of the Git repository around it, or any there are. With
    /// it comes the path of `folder` among them.
    pub fn around(folder: &Path, limit: u64) -> io::Result<(Self, String)> {
        let folder = folder.canonicalize()?;
        let git = folder.ancestors().find(|above| fs::symlink_metadata(above.join(".git")).is_ok());
        let disk = Self::new(git.or_else(|| folder.ancestors().last()).unwrap_or(&folder), limit)?;
        let below = folder.strip_prefix(&disk.root).unwrap_or(Path::new(""));
        let below = below.to_string_lossy().replace('\\', "/");
        Ok((disk, below))
    }

    /// The folder itself, without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of a file that was read; empty where there is none of this number.
    pub fn path(&self, file: FileId) -> String {
        self.state.borrow().files.get(file.0 as usize).map_or_else(String::new, |(path, _)| path.clone())
    }

    fn look(&self, path: &str) -> Found {
        if path.is_empty() {
            return Found::Folder;
        }
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        match self.find(above) {
            Found::Folder => {}
            Found::Link(to) => {
                return Found::Link(if to.is_empty() { name.to_owned() } else { format!("{to}/{name}") });
            }
            Found::File(_) => return Found::Missing,
            other => return other,
        }
        let disk = self.root.join(path);
        match fs::symlink_metadata(&disk) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Missing,
            Err(error) => Found::Unreadable(error.to_string()),
            Ok(meta) if meta.is_symlink() => self.link(&disk),
            Ok(meta) if meta.is_dir() => Found::Folder,
            Ok(meta) => self.read(path, &disk, meta.len()),
        }
    }

    fn link(&self, disk: &Path) -> Found {
        match disk.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Missing,
            Err(error) => Found::Unreadable(error.to_string()),
            Ok(to) => match to.strip_prefix(&self.root) {
                Ok(inside) => Found::Link(inside.to_string_lossy().replace('\\', "/")),
                Err(_) => Found::Outside,
            },
        }
    }

    fn read(&self, path: &str, disk: &Path, length: u64) -> Found {
        let content = if length > self.limit {
            Ok(Content::too_large(length, self.limit))
        } else {
            fs::read(disk).map(Content::from_bytes)
        };
        match content {
            Ok(Content::Text(text)) => {
                let files = &mut self.state.borrow_mut().files;
                files.push((path.to_owned(), text.into()));
                Found::File(FileId(files.len() as u32 - 1))
            }
            Ok(Content::Refused { reason, .. }) => Found::Unreadable(reason),
            Err(error) => Found::Unreadable(error.to_string()),
        }
    }
}

impl Files for Disk {
    fn find(&self, path: &str) -> Found {
        if let Some(known) = self.state.borrow().found.get(path) {
            return known.clone();
        }
        let found = self.look(path);
        self.state.borrow_mut().found.insert(path.to_owned(), found.clone());
        found
    }

    fn text(&self, file: FileId) -> Arc<str> {
        self.state.borrow().files.get(file.0 as usize).map_or_else(|| Arc::from(""), |(_, text)| Arc::clone(text))
    }
}
