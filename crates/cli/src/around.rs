//! What stands around the files that are read, for kustomizations that name others.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use ringfence_lint::{Session, Stands};
use ringfence_sources::Ignored;
use ringfence_sources::kustomize::{Disk, Files as _, Found};

use crate::config::repository;
use crate::git::{self, Tree};
use crate::input::{limit, shown};

/// The repository that the files of an input lie in.
pub(crate) struct Around {
    /// The absolute path of its top.
    top: String,
    /// The folder below it that paths are seen from.
    here: String,
    look: Box<dyn FnMut(&str) -> Stands + Send>,
}

impl Around {
    /// The repository on disk around the current folder, if all paths lie in it; else the whole disk.
    pub(crate) fn disk(paths: &[PathBuf]) -> Option<Self> {
        let current = env::current_dir().and_then(|current| current.canonicalize()).ok()?;
        let top = repository(&current).unwrap_or(&current);
        let inside = |path: &PathBuf| path.canonicalize().map_or(true, |path| path.starts_with(top));
        let top = if paths.iter().all(inside) { top } else { current.ancestors().last()? };
        let here = shown(current.strip_prefix(top).ok()?);
        let disk = Disk::new(top, limit()).ok()?;
        let mut ignored = Ignored::new(top);
        let look = move |path: &str| match disk.find(path) {
            Found::File(file) => Stands::Text(disk.text(file).as_ref().to_owned()),
            Found::Folder => Stands::Folder,
            // What Git ignores is made by somebody before it is built.
            Found::Missing if ignored.holds(path) => Stands::Unseen,
            Found::Missing => Stands::Nothing,
            Found::Unseen => Stands::Unseen,
            Found::Link(to) => Stands::Link(to),
            Found::Outside => Stands::Outside,
            Found::Unreadable(reason) => Stands::Unreadable(reason),
        };
        Some(Self { top: shown(top), here, look: Box::new(look) })
    }

    /// The rest of a revision.
    pub(crate) fn revision(tree: &Tree) -> Self {
        let here = tree.prefix();
        let top = env::current_dir().ok().and_then(|current| repository(&current).map(Path::to_owned));
        let tree = tree.clone();
        let mut all = None;
        let look = move |path: &str| {
            let all = all.get_or_insert_with(|| tree.listing().unwrap_or_default());
            git::at(path, all)
        };
        Self { top: top.map(|top| shown(&top)).unwrap_or_default(), here, look: Box::new(look) }
    }

    /// Tells a session.
    pub(crate) fn tell(self, session: &mut Session) {
        session.stand(&self.top, &self.here);
        session.on_absent(self.look);
    }
}

impl fmt::Debug for Around {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").field("top", &self.top).field("here", &self.here).finish_non_exhaustive()
    }
}
