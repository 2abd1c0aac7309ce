//! How much of a set an answer holds for.

use ringfence_cluster::Tri;

/// What is true of a set of connections.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Quantity {
    /// Each of them is let through.
    All,
    /// Some are, and some are not.
    Some,
    /// None is.
    None,
    /// It depends on something outside the input.
    Unknown,
}

/// One connection of a set: whether it is let through, and whether it was asked for at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) allowed: Tri,
    pub(crate) belongs: Tri,
}

impl Quantity {
    /// The quantity over some connections. Those that perhaps were not asked for can only make it unknown.
    pub(crate) fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        let (mut all, mut none) = (Tri::Yes, Tri::Yes);
        for Part { allowed, belongs } in parts {
            let excuse = if belongs.is_yes() { Tri::No } else { Tri::Unknown };
            all = all.and(allowed.or(excuse));
            none = none.and((!allowed).or(excuse));
        }
        match (all, none) {
            (Tri::Yes, _) => Self::All,
            (_, Tri::Yes) => Self::None,
            (Tri::No, Tri::No) => Self::Some,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[(Tri, Tri)]) -> Quantity {
        Quantity::of(parts.iter().map(|&(allowed, belongs)| Part { allowed, belongs }))
    }

    #[test]
    fn one_exception_makes_all_some() {
        use Tri::{No, Unknown, Yes};
        assert_eq!(of(&[(Yes, Yes), (Yes, Yes)]), Quantity::All);
        assert_eq!(of(&[(Yes, Yes), (No, Yes)]), Quantity::Some);
        assert_eq!(of(&[(No, Yes)]), Quantity::None);
        assert_eq!(of(&[(Yes, Yes), (Unknown, Yes)]), Quantity::Unknown);
        assert_eq!(of(&[(Yes, Yes), (No, Yes), (Unknown, Yes)]), Quantity::Some);
    }

    #[test]
    fn who_perhaps_was_not_meant_is_no_exception() {
        use Tri::{No, Unknown, Yes};
        assert_eq!(of(&[(Yes, Yes), (Yes, Unknown)]), Quantity::All);
        assert_eq!(of(&[(Yes, Yes), (No, Unknown)]), Quantity::Unknown);
        assert_eq!(of(&[(No, Yes), (No, Unknown)]), Quantity::None);
    }
}
