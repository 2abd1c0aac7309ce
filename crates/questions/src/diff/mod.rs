//! What changed between two worlds: connections opened, closed and changed, workloads new and gone, and what did it.
//!
//! Ends are the same by their names; addresses are cut where either world tells them apart. Ends that no policy of their
//! world tells apart, before and after, are compared once. A pair is looked at only if something about it is not the same
//! in both worlds: the entries of one of its ends, or the labels of one.

mod cause;
mod classes;
mod common;
mod fold;
mod signature;

use ringfence_cluster::{NamespaceId, PolicyId, Protocol, Tri, WorkloadId};
use ringfence_engine::Ports;
use smol_str::SmolStr;

use crate::can::PROTOCOLS;
use crate::ends::{End, Who};
use crate::inquiry::Inquiry;
use cause::Blame;
use classes::{Class, classes};
use common::Commons;
use fold::{Detail, Fold};
use signature::Signatures;

/// What changed between two worlds. What belongs to the world before has ids of that one, what belongs to the world after
/// those of the other.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Diff {
    /// The ends that are in both worlds.
    pub ends: Vec<Common>,
    /// Which of them make up the public internet.
    pub internet: Vec<usize>,
    /// Workloads of the world after that the one before does not have.
    pub appeared: Vec<WorkloadId>,
    /// Workloads of the world before that the one after does not have.
    pub gone: Vec<WorkloadId>,
    /// What made changes.
    pub causes: Vec<Cause>,
    /// What is not let through as before, each set of pairs once.
    pub changes: Vec<Change>,
}

/// An end that is in both worlds.
#[derive(Clone, PartialEq, Debug)]
pub struct Common {
    /// What it is in the world before.
    pub old: End,
    /// What it is in the world after.
    pub new: End,
}

/// Connections of which the same changed, for the same reasons: all from one of the sources to one of the destinations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Where they come from, as places in [`Diff::ends`], ascending.
    pub sources: Vec<usize>,
    /// Where they go to.
    pub destinations: Vec<usize>,
    /// The ports that were let through, of each protocol that had any.
    pub before: Vec<(Protocol, Ports)>,
    /// The ports that are let through now.
    pub after: Vec<(Protocol, Ports)>,
    /// The ports whose answer is another one. Either all of them had and have a definite answer, or none.
    pub shifts: Vec<Shift>,
    /// What made it so, as places in [`Diff::causes`], ascending. Never empty.
    pub causes: Vec<usize>,
}

/// Ports whose answer is another one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Shift {
    /// Their protocol.
    pub protocol: Protocol,
    /// Which.
    pub ports: Ports,
    /// Whether they were let through.
    pub before: Tri,
    /// Whether they are now; not the same as before.
    pub after: Tri,
}

/// What became of a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChangeKind {
    /// No port was let through, and now some are.
    Opened,
    /// Some ports were let through, and now none is.
    Closed,
    /// Some ports were, and others are.
    Changed,
    /// It depends on what the input does not show, before or after.
    Uncertain,
}

/// Something that is not as before and changed connections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// What it is.
    pub what: What,
    /// Of a policy: the entries of the world before that decided or isolated, and are not there any more.
    pub old: Vec<ringfence_cluster::EntryId>,
    /// The entries of the world after that decide or isolate, and were not there.
    pub new: Vec<ringfence_cluster::EntryId>,
}

/// What is not as before.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum What {
    /// A policy that the world before has, if it does, and that the world after has, if it does: one of them at least.
    Policy(PolicyChange, Option<PolicyId>, Option<PolicyId>),
    /// A label of a namespace.
    NamespaceLabel(NamespaceId, NamespaceId, LabelChange),
    /// A label of the pods of a workload, which is this one of [`Diff::ends`].
    PodLabel(usize, LabelChange),
    /// Something else about the pods of a workload: their ports, service account or network.
    Pods(usize),
    /// Nothing that decides for these connections directly: DNS pods, pods that are not shown any more, port names of others.
    Elsewhere,
}

/// What became of a policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PolicyChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It was refused, or not read by this engine, and counts now.
    Accepted,
    /// It counted, and is refused now.
    Refused,
}

/// What became of a label. A value that cannot be known from the input is `?`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LabelChange {
    /// Its key.
    pub key: SmolStr,
    /// The value before; `None` where it was not there.
    pub before: Option<SmolStr>,
    /// The value after.
    pub after: Option<SmolStr>,
}

