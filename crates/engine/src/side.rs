//! What one end of a connection says: semantics §10 `side`, and §10.1 for what is unknown.

use std::collections::BTreeSet;

use ringfence_cluster::{Cni, Direction, EnforcementMode, Entity, EntryId, Tri, Version};

use crate::engine::Engine;
use crate::isolation::Standing;
use crate::l3::PeerTest;
use crate::l4::PortTest;
use crate::party::{Kind, Party};
use crate::walk::{Fallback, Outcome, Step, walk};
use crate::{Basis, Decision, Endpoint, Isolation, Side, Traffic};

/// One side with everything worked out that does not depend on the port.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// The answer is the same for every port.
    Settled(Side),
    /// It depends on the port.
    Open(Box<Open>),
}

/// The entries that may decide.
#[derive(Debug)]
pub(crate) struct Open {
    standing: Standing,
    /// Entries that may match, with whether subject and peer do.
    candidates: Vec<(EntryId, Tri)>,
    ports: PortTest,
    fallback: Fallback,
    own_node: bool,
}

impl Engine<'_> {
    /// What the end of `subject` says about traffic from (ingress) or to (egress) `peer`.
    pub fn side(&self, subject: &Endpoint, peer: &Endpoint, direction: Direction, traffic: Traffic) -> Side {
        let sides = self.prepared(subject, peer, direction).into_iter().map(|prepared| self.answer(&prepared, traffic));
        sides.reduce(Side::or_else).unwrap_or_else(|| Side::without(Decision::Unknown, Basis::Unsettled))
    }

    /// The side for each pair of shapes that the two endpoints may have.
    pub(crate) fn prepared(&self, subject: &Endpoint, peer: &Endpoint, direction: Direction) -> Vec<Prepared> {
        let (subjects, peers) = (Party::of(subject, self.world()), Party::of(peer, self.world()));
        let pairs = subjects.iter().flat_map(|subject| peers.iter().map(move |peer| (subject, peer)));
        pairs.map(|(subject, peer)| self.prepare(subject, peer, direction)).collect()
    }

    pub(crate) fn prepare(&self, subject: &Party<'_>, peer: &Party<'_>, direction: Direction) -> Prepared {
        let settled = self.shortcut(subject).or_else(|| self.unseen()).or_else(|| self.conflicting(subject));
        if let Some(side) = settled {
            return Prepared::Settled(side);
        }
        let standing = self.standing(subject, direction);
        if let Some(side) = self.early(subject, peer, direction, &standing) {
            return Prepared::Settled(side);
        }
        let test = PeerTest::new(self.lookup());
        let reached = |&(entry, selected): &(EntryId, Tri)| {
            let matched = selected.and(test.entry(self.world().entry(entry), peer));
            matched.possible().then_some((entry, matched))
        };
        let candidates = standing.entries.iter().filter_map(reached).collect();
        let ports = PortTest::new(self.lookup(), (subject, peer), direction, &standing.entries);
        let (fallback, own_node) = self.fallback(subject, peer, direction, &standing);
        Prepared::Open(Box::new(Open { standing, candidates, ports, fallback, own_node }))
    }

    /// Steps 0 to 2a: where no entry is asked.
    pub(crate) fn shortcut(&self, subject: &Party<'_>) -> Option<Side> {
        let knobs = &self.world().knobs;
        let cilium = self.world().dialect.cni == Cni::Cilium;
        let enforced = match subject.kind {
            Kind::Pod => true,
            Kind::Special => cilium,
            Kind::Host => cilium && knobs.host_firewall,
            Kind::Anything => return Some(Side::without(Decision::Unknown, Basis::Unsettled)),
            Kind::RemotePod | Kind::RemoteNode | Kind::Unmanaged | Kind::External => false,
        };
        if !enforced {
            Some(Side::without(Decision::NotApplicable, Basis::NotEnforced))
        } else if !cilium {
            None
        } else if self.host_label(subject) && !knobs.host_firewall {
            Some(Side::without(Decision::Allow, Basis::HostLabel))
        } else if knobs.mode == EnforcementMode::Never {
            Some(Side::without(Decision::Allow, Basis::ModeNever))
        } else {
            None
        }
    }

    /// A policy that the input does not show may isolate, let through or deny whatever it likes.
    fn unseen(&self) -> Option<Side> {
        let complete = self.world().knobs.complete.policies;
        (!complete).then(|| Side::without(Decision::Unknown, Basis::Unsettled))
    }

    /// Step 2a: the agent keeps the policy that the endpoint had before.
    fn conflicting(&self, subject: &Party<'_>) -> Option<Side> {
        let conflicts = self.conflicts_of(subject);
        let unsure: BTreeSet<EntryId> = conflicts.iter().flat_map(|one| [one.first, one.second]).collect();
        let side = || Side::without(Decision::Unknown, Basis::Conflict);
        (!conflicts.is_empty()).then(|| Side { unsure: unsure.into_iter().collect(), ..side() })
    }

    fn host_label(&self, subject: &Party<'_>) -> bool {
        subject.kind == Kind::Pod
            && takes_host_label(self.world().knobs.version)
            && subject.has_bare_key("host", self.world())
    }

    /// Where the entries' ports do not matter: step 5, and upstream's own node.
    fn early(&self, subject: &Party<'_>, peer: &Party<'_>, direction: Direction, standing: &Standing) -> Option<Side> {
        let settled =
            |decision, basis| Some(Side { isolation: standing.isolation.clone(), ..Side::without(decision, basis) });
        if self.world().dialect.cni == Cni::Upstream {
            return if peer.kind == Kind::Host { settled(Decision::Allow, Basis::OwnNode) } else { None };
        }
        if !standing.entries.is_empty() {
            None
        } else if !standing.forced {
            settled(Decision::Allow, Basis::NotIsolated)
        } else if self.excuses(subject, peer, direction) && !needs_an_entry(self.world().knobs.version) {
            settled(Decision::Allow, Basis::OwnNode)
        } else {
            settled(Decision::Deny, Basis::DefaultDeny)
        }
    }

    fn fallback(
        &self,
        subject: &Party<'_>,
        peer: &Party<'_>,
        direction: Direction,
        standing: &Standing,
    ) -> (Fallback, bool) {
        let surely_selected = standing.entries.iter().any(|(_, selected)| selected.is_yes());
        let excused = self.excuses(subject, peer, direction);
        // With a mode or label that isolates, the rule for the own node needs an entry beside it.
        let only_perhaps = standing.forced && !surely_selected && needs_an_entry(self.world().knobs.version);
        let excused_tri = if excused && only_perhaps { Tri::Unknown } else { excused.into() };
        let isolated = standing.isolation.isolated;
        (Fallback { cni: self.world().dialect.cni, isolated, excused: excused_tri }, excused)
    }

    /// Whether the rule for the own node applies (semantics §4.5).
    fn excuses(&self, subject: &Party<'_>, peer: &Party<'_>, direction: Direction) -> bool {
        self.world().dialect.cni == Cni::Cilium
            && direction == Direction::Ingress
            && self.world().knobs.allow_localhost
            && subject.kind != Kind::Host
            && peer.is(Entity::Host)
    }

    /// The answer for one port.
    pub(crate) fn answer(&self, prepared: &Prepared, traffic: Traffic) -> Side {
        match prepared {
            Prepared::Settled(side) => side.clone(),
            Prepared::Open(open) => self.decide(open, traffic),
        }
    }

    /// Whether one port is let through, where nothing else of the answer is asked.
    pub(crate) fn allows(&self, prepared: &Prepared, traffic: Traffic) -> Tri {
        match prepared {
            Prepared::Settled(side) => side.decision.allows(),
            Prepared::Open(open) => self.outcome(open, traffic).decision().allows(),
        }
    }

    fn outcome(&self, open: &Open, traffic: Traffic) -> Outcome {
        let step = |&(id, reached): &(EntryId, Tri)| {
            let entry = self.world().entry(id);
            let matched = reached.and(open.ports.entry(entry, traffic));
            let step = Step { tier: entry.tier, priority: entry.priority, verdict: entry.verdict, entry: id, matched };
            matched.possible().then_some(step)
        };
        walk(self.with_ties_open(open.candidates.iter().filter_map(step).collect()), open.fallback)
    }

    fn decide(&self, open: &Open, traffic: Traffic) -> Side {
        let outcome = self.outcome(open, traffic);
        let decision = outcome.decision();
        let basis = match decision {
            Decision::Unknown => Basis::Unsettled,
            _ if !outcome.deciding.is_empty() => Basis::Entries,
            Decision::Deny => Basis::DefaultDeny,
            _ if open.own_node && open.fallback.isolated.possible() => Basis::OwnNode,
            _ => Basis::NotIsolated,
        };
        let unsure = if decision == Decision::Unknown { outcome.unsure } else { Vec::new() };
        Side { decision, deciding: outcome.deciding, isolation: open.standing.isolation.clone(), unsure, basis }
    }

    /// Upstream leaves open which of two policies with one priority is asked first: where they differ, none of their
    /// entries is sure to decide (semantics §8.1).
    fn with_ties_open(&self, mut steps: Vec<Step>) -> Vec<Step> {
        if self.world().dialect.cni == Cni::Cilium {
            return steps;
        }
        let policy = |step: &Step| self.world().entry(step.entry).policy;
        let rank = |step: &Step| (step.tier, step.priority.0);
        let tied: Vec<bool> = steps
            .iter()
            .map(|step| {
                step.tier != ringfence_cluster::Tier::Normal
                    && steps.iter().any(|other| {
                        rank(other) == rank(step) && policy(other) != policy(step) && other.verdict != step.verdict
                    })
            })
            .collect();
        for (step, tied) in steps.iter_mut().zip(tied) {
            if tied {
                step.matched = Tri::Unknown;
            }
        }
        steps
    }
}

