//! A finding in the making.

use ringfence_diagnostics::{Applicability, Confidence, FileEdit, Finding, Fix, Label, Severity, Subject};
use ringfence_manifest::{Object, Place};
use ringfence_text::{Edit, FileId};

use crate::Rule;

/// A finding that a rule is still adding to. It counts from the moment it was reported.
pub(crate) struct Draft<'f>(pub(crate) &'f mut Finding);

/// The finding of a rule at a place. Where the value came through an alias, the alias is the primary place and the
/// anchor's value is shown beside it.
pub(crate) fn finding(rule: &'static Rule, place: Place, message: String) -> Finding {
    let primary = Label::new(place.file, place.used_at(), "");
    let anchored = place.alias.map(|_| Label::new(place.file, place.span, "the value stands at the anchor"));
    Finding {
        rule: rule.name,
        severity: rule.severity,
        confidence: rule.confidence,
        message,
        primary,
        labels: anchored.into_iter().collect(),
        notes: Vec::new(),
        help: None,
        fixes: Vec::new(),
        subject: None,
    }
}

impl Draft<'_> {
    /// Says why the primary place matters.
    pub(crate) fn here(self, message: impl Into<String>) -> Self {
        self.0.primary.message = message.into();
        self
    }

    /// Points at another place.
    pub(crate) fn label(self, place: Place, message: impl Into<String>) -> Self {
        self.0.labels.push(Label::new(place.file, place.used_at(), message));
        self
    }

    /// Adds a fact that has no place.
    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    /// Adds facts that have no place, as many as there are.
    pub(crate) fn notes(self, notes: impl IntoIterator<Item = String>) -> Self {
        self.0.notes.extend(notes);
        self
    }

    /// Says what to do.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Grades the effect.
    pub(crate) fn severity(self, severity: Severity) -> Self {
        self.0.severity = severity;
        self
    }

    /// Grades how sure it is.
    pub(crate) fn confidence(self, confidence: Confidence) -> Self {
        self.0.confidence = confidence;
        self
    }

    /// Names the object it is about.
    pub(crate) fn about(self, object: &Object) -> Self {
        let text =
            |field: &ringfence_manifest::Field<smol_str::SmolStr>| field.get().map_or("", |text| text).to_owned();
        self.0.subject = Some(Subject {
            world: String::new(),
            kind: object.kind_name.to_string(),
            namespace: text(&object.meta.namespace),
            name: text(&object.meta.name),
        });
        self
    }

    /// Offers a fix in one file. No edits, no fix.
    pub(crate) fn fix(
        self,
        applicability: Applicability,
        message: impl Into<String>,
        edits: Option<(FileId, Vec<Edit>)>,
    ) -> Self {
        if let Some((file, edits)) = edits.filter(|(_, edits)| !edits.is_empty()) {
            let edits = edits.into_iter().map(|edit| FileEdit { file, edit }).collect();
            self.0.fixes.push(Fix { applicability, message: message.into(), edits });
        }
        self
    }

    /// Offers a fix over several files. Without edits, or where one of them cannot be made, there is none.
    pub(crate) fn fix_all(
        self,
        applicability: Applicability,
        message: impl Into<String>,
        edits: Option<Vec<(FileId, Vec<Edit>)>>,
    ) -> Self {
        let edits = edits.unwrap_or_default().into_iter();
        let mut edits: Vec<FileEdit> =
            edits.flat_map(|(file, edits)| edits.into_iter().map(move |edit| FileEdit { file, edit })).collect();
        edits.sort();
        edits.dedup();
        if !edits.is_empty() {
            self.0.fixes.push(Fix { applicability, message: message.into(), edits });
        }
        self
    }
}
