//! Rules above the ports that the agent cannot merge: it then refuses the endpoint's whole policy (semantics §2.4,
//! §2.5.7, §9.4).
//!
//! What cannot be known (a placeholder for a port, a peer that is made elsewhere) is taken not to bring rules into
//! conflict: nearly never does it, and all answers about the endpoint would be lost.

use std::collections::BTreeMap;

use ipnet::IpNet;
use ringfence_cluster::{
    Cni, Direction, DnsPattern, EnforcementMode, Entity, Entry, EntryId, IdentityId, L3, L4, Parser, PeerKind,
    PortMatch, PortRule, Protocol, SelectorId, Symbol, Tier, Tri, Verdict, World,
};

use crate::Endpoint;
use crate::engine::Engine;
use crate::l4::in_merge_order;
use crate::party::Party;

/// Two entries that the agent cannot merge.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Conflict {
    /// What is in conflict.
    pub about: ConflictKind,
    /// The direction.
    pub direction: Direction,
    /// The entry that comes first in merge order.
    pub first: EntryId,
    /// The one that cannot be added to it. May be the same entry.
    pub second: EntryId,
    /// Whether both surely apply.
    pub sure: Tri,
}

/// What two entries disagree about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ConflictKind {
    /// HTTP against DNS, either against TLS or a listener.
    Parsers,
    /// Two listeners of one priority.
    Listeners,
    /// Two modes of authentication.
    Authentication,
    /// Two settings of TLS.
    Tls,
    /// `serverNames` after L7 rules that nothing decrypts.
    ServerNames,
}

/// One peer as the agent caches selectors: rules meet where this, the protocol and the port are the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum PeerKey {
    Anyone,
    Endpoints(SelectorId),
    Entity(Entity),
    Cidr(IpNet, Vec<IpNet>),
    Fqdn(DnsPattern),
    Nodes(SelectorId),
}

/// A port as filters are told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum PortKey {
    All,
    Range(u16, u16),
    Named(Symbol),
}

type Slot = (Tier, PeerKey, Protocol, PortKey);

/// What has been merged under one slot so far.
#[derive(Clone, Copy, Debug)]
struct Merged {
    parser: Parser,
    authentication: Option<Symbol>,
    entry: EntryId,
    sure: Tri,
}

impl Engine<'_> {
    /// What the agent cannot merge among the entries that apply to an identity, in both directions. Where something is
    /// surely there the endpoint keeps the policy it had: its sides are unknown.
    pub fn conflicts(&self, identity: IdentityId) -> Vec<Conflict> {
        let endpoint = Endpoint::Pods(identity);
        let parties = Party::of(&endpoint, self.world());
        parties.iter().flat_map(|party| self.conflicts_of(party)).collect()
    }

    /// The same for one shape. No mode but `never` spares an endpoint.
    pub(crate) fn conflicts_of(&self, party: &Party<'_>) -> Vec<Conflict> {
        let world = self.world();
        if world.dialect.cni == Cni::Upstream
            || world.knobs.mode == EnforcementMode::Never
            || !self.asks_above_ports(party)
        {
            return Vec::new();
        }
        let of = |direction| in_direction(world, direction, &self.selecting(party, direction));
        Direction::BOTH.into_iter().flat_map(of).collect()
    }
}

/// Whether an entry asks for anything that could conflict.
pub(crate) fn asks_above_ports(entry: &Entry) -> bool {
    let ports: &[PortRule] = if let L4::Ports(rules) = &entry.l4 { rules } else { &[] };
    entry.authentication.is_some() || ports.iter().any(|rule| rule.parser != Parser::default())
}

fn in_direction(world: &World, direction: Direction, selected: &[(EntryId, Tri)]) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    if !selected.iter().any(|&(id, _)| asks_above_ports(world.entry(id))) {
        return conflicts;
    }
    let mut slots: BTreeMap<Slot, Vec<Merged>> = BTreeMap::new();
    for (id, sure) in in_merge_order(world, selected) {
        let entry = world.entry(id);
        for (slot, parser) in slots_of(entry) {
            let new = Merged { parser, authentication: entry.authentication, entry: id, sure };
            let merged = slots.entry(slot).or_default();
            conflicts.extend(merged.iter().filter_map(|old| old.against(&new, direction)));
            merged.push(new);
        }
    }
    conflicts.sort_unstable();
    conflicts.dedup();
    conflicts
}

impl Merged {
    fn against(&self, new: &Self, direction: Direction) -> Option<Conflict> {
        let about = self.disagreement(new)?;
        let sure = self.sure.and(new.sure);
        Some(Conflict { about, direction, first: self.entry, second: new.entry, sure })
    }