impl Inquiry<'_> {
    /// What changed from this world to another one.
    pub fn diff(&self, new: &Inquiry<'_>) -> Diff {
        let commons = Commons::of(self, new);
        let signatures = Signatures::of(self, new);
        let ends = commons.ends;
        let classes = classes(&ends, (self, new), &signatures);
        let mut blame = Blame::new((self, new), &ends, &signatures);
        let mut fold = Fold::default();
        for (at, source) in classes.iter().enumerate().filter(|(_, class)| class.may_be_a_source) {
            for (to, destination) in classes.iter().enumerate().filter(|(_, other)| differ(source, other)) {
                let pair = (source.members[0], destination.members[0]);
                for detail in details((self, new), (&ends[pair.0], &ends[pair.1]), |shifts| blame.of(pair, shifts)) {
                    fold.add(at, to, detail);
                }
            }
        }
        let (causes, order) = blame.into_causes();
        let changes = fold.into_changes(&classes, &order);
        Diff { ends, internet: commons.internet, appeared: commons.appeared, gone: commons.gone, causes, changes }
    }
}

/// Whether anything is not the same in both worlds that the answer for a pair may depend on.
fn differ(source: &Class, destination: &Class) -> bool {
    source.sends_differently || destination.receives_differently || source.is_another || destination.is_another
}

/// What changed for a pair: for definite answers, and apart from them for others.
fn details(
    (old, new): (&Inquiry<'_>, &Inquiry<'_>),
    (source, destination): (&Common, &Common),
    mut blame: impl FnMut(&[Shift]) -> Vec<usize>,
) -> Vec<Detail> {
    let before = open_ports(old, &source.old, &destination.old);
    let after = open_ports(new, &source.new, &destination.new);
    let shifts = shifts(&before, &after);
    let (definite, uncertain): (Vec<Shift>, Vec<Shift>) = shifts.into_iter().partition(Shift::is_definite);
    let parts = [definite, uncertain].into_iter().filter(|shifts| !shifts.is_empty());
    let mut detail = |shifts: Vec<Shift>| {
        let causes = blame(&shifts);
        Detail { before: before.clone(), after: after.clone(), shifts, causes }
    };
    parts.map(&mut detail).collect()
}

/// The ports on which a pair talks, of each protocol that has any.
fn open_ports(inquiry: &Inquiry<'_>, source: &End, destination: &End) -> Vec<(Protocol, Ports)> {
    let ports = PROTOCOLS.into_iter().map(|protocol| (protocol, inquiry.ports(source, destination, protocol)));
    ports.filter(|(_, ports)| !ports.is_none()).collect()
}

fn shifts(before: &[(Protocol, Ports)], after: &[(Protocol, Ports)]) -> Vec<Shift> {
    let of = |side: &[(Protocol, Ports)], protocol: Protocol| {
        side.iter().find(|(own, _)| *own == protocol).map(|(_, ports)| ports.clone()).unwrap_or_default()
    };
    let shift = |protocol: Protocol| {
        let shifts = of(before, protocol).shifts(&of(after, protocol));
        shifts.into_iter().map(move |((before, after), ports)| Shift { protocol, ports, before, after })
    };
    PROTOCOLS.into_iter().flat_map(shift).collect()
}

impl Shift {
    /// Whether both answers are definite.
    pub fn is_definite(&self) -> bool {
        self.before != Tri::Unknown && self.after != Tri::Unknown
    }
}

impl Change {
    /// What became of the connections.
    pub fn kind(&self) -> ChangeKind {
        if !self.shifts.iter().all(Shift::is_definite) {
            ChangeKind::Uncertain
        } else if self.before.is_empty() {
            ChangeKind::Opened
        } else if self.after.is_empty() {
            ChangeKind::Closed
        } else {
            ChangeKind::Changed
        }
    }

    /// Whether ports are surely let through that surely were not.
    pub fn opens(&self) -> bool {
        self.shifts.iter().any(|shift| (shift.before, shift.after) == (Tri::No, Tri::Yes))
    }

    /// Whether ports surely are not let through any more.
    pub fn closes(&self) -> bool {
        self.shifts.iter().any(|shift| (shift.before, shift.after) == (Tri::Yes, Tri::No))
    }
}

impl Diff {
    /// Whether nothing changed that anybody could tell.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.appeared.is_empty() && self.gone.is_empty()
    }

    /// Whether an end is of the public internet.
    pub fn is_internet(&self, end: usize) -> bool {
        matches!(self.ends[end].old.who, Who::Addresses(..)) && self.internet.binary_search(&end).is_ok()
    }
}
