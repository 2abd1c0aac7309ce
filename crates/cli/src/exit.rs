//! What the exit code says, the same for every format.

use std::process::ExitCode;

use ringfence_diagnostics::{Counts, Severity, Summary};

use crate::args::FailOn;

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Nothing that fails it.
    Clean = 0,
    /// Something was found, or would be changed.
    Found = 1,
    /// Wrong arguments or configuration, or a path that cannot be used.
    Failed = 2,
    /// There was nothing to look at.
    Nothing = 3,
    /// A question whose answer depends on something that the input does not show.
    Unknown = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// How a run ended in which no operation failed.
    pub(crate) fn of(summary: &Summary, found: bool) -> Self {
        if found {
            Self::Found
        } else if is_empty(summary) {
            Self::Nothing
        } else {
            Self::Clean
        }
    }
}

/// Whether nothing was there to look at. A template or an unreadable document may hold objects: that is not nothing.
fn is_empty(summary: &Summary) -> bool {
    summary.objects == 0 && summary.unknown.is_empty() && summary.findings.total() == 0
}

impl FailOn {
    /// Whether findings of these severities fail a run. Information never does.
    pub(crate) const fn fails(self, counts: Counts) -> bool {
        match self {
            Self::Never => false,
            Self::Error => counts.error > 0,
            Self::Warning => counts.error + counts.warning > 0,
        }
    }
}

impl From<Severity> for FailOn {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning | Severity::Info => Self::Warning,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_never_fails_a_run() {
        let info = Counts { info: 3, ..Counts::default() };
        let warning = Counts { warning: 1, ..info };
        let error = Counts { error: 1, ..info };
        assert_eq!([info, warning, error].map(|counts| FailOn::Warning.fails(counts)), [false, true, true]);
        assert_eq!([info, warning, error].map(|counts| FailOn::Error.fails(counts)), [false, false, true]);
        assert_eq!([info, warning, error].map(|counts| FailOn::Never.fails(counts)), [false; 3]);
    }

    #[test]
    fn nothing_to_look_at_is_told_from_nothing_found() {
        let empty = Summary { files: 4, documents: 7, ..Summary::default() };
        let full = Summary { objects: 1, ..empty.clone() };
        assert_eq!([Exit::of(&empty, false), Exit::of(&full, false)], [Exit::Nothing, Exit::Clean]);
        assert_eq!(Exit::of(&full, true), Exit::Found);
    }
}
