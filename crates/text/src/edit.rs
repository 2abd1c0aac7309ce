//! Changes to a text: what a fix is made of.

use crate::Span;

/// Replace the bytes of `span` by `text`. An empty span inserts; an empty text deletes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes in its place.
    pub text: String,
}

impl Edit {
    /// Put `text` in place of the bytes of `span`.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// Put `text` before the byte `at`.
    pub fn insert(at: u32, text: impl Into<String>) -> Self {
        Self { span: Span::empty(at), text: text.into() }
    }

    /// Take the bytes of `span` away.
    pub fn delete(span: Span) -> Self {
        Self { span, text: String::new() }
    }
}

/// Why edits cannot be applied together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EditError {
    /// Two of them change the same bytes.
    Overlap,
    /// One lies outside the text, or would cut a character.
    OutOfRange,
}

/// The text with all `edits` made, whatever their order. Equal edits count once; insertions at one place keep their order.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    sorted.dedup();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        if edit.span.start < done {
            return Err(EditError::Overlap);
        }
        let before = text.get(done as usize..edit.span.start as usize).ok_or(EditError::OutOfRange)?;
        text.get(edit.span.range()).ok_or(EditError::OutOfRange)?;
        out.push_str(before);
        out.push_str(&edit.text);
        done = edit.span.end;
    }
    out.push_str(text.get(done as usize..).ok_or(EditError::OutOfRange)?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_any_order() {
        let edits = [Edit::replace(Span::new(4, 5), "X"), Edit::insert(0, "> "), Edit::delete(Span::new(1, 2))];
        assert_eq!(apply("abcde", &edits).as_deref(), Ok("> acdX"));
    }

    #[test]
    fn edits_that_overlap_or_miss_are_refused() {
        let overlap = [Edit::delete(Span::new(0, 3)), Edit::delete(Span::new(2, 4))];
        assert_eq!(apply("abcde", &overlap), Err(EditError::Overlap));
        assert_eq!(apply("abc", &[Edit::insert(9, "x")]), Err(EditError::OutOfRange));
        assert_eq!(apply("é", &[Edit::insert(1, "x")]), Err(EditError::OutOfRange));
    }
}
