//! Which rules of policies say nothing: others match all that they match, before them or to the same end.
//!
//! Every answer is a proof by set algebra, of subjects, peers and ports, that holds whatever pods there are: what is
//! reported may be taken out, all of it at once, and no verdict changes. Proofs are looked for among entries that may
//! fit, found by labels and addresses, so the cost follows the entries and not their pairs.

use std::collections::BTreeSet;

use ringfence_cluster::{
    Direction, Entity, Entry, EntryId, L3, L4, Parser, PeerKind, Policy, PolicyId, PortMatch, PortRule, Tier, Tri,
    Verdict, World,
};

use crate::Engine;
use crate::anchors::Anchors;
use crate::inclusion::Inclusion;

/// What of a world's policies says nothing.
#[derive(Clone, Default, Debug)]
pub struct Coverage {
    /// Rules, in the order of their entries.
    pub rules: Vec<CoveredRule>,
    /// Policies all of whose rules, and all of whose isolation, others have too.
    pub policies: Vec<PolicyId>,
}

/// An item of a policy's list that says nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CoveredRule {
    /// Its entries.
    pub entries: Vec<EntryId>,
    /// The entries that leave it nothing, ascending.
    pub by: Vec<EntryId>,
    /// Why.
    pub how: Covered,
}

/// Why a rule says nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Covered {
    /// All that it allows is denied with precedence: by deny rules of its tier, or of the Admin tier with no `Pass`
    /// before them. It may still isolate.
    Denied,
    /// Of its tier, an earlier rule decides all that it matches.
    Preceded,
    /// Other rules of its tier do the same to all that it matches, and isolate where it does.
    Repeated,
}

/// One peer and one port rule of an entry; `None` is everybody, and every port.
type Atom<'w> = (Option<&'w PeerKind>, Option<&'w PortRule>);

/// The search for proofs.
struct Search<'w> {
    world: &'w World,
    inclusion: Inclusion<'w>,
    anchors: Anchors,
    /// The first priority at which something leaves the Admin tier, by direction.
    passes: [Option<(u32, u32)>; 2],
}

impl Coverage {
    /// What of the policies that count says nothing.
    pub fn of(engine: &Engine<'_>) -> Self {
        let search = Search::new(engine);
        let mut coverage = Self::default();
        for (id, policy) in engine.world().policy_ids().filter(|&(id, _)| engine.counts(id)) {
            search.policy(id, policy, &mut coverage);
        }
        coverage
    }
}

impl<'w> Search<'w> {
    fn new(engine: &Engine<'w>) -> Self {
        let world = engine.world();
        let counting = || world.entry_ids().filter(|(_, entry)| engine.counts(entry.policy) && !entry.node);
        let passes = Direction::BOTH.map(|direction| {
            let passing = counting().map(|(_, entry)| entry).filter(|entry| {
                entry.verdict == Verdict::Pass && entry.tier == Tier::Admin && entry.direction == direction
            });
            passing.map(|entry| entry.priority).min()
        });
        let anchors = Anchors::of(world, counting());
        Self { world, inclusion: Inclusion::new(world), anchors, passes }
    }

