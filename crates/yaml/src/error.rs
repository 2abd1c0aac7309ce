//! What is wrong with a text, in plain words.

use ringfence_text::Span;

/// One place where the text is not YAML, or asks for too much. The tree beside it keeps what is healthy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// The fact and what to do, lower case, no full stop.
    pub message: String,
    /// The place, as narrow as it is known; empty at the end of the text.
    pub span: Span,
    /// Which document of the text it belongs to, from 0.
    pub document: u32,
    /// What kind of fault it is.
    pub kind: ErrorKind,
}

/// Kinds of faults, for those who act on them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ErrorKind {
    /// The text breaks the grammar in a way no other kind names.
    Syntax,
    /// A line is indented in a way that fits no open collection.
    Indentation,
    /// A tab stands where only spaces may.
    Tab,
    /// A quote or bracket is never closed.
    Unclosed,
    /// An alias names no anchor before it. The document is otherwise whole.
    UnknownAlias,
    /// A `%` directive or a tag cannot be understood.
    Directive,
    /// One of the [`Limits`](crate::Limits) is passed.
    Limit,
}
