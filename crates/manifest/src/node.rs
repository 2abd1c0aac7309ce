//! A typed view looked at as the tree that it was read from.

use crate::{Field, Value, View};

/// One value of a view. Only what the view knows is there: unknown fields are gone, as the API server prunes them.
#[derive(Clone, PartialEq, Debug)]
pub enum Node<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// `true` or `false`.
    Bool(bool),
    /// A value of any shape.
    Any(&'a Value),
    /// A list.
    List(Vec<Field<Node<'a>>>),
    /// A mapping with free keys.
    Map(Vec<(&'a str, Field<Node<'a>>)>),
    /// A mapping of known keys: those that are written.
    Object(Vec<(&'static str, Field<Node<'a>>)>),
}

impl<T: View> Field<T> {
    /// The field with its value as a tree.
    pub fn node(&self) -> Field<Node<'_>> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null(at) => Field::Null(*at),
            Self::Unknown(at) => Field::Unknown(*at),
            Self::Invalid(at) => Field::Invalid(*at),
            Self::Set(view, at) => Field::Set(view.node(), *at),
        }
    }
}