impl Open {
    pub(crate) fn candidates(&self) -> &[(EntryId, Tri)] {
        &self.candidates
    }

    pub(crate) fn ports(&self) -> &PortTest {
        &self.ports
    }
}

impl Side {
    /// An answer that no entry made.
    pub(crate) fn without(decision: Decision, basis: Basis) -> Self {
        let isolated = if decision == Decision::Unknown { Tri::Unknown } else { Tri::No };
        Self { decision, deciding: Vec::new(), isolation: Isolation::open(isolated), unsure: Vec::new(), basis }
    }

    /// What holds of two shapes that one endpoint may have: they must agree.
    fn or_else(self, other: Self) -> Self {
        let agree = self.decision.allows() == other.decision.allows() && self.decision != Decision::Unknown;
        let isolation = self.isolation.or_else(&other.isolation);
        if agree {
            let own = self.decision != Decision::NotApplicable;
            let (side, _) = if own { (self, other) } else { (other, self) };
            return Self { isolation, ..side };
        }
        let mut unsure: Vec<EntryId> = [self.unsure, other.unsure, self.deciding, other.deciding].concat();
        unsure.sort_unstable();
        unsure.dedup();
        Self { isolation, unsure, ..Self::without(Decision::Unknown, Basis::Unsettled) }
    }
}

/// The versions in which a pod label key `host` turns enforcement off (semantics §4.4).
fn takes_host_label(version: Version) -> bool {
    !version.at_least(1, 19) || version.at_least(1, 21)
}

/// Whether allow-localhost needs an entry that selects the subject (semantics §0.1, §4.5).
fn needs_an_entry(version: Version) -> bool {
    version.at_least(1, 20)
}
