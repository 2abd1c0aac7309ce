//! Making the changes that findings offer.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_diagnostics::{Applicability, FileEdit, Finding, Fix};
use ringfence_text::{Edit, FileId, apply};

use crate::Session;

/// How often texts are changed and linted again, at most. A fix that uncovers another is rare; one that undoes another is a
/// bug, and must not go on for ever.
const ROUNDS: usize = 10;

/// What fixing came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fixed {
    /// The new texts, by path; files that did not change are not among them.
    pub texts: BTreeMap<String, String>,
    /// How many fixes were made.
    pub fixes: usize,
}

/// Makes every fix that is at least as safe as `allowed` in the session itself, until there is none left. Suggestions are
/// never made. The session then holds the new texts; whoever has the files writes them.
pub fn fix(session: &mut Session, allowed: Applicability) -> Fixed {
    let mut fixed = Fixed::default();
    for _ in 0..ROUNDS {
        let outcome = session.lint();
        let picked = pick(&outcome.findings, allowed);
        let mut changed = false;
        for (file, edits) in &picked.edits {
            let Some(old) = outcome.files.get(*file) else { continue };
            let Ok(new) = apply(old.text(), edits) else { continue };
            if **old.text() != *new {
                session.put(old.path(), &new);
                fixed.texts.insert(old.path().to_owned(), new);
                changed = true;
            }
        }
        if !changed {
            break;
        }
        fixed.fixes += picked.fixes;
    }
    fixed
}

/// Fixes that can be made together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Picked {
    /// The edits by file, none of which overlap.
    pub edits: BTreeMap<FileId, Vec<Edit>>,
    /// How many fixes they are.
    pub fixes: usize,
}

/// The best fix of each finding that is at least as safe as `allowed`, in the order of the findings. One that touches what an
/// earlier one changes is left for the next round.
pub fn pick(findings: &[Finding], allowed: Applicability) -> Picked {
    let mut taken = Taken::default();
    let mut fixes = 0;
    for finding in findings {
        let usable = |fix: &&Fix| fix.applicability >= allowed && fix.applicability != Applicability::Suggestion;
        let Some(fix) = finding.fixes.iter().find(usable) else { continue };
        let fresh: Vec<&FileEdit> = fix.edits.iter().filter(|edit| !taken.edits.contains(edit)).collect();
        if fresh.is_empty() || fresh.iter().any(|edit| taken.touches(edit)) {
            continue;
        }
        for edit in fresh {
            taken.take(edit);
        }
        fixes += 1;
    }
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for edit in taken.edits {
        edits.entry(edit.file).or_default().push(edit.edit);
    }
    Picked { edits, fixes }
}

/// The edits that are to be made, and the bytes they change: file and first byte, to the byte after the last.
#[derive(Default)]
struct Taken {
    edits: BTreeSet<FileEdit>,
    bytes: BTreeMap<(FileId, u32), u32>,
}

impl Taken {
    /// Whether an edit meets one of them: also where both insert at the same place.
    fn touches(&self, edit: &FileEdit) -> bool {
        let (file, span) = (edit.file, edit.edit.span);
        let from = |start| (file, start);
        let mut before = self.bytes.range(from(0)..from(span.start));
        let reaches_in = before.next_back().is_some_and(|(_, &end)| end > span.start);
        let last = span.end.max(span.start + 1);
        reaches_in || self.bytes.range(from(span.start)..from(last)).next().is_some()
    }

    fn take(&mut self, edit: &FileEdit) {
        self.bytes.insert((edit.file, edit.edit.span.start), edit.edit.span.end);
        self.edits.insert(edit.clone());
    }
}

#[cfg(test)]
mod tests {
    use ringfence_diagnostics::{Confidence, Label, Severity};
    use ringfence_text::Span;

    use super::*;

    fn finding(applicability: Applicability, edits: &[(u32, u32, &str)]) -> Finding {
        let edit = |&(start, end, text): &(u32, u32, &str)| FileEdit {
            file: FileId(0),
            edit: Edit::replace(Span::new(start, end), text),
        };
        let edits = edits.iter().map(edit).collect();
        Finding {
            rule: "a-rule",
            severity: Severity::Error,
            confidence: Confidence::High,
            message: String::new(),
            primary: Label::new(FileId(0), Span::empty(0), ""),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: vec![Fix { applicability, message: String::new(), edits }],
            subject: None,
        }
    }

    fn picked(findings: &[Finding], allowed: Applicability) -> (usize, String) {
        let picked = pick(findings, allowed);
        let edits = picked.edits.get(&FileId(0)).cloned().unwrap_or_default();
        (picked.fixes, apply("0123456789", &edits).unwrap())
    }

    #[test]
    fn only_what_is_safe_enough_is_made() {
        use Applicability::{Safe, Suggestion, Unsafe};
        let findings =
            [finding(Safe, &[(0, 1, "a")]), finding(Unsafe, &[(2, 3, "b")]), finding(Suggestion, &[(4, 5, "c")])];
        assert_eq!(picked(&findings, Safe), (1, "a123456789".into()));
        assert_eq!(picked(&findings, Unsafe), (2, "a1b3456789".into()));
        assert_eq!(picked(&findings, Suggestion), (2, "a1b3456789".into()));
    }

    #[test]
    fn what_overlaps_waits() {
        use Applicability::Safe;
        let first = finding(Safe, &[(2, 5, "x"), (8, 8, "+")]);
        for (edits, made) in [
            (&[(4, 6, "y")][..], 1),
            (&[(3, 3, "y")], 1),
            (&[(0, 3, "y")], 1),
            (&[(1, 9, "y")], 1),
            (&[(2, 2, "y")], 1),
            (&[(8, 8, "-")], 1),
            (&[(0, 1, "y"), (4, 5, "z")], 1),
            (&[(5, 6, "y")], 2),
            (&[(0, 2, "y")], 2),
            (&[(2, 5, "x"), (9, 9, "y")], 2),
            (&[(2, 5, "x")], 1),
        ] {
            let count = pick(&[first.clone(), finding(Safe, edits)], Safe).fixes;
            assert_eq!(count, made, "{edits:?}");
        }
    }
}
