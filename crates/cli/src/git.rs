//! Files of a Git revision, read through the `git` that is there: the work tree is not touched.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use ringfence_lint::{Content, Stands};
use ringfence_sources::{plain, walk};
use ringfence_yaml::Limits;

/// Why a revision cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum GitError {
    /// There is no `git`.
    #[error("`git` cannot be run: {0}")]
    #[diagnostic(help("revisions are read through `git`: install it, or compare two folders"))]
    Missing(io::Error),
    /// The command does not run in a repository.
    #[error("this folder is in no Git repository")]
    #[diagnostic(help("run it in the repository whose revisions are meant, or compare two folders"))]
    NoRepository,
    /// No commit is called so.
    #[error("`{0}` is no revision of this repository")]
    #[diagnostic(help(
        "name a branch, a tag or a commit; in a shallow clone, as in continuous integration, fetch it first"
    ))]
    Revision(String),
    /// Two revisions have no commit in common.
    #[error("`{0}` and `{1}` have no common ancestor here")]
    #[diagnostic(help("in a shallow clone, as in continuous integration, fetch the history first (`fetch-depth: 0`)"))]
    NoCommonAncestor(String, String),
    /// The revision has no such file or folder.
    #[error("there is no `{path}` in revision `{revision}`")]
    #[diagnostic(help("the path is seen from the root of the repository; `./` before it means: from here"))]
    Path {
        /// The revision as typed.
        revision: String,
        /// The path as typed.
        path: String,
    },
    /// Something else.
    #[error("`git {command}` failed: {reason}")]
    Failed {
        /// Which command.
        command: String,
        /// What it said.
        reason: String,
    },
}

/// The files of a folder, or the one file, in a revision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tree {
    /// The revision as typed.
    pub(crate) revision: String,
    /// The path as typed: from the root, or after `./` from here; empty is everything.
    pub(crate) path: String,
}

impl Tree {
    /// Reads the manifests, by their paths as typed, without the revision.
    pub(crate) fn read(&self) -> Result<BTreeMap<String, Content>, GitError> {
        let commit = commit(&self.revision)?;
        let missing = || GitError::Path { revision: self.revision.clone(), path: self.path.clone() };
        let root = quiet(&["rev-parse", "--verify", "--quiet", &format!("{commit}:{}", self.path)])?;
        let root = root.ok_or_else(missing)?;
        let base = self.path.trim_start_matches("./").trim_end_matches('/');
        if git(&["cat-file", "-t", &root])? == "blob" {
            return contents(vec![(base.to_owned(), root)]);
        }
        let listing = git(&["ls-tree", "-r", "-z", "--full-tree", &root])?;
        let files = listing.split('\0').filter_map(file).filter(|(path, _)| walk::is_searched(path));
        let below = |path: &str| if base.is_empty() { path.to_owned() } else { format!("{base}/{path}") };
        contents(files.map(|(path, object)| (below(path), object.to_owned())).collect())
    }
}

/// The entries of a revision: kind and object, by path from the top.
pub(crate) type Listing = BTreeMap<String, (EntryKind, String)>;

/// What an entry of a listing is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum EntryKind {
    File,
    Folder,
    Link,
    /// Another repository.
    Submodule,
}

impl Tree {
    /// The folder below the top that its paths are seen from.
    pub(crate) fn prefix(&self) -> String {
        let from_here = self.path.starts_with("./");
        let prefix = if from_here { quiet(&["rev-parse", "--show-prefix"]).ok().flatten() } else { None };
        prefix.unwrap_or_default().trim_end_matches('/').to_owned()
    }

    /// Everything in its revision.
    pub(crate) fn listing(&self) -> Result<Listing, GitError> {
        let text = git(&["ls-tree", "-r", "-t", "-z", "--full-tree", &commit(&self.revision)?])?;
        Ok(text.split('\0').filter_map(entry).collect())
    }
}

/// What stands at a path of a revision that has been listed.
pub(crate) fn at(path: &str, all: &Listing) -> Stands {
    let Some((kind, object)) = all.get(path) else { return Stands::Nothing };
    let text = || git(&["cat-file", "blob", object]);
    match kind {
        EntryKind::Folder => Stands::Folder,
        EntryKind::Submodule => Stands::Unseen,
        EntryKind::File => text().map_or_else(|error| Stands::Unreadable(error.to_string()), Stands::Text),
        EntryKind::Link => {
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            let to = text().map(|to| plain(&format!("{above}/{to}")));
            let inside = to.ok().filter(|to| !to.starts_with("..") && !to.starts_with('/'));
            inside.map_or(Stands::Outside, Stands::Link)
        }
    }
}

