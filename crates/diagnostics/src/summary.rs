//! What a run looked at, and what it could not know.

use crate::{Finding, Severity};

/// The run as a whole: everything that is said once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// YAML documents in them.
    pub documents: usize,
    /// Kubernetes objects in those, the items of lists counted one by one.
    pub objects: usize,
    /// The worlds by name, sorted; empty where everything is one world.
    pub worlds: Vec<String>,
    /// The findings by severity.
    pub findings: Counts,
    /// What cannot be known from the input: one entry a reason, the most frequent first.
    pub unknown: Vec<Unknown>,
    /// What the answers rest on: "DNS is taken to be `k8s-app: kube-dns` in `kube-system`".
    pub notes: Vec<String>,
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Errors.
    pub error: usize,
    /// Warnings.
    pub warning: usize,
    /// Findings worth knowing, which never fail a run.
    pub info: usize,
}

/// One reason why something is neither *yes* nor *no* here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// The reason, as a fact: "pods of a Helm release may match".
    pub reason: String,
    /// How many things it leaves open.
    pub count: usize,
    /// The first of them.
    pub example: Option<Place>,
}

/// A line of a file, for prose.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The path as typed, joined with `/`.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
}

impl Counts {
    /// The counts of `findings`.
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            match finding.severity {
                Severity::Error => counts.error += 1,
                Severity::Warning => counts.warning += 1,
                Severity::Info => counts.info += 1,
            }
        }
        counts
    }

    /// All of them.
    pub const fn total(self) -> usize {
        self.error + self.warning + self.info
    }

    /// How many are of `severity`.
    pub const fn get(self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }
}

#[cfg(test)]
mod tests {
    use ringfence_text::{FileId, Span};

    use super::*;
    use crate::{Confidence, Label};

    fn finding(severity: Severity) -> Finding {
        Finding {
            rule: "a-rule",
            severity,
            confidence: Confidence::High,
            message: String::new(),
            primary: Label::new(FileId(0), Span::empty(0), ""),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
            subject: None,
        }
    }

    #[test]
    fn counts_are_kept_by_severity() {
        let counts = Counts::of(&[Severity::Error, Severity::Info, Severity::Info].map(finding));
        assert_eq!(counts, Counts { error: 1, warning: 0, info: 2 });
        assert_eq!((counts.total(), counts.get(Severity::Info)), (3, 2));
    }
}
