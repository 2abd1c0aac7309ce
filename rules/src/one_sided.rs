//! Connections that one end allows and the other surely does not, rule by rule.

use std::collections::BTreeSet;

use ringfence_cluster::{
    Direction, Entry, EntryId, IdentityId, L3, L4, Operator, PeerKind, PolicyId, PortMatch, PortRule, Protocol,
    Section, SelectorId, Tri, Verdict, World,
};
use ringfence_engine::dns::{Dns, is_dns_port};
use ringfence_engine::{Basis, Endpoint, Engine, Matches, Miss, Shortfall, Side, Traffic};
use ringfence_manifest::Place;

use crate::area::{Area, name_key};
use crate::context::Cx;
use crate::wording;

/// Pairs that are asked for one rule: beyond that it is broad, and some pair of it works.
const PAIRS: u64 = 10_000;

/// A rule none of whose connections the other end lets through.
pub(crate) struct OneSided {
    /// Its first entry of which that is so.
    pub(crate) entry: EntryId,
    /// The pods it applies to.
    pub(crate) subjects: Vec<IdentityId>,
    /// The pods it allows.
    pub(crate) peers: Vec<IdentityId>,
    /// What the other end of one pair says.
    pub(crate) other: Side,
    /// One pair, subject first, and what was sent.
    pair: (IdentityId, IdentityId),
    traffic: Traffic,
}

/// The search over one direction.
struct Search<'a, 'c> {
    cx: &'c Cx<'a>,
    engine: &'a Engine<'a>,
    world: &'a World,
    /// Whether the input shows which namespaces there are.
    shows_namespaces: bool,
    /// Entries that `access-half-missing` looks at.
    access: BTreeSet<EntryId>,
    servers: Vec<IdentityId>,
}

/// What one pair shows of a rule.
enum Pair {
    /// The other end may let something through, or it is not known.
    Open,
    /// The other end lets nothing through, and this end would.
    Closed(Box<Side>, Traffic),
    /// The other end lets nothing through, nor may this end.
    Idle,
}

/// The rules of one direction that the other end defeats, in the order of the input.
pub(crate) fn one_sided(direction: Direction, cx: &Cx<'_>) -> Vec<OneSided> {
    let search = Search::new(cx);
    let mut found: Vec<OneSided> = Vec::new();
    let mut last: Option<(PolicyId, u32, Section, Option<u32>)> = None;
    for (id, entry) in cx.world().counting_entries().filter(|(_, entry)| entry.direction == direction) {
        let rule = (entry.policy, entry.spec, entry.section, entry.item);
        if last == Some(rule) {
            continue;
        }
        if let Some(one) = search.entry(id, entry) {
            last = Some(rule);
            found.push(one);
        }
    }
    found.retain(|one| !search.has_another_cause(one));
    found
}

impl<'a, 'c> Search<'a, 'c> {
    fn new(cx: &'c Cx<'a>) -> Self {
        let (world, engine, blueprint) = (cx.world(), cx.engine(), cx.blueprint());
        let uses = blueprint.access().flat_map(|key| blueprint.uses(key));
        Self {
            cx,
            engine,
            world,
            shows_namespaces: world.knobs.complete.namespaces || Area::shows_namespaces(world),
            access: uses.map(|each| each.entry).collect(),
            servers: Dns::new(engine).servers().to_vec(),
        }
    }

    fn entry(&self, id: EntryId, entry: &Entry) -> Option<OneSided> {
        let grants = entry.verdict == Verdict::Allow && !entry.node && entry.item.is_some();
        let mut ports = entry.port_rules().iter();
        let dns = entry.l4 != L4::Any && ports.all(|rule| is_dns_port(rule, self.world));
        if !grants || dns || self.access.contains(&id) || !self.is_shown(entry) {
            return None;
        }
        let (subjects, peers) = (self.engine.subjects(id), self.peers(entry)?);
        let count = |matches: &Matches| matches.sure_count() + matches.perhaps().count() as u64;
        let to_dns = entry.direction == Direction::Egress && peers.sure().any(|peer| self.servers.contains(&peer));
        let nobody = subjects.sure_count() == 0 || peers.sure_count() == 0;
        if nobody || to_dns || count(&subjects).saturating_mul(count(&peers)) > PAIRS {
            return None;
        }
        self.pairs(id, entry, &subjects, &peers)
    }

