//! Where an object does not fit its schema.

use smol_str::SmolStr;

use crate::Place;

/// A field that the schema does not know, or a value of a type that it does not allow.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// The place: the key of an unknown field, the value of a wrong type.
    pub place: Place,
    /// The object's field around it, as `spec.ingress[].from[]`; empty at the top.
    pub parent: SmolStr,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Clone, PartialEq, Debug)]
pub enum ProblemKind {
    /// The API server prunes the key: what it was to restrict is not restricted.
    UnknownField {
        /// The key as written.
        key: SmolStr,
        /// The known key it is nearest to, if it is near.
        near: Option<&'static str>,
        /// All keys that may stand here.
        known: &'static [&'static str],
        /// The bytes of its value.
        value: Place,
    },
    /// The API server refuses the object.
    WrongType {
        /// What the schema wants, as "a string".
        expected: &'static str,
        /// What stands there, as "a number".
        found: &'static str,
    },
}
