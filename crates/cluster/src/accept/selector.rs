//! Which label selectors are taken (V04, semantics §5.3): keys, operators and values.

use std::borrow::Cow;
use std::fmt::Arguments;

use ringfence_manifest::{Field, LabelSelector, Place, Requirement};

use super::refusals::{Refusals, has_items, is_empty, key_of, place_of, quoted, text};
use super::{label_key, label_value};
use crate::{RejectionCode, Version};

/// How the keys of a selector are checked.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    /// As every API of Kubernetes does.
    Kubernetes,
    /// As the agent does with its own policies.
    Cilium(Version),
    /// As the agent does with `cidrGroupSelector`, whose keys are labels of groups.
    CidrGroup(Version),
    /// As the agent did with a NetworkPolicy until 1.18: the key behind this and a dot.
    Behind(&'static str),
}

impl Keys {
    /// What is wrong with a key, and the key as the refuser shows it.
    fn faults(self, key: &str) -> (Cow<'_, str>, Vec<String>) {
        match self {
            Self::Kubernetes => (Cow::Borrowed(key), label_key::kubernetes(key)),
            Self::CidrGroup(version) if !key.contains(':') => {
                let key = format!("cidrgroup:{key}");
                let (shown, faults) = label_key::cilium(&key, version);
                (Cow::Owned(shown.into_owned()), faults)
            }
            Self::Cilium(version) | Self::CidrGroup(version) => label_key::cilium(key, version),
            Self::Behind(prefix) => label_key::extended(prefix, key),
        }
    }
}

/// Checks a selector whose field is `path`, where the refuser names it; `before` stands before each reason.
pub(super) fn check(
    selector: &LabelSelector,
    keys: Keys,
    before: &str,
    path: Option<Arguments<'_>>,
    out: &mut Refusals<'_>,
) {
    let mut cx = Cx { keys, before, path, out };
    for label in selector.match_labels.get().into_iter().flat_map(|labels| &labels.entries) {
        cx.key(&label.key, label.key_place, "matchLabels");
        if let Some(value) = text(&label.value) {
            cx.value(value, place_of(&label.value, label.key_place), "matchLabels");
        }
    }
    for (at, item) in selector.match_expressions.items().iter().enumerate() {
        let zero;
        let requirement = match item {
            Field::Set(requirement, _) => requirement,
            Field::Null(at) => {
                zero = nothing(at.value);
                &zero
            }
            _ => continue,
        };
        cx.requirement(requirement, &format!("matchExpressions[{at}]"));
    }
}

/// What a Go program reads from `null`.
fn nothing(place: Place) -> Requirement {
    Requirement { place, key: Field::Absent, operator: Field::Absent, values: Field::Absent }
}

struct Cx<'a, 'k> {
    keys: Keys,
    before: &'a str,
    path: Option<Arguments<'a>>,
    out: &'a mut Refusals<'k>,
}

impl Cx<'_, '_> {
    fn add(&mut self, code: RejectionCode, place: Place, field: &str, fault: &str) {
        let before = self.before;
        let reason = match self.path {
            Some(path) => format!("{before}{path}.{field}: {fault}"),
            None => format!("{before}{field}: {fault}"),
        };
        self.out.add(code, place, reason);
    }

    fn key(&mut self, key: &str, place: Place, field: &str) {
        let (shown, faults) = self.keys.faults(key);
        for fault in faults {
            self.add(RejectionCode::LabelKey, place, field, &format!("Invalid value: {}: {fault}", quoted(&shown)));
        }
    }

    fn value(&mut self, value: &str, place: Place, field: &str) {
        for fault in label_value::faults(value) {
            self.add(RejectionCode::LabelValue, place, field, &format!("Invalid value: {}: {fault}", quoted(value)));
        }
    }

    fn requirement(&mut self, requirement: &Requirement, field: &str) {
        self.operator(requirement, field);
        if let Some(key) = text(&requirement.key) {
            self.key(key, place_of(&requirement.key, requirement.place), &format!("{field}.key"));
        }
        for (at, item) in requirement.values.items().iter().enumerate() {
            if let Some(value) = text(item) {
                self.value(value, place_of(item, requirement.place), &format!("{field}.values[{at}]"));
            }
        }
    }

    fn operator(&mut self, requirement: &Requirement, field: &str) {
        let Requirement { operator, values, place, .. } = requirement;
        let code = RejectionCode::Expression;
        match text(operator) {
            Some("In" | "NotIn") if is_empty(values) => self.add(
                code,
                place_of(values, *place),
                &format!("{field}.values"),
                "Required value: must be specified when `operator` is 'In' or 'NotIn'",
            ),
            Some("Exists" | "DoesNotExist") if has_items(values) => self.add(
                code,
                key_of(values, *place),
                &format!("{field}.values"),
                "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
            None | Some("In" | "NotIn" | "Exists" | "DoesNotExist") => {}
            Some(other) => {
                let fault = format!("Invalid value: {}: not a valid selector operator", quoted(other));
                self.add(code, place_of(operator, *place), &format!("{field}.operator"), &fault);
            }
        }
    }
}