    fn policy(&self, id: PolicyId, policy: &Policy, coverage: &mut Coverage) {
        let entries: Vec<(EntryId, &'w Entry)> = self.world.entries_of(policy).collect();
        let same_rule = |(_, one): &(EntryId, &Entry), (_, other): &(EntryId, &Entry)| rule_key(one) == rule_key(other);
        let (mut repeated, mut all) = (0, 0);
        for rule in entries.chunk_by(same_rule).filter(|rule| rule.iter().any(|(_, entry)| entry.item.is_some())) {
            let covered = self.rule(rule);
            all += 1;
            repeated += usize::from(covered.as_ref().is_some_and(|rule| rule.how == Covered::Repeated));
            coverage.rules.extend(covered);
        }
        if all > 0 && repeated == all && entries.iter().all(|&(id, entry)| self.isolates_nobody_alone(id, entry)) {
            coverage.policies.push(id);
        }
    }

    fn rule(&self, rule: &[(EntryId, &'w Entry)]) -> Option<CoveredRule> {
        let (_, first) = rule.first()?;
        let ways: &[Covered] = match (first.tier, first.verdict) {
            (Tier::Normal, Verdict::Allow) => &[Covered::Denied, Covered::Repeated],
            (Tier::Normal, _) => &[Covered::Repeated],
            (Tier::Admin | Tier::Baseline, _) => &[Covered::Preceded],
        };
        ways.iter().find_map(|&how| {
            let by = self.covering(rule, how)?;
            let entries = rule.iter().map(|(id, _)| *id).collect();
            Some(CoveredRule { entries, by: by.into_iter().collect(), how })
        })
    }

    /// The entries that leave nothing to a rule, if some do.
    fn covering(&self, rule: &[(EntryId, &'w Entry)], how: Covered) -> Option<BTreeSet<EntryId>> {
        let mut by = BTreeSet::new();
        for &(id, entry) in rule {
            for atom in atoms(entry)? {
                by.insert(self.cover(id, entry, atom, how)?);
            }
        }
        (!by.is_empty()).then_some(by)
    }

    /// An entry that leaves nothing to one peer and port of another.
    fn cover(&self, id: EntryId, entry: &Entry, atom: Atom<'w>, how: Covered) -> Option<EntryId> {
        if entry.node || how == Covered::Repeated && !is_plain(entry) {
            return None;
        }
        self.anchors.candidates(self.world, entry, atom.0).find(|&other| {
            let covering = self.world.entry(other);
            rule_key(entry) != rule_key(covering)
                && self.goes_before(entry, covering, how)
                && self.inclusion.subjects(entry, covering)
                && self.includes((id, entry, atom), (other, covering), how)
        })
    }

    /// Whether what `covering` matches is settled by it, as far as `entry` is concerned.
    fn goes_before(&self, entry: &Entry, covering: &Entry, how: Covered) -> bool {
        let same_tier = entry.tier == covering.tier;
        match how {
            Covered::Repeated => {
                let isolates = covering.default_deny.is_yes() || entry.default_deny.is_no();
                same_tier && entry.verdict == covering.verdict && isolates && is_plain(covering)
            }
            Covered::Preceded => {
                // Upstream leaves open which of two policies of one priority goes first (semantics §8.1).
                let earlier = covering.priority.0 < entry.priority.0
                    || covering.policy == entry.policy && covering.priority < entry.priority;
                same_tier && earlier
            }
            Covered::Denied => {
                let way = usize::from(entry.direction == Direction::Egress);
                let before_any_pass = self.passes[way].is_none_or(|pass| covering.priority.0 < pass.0);
                covering.verdict == Verdict::Deny && (same_tier || covering.tier == Tier::Admin && before_any_pass)
            }
        }
    }

    /// Whether some peer and port of `covering` include an atom. Of two rules that say the same the first one stays.
    fn includes(
        &self,
        (id, entry, atom): (EntryId, &Entry, Atom<'w>),
        (other, covering): (EntryId, &'w Entry),
        how: Covered,
    ) -> bool {
        let within = |inner: Atom<'_>, outer: Atom<'_>| {
            self.inclusion.peers(inner.0, outer.0) && self.inclusion.ports(inner.1, outer.1)
        };
        let stays = |outer: Atom<'_>| {
            let equal = || within(outer, atom) && self.inclusion.subjects(covering, entry);
            how != Covered::Repeated || other < id || !equal()
        };
        let (peers, ports) = (peers(covering), ports(covering));
        let mut atoms = peers.iter().flat_map(|&peer| ports.iter().map(move |&port| (peer, port)));
        atoms.any(|outer| within(atom, outer) && stays(outer))
    }

    /// Whether another policy isolates everybody whom an entry isolates.
    fn isolates_nobody_alone(&self, id: EntryId, entry: &Entry) -> bool {
        let isolates = |other: &EntryId| {
            let covering = self.world.entry(*other);
            let stays = || *other < id || !self.inclusion.subjects(covering, entry);
            covering.policy != entry.policy
                && covering.default_deny.is_yes()
                && self.inclusion.subjects(entry, covering)
                && stays()
        };
        entry.default_deny == Tri::No || self.anchors.isolating(self.world, entry).any(|other| isolates(&other))
    }
}

fn rule_key(entry: &Entry) -> (PolicyId, u32, ringfence_cluster::Section, Option<u32>) {
    (entry.policy, entry.spec, entry.section, entry.item)
}

/// Whether an entry asks for nothing above the ports: what does, restricts what others allow.
fn is_plain(entry: &Entry) -> bool {
    let l7 = &entry.l7;
    let plain = |rule: &PortRule| rule.parser == Parser::default();
    l7.dns.is_none() && !l7.http && !l7.tls && entry.authentication.is_none() && entry.port_rules().iter().all(plain)
}

/// What an entry is about, peer by peer and port by port; `None` where not all of it is known.
fn atoms(entry: &Entry) -> Option<Vec<Atom<'_>>> {
    let unknown_port = |rule: &PortRule| rule.port == PortMatch::Unknown;
    let unknown_peer = |peer: &ringfence_cluster::Peer| peer.kind == PeerKind::Unknown;
    let unknown = entry.l3 == L3::Unknown
        || entry.l4 == L4::Unknown
        || entry.peers().iter().any(unknown_peer)
        || entry.port_rules().iter().any(unknown_port);
    let (peers, ports) = (peers(entry), ports(entry));
    let atoms = peers.iter().flat_map(|&peer| ports.iter().map(move |&port| (peer, port)));
    (!unknown).then(|| atoms.collect())
}

fn peers(entry: &Entry) -> Vec<Option<&PeerKind>> {
    let nobody = |peer: &PeerKind| matches!(peer, PeerKind::Nobody | PeerKind::Entity(Entity::None));
    match &entry.l3 {
        L3::Anyone => vec![None],
        L3::Peers(peers) => peers.iter().map(|peer| &peer.kind).filter(|kind| !nobody(kind)).map(Some).collect(),
        L3::Nothing | L3::Unknown => Vec::new(),
    }
}

fn ports(entry: &Entry) -> Vec<Option<&PortRule>> {
    match &entry.l4 {
        L4::Any => vec![None],
        L4::Ports(rules) => rules.iter().map(Some).collect(),
        L4::Unknown => Vec::new(),
    }
}
