//! A finding and the places it points at.

use ringfence_text::{FileId, Span};

use crate::{Confidence, Fix, Severity};

/// One thing that is wrong: one root cause, however many objects repeat it.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The rule's name, in kebab case.
    pub rule: &'static str,
    /// Its effect.
    pub severity: Severity,
    /// How sure we are.
    pub confidence: Confidence,
    /// The fact: lower case, no full stop, names in backticks.
    pub message: String,
    /// The place the finding is about.
    pub primary: Label,
    /// The other places it needs, in as many files as it takes, in the order to read them.
    pub labels: Vec<Label>,
    /// Facts that have no place of their own.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Ways to mend it, the best one first.
    pub fixes: Vec<Fix>,
    /// The object it is about: with the rule and the key path it makes the fingerprint.
    pub subject: Option<Subject>,
}

/// A place, and why it matters here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub span: Span,
    /// What this place has to do with it; empty where the message says it all.
    pub message: String,
}

/// The object that a finding is about, as the API server would name it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Subject {
    /// The world, as the summary names it; empty where there is only one.
    pub world: String,
    /// `NetworkPolicy`, `Namespace`, …
    pub kind: String,
    /// Empty for cluster-scoped objects and where it is unknown.
    pub namespace: String,
    /// Empty where it is unknown.
    pub name: String,
}

impl Label {
    /// A label at `span` of `file`.
    pub fn new(file: FileId, span: Span, message: impl Into<String>) -> Self {
        Self { file, span, message: message.into() }
    }
}