fn entry(line: &str) -> Option<(String, (EntryKind, String))> {
    let (about, path) = line.split_once('\t')?;
    let mut about = about.split(' ');
    let (mode, kind, object) = (about.next()?, about.next()?, about.next()?);
    let kind = match (mode, kind) {
        ("120000", _) => EntryKind::Link,
        (_, "tree") => EntryKind::Folder,
        (_, "commit") => EntryKind::Submodule,
        _ => EntryKind::File,
    };
    Some((path.to_owned(), (kind, object.to_owned())))
}

/// The commit from which two revisions parted.
pub(crate) fn parted(one: &str, other: &str) -> Result<String, GitError> {
    let (one_commit, other_commit) = (commit(one)?, commit(other)?);
    let base = quiet(&["merge-base", &one_commit, &other_commit])?;
    base.ok_or_else(|| GitError::NoCommonAncestor(one.to_owned(), other.to_owned()))
}

/// The full name of a commit.
fn commit(revision: &str) -> Result<String, GitError> {
    if quiet(&["rev-parse", "--git-dir"])?.is_none() {
        return Err(GitError::NoRepository);
    }
    let unknown = || GitError::Revision(revision.to_owned());
    // What begins with a dash would be an option.
    if revision.is_empty() || revision.starts_with('-') {
        return Err(unknown());
    }
    quiet(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])?.ok_or_else(unknown)
}

/// Path and object of a line of a listing, of files alone: no links, no submodules.
fn file(line: &str) -> Option<(&str, &str)> {
    let (about, path) = line.split_once('\t')?;
    let mut about = about.split(' ');
    let (mode, _, object) = (about.next()?, about.next()?, about.next()?);
    mode.starts_with("100").then_some((path, object))
}

/// What a command says, without the last line break; `None` where it fails.
fn quiet(arguments: &[&str]) -> Result<Option<String>, GitError> {
    let output = Command::new("git").args(arguments).stdin(Stdio::null()).output().map_err(GitError::Missing)?;
    let text = String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned();
    Ok(output.status.success().then_some(text))
}

/// What a command says that does not fail.
fn git(arguments: &[&str]) -> Result<String, GitError> {
    let output = Command::new("git").args(arguments).stdin(Stdio::null()).output().map_err(GitError::Missing)?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(GitError::Failed { command: arguments.join(" "), reason });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
}

/// The contents of objects, all from one process.
fn contents(files: Vec<(String, String)>) -> Result<BTreeMap<String, Content>, GitError> {
    let failed = |reason: String| GitError::Failed { command: "cat-file --batch".to_owned(), reason };
    let spawned = Command::new("git")
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = spawned.map_err(GitError::Missing)?;
    let (Some(mut asking), Some(mut answers)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(failed("it has no streams".to_owned()));
    };
    let objects: String = files.iter().map(|(_, object)| format!("{object}\n")).collect();
    // Who writes everything before reading anything waits for a reader that waits for it.
    let writer = thread::spawn(move || asking.write_all(objects.as_bytes()));
    let mut bytes = Vec::new();
    let read = answers.read_to_end(&mut bytes);
    let ended = child.wait();
    // Where the command has ended early, the answers are too short, and that is said below.
    let _ = writer.join();
    read.and(ended).map_err(|error| failed(error.to_string()))?;
    let mut rest = bytes.as_slice();
    let mut contents = BTreeMap::new();
    for (path, object) in files {
        let content = next(&mut rest).ok_or_else(|| failed(format!("object `{object}` is missing")))?;
        contents.insert(path, content);
    }
    Ok(contents)
}

/// The next object: a line that ends in its size, its bytes, a line break.
fn next(rest: &mut &[u8]) -> Option<Content> {
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let head = std::str::from_utf8(&rest[..end]).ok()?;
    let size: usize = head.rsplit_once(' ')?.1.parse().ok()?;
    let bytes = rest.get(end + 1..end + 1 + size)?;
    *rest = rest.get(end + size + 2..)?;
    let limit = u64::from(Limits::default().bytes);
    Some(if size as u64 > limit { Content::too_large(size as u64, limit) } else { Content::from_bytes(bytes.to_vec()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_listing_are_read() {
        assert_eq!(file("100644 blob abc\tdeploy/a b.yaml"), Some(("deploy/a b.yaml", "abc")));
        assert_eq!(file("120000 blob abc\tlink.yaml"), None);
        assert_eq!(file("160000 commit abc\tmodule"), None);
        assert_eq!(file(""), None);
    }

    #[test]
    fn objects_follow_each_other() {
        let mut rest: &[u8] = b"abc blob 3\na\nb\ndef blob 0\n\nxyz missing\n";
        assert_eq!(next(&mut rest), Some(Content::from_bytes(b"a\nb".to_vec())));
        assert_eq!(next(&mut rest), Some(Content::from_bytes(Vec::new())));
        assert_eq!(next(&mut rest), None);
    }
}
