//! Rules of policies that say nothing: where they stand, and what leaves them nothing, in words.

use std::collections::BTreeSet;

use ringfence_cluster::{Entry, EntryId, PeerKind, PolicyId, Verdict, World};
use ringfence_engine::{Covered, CoveredRule};
use ringfence_manifest::Place;

use crate::context::Cx;
use crate::draft::Draft;
use crate::wording;

/// A rule that says nothing.
#[derive(Clone, Copy)]
pub(crate) struct Void<'a> {
    /// What is known of it.
    pub(crate) rule: &'a CoveredRule,
    /// Its first entry.
    pub(crate) entry: &'a Entry,
    world: &'a World,
}

/// The rules that say nothing for one reason, in the order of the input. A rule whose peers are nobody is left to the rules
/// about selectors.
pub(crate) fn voids<'a>(cx: &Cx<'a>, how: Covered) -> impl Iterator<Item = Void<'a>> + use<'a> {
    let world = cx.world();
    let rules = cx.coverage().rules.iter().filter(move |rule| rule.how == how);
    let voids = rules.filter_map(move |rule| Some(Void { rule, entry: world.entry(*rule.entries.first()?), world }));
    let engine = cx.engine();
    let nobody = move |kind: &PeerKind| matches!(kind, PeerKind::Endpoints(id) if engine.selected(*id).is_none());
    let voids = voids.filter(move |void| {
        let peers = void.entry.peers();
        peers.is_empty() || !peers.iter().all(|peer| nobody(&peer.kind))
    });
    voids.filter(|void| !void.by().any(|other| are_twins(void.world, void.entry.policy, other.policy)))
}

/// Whether two policies have one name: then only one of them is there, and `duplicate-policy-name` reports it.
pub(crate) fn are_twins(world: &World, one: PolicyId, other: PolicyId) -> bool {
    let name = |id| {
        let policy = world.policy(id);
        (policy.kind, policy.namespace, world.object(policy.object).name())
    };
    one != other && name(one) == name(other)
}

impl<'a> Void<'a> {
    /// The entries that leave it nothing.
    pub(crate) fn by(self) -> impl Iterator<Item = &'a Entry> {
        self.rule.by.iter().map(move |&id| self.world.entry(id))
    }

    /// Whether rules of its own policy alone leave it nothing.
    pub(crate) fn by_own(self) -> bool {
        self.by().all(|other| other.policy == self.entry.policy)
    }

    /// The other policies that leave it nothing, in words.
    pub(crate) fn others(self) -> String {
        policies(self.world, self.by().map(|other| other.policy).filter(|&policy| policy != self.entry.policy))
    }

    /// What it would do: "allows", "denies", "passes on".
    pub(crate) fn verb(self) -> &'static str {
        verb(self.entry.verdict)
    }
}

/// What a rule does.
pub(crate) fn verb(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allows",
        Verdict::Deny => "denies",
        Verdict::Pass => "passes on",
    }
}

/// Policies by their names, each once.
pub(crate) fn policies(world: &World, ids: impl Iterator<Item = PolicyId>) -> String {
    let ids: BTreeSet<PolicyId> = ids.collect();
    let names: Vec<String> = ids.into_iter().map(|id| world.policy_text(world.policy(id))).collect();
    wording::few(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Points at the first of some rules, each once.
pub(crate) fn point_at<'d>(mut draft: Draft<'d>, world: &World, by: &[EntryId], text: &str) -> Draft<'d> {
    const SHOWN: usize = 3;
    let mut seen: Vec<Place> = Vec::new();
    for place in by.iter().map(|&id| world.entry(id).place) {
        if !seen.contains(&place) && seen.len() < SHOWN {
            seen.push(place);
            draft = draft.label(place, text);
        }
    }
    draft
}
