//! What Git ignores in a repository, told by its `.gitignore` files.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::FxHashMap;

/// The `.gitignore` files of a repository, read when they are asked for.
#[derive(Debug)]
pub struct Ignored {
    top: PathBuf,
    files: FxHashMap<PathBuf, Gitignore>,
}

impl Ignored {
    /// Those below `top`.
    pub fn new(top: &Path) -> Self {
        Self { top: top.to_owned(), files: FxHashMap::default() }
    }

    /// Whether Git ignores a path that is seen from the top. The innermost file that speaks of it decides.
    pub fn holds(&mut self, path: &str) -> bool {
        let whole = self.top.join(path);
        let folders: Vec<PathBuf> =
            whole.ancestors().skip(1).take_while(|at| at.starts_with(&self.top)).map(Path::to_owned).collect();
        for folder in folders {
            let rules = self.files.entry(folder.clone()).or_insert_with(|| {
                let mut builder = GitignoreBuilder::new(&folder);
                // A file that is missing or malformed ignores nothing.
                let _ = builder.add(folder.join(".gitignore"));
                builder.build().unwrap_or_else(|_| Gitignore::empty())
            });
            let told = rules.matched_path_or_any_parents(&whole, false);
            if !told.is_none() {
                return told.is_ignore();
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_innermost_file_decides() {
        let top = std::env::temp_dir().join(format!("ringfence-ignored-{}", std::process::id()));
        fs::create_dir_all(top.join("a/b")).unwrap();
        fs::write(top.join(".gitignore"), "*.env\n/made/\n").unwrap();
        fs::write(top.join("a/.gitignore"), "!kept.env\n").unwrap();
        let mut ignored = Ignored::new(&top);
        let told: Vec<bool> = ["a/b/x.env", "a/b/kept.env", "made/x.yaml", "a/made/x.yaml", "a.yaml"]
            .map(|path| ignored.holds(path))
            .into();
        fs::remove_dir_all(&top).unwrap();
        assert_eq!(told, [true, false, true, false, false]);
    }
}
