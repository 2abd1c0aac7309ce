//! The files of a session as builds look for them: by the path from the top of the repository, each with the tree that it
//! was read into.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_sources::kustomize::{Files, Found};
use ringfence_text::FileId;
use ringfence_yaml::Tree;
use rustc_hash::FxHashMap;

use crate::ground::Ground;
use crate::library::Library;

/// What is in the library, and around it.
pub(crate) struct Shelf<'l> {
    library: &'l Library,
    ground: RefCell<&'l mut Ground>,
    paths: FxHashMap<String, FileId>,
    folders: BTreeSet<String>,
}

impl<'l> Shelf<'l> {
    pub(crate) fn new(library: &'l Library, ground: &'l mut Ground) -> Self {
        let mut paths = FxHashMap::default();
        let mut folders = BTreeSet::new();
        for document in &library.documents {
            let key = ground.key(&document.path);
            let mut folder = key.as_str();
            while let Some((above, _)) = folder.rsplit_once('/') {
                if !folders.insert(above.to_owned()) {
                    break;
                }
                folder = above;
            }
            paths.insert(key, document.file);
        }
        Self { library, ground: RefCell::new(ground), paths, folders }
    }

    /// The paths of all files, in the order of the library.
    pub(crate) fn keys(&self) -> Vec<String> {
        let ground = self.ground.borrow();
        self.library.documents.iter().map(|document| ground.key(&document.path)).collect()
    }
}

impl Files for Shelf<'_> {
    fn find(&self, path: &str) -> Found {
        if let Some(&file) = self.paths.get(path) {
            let refused = self.library.document(file).and_then(|document| document.refused.as_ref());
            return refused.map_or(Found::File(file), |refused| Found::Unreadable(refused.reason.clone()));
        }
        if path.is_empty() || self.folders.contains(path) {
            return Found::Folder;
        }
        self.ground.borrow_mut().find(path)
    }

    fn above(&self) -> Found {
        if self.ground.borrow().knows_top() { Found::Outside } else { Found::Unseen }
    }

    fn text(&self, file: FileId) -> Arc<str> {
        let own = self.library.file(file).map(|file| Arc::clone(&file.text));
        own.or_else(|| self.ground.borrow().text(file)).unwrap_or_else(|| Arc::from(""))
    }

    fn tree(&self, file: FileId) -> Option<&Tree> {
        let document = self.library.document(file).filter(|document| !document.markdown)?;
        Some(&document.parts.first()?.tree)
    }
}
