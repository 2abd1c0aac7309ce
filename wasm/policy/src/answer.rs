//! Answers that are no report.

use ringfence_lint::ConfigError;
use serde::Serialize;

/// What was wrong with a call.
#[derive(Serialize, Debug)]
pub(crate) struct Fault {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<u32>,
}

impl Fault {
    /// A fault of the call itself.
    pub(crate) fn new(error: String) -> Self {
        Self { error, help: None, start: None, end: None }
    }
}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Self {
        let span = error.span();
        Self { start: Some(span.start), end: Some(span.end), help: error.help, error: error.message }
    }
}

/// The answer to a call that has nothing to say.
pub(crate) fn nothing() -> Vec<u8> {
    b"{}".to_vec()
}

/// The answer to a call that was wrong. That strings become JSON cannot fail.
pub(crate) fn fault(fault: &Fault) -> Vec<u8> {
    serde_json::to_vec(fault).unwrap_or_else(|_| br#"{"error":"unknown"}"#.to_vec())
}
