//! The two sides of a comparison: paths, or paths in Git revisions.

use std::path::{Path, PathBuf};

use crate::args::Diff;
use crate::around::Around;
use crate::errors::Failure;
use crate::git::{self, GitError, Tree};
use crate::input::{self, Input, shown};
use crate::progress::Progress;

/// One side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    /// Files on disk.
    Files(PathBuf),
    /// Files of a revision, and how the revision is called: one that was worked out has no name of its own.
    Revision(Tree, String),
}

/// Between two revisions.
const TWO: &str = "..";
/// Between two revisions, the first of which is where they parted.
const PARTED: &str = "...";
/// What stands for the newest commit.
const HEAD: &str = "HEAD";

impl Side {
    /// The one side that is held against a cluster.
    pub(crate) fn described(args: &Diff) -> Result<Self, Failure> {
        match args.sides.as_slice() {
            [] => Ok(Self::of(".")),
            [one] => Ok(Self::of(one)),
            _ => Err(Failure::Sides { message: "with `--live`, only one path can be given" }),
        }
    }

    /// The sides that are asked for: before and after.
    pub(crate) fn both(args: &Diff) -> Result<(Self, Self), Failure> {
        if args.reading.cluster.context.is_some() {
            return Err(Failure::Sides { message: "`--context` names no side without `--live`" });
        }
        let supposed = args.reading.supposing.is_anything();
        match (&args.rev, args.sides.as_slice()) {
            (None, [old, new]) => Ok((Self::of(old), Self::of(new))),
            (None, [one]) if supposed => Ok((Self::of(one), Self::of(one))),
            (None, [_]) => Err(Failure::Sides { message: "only one side is given" }),
            (None, _) => Err(Failure::Sides { message: "no sides are given" }),
            (Some(revisions), []) => Self::revisions(revisions, "."),
            (Some(revisions), [path]) => Self::revisions(revisions, path),
            (Some(_), _) => Err(Failure::Sides { message: "with `--rev`, only one path can be given" }),
        }
    }

    /// What is on disk is a path, whatever it looks like.
    fn of(text: &str) -> Self {
        match text.split_once(':') {
            Some((revision, path)) if !Path::new(text).exists() => Self::revision(revision, path),
            _ => Self::Files(text.into()),
        }
    }

    fn revision(revision: &str, path: &str) -> Self {
        let tree = Tree { revision: revision.to_owned(), path: path.to_owned() };
        Self::Revision(tree, revision.to_owned())
    }

    /// Two revisions of a path that is seen from here.
    fn revisions(revisions: &str, path: &str) -> Result<(Self, Self), Failure> {
        let below = match path.trim_start_matches("./") {
            "" | "." => "./".to_owned(),
            below => format!("./{below}"),
        };
        let or_head = |revision: &str| if revision.is_empty() { HEAD.to_owned() } else { revision.to_owned() };
        let of = |revision: &str| Self::revision(&or_head(revision), &below);
        if let Some((one, other)) = revisions.split_once(PARTED) {
            let (one, other) = (or_head(one), or_head(other));
            let tree = Tree { revision: git::parted(&one, &other)?, path: below.clone() };
            Ok((Self::Revision(tree, one), of(&other)))
        } else if let Some((one, other)) = revisions.split_once(TWO) {
            Ok((of(one), of(other)))
        } else {
            Ok((of(revisions), Self::Files(path.into())))
        }
    }

    /// Reads its files. A path that only one of two revisions has is empty in the other one.
    pub(crate) fn read(&self, progress: &Progress) -> Result<Input, Failure> {
        match self {
            Self::Files(path) => {
                let mut input = input::read_files(std::slice::from_ref(path), None, progress);
                // Of a side that cannot be read at all, everything would seem to be gone.
                if input.contents.is_empty() && !input.failures.is_empty() {
                    return Err(input.failures.swap_remove(0));
                }
                Ok(input)
            }
            Self::Revision(tree, _) => match tree.read() {
                Ok(contents) => Ok(Input { contents, around: Some(Around::revision(tree)), ..Input::default() }),
                Err(error @ GitError::Path { .. }) => Ok(Input { failures: vec![error.into()], ..Input::default() }),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// What a person calls it: as typed.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Files(path) => shown(path),
            Self::Revision(tree, name) => format!("{name}:{}", tree.path.trim_start_matches("./")),
        }
    }

    /// A path of one of its files, for people.
    pub(crate) fn path(&self, path: &str) -> String {
        match self {
            Self::Files(_) => path.to_owned(),
            Self::Revision(_, name) => format!("{name}:{path}"),
        }
    }

    /// The name of one of its worlds as the other side may call it too: without the folder that is the side itself.
    pub(crate) fn relative(&self, world: &str) -> String {
        let own = match self {
            Self::Files(path) => shown(path),
            Self::Revision(tree, _) => tree.path.clone(),
        };
        let own = own.trim_start_matches("./").trim_end_matches('/');
        let below = world.strip_prefix(own).and_then(|below| below.strip_prefix('/'));
        below.filter(|_| !own.is_empty()).unwrap_or(world).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_told_from_a_path() {
        assert_eq!(Side::of("deploy"), Side::Files("deploy".into()));
        assert_eq!(Side::of("main:deploy"), Side::revision("main", "deploy"));
        assert_eq!(Side::of("HEAD~2:"), Side::revision("HEAD~2", ""));
        let (old, new) = Side::revisions("main..", "deploy").unwrap();
        assert_eq!((old.name(), new.name()), ("main:deploy".into(), "HEAD:deploy".into()));
        let (old, new) = Side::revisions("main", ".").unwrap();
        assert_eq!((old.name(), new.name()), ("main:".into(), ".".into()));
    }

    #[test]
    fn worlds_are_called_alike_on_both_sides() {
        assert_eq!(Side::of("old/").relative("old/prod"), "prod");
        assert_eq!(Side::of(".").relative("prod"), "prod");
        assert_eq!(Side::of("main:./deploy").relative("deploy/prod"), "prod");
        assert_eq!(Side::of("main:").relative("deploy/prod"), "deploy/prod");
    }
}
