//! The five states of a field.

use crate::Place;

/// A field of an object: the engines tell all of these apart, so we do.
///
/// For an item of a list the states are the same but for [`Field::Absent`], and both places are the item's.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Field<T> {
    /// The key is not there.
    #[default]
    Absent,
    /// The key is there and its value is `null` (or nothing stands after the colon).
    Null(At),
    /// The value is a placeholder: it may be anything.
    Unknown(At),
    /// The value has a type that the schema does not allow; a [`crate::Problem`] says so.
    Invalid(At),
    /// A value.
    Set(T, At),
}

/// A list field: its items have states of their own.
pub type List<T> = Vec<Field<T>>;

/// Where a field stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct At {
    /// The key (of a list item: the item).
    pub key: Place,
    /// The value.
    pub value: Place,
}

impl<T> Field<T> {
    /// The value, where there is a valid one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Set(value, _) => Some(value),
            _ => None,
        }
    }

    /// Where it stands, unless it is absent.
    pub fn at(&self) -> Option<At> {
        match self {
            Self::Absent => None,
            Self::Null(at) | Self::Unknown(at) | Self::Invalid(at) | Self::Set(_, at) => Some(*at),
        }
    }

    /// Whether the key is missing.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether the key is missing or `null`: what a Go decoder cannot tell apart.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Absent | Self::Null(_))
    }

    /// Takes a part out of the value. Where there is no valid value, the part is what the whole is: unknown, null, …
    pub fn part<U>(&mut self, get: impl FnOnce(&mut T) -> &mut Field<U>) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null(at) => Field::Null(*at),
            Self::Unknown(at) => Field::Unknown(*at),
            Self::Invalid(at) => Field::Invalid(*at),
            Self::Set(value, _) => std::mem::take(get(value)),
        }
    }

    /// Whether a placeholder stands there.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether the value has a wrong type.
    pub fn is_invalid(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }
}

impl<T> Field<List<T>> {
    /// The items of a list, none where there is no list.
    pub fn items(&self) -> &[Field<T>] {
        self.get().map_or(&[], Vec::as_slice)
    }

    /// The valid items of a list.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.items().iter().filter_map(Field::get)
    }

    /// Whether it is a list with no item: `[]`.
    pub fn is_empty_list(&self) -> bool {
        self.get().is_some_and(Vec::is_empty)
    }
}
