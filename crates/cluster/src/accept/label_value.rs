//! Which label values the API server and the agent take: up to 63 bytes, no globs (semantics §5.3).

use super::names::{is_name, too_long};

const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
                     start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
                     for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// What is wrong with a label value; empty where nothing is.
pub(super) fn faults(value: &str) -> Vec<String> {
    let wrong = (!value.is_empty() && !is_name(value)).then(|| VALUE.to_owned());
    too_long(value, 63, "bytes").into_iter().chain(wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_be_empty_and_never_hold_globs_or_spaces() {
        for value in ["", "a", "A.b_c-d", "1", &"x".repeat(63)] {
            assert!(faults(value).is_empty(), "{value}");
        }
        for value in ["*", "a b", "-a", "a-", ".", "ü", &"x".repeat(64)] {
            assert_eq!(faults(value).len(), 1, "{value}");
        }
    }
}