    /// Whether every pair is closed, and one of them, of pods that surely are meant, by the other end.
    fn pairs(&self, id: EntryId, entry: &Entry, subjects: &Matches, peers: &Matches) -> Option<OneSided> {
        let mut closed = None;
        for subject in subjects.sure().chain(subjects.perhaps()) {
            for peer in peers.sure().chain(peers.perhaps()) {
                let sure = || subjects.get(subject).and(peers.get(peer)) == Tri::Yes && subject != peer;
                match self.pair(entry, subject, peer) {
                    Pair::Open => return None,
                    Pair::Closed(side, traffic) if closed.is_none() && sure() => {
                        closed = Some((side, traffic, (subject, peer)));
                    }
                    Pair::Closed(..) | Pair::Idle => {}
                }
            }
        }
        let (other, traffic, pair) = closed?;
        let (subjects, peers) = (subjects.sure().collect(), peers.sure().collect());
        Some(OneSided { entry: id, subjects, peers, other: *other, pair, traffic })
    }

    fn pair(&self, entry: &Entry, subject: IdentityId, peer: IdentityId) -> Pair {
        let (own, far) = (Endpoint::Pods(subject), Endpoint::Pods(peer));
        let server = if entry.direction == Direction::Egress { peer } else { subject };
        let Some(asked) = asked(entry, server, self.world) else { return Pair::Open };
        let mut closed = Pair::Idle;
        for traffic in asked {
            let other = self.engine.side(&far, &own, entry.direction.opposite(), traffic);
            if other.decision.allows().possible() {
                return Pair::Open;
            }
            let sends = || self.engine.side(&own, &far, entry.direction, traffic).decision.allows().is_yes();
            if matches!(closed, Pair::Idle) && sends() {
                closed = Pair::Closed(Box::new(other), traffic);
            }
        }
        let (source, destination) = if entry.direction == Direction::Egress { (own, far) } else { (far, own) };
        if self.meets(entry, &source, &destination) { Pair::Open } else { closed }
    }

    /// Whether something of what an entry allows may get through on a port that was not asked.
    fn meets(&self, entry: &Entry, source: &Endpoint, destination: &Endpoint) -> bool {
        let open = |rule: &PortRule| {
            protocols(rule.protocol).iter().any(|&protocol| {
                let ports = self.engine.allowed_ports(source, destination, protocol);
                match rule.port {
                    PortMatch::Range(from, until) => {
                        ports.sure().iter().chain(ports.perhaps()).any(|&(first, last)| first <= until && from <= last)
                    }
                    _ => !ports.is_none(),
                }
            })
        };
        match &entry.l4 {
            L4::Any => self.engine.may_reach(source, destination).possible(),
            L4::Unknown => true,
            L4::Ports(rules) => rules.iter().any(open),
        }
    }

    /// The pods among the peers; `None` where there are other peers, which have no second end.
    fn peers(&self, entry: &Entry) -> Option<Matches> {
        let L3::Peers(peers) = &entry.l3 else { return None };
        let pods = |kind: &PeerKind| match kind {
            PeerKind::Endpoints(selector) if self.means_pods(*selector) => Some(self.engine.selected(*selector)),
            _ => None,
        };
        let sets: Option<Vec<&Matches>> = peers.iter().map(|peer| pods(&peer.kind)).collect();
        Some(sets?.into_iter().fold(Matches::none(), |all, one| all.or(one)))
    }

    /// Whether a selector asks for something that only pods have: to Cilium everything has labels.
    fn means_pods(&self, selector: SelectorId) -> bool {
        let requirements = &self.world.selector(selector).requirements;
        requirements.iter().any(|one| matches!(one.operator, Operator::In(_) | Operator::Exists))
            || self.world.dialect.cni == ringfence_cluster::Cni::Upstream
    }

    /// Whether all pods that an entry is about are in namespaces that the input tells of.
    fn is_shown(&self, entry: &Entry) -> bool {
        let named =
            |selector: SelectorId| {
                self.world.selector(selector).requirements.iter().any(|one| {
                    matches!(one.operator, Operator::In(_)) && name_key(self.world.symbols.text(one.key.name))
                })
            };
        let peers = entry.peers().iter().all(|peer| match peer.kind {
            PeerKind::Endpoints(selector) => named(selector),
            _ => false,
        });
        self.shows_namespaces || peers && (entry.scope.is_some() || named(entry.subject))
    }

    /// Whether another rule reports what closes it: a deny that isolates without meaning to, the port of a Service in place of
    /// the pod's.
    fn has_another_cause(&self, one: &OneSided) -> bool {
        let direction = self.world.entry(one.entry).direction;
        let by_default = one.other.basis == Basis::DefaultDeny;
        let by_accident =
            super::checks::deny_isolates_direction::is_reported(one.pair.1, direction.opposite(), self.cx);
        let server = if direction == Direction::Egress { one.pair.1 } else { one.pair.0 };
        by_default && by_accident
            || self.is_service_port(server, one.traffic)
            || direction == Direction::Ingress && self.is_other_half(one)
    }

