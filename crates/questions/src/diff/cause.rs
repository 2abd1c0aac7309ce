//! What did it: for ports that are let through now and were not, or the other way round, the policies and labels behind.
//!
//! Of each half whose answer is not the same, the entries that decided or isolated, before and after, are looked at. One
//! that the other world does not have makes its policy a cause. Where both worlds have all of them, it is the labels of one
//! end that made them match, or not match any more.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{Direction, EntryId, IdentityId, PolicyId, World};
use ringfence_engine::{Basis, Endpoint, Side as Half, Traffic};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::signature::{Side, Signatures};
use super::{Cause, Common, LabelChange, PolicyChange, Shift, What};
use crate::ends::Who;
use crate::inquiry::Inquiry;
use crate::learned::Learned;
use crate::reply::Reply;

/// Finds out what did it, and remembers what was found.
pub(super) struct Blame<'a> {
    worlds: (&'a Inquiry<'a>, &'a Inquiry<'a>),
    ends: &'a [Common],
    signatures: &'a Signatures,
    found: Vec<Found>,
    known: FxHashMap<What, usize>,
}

/// A cause with its entries so far.
struct Found {
    what: What,
    old: BTreeSet<EntryId>,
    new: BTreeSet<EntryId>,
}

/// Which of the two worlds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

impl<'a> Blame<'a> {
    pub(super) fn new(
        worlds: (&'a Inquiry<'a>, &'a Inquiry<'a>),
        ends: &'a [Common],
        signatures: &'a Signatures,
    ) -> Self {
        Self { worlds, ends, signatures, found: Vec::new(), known: FxHashMap::default() }
    }

    /// What made ports of a pair have another answer, as numbers in the order of discovery, ascending. Never empty.
    pub(super) fn of(&mut self, pair: (usize, usize), shifts: &[Shift]) -> Vec<usize> {
        let mut causes: Vec<usize> = shifts.iter().flat_map(|shift| self.of_shift(pair, shift)).collect();
        causes.sort_unstable();
        causes.dedup();
        causes
    }

    /// The causes, and the place there of each number that was given.
    pub(super) fn into_causes(self) -> (Vec<Cause>, Vec<usize>) {
        let mut sorted: Vec<(usize, Found)> = self.found.into_iter().enumerate().collect();
        sorted.sort_by(|(_, one), (_, other)| one.what.cmp(&other.what));
        let mut order = vec![0; sorted.len()];
        for (place, (number, _)) in sorted.iter().enumerate() {
            order[*number] = place;
        }
        let cause = |(_, Found { what, old, new })| Cause {
            what,
            old: old.into_iter().collect(),
            new: new.into_iter().collect(),
        };
        (sorted.into_iter().map(cause).collect(), order)
    }

    fn of_shift(&mut self, pair: (usize, usize), shift: &Shift) -> Vec<usize> {
        let Some(&(port, _)) = shift.ports.sure().first() else { return Vec::new() };
        let traffic = Traffic { protocol: shift.protocol, port };
        let (source, destination) = (&self.ends[pair.0], &self.ends[pair.1]);
        let before = self.worlds.0.reply(&source.old, &destination.old, traffic);
        let after = self.worlds.1.reply(&source.new, &destination.new, traffic);
        let differs = |way: &Direction| before.half_allows(*way) != after.half_allows(*way);
        let mut halves: Vec<Direction> = Direction::BOTH.into_iter().filter(differs).collect();
        if halves.is_empty() {
            halves = Direction::BOTH.to_vec();
        }
        let mut causes: Vec<usize> =
            halves.into_iter().flat_map(|way| self.of_half(pair, way, &before, &after)).collect();
        if causes.is_empty() {
            causes.push(self.number(What::Elsewhere));
        }
        causes
    }

    fn of_half(&mut self, pair: (usize, usize), way: Direction, before: &Reply, after: &Reply) -> Vec<usize> {
        let (old, new) = (involved(before, after, way), involved(after, before, way));
        let mut causes = Vec::new();
        for (entry, when) in old.iter().map(|&id| (id, When::Before)).chain(new.iter().map(|&id| (id, When::After))) {
            causes.extend(self.of_entry(entry, when));
        }
        if causes.is_empty() {
            causes = self.of_ends(pair);
        }
        causes
    }

    /// The policy of an entry that the other world does not have.
    fn of_entry(&mut self, entry: EntryId, when: When) -> Option<usize> {
        let (own, other) = self.sides(when);
        let policy = self.inquiry(when).world().entry(entry).policy;
        let is_there = |id: &PolicyId| !self.inquiry(when.other()).is_omitted(*id);
        let counterpart = own.counterpart(policy, other).filter(is_there);
        let counts = counterpart.is_some_and(|id| self.inquiry(when.other()).engine().counts(id));
        if let Some(id) = counterpart.filter(|_| counts)
            && other.said[id.0 as usize].contains(&own.says(entry))
        {
            return None;
        }
        let change = match (counterpart, counts, when) {
            (Some(_), true, _) => PolicyChange::Changed,
            (Some(_), false, When::Before) => PolicyChange::Refused,
            (Some(_), false, When::After) => PolicyChange::Accepted,
            (None, _, When::Before) => PolicyChange::Removed,
            (None, _, When::After) => PolicyChange::Added,
        };
        let what = match when {
            When::Before => What::Policy(change, Some(policy), counterpart),
            When::After => What::Policy(change, counterpart, Some(policy)),
        };
        let number = self.number(what);
        let cause = &mut self.found[number];
        match when {
            When::Before => cause.old.insert(entry),
            When::After => cause.new.insert(entry),
        };
        Some(number)
    }

