//! Collects why a policy is refused, and reads fields the way the refusers do.

use ringfence_manifest::{Field, List, Place};
use smol_str::SmolStr;

use crate::{Knobs, RefusedBy, Rejection, RejectionCode, Stage, Version};

/// What is refused so far, in the order in which it is met.
pub(super) struct Refusals<'k> {
    pub(super) knobs: &'k Knobs,
    by: RefusedBy,
    /// What the refuser says before each reason.
    prefix: String,
    found: Vec<Rejection>,
}

impl<'k> Refusals<'k> {
    pub(super) fn new(knobs: &'k Knobs, by: RefusedBy) -> Self {
        Self { knobs, by, prefix: String::new(), found: Vec::new() }
    }

    /// Says `prefix` before every reason from here on.
    pub(super) fn speak(&mut self, prefix: impl Into<String>) {
        self.prefix = prefix.into();
    }

    pub(super) fn add(&mut self, code: RejectionCode, place: Place, reason: impl AsRef<str>) {
        let reason = format!("{}{}", self.prefix, reason.as_ref());
        self.found.push(Rejection { by: self.by, code, reason, place });
    }

    pub(super) fn version(&self) -> Version {
        self.knobs.version
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether a selector is surely there: the agent reads `null` as the empty one (semantics §9.1 V02, §2.5.9), but the API
    /// server drops it before.
    pub(super) fn selector_given<T>(&self, field: &Field<T>) -> bool {
        is_set(field) || (matches!(field, Field::Null(_)) && self.knobs.stage == Stage::Agent)
    }

    pub(super) fn into_list(self) -> Vec<Rejection> {
        self.found
    }
}

/// The text that a Go program reads from a field: absent and `null` are empty. `None` where it cannot be known, or is no
/// text (which is reported as a wrong type).
pub(super) fn text(field: &Field<SmolStr>) -> Option<&str> {
    match field {
        Field::Set(text, _) => Some(text),
        Field::Absent | Field::Null(_) => Some(""),
        Field::Unknown(_) | Field::Invalid(_) => None,
    }
}

/// Whether a text is surely there and not empty.
pub(super) fn is_given(field: &Field<SmolStr>) -> bool {
    text(field).is_some_and(|text| !text.is_empty())
}

/// The length of the list that a Go program reads from a field; `None` where it cannot be known.
pub(super) fn len<T>(field: &Field<List<T>>) -> Option<usize> {
    match field {
        Field::Set(list, _) => Some(list.len()),
        Field::Absent | Field::Null(_) => Some(0),
        Field::Unknown(_) | Field::Invalid(_) => None,
    }
}

/// Whether a list surely has an item.
pub(super) fn has_items<T>(field: &Field<List<T>>) -> bool {
    len(field).is_some_and(|len| len > 0)
}

/// Whether a list is surely absent, `null` or `[]`.
pub(super) fn is_empty<T>(field: &Field<List<T>>) -> bool {
    len(field) == Some(0)
}

/// Whether a field is surely something else than absent or `null`.
pub(super) fn is_set<T>(field: &Field<T>) -> bool {
    matches!(field, Field::Set(..))
}

/// Where the value of a field stands; where the field is absent, the whole.
pub(super) fn place_of<T>(field: &Field<T>, whole: Place) -> Place {
    field.at().map_or(whole, |at| at.value)
}

/// Where the key of a field stands; where the field is absent, the whole.
pub(super) fn key_of<T>(field: &Field<T>, whole: Place) -> Place {
    field.at().map_or(whole, |at| at.key)
}

/// A text as Go prints it with `%q`.
pub(super) fn quoted(text: &str) -> String {
    format!("{text:?}")
}