    /// Whether the senders have a rule for the same pods that only names another port, and is reported for it.
    fn is_other_half(&self, one: &OneSided) -> bool {
        let miss = one.nearest(self.engine).filter(|miss| miss.fails == Shortfall::Port);
        miss.is_some_and(|miss| self.entry(miss.entry, self.world.entry(miss.entry)).is_some())
    }

    fn is_service_port(&self, server: IdentityId, traffic: Traffic) -> bool {
        let home = self.world.identity(server).namespace;
        let own = self.world.services.iter().filter(|service| service.namespace == home);
        own.flat_map(|service| &service.ports).any(|port| {
            let elsewhere = port.target != PortMatch::Range(traffic.port, traffic.port);
            port.port == Some(traffic.port) && port.protocol == traffic.protocol && elsewhere
        })
    }
}

impl OneSided {
    /// "on TCP 5432", or nothing where every port is allowed.
    pub(crate) fn on_ports(&self, world: &World) -> String {
        let rules = world.entry(self.entry).port_rules();
        let Some(first) = rules.first() else { return String::new() };
        let protocol = match first.protocol {
            Protocol::Any | Protocol::Unknown => "port".to_owned(),
            other => format!("{other:?}").to_uppercase(),
        };
        let port = match first.port {
            PortMatch::Range(first, last) if first == last => first.to_string(),
            PortMatch::Range(first, last) => format!("{first}-{last}"),
            PortMatch::Named(name, _) => format!("`{}`", world.symbols.text(name)),
            PortMatch::All | PortMatch::Unknown => return String::new(),
        };
        match rules.len() {
            1 => format!(" on {protocol} {port}"),
            more => format!(" on {protocol} {port} and {}", wording::count(more - 1, "other port", "other ports")),
        }
    }

    /// Whether a rule denies it at the other end, rather than none allowing it.
    pub(crate) fn is_denied(&self) -> bool {
        self.other.basis == Basis::Entries
    }

    /// Why the other end refuses it, and where that stands.
    pub(crate) fn reason(&self, world: &World) -> Option<(Place, String)> {
        let by = if self.is_denied() { &self.other.deciding } else { &self.other.isolation.by };
        let entry = world.entry(*by.first()?);
        let policy = world.policy_text(world.policy(entry.policy));
        Some(if self.is_denied() {
            (entry.place, format!("`{policy}` denies it"))
        } else {
            let text = format!("`{policy}` isolates the {} there", entry.direction.as_str());
            (entry.subject_place.unwrap_or(entry.place), text)
        })
    }

    fn nearest(&self, engine: &Engine<'_>) -> Option<Miss> {
        let direction = engine.world().entry(self.entry).direction.opposite();
        let (own, far) = (Endpoint::Pods(self.pair.0), Endpoint::Pods(self.pair.1));
        engine.misses(&far, &own, direction, self.traffic).into_iter().next()
    }

    /// The rule of the other end that comes nearest to letting it through, and what it lacks.
    pub(crate) fn near_miss(&self, cx: &Cx<'_>) -> Option<(EntryId, String)> {
        let world = cx.world();
        let miss = self.nearest(cx.engine())?;
        let text = match &miss.fails {
            Shortfall::Port => "comes near: the same pods, on other ports".to_owned(),
            Shortfall::Labels(_, failing) => match failing.as_slice() {
                [one] => format!("comes near: it asks for `{}`", world.requirement_text(one)),
                _ => return None,
            },
            Shortfall::Overruled | Shortfall::Peer => return None,
        };
        Some((miss.entry, text))
    }

    /// Whether all pods of both ends are among the files.
    pub(crate) fn is_whole(&self, world: &World) -> bool {
        let complete = |id: &IdentityId| world.namespace(world.identity(*id).namespace).complete();
        self.subjects.iter().chain(&self.peers).all(complete)
    }
}

/// One port of each of an entry's; `None` where one cannot be known.
fn asked(entry: &Entry, server: IdentityId, world: &World) -> Option<Vec<Traffic>> {
    const ANY: u16 = 443;
    let identity = world.identity(server);
    let asked = |rule: &PortRule| {
        let port = match rule.port {
            PortMatch::Range(first, _) => first,
            PortMatch::All => ANY,
            PortMatch::Named(name, _) => identity.ports.iter().find(|port| port.name == name)?.number?,
            PortMatch::Unknown => return None,
        };
        Some(Traffic { protocol: *protocols(rule.protocol).first()?, port })
    };
    match &entry.l4 {
        L4::Any => Some(vec![Traffic { protocol: Protocol::Tcp, port: ANY }]),
        L4::Unknown => None,
        L4::Ports(rules) => rules.iter().map(asked).collect(),
    }
}

/// The protocols that one of a rule stands for; none where it cannot be known.
fn protocols(protocol: Protocol) -> Vec<Protocol> {
    match protocol {
        Protocol::Any => vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp],
        Protocol::Unknown => Vec::new(),
        one => vec![one],
    }
}
