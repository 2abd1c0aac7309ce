//! What a lint comes to.

use std::sync::Arc;

use ringfence_diagnostics::{Finding, Summary};
use ringfence_text::Files;

/// The findings, and everything needed to show them.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The findings, sorted by path, start and rule.
    pub findings: Vec<Finding>,
    /// The fingerprint of each finding, in the same order.
    pub fingerprints: Vec<String>,
    /// The texts that the findings point into, sorted by path.
    pub files: Arc<Files>,
    /// The run as a whole.
    pub summary: Summary,
}
