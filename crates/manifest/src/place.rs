//! Where a value comes from.

use ringfence_text::{FileId, Span};

/// The bytes that made a value, and the alias through which it was reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes of the value itself. For an aliased value these stand at the anchor.
    pub span: Span,
    /// The `*alias` (or the `<<` merge) that brought the value here. A finding shows both places.
    pub alias: Option<Span>,
}

impl Place {
    /// A value that stands where it is used.
    pub const fn new(file: FileId, span: Span) -> Self {
        Self { file, span, alias: None }
    }

    /// The place where a reader meets the value: the alias if there is one, else the value.
    pub fn used_at(self) -> Span {
        self.alias.unwrap_or(self.span)
    }
}
