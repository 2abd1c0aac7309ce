//! How groups of endpoints are called.

use ringfence_questions::{Grouping, Matrix};

use crate::clean;

/// How many groups of a class are named before the rest is counted.
const NAMED: usize = 3;

/// The name of a group, safe to print.
pub(super) fn name(matrix: &Matrix, group: usize) -> String {
    clean::line(&matrix.groups[group].name).into_owned()
}

/// The names of all groups of a class: `a, b, c`.
pub(super) fn names(matrix: &Matrix, class: &[usize]) -> String {
    class.iter().map(|&group| name(matrix, group)).collect::<Vec<_>>().join(", ")
}

/// A class in a few words: `a`, `a, b, c`, `a and 11 more`.
pub(super) fn brief(matrix: &Matrix, class: &[usize]) -> String {
    if is_brief(class) {
        names(matrix, class)
    } else {
        format!("{} and {} more", name(matrix, class[0]), class.len() - 1)
    }
}

/// Whether [`brief`] names them all.
pub(super) fn is_brief(class: &[usize]) -> bool {
    class.len() <= NAMED
}

/// What is counted: `namespace`, `profile`, `workload`.
pub(super) const fn noun(by: Grouping) -> &'static str {
    match by {
        Grouping::Namespace => "namespace",
        Grouping::Profile => "profile",
        Grouping::Workload => "workload",
    }
}
