//! Yes, no, and what cannot be known from here (semantics §10.1).

use std::ops::Not;

/// A truth value of Kleene's three-valued logic, ordered `No < Unknown < Yes`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tri {
    /// Surely not.
    No,
    /// It depends on something outside the input. Never reported as a *no*.
    Unknown,
    /// Surely.
    Yes,
}

impl Tri {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// At least one.
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// All of them; yes if there are none. Asks no more of them than it must.
    pub fn all(values: impl IntoIterator<Item = Self>) -> Self {
        let mut least = Self::Yes;
        for value in values {
            least = least.min(value);
            if least == Self::No {
                break;
            }
        }
        least
    }

    /// At least one of them; no if there are none. Asks no more of them than it must.
    pub fn any(values: impl IntoIterator<Item = Self>) -> Self {
        let mut greatest = Self::No;
        for value in values {
            greatest = greatest.max(value);
            if greatest == Self::Yes {
                break;
            }
        }
        greatest
    }

    /// Whether it is surely so.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    /// Whether it is surely not so.
    pub fn is_no(self) -> bool {
        self == Self::No
    }

    /// Whether it may be so.
    pub fn possible(self) -> bool {
        self != Self::No
    }
}

impl From<bool> for Tri {
    fn from(truth: bool) -> Self {
        if truth { Self::Yes } else { Self::No }
    }
}

impl Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}
