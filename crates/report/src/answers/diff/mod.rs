//! `diff`, rendered: for people by what did it, for a pull request as Markdown, for programs as JSON.

mod json;
mod markdown;
mod names;
mod text;
mod words;

use ringfence_cluster::{PolicyId, WorkloadId};
use ringfence_manifest::Kind;
use ringfence_questions::{Change, ChangeKind, Diff};

use super::Scene;

pub use json::json;
pub use markdown::markdown;
pub use text::text;

/// Two sides, compared.
pub struct Comparison<'a> {
    /// The side before, as it was asked for.
    pub old: &'a str,
    /// The side after.
    pub new: &'a str,
    /// Each world that both sides have.
    pub worlds: Vec<Compared<'a>>,
    /// Worlds that only the side before has, by name.
    pub only_old: Vec<String>,
    /// Worlds that only the side after has.
    pub only_new: Vec<String>,
    /// Where the side before is a running cluster: what could not be read of it.
    pub unread: Option<Unread<'a>>,
}

/// The kinds that could not be read of a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Unread<'a> {
    /// In the order in which they were asked for.
    pub kinds: &'a [Kind],
}

/// What only a running cluster has, and what is taken to stay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beside {
    /// Workloads, with ids of the world after.
    pub workloads: Vec<WorkloadId>,
    /// Policies of which the files tell nothing.
    pub policies: Vec<PolicyId>,
}

/// A world before and after, with what changed.
pub struct Compared<'a> {
    /// Its name; empty where there is only one.
    pub name: String,
    /// The world before.
    pub old: Scene<'a>,
    /// The world after.
    pub new: Scene<'a>,
    /// What changed.
    pub diff: Diff,
    /// Where the world before is a running cluster: what only the cluster has.
    pub beside: Option<Beside>,
}

/// How much changed. Connections are counted as they are told: all addresses of the internet are one end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Counts {
    opened: usize,
    closed: usize,
    changed: usize,
    uncertain: usize,
    appeared: usize,
    gone: usize,
}

impl Counts {
    fn of(comparison: &Comparison<'_>) -> Self {
        let mut counts = Self::default();
        for compared in &comparison.worlds {
            counts.add(compared);
        }
        counts
    }

    fn add(&mut self, compared: &Compared<'_>) {
        for change in &compared.diff.changes {
            *self.kind(change.kind()) += compared.connections(change);
        }
        self.appeared += compared.diff.appeared.len();
        self.gone += compared.diff.gone.len();
    }

    fn kind(&mut self, kind: ChangeKind) -> &mut usize {
        match kind {
            ChangeKind::Opened => &mut self.opened,
            ChangeKind::Closed => &mut self.closed,
            ChangeKind::Changed => &mut self.changed,
            ChangeKind::Uncertain => &mut self.uncertain,
        }
    }
}

impl Unread<'_> {
    /// Whether a policy that was not seen may decide anything.
    fn hides_policies(self) -> bool {
        self.kinds.iter().any(|kind| kind.is_policy())
    }
}

impl Compared<'_> {
    /// Whether the world before is a running cluster.
    const fn is_live(&self) -> bool {
        self.beside.is_some()
    }

    /// How many connections a change is about.
    fn connections(&self, change: &Change) -> usize {
        names::names(self, &change.sources).len() * names::names(self, &change.destinations).len()
    }

    /// The changes that share their causes, those of one kind apart.
    fn groups(&self, of: impl Fn(ChangeKind) -> bool) -> Vec<(&[usize], Vec<&Change>)> {
        let mut groups: Vec<(&[usize], Vec<&Change>)> = Vec::new();
        for change in self.diff.changes.iter().filter(|change| of(change.kind())) {
            match groups.last_mut() {
                Some((causes, changes)) if *causes == change.causes => changes.push(change),
                _ => groups.push((&change.causes, vec![change])),
            }
        }
        groups
    }
}
