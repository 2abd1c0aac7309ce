//! A file as rules about text see it.

use ringfence_manifest::{Obscured, Place};
use ringfence_text::{FileId, Span};
use ringfence_yaml::{Node, Tree};

/// A file of the run with the trees of its YAML.
#[derive(Debug)]
pub struct Document {
    /// Its number.
    pub file: FileId,
    /// Its path as typed.
    pub path: String,
    /// The trees: one for a YAML file, one a fenced block for Markdown.
    pub parts: Vec<Part>,
    /// Whether it is Markdown, whose blocks are fragments.
    pub markdown: bool,
    /// Why the file could not be read as text at all; then there are no parts.
    pub refused: Option<Refused>,
}

/// Why a file is no text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// As much of the text as can be shown. Often empty.
    pub text: String,
    /// The byte of `text` where the fault begins.
    pub at: u32,
    /// The fact and what to do, lower case, no full stop.
    pub reason: String,
}

/// A piece of YAML in a file.
#[derive(Debug)]
pub struct Part {
    /// The tree; its spans count from `base`.
    pub tree: Tree,
    /// Where it begins in the file.
    pub base: u32,
    /// What in it may hold objects but cannot be judged.
    pub obscured: Vec<Obscured>,
}

impl Document {
    /// The part that holds `span` of the file.
    pub fn part(&self, span: Span) -> Option<&Part> {
        self.parts.iter().rev().find(|part| part.base <= span.start)
    }

    /// The node that a place points at, with where its part begins.
    pub fn node(&self, place: Place) -> Option<(Node<'_>, u32)> {
        let part = self.part(place.span)?;
        let span = Span::new(place.span.start - part.base, place.span.end - part.base);
        Some((part.tree.node_at(span)?, part.base))
    }
}
