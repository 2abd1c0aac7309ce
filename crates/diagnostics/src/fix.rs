//! How a finding can be mended.

use ringfence_text::{Edit, FileId};

/// A change that mends a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// Whether it may be made without a person.
    pub applicability: Applicability,
    /// What it does, and what it opens and closes: "quote the port", "select `app: frontend`".
    pub message: String,
    /// The edits, all or none of them.
    pub edits: Vec<FileEdit>,
}

/// An edit of one file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FileEdit {
    /// The file.
    pub file: FileId,
    /// The change.
    pub edit: Edit,
}

/// Whether a fix may be made without a person looking.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Applicability {
    /// Shown, never applied: there is something to choose or to fill in.
    Suggestion,
    /// Applied with `--unsafe-fixes`: it changes what traffic may flow.
    Unsafe,
    /// Applied with `--fix`: every verdict stays what it was.
    Safe,
}

impl Applicability {
    /// The lower-case word that every format uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suggestion => "suggestion",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }
}
