//! How bad a finding is, and how sure we are.

use std::fmt;

/// What happens if nobody acts: by its effect on traffic, computed where the engine can.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Worth knowing; never fails a run.
    Info,
    /// Very likely not what was meant.
    Warning,
    /// Refused, or surely not doing what it says.
    Error,
}

/// How likely it is that the finding is true of the real cluster.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Confidence {
    /// A guess that needs a look.
    Low,
    /// Probable, but rests on something outside the input.
    Medium,
    /// Follows from the input.
    High,
}

impl Severity {
    /// The lower-case word that every format uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Confidence {
    /// The lower-case word that every format uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