    /// What is written on the two ends, and is not the same.
    fn of_ends(&mut self, (source, destination): (usize, usize)) -> Vec<usize> {
        let ends = if source == destination { vec![source] } else { vec![source, destination] };
        let mut causes = Vec::new();
        for end in ends {
            let labels = self.of_labels(end);
            if labels.is_empty() && self.are_other_pods(end) {
                causes.push(self.number(What::Pods(end)));
            }
            causes.extend(labels);
        }
        causes
    }

    fn of_labels(&mut self, end: usize) -> Vec<usize> {
        let (old, new) = (self.worlds.0.world(), self.worlds.1.world());
        let common = &self.ends[end];
        let (Some(before), Some(after)) = (common.old.who.namespace(old), common.new.who.namespace(new)) else {
            return Vec::new();
        };
        let of_namespace = self.changes(labels(old.namespace_labels(before)), labels(new.namespace_labels(after)));
        let mut whats: Vec<What> =
            of_namespace.into_iter().map(|change| What::NamespaceLabel(before, after, change)).collect();
        if let (Some(before), Some(after), Who::Workload(_)) =
            (identity(&common.old.shapes), identity(&common.new.shapes), &common.old.who)
        {
            let of = |world: &World, id: IdentityId| labels(world.pod_labels(world.identity(id)));
            let of_pods = self.changes(of(old, before), of(new, after));
            whats.extend(of_pods.into_iter().map(|change| What::PodLabel(end, change)));
        }
        whats.into_iter().map(|what| self.number(what)).collect()
    }

    /// The labels that are not the same; those that policies ask for, if there are any.
    fn changes(&self, before: BTreeMap<SmolStr, SmolStr>, mut after: BTreeMap<SmolStr, SmolStr>) -> Vec<LabelChange> {
        let mut changes = Vec::new();
        for (key, before) in before {
            let after = after.remove(&key);
            if after.as_ref() != Some(&before) {
                changes.push(LabelChange { key, before: Some(before), after });
            }
        }
        changes.extend(after.into_iter().map(|(key, after)| LabelChange { key, before: None, after: Some(after) }));
        let asked = |change: &LabelChange| {
            self.signatures.old.asked.contains(&change.key) || self.signatures.new.asked.contains(&change.key)
        };
        if changes.iter().any(asked) {
            changes.retain(asked);
        }
        changes
    }

    fn are_other_pods(&self, end: usize) -> bool {
        let common = &self.ends[end];
        if !matches!(common.old.who, Who::Workload(_)) {
            return false;
        }
        match (identity(&common.old.shapes), identity(&common.new.shapes)) {
            (Some(old), Some(new)) => self.signatures.old.pods(old) != self.signatures.new.pods(new),
            (None, None) => false,
            _ => true,
        }
    }

    fn number(&mut self, what: What) -> usize {
        if let Some(&number) = self.known.get(&what) {
            return number;
        }
        self.known.insert(what.clone(), self.found.len());
        self.found.push(Found { what, old: BTreeSet::new(), new: BTreeSet::new() });
        self.found.len() - 1
    }

    fn inquiry(&self, when: When) -> &'a Inquiry<'a> {
        if when == When::Before { self.worlds.0 } else { self.worlds.1 }
    }

    fn sides(&self, when: When) -> (&'a Side, &'a Side) {
        let Signatures { old, new } = self.signatures;
        if when == When::Before { (old, new) } else { (new, old) }
    }
}

impl When {
    const fn other(self) -> Self {
        match self {
            Self::Before => Self::After,
            Self::After => Self::Before,
        }
    }
}

/// The entries that one world's answer for a half rests on, as far as the other's does not rest on the same.
fn involved(reply: &Reply, other: &Reply, way: Direction) -> Vec<EntryId> {
    let isolated = |reply: &Reply| reply.half(way).isolation.isolated;
    let isolation_differs = isolated(reply) != isolated(other);
    let mut entries = Vec::new();
    for (.., connection) in &reply.connections {
        let half = match way {
            Direction::Egress => &connection.egress,
            Direction::Ingress => &connection.ingress,
        };
        entries.extend(deciding(half, isolation_differs));
    }
    if way == Direction::Egress {
        entries.extend(reply.learned.iter().flat_map(learning));
    }
    entries.sort_unstable();
    entries.dedup();
    entries
}

fn deciding(half: &Half, isolation_differs: bool) -> Vec<EntryId> {
    let isolating = isolation_differs && half.basis != Basis::Entries;
    let by = if isolating { half.isolation.by.as_slice() } else { &[] };
    [half.deciding.as_slice(), half.unsure.as_slice(), by].concat()
}

fn learning(learned: &Learned) -> &[EntryId] {
    match learned {
        Learned::Yes(id) => std::slice::from_ref(id),
        Learned::Unseen(ids) | Learned::Refused(ids) => ids,
        Learned::NoDns | Learned::Unknown => &[],
    }
}

fn identity(shapes: &[Endpoint]) -> Option<IdentityId> {
    match shapes {
        [Endpoint::Pods(identity)] => Some(*identity),
        _ => None,
    }
}

fn labels<'w>(labels: impl Iterator<Item = (&'w str, Option<&'w str>)>) -> BTreeMap<SmolStr, SmolStr> {
    labels.map(|(key, value)| (key.into(), value.unwrap_or("?").into())).collect()
}

impl What {
    /// The policy, in the world before and in the world after.
    pub fn policy(&self) -> Option<(PolicyChange, Option<PolicyId>, Option<PolicyId>)> {
        match self {
            Self::Policy(change, old, new) => Some((*change, *old, *new)),
            _ => None,
        }
    }
}