    fn disagreement(&self, new: &Self) -> Option<ConflictKind> {
        let (old, add) = (&self.parser, &new.parser);
        let differ = |one: Option<Symbol>, other: Option<Symbol>| one.is_some() && other.is_some() && one != other;
        if differ(self.authentication, new.authentication) {
            Some(ConflictKind::Authentication)
        } else if let (Some(one), Some(other)) = (old.listener, add.listener)
            && one.0 != other.0
            && one.1 == other.1
        {
            Some(ConflictKind::Listeners)
        } else if differ(old.terminating, add.terminating) || differ(old.originating, add.originating) {
            Some(ConflictKind::Tls)
        } else if old.http && old.terminating.is_none() && add.server_names && add.terminating.is_none() {
            Some(ConflictKind::ServerNames)
        } else if conflicting(kind_of(old), kind_of(add)) {
            Some(ConflictKind::Parsers)
        } else {
            None
        }
    }
}

/// The parser of a rule: what its proxy must speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ParserKind {
    None,
    Tls,
    Listener,
    Http,
    Dns,
}

fn kind_of(parser: &Parser) -> ParserKind {
    if parser.dns {
        ParserKind::Dns
    } else if parser.http {
        ParserKind::Http
    } else if parser.listener.is_some() {
        ParserKind::Listener
    } else if parser.server_names || parser.terminating.is_some() || parser.originating.is_some() {
        ParserKind::Tls
    } else {
        ParserKind::None
    }
}

/// A plain rule goes with everything, TLS turns into HTTP, everything else stays what it is.
fn conflicting(one: ParserKind, other: ParserKind) -> bool {
    use ParserKind::{Http, None, Tls};
    !(one == other || one == None || other == None || matches!((one, other), (Tls, Http) | (Http, Tls)))
}

/// The slots that an entry falls into, each with what it asks there. L7 rules of a deny are dropped (semantics §2.5.3).
fn slots_of(entry: &Entry) -> Vec<(Slot, Parser)> {
    let peers = peer_keys(entry);
    let deny = entry.verdict != Verdict::Allow;
    let rules: Vec<(Protocol, PortKey, Parser)> = match &entry.l4 {
        L4::Any => vec![(Protocol::Any, PortKey::All, Parser::default())],
        L4::Unknown => Vec::new(),
        L4::Ports(rules) => rules.iter().flat_map(filters).collect(),
    };
    let with_peer = |peer: &PeerKey| {
        let slot = |&(protocol, port, parser): &(Protocol, PortKey, Parser)| {
            let parser = if deny { Parser::default() } else { parser };
            ((entry.tier, peer.clone(), protocol, port), parser)
        };
        rules.iter().map(slot).collect::<Vec<_>>()
    };
    peers.iter().flat_map(with_peer).collect()
}

/// The filters of a rule: `ANY` is one for each protocol.
fn filters(rule: &PortRule) -> Vec<(Protocol, PortKey, Parser)> {
    let port = match rule.port {
        PortMatch::All => PortKey::All,
        PortMatch::Range(first, last) => PortKey::Range(first, last),
        PortMatch::Named(name, _) => PortKey::Named(name),
        PortMatch::Unknown => return Vec::new(),
    };
    let protocols: &[Protocol] = match rule.protocol {
        Protocol::Any => &[Protocol::Tcp, Protocol::Udp, Protocol::Sctp],
        ref one => std::slice::from_ref(one),
    };
    protocols.iter().map(|&protocol| (protocol, port, rule.parser)).collect()
}

fn peer_keys(entry: &Entry) -> Vec<PeerKey> {
    let key = |peer: &PeerKind| match peer {
        PeerKind::Entity(Entity::All) => Some(PeerKey::Anyone),
        PeerKind::Entity(entity) => Some(PeerKey::Entity(*entity)),
        PeerKind::Endpoints(selector) => Some(PeerKey::Endpoints(*selector)),
        PeerKind::Nodes(selector) => Some(PeerKey::Nodes(*selector)),
        PeerKind::Cidr { net, except, .. } => Some(PeerKey::Cidr(*net, except.clone())),
        PeerKind::Fqdn(pattern) => Some(PeerKey::Fqdn(pattern.clone())),
        PeerKind::Nobody | PeerKind::Unknown => None,
    };
    match &entry.l3 {
        L3::Nothing | L3::Unknown => Vec::new(),
        L3::Anyone => vec![PeerKey::Anyone],
        L3::Peers(peers) => peers.iter().filter_map(|peer| key(&peer.kind)).collect(),
    }
}
