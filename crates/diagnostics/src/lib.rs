//! What a finding is: pure data, no terminal and no rules.
//!
//! A rule says *what* is wrong and *where*; the report says it to a terminal, an editor or a machine. Between them
//! travels a [`Finding`].

mod finding;
mod fix;
mod grade;
mod summary;

pub use finding::{Finding, Label, Subject};
pub use fix::{Applicability, FileEdit, Fix};
pub use grade::{Confidence, Severity};
pub use summary::{Counts, Place, Summary, Unknown};
