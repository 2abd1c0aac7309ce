//! Which objects a `target`, or the `select` of a replacement, means.

use regex::Regex;
use ringfence_manifest::{Data, Value};
use smol_str::SmolStr;

use super::edit;
use super::label_selector::LabelSelector;
use super::note::{Note, What};
use super::resource::{Id, Resource};

/// Patterns for an object's identity, and selectors for its labels and annotations.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: Option<LabelSelector>,
    annotations: Option<LabelSelector>,
}

/// A regular expression that must fit a whole text.
#[derive(Clone, Debug)]
enum Pattern {
    Literal(SmolStr),
    Expression(Regex),
}

impl Pattern {
    fn new(text: &str) -> Option<Self> {
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Some(Self::Literal(text.into()));
        }
        Regex::new(&format!("^(?:{text})$")).ok().map(Self::Expression)
    }

    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == text,
            Self::Expression(expression) => expression.is_match(text),
        }
    }
}

fn fits(pattern: Option<&Pattern>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.fits(text))
}

impl Selector {
    /// Reads a selector.
    pub(super) fn read(value: &Value) -> Result<Self, Note> {
        let pattern = |key| {
            let Some(field) = value.at(&[key]).filter(|field| field.as_str().is_some_and(|text| !text.is_empty()))
            else {
                return Ok(None);
            };
            let text = field.as_str().unwrap_or_default();
            let bad = || Note::new(field.place, What::BadPattern { pattern: text.into() });
            Pattern::new(text).map(Some).ok_or_else(bad)
        };
        let labels = |key| {
            let Some(field) = value.at(&[key]).filter(|field| field.data != Data::Null) else { return Ok(None) };
            let text = field.as_str().unwrap_or_default();
            let bad = || Note::new(field.place, What::BadSelector { selector: text.into() });
            LabelSelector::parse(text).map(Some).ok_or_else(bad)
        };
        Ok(Self {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: labels("labelSelector")?,
            annotations: labels("annotationSelector")?,
        })
    }

    /// Whether a patch with this target is for an object, by what it is called now or was called first.
    pub(super) fn selects(&self, resource: &Resource) -> bool {
        let (now, first) = (resource.id(), resource.original());
        (fits(self.namespace.as_ref(), first.effective()) || fits(self.namespace.as_ref(), now.effective()))
            && (fits(self.name.as_ref(), first.name) || fits(self.name.as_ref(), now.name))
            && self.fits_kind(now)
            && self.fits_metadata(resource)
    }

    /// Whether an identity, with its namespace as written, is one that this means.
    pub(super) fn fits_id(&self, id: Id<'_>) -> bool {
        self.fits_kind(id) && fits(self.name.as_ref(), id.name) && fits(self.namespace.as_ref(), id.namespace)
    }

    fn fits_kind(&self, id: Id<'_>) -> bool {
        fits(self.group.as_ref(), id.group)
            && fits(self.version.as_ref(), id.version)
            && fits(self.kind.as_ref(), id.kind)
    }

    /// Whether labels and annotations fit.
    pub(super) fn fits_metadata(&self, resource: &Resource) -> bool {
        let fits = |selector: Option<&LabelSelector>, key| {
            let text = |label: &str| edit::text_of(resource.value.at(&["metadata", key, label])?);
            selector.is_none_or(|selector| selector.fits(&text))
        };
        fits(self.labels.as_ref(), "labels") && fits(self.annotations.as_ref(), "annotations")
    }

    /// Whether it says anything about identities.
    pub(super) fn names_something(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace].into_iter().any(Option::is_some)
    }

    /// Whether it says anything about labels or annotations.
    pub(super) fn has_labels(&self) -> bool {
        self.labels.is_some() || self.annotations.is_some()
    }
}
