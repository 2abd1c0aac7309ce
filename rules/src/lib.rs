//! The rules: one file a rule, with its documentation and its check.
