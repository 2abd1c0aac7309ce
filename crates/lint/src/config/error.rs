//! What is wrong with a configuration, and where.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use ringfence_text::Span;
use ringfence_yaml::{Document, Tree};
use serde_saphyr::{Error, Location};

use crate::select::nearest;

/// A fault in a file that people write for ringfence: its configuration, or expectations. Nothing of the file is used.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct ConfigError {
    /// The fact, lower case, no full stop.
    pub message: String,
    /// What to do.
    #[help]
    pub help: Option<String>,
    /// The file; its name is `ringfence.yaml` until [`ConfigError::in_file`] gives another.
    #[source_code]
    pub file: Arc<NamedSource<String>>,
    /// The bytes at fault.
    #[label]
    pub place: SourceSpan,
}

impl ConfigError {
    /// What is wrong with the text as YAML: errors, keys that stand twice, a second document.
    pub(crate) fn in_tree(tree: &Tree) -> Option<Self> {
        let fault = |span, message: &str| Self::new(span, tree.text(), message.to_owned(), None);
        let broken = || tree.errors().first().map(|error| fault(error.span, &error.message));
        let repeated = || {
            let (_, again) = tree.duplicate_keys().next()?;
            Some(fault(again.span(), &format!("the key `{}` stands twice", again.span().slice(tree.text()))))
        };
        let second = || {
            let mut roots = tree.documents().filter_map(Document::root);
            Some(fault(roots.nth(1)?.span(), "the file is one document: this is a second one"))
        };
        broken().or_else(repeated).or_else(second)
    }

    pub(crate) fn at(location: Location, text: &str, message: String, help: Option<String>) -> Self {
        Self::new(place(location, text), text, message, help)
    }

    fn new(place: Span, text: &str, message: String, help: Option<String>) -> Self {
        let file = Arc::new(NamedSource::new("ringfence.yaml", text.to_owned()));
        Self { message, help, file, place: (place.start as usize, place.len() as usize).into() }
    }

    pub(crate) fn from_serde(error: &Error, text: &str) -> Self {
        let error = error.without_snippet();
        let location = error.location().unwrap_or(Location::UNKNOWN);
        let (message, help) = match error {
            Error::SerdeUnknownField { field, expected, .. } => {
                (format!("there is no key `{field}`"), known(field, expected))
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                (format!("`{variant}` is no value here"), known(variant, expected))
            }
            other => (reworded(&other.to_string()), None),
        };
        Self::at(location, text, message, help)
    }

    /// The same error with the path of the file it is in.
    pub fn in_file(mut self, path: &str) -> Self {
        self.file = Arc::new(NamedSource::new(path, self.file.inner().clone()));
        self
    }

    /// The bytes at fault.
    pub fn span(&self) -> Span {
        let start = self.place.offset() as u32;
        Span::new(start, start + self.place.len() as u32)
    }
}

/// The bytes of a location: the whole word that begins there.
fn place(location: Location, text: &str) -> Span {
    let span = location.span();
    let end = text.len() as u64;
    let start = span.byte_offset().unwrap_or_default().min(end);
    let length = span.byte_len().unwrap_or_default().min(end - start);
    let found = Span::new(start as u32, (start + length) as u32);
    let shown = found.slice(text).trim_end().len() as u32;
    Span::new(found.start, found.start + shown)
}

fn known(word: &str, expected: &[&'static str]) -> Option<String> {
    let near = nearest(word, expected.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    near.or_else(|| (!expected.is_empty()).then(|| format!("known here: `{}`", expected.join("`, `"))))
}

/// The reader's own message, without its place and in our words where it speaks of its interface.
fn reworded(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.split(" at line ").next().unwrap_or(line);
    let known = [
        ("expected mapping start", "a mapping belongs here"),
        ("expected sequence start", "a list belongs here"),
        ("expected string scalar", "a text belongs here"),
        ("invalid boolean", "this is neither `true` nor `false`"),
    ];
    known.iter().find(|(theirs, _)| line.starts_with(theirs)).map_or(line, |(_, ours)| ours).to_owned()
}
