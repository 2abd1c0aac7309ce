//! What is wrong with a configuration, and where.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use ringfence_text::Span;
use serde_saphyr::{Error, Location};

use crate::select::nearest;

/// A fault in a configuration file. Nothing of the file is used.
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
    pub(super) fn at(location: Location, text: &str, message: String, help: Option<String>) -> Self {
        let place = place(location, text);
        let file = Arc::new(NamedSource::new("ringfence.yaml", text.to_owned()));
        Self { message, help, file, place: (place.start as usize, place.len() as usize).into() }
    }

    pub(super) fn from_serde(error: &Error, text: &str) -> Self {
        let error = error.without_snippet();
        let location = error.location().unwrap_or(Location::UNKNOWN);
        let (message, help) = match error {
            Error::SerdeUnknownField { field, expected, .. } => {
                (format!("there is no key `{field}`"), known(field, expected))
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                (format!("`{variant}` is no value here"), known(variant, expected))
            }
            other => (first_line(&other.to_string()), None),
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

fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    // The place is ours to show.
    let line = line.split(" at line ").next().unwrap_or(line);
    let mut chars = line.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    first + chars.as_str().trim_end_matches('.')
}
