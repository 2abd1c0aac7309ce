//! Whether an entry's ports include what is sent: `l4` of semantics §10.

use ringfence_cluster::{
    Cni, Direction, Entity, Entry, EntryId, Identity, L3, L4, LabelSet, NamedPort, PolicyKind, PortMatch, PortRule,
    Protocol, Symbol, Tri, World,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Traffic;
use crate::party::{Kind, Party};
use crate::tables::Lookup;

/// The numbers behind port names, and how far named ranges go, for one subject and peer.
#[derive(Debug)]
pub(crate) struct PortTest {
    names: Names,
    /// The last ports that a name may be given (semantics §2.5.1), by name and protocol; missing: each rule's own.
    ends: FxHashMap<(Symbol, Protocol), Vec<Option<u16>>>,
}

/// The table that names are looked up in.
#[derive(PartialEq, Eq, Hash, Debug)]
pub(crate) enum Names {
    /// These ports, and perhaps those of pods that may have the same labels; `open` where there may be more.
    Table { ports: Vec<NamedPort>, perhaps: Vec<NamedPort>, open: bool },
    /// Nothing is known of it.
    Unknown,
}

impl PortTest {
    /// `selected` are the entries that apply to the subject.
    pub(crate) fn new(
        lookup: Lookup<'_>,
        (subject, peer): (&Party<'_>, &Party<'_>),
        direction: Direction,
        selected: &[(EntryId, Tri)],
    ) -> Self {
        let world = lookup.world;
        let cilium = world.dialect.cni == Cni::Cilium;
        match direction {
            Direction::Ingress => Self {
                names: Names::own(subject, world),
                ends: if cilium { named_ends(world, selected) } else { FxHashMap::default() },
            },
            Direction::Egress => Self { names: Names::of_peer(peer, lookup), ends: FxHashMap::default() },
        }
    }

    pub(crate) fn entry(&self, entry: &Entry, traffic: Traffic) -> Tri {
        match &entry.l4 {
            L4::Any => Tri::Yes,
            L4::Unknown => Tri::Unknown,
            L4::Ports(rules) => Tri::any(rules.iter().map(|rule| self.rule(rule, entry.direction, traffic))),
        }
    }

    fn rule(&self, rule: &PortRule, direction: Direction, traffic: Traffic) -> Tri {
        let protocol = covers(rule.protocol, traffic.protocol);
        if protocol.is_no() || !has_ports(traffic.protocol) {
            return protocol;
        }
        let port = match rule.port {
            PortMatch::All => Tri::Yes,
            PortMatch::Range(first, last) => (first <= traffic.port && traffic.port <= last).into(),
            PortMatch::Named(name, end) => self.named(name, end, direction, traffic),
            PortMatch::Unknown => Tri::Unknown,
        };
        protocol.and(port)
    }

    fn named(&self, name: Symbol, end: Option<u16>, direction: Direction, traffic: Traffic) -> Tri {
        if name.is_variable() {
            return Tri::Unknown;
        }
        let own = [end.filter(|_| direction == Direction::Ingress)];
        let ends = self.ends.get(&(name, traffic.protocol)).map_or(&own[..], Vec::as_slice);
        let mut hits = ends.iter().map(|&end| self.names.reaches(name, end, traffic));
        let first = hits.next().unwrap_or(Tri::No);
        if hits.all(|hit| hit == first) { first } else { Tri::Unknown }
    }

    /// The ports at which the answer for an entry may change: the first of each interval of equal answers.
    pub(crate) fn breaks(&self, entry: &Entry, protocol: Protocol, breaks: &mut Vec<u16>) {
        let L4::Ports(rules) = &entry.l4 else { return };
        for rule in rules.iter().filter(|rule| covers(rule.protocol, protocol).possible()) {
            match rule.port {
                PortMatch::All | PortMatch::Unknown => {}
                PortMatch::Range(first, last) => {
                    breaks.extend([Some(first), last.checked_add(1)].into_iter().flatten());
                }
                PortMatch::Named(name, end) => self.named_breaks(name, end, protocol, breaks),
            }
        }
    }

    fn named_breaks(&self, name: Symbol, end: Option<u16>, protocol: Protocol, breaks: &mut Vec<u16>) {
        let ends = self.ends.get(&(name, protocol)).into_iter().flatten().copied();
        breaks.extend(ends.chain([end]).flatten().filter_map(|end| end.checked_add(1)));
        for number in self.names.numbers(name, protocol).flatten() {
            breaks.extend([Some(number), number.checked_add(1)].into_iter().flatten());
        }
    }
}

impl Names {
    /// The table that an egress entry asks: of the peer's family in Cilium, upstream of the peer.
    pub(crate) fn of_peer(peer: &Party<'_>, lookup: Lookup<'_>) -> Self {
        match lookup.world.dialect.cni {
            Cni::Cilium => Self::of_family(peer, lookup),
            Cni::Upstream => Self::own(peer, lookup.world),
        }
    }

    /// The table of the pod itself.
    fn own(party: &Party<'_>, world: &World) -> Self {
        match party.identity {
            Some(identity) => Self::table([world.identity(identity)].into_iter(), Vec::new()),
            None => Self::without_identity(party),
        }
    }

    /// The tables of all pods with the labels of the party. Where not all labels are seen, the others are so perhaps.
    fn of_family(party: &Party<'_>, lookup: Lookup<'_>) -> Self {
        let Some(id) = party.identity else { return Self::without_identity(party) };
        let siblings = lookup.siblings(id).iter().map(|&sibling| lookup.world.identity(sibling));
        if !is_open(&party.labels) {
            return Self::table(siblings, Vec::new());
        }
        let perhaps = siblings.flat_map(|sibling| sibling.ports.iter().copied()).collect();
        Self::table([lookup.world.identity(id)].into_iter(), perhaps)
    }

    fn table<'i>(identities: impl Iterator<Item = &'i Identity>, perhaps: Vec<NamedPort>) -> Self {
        let (mut ports, mut open) = (Vec::new(), false);
        for identity in identities {
            ports.extend_from_slice(&identity.ports);
            open |= identity.open_ports;
        }
        Self::Table { ports, perhaps, open }
    }

    fn without_identity(party: &Party<'_>) -> Self {
        match party.kind {
            Kind::Anything => Self::Unknown,
            // Pods whose labels are not resolved yet.
            Kind::Special if party.is(Entity::Init) && !party.described => Self::Unknown,
            _ => Self::Table { ports: party.ports.to_vec(), perhaps: Vec::new(), open: false },
        }
    }

    /// The numbers that a name may have.
    fn numbers(&self, name: Symbol, protocol: Protocol) -> impl Iterator<Item = Option<u16>> + '_ {
        let (ports, perhaps) = self.ports();
        numbers(ports, name, protocol).chain(numbers(perhaps, name, protocol))
    }

    fn ports(&self) -> (&[NamedPort], &[NamedPort]) {
        match self {
            Self::Table { ports, perhaps, .. } => (ports, perhaps),
            Self::Unknown => (&[], &[]),
        }
    }

    /// Whether a port's name is a variable: it may be any.
    fn has_variable(&self, protocol: Protocol) -> bool {
        let (ports, perhaps) = self.ports();
        ports.iter().chain(perhaps).any(|port| port.name.is_variable() && port.protocol == protocol)
    }

    /// Whether the name (and what follows up to `end`) reaches a port. Two numbers for a name: unknown.
    fn reaches(&self, name: Symbol, end: Option<u16>, traffic: Traffic) -> Tri {
        let hit = |number: Option<u16>| match number {
            Some(number) => (number..=end.unwrap_or(number).max(number)).contains(&traffic.port).into(),
            None => Tri::Unknown,
        };
        let named = numbers(self.ports().0, name, traffic.protocol).next().is_some();
        let mut hits = self.numbers(name, traffic.protocol).map(hit);
        let more = matches!(self, Self::Unknown | Self::Table { open: true, .. });
        let first = hits.next().unwrap_or(Tri::No);
        let agree = hits.all(|hit| hit == first);
        match first {
            _ if !agree => Tri::Unknown,
            first if named => first,
            first if first.possible() || more || self.has_variable(traffic.protocol) => Tri::Unknown,
            _ => Tri::No,
        }
    }
}

fn numbers(ports: &[NamedPort], name: Symbol, protocol: Protocol) -> impl Iterator<Item = Option<u16>> + '_ {
    ports.iter().filter(move |port| port.name == name && port.protocol == protocol).map(|port| port.number)
}

/// Whether a pod may have labels, or values, that are not seen.
fn is_open(labels: &LabelSet) -> bool {
    labels.open_pod || labels.open_namespace || labels.iter().any(|(_, value)| value.is_none_or(Symbol::is_variable))
}

/// Whether a rule's protocol includes what is sent (semantics §2.2).
fn covers(rule: Protocol, sent: Protocol) -> Tri {
    match rule {
        Protocol::Unknown => Tri::Unknown,
        Protocol::Any => matches!(sent, Protocol::Any | Protocol::Tcp | Protocol::Udp | Protocol::Sctp).into(),
        own => (own == sent).into(),
    }
}

fn has_ports(protocol: Protocol) -> bool {
    use Protocol::{Any, Icmp, Icmpv6, Sctp, Tcp, Udp};
    matches!(protocol, Any | Tcp | Udp | Sctp | Icmp | Icmpv6)
}

/// The end of each named range: filters of one name and protocol are one to the agent, and the first in merge order
/// says how far it goes (semantics §2.5.1).
fn named_ends(world: &World, selected: &[(EntryId, Tri)]) -> FxHashMap<(Symbol, Protocol), Vec<Option<u16>>> {
    let mut ends = FxHashMap::default();
    let named = selected.iter().filter(|(id, _)| has_named_range(world.entry(*id)));
    if named.count() == 0 {
        return ends;
    }
    let mut settled = FxHashSet::default();
    for (id, tri) in in_merge_order(world, selected) {
        let (L4::Ports(rules), false) = (&world.entry(id).l4, world.entry(id).l3 == L3::Nothing) else { continue };
        for (key, end) in rules.iter().flat_map(named_keys) {
            if !settled.contains(&key) {
                ends.entry(key).or_insert_with(Vec::new).push(end);
            }
            if tri.is_yes() {
                settled.insert(key);
            }
        }
    }
    ends
}

fn has_named_range(entry: &Entry) -> bool {
    let L4::Ports(rules) = &entry.l4 else { return false };
    rules.iter().any(|rule| matches!(rule.port, PortMatch::Named(_, Some(_))))
}

fn named_keys(rule: &PortRule) -> impl Iterator<Item = ((Symbol, Protocol), Option<u16>)> + use<> {
    let named = if let PortMatch::Named(name, end) = rule.port { Some((name, end)) } else { None };
    let protocol = rule.protocol;
    let each = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter();
    let covered = each.filter(move |&one| covers(protocol, one).possible());
    covered.filter_map(move |one| named.map(|(name, end)| ((name, one), end)))
}

/// Entries as the agent merges them: tier, priority, the policy's key, the item.
pub(crate) fn in_merge_order(world: &World, selected: &[(EntryId, Tri)]) -> Vec<(EntryId, Tri)> {
    let mut ordered = selected.to_vec();
    ordered.sort_by_cached_key(|&(id, _)| {
        let entry = world.entry(id);
        (entry.tier, entry.priority, resource_key(world, entry), entry.policy, id)
    });
    ordered
}

/// The key of a policy in the agent's repository.
fn resource_key(world: &World, entry: &Entry) -> String {
    let policy = world.policy(entry.policy);
    let kind = match policy.kind {
        PolicyKind::NetworkPolicy => "netpol",
        PolicyKind::CiliumNetworkPolicy => "cnp",
        PolicyKind::CiliumClusterwideNetworkPolicy => "ccnp",
        PolicyKind::AdminNetworkPolicy | PolicyKind::BaselineAdminNetworkPolicy | PolicyKind::ClusterNetworkPolicy => {
            "kcnp"
        }
    };
    let namespace = policy.namespace.and_then(|namespace| world.namespace_name(namespace)).unwrap_or_default();
    format!("{kind}/{namespace}/{}", world.object(policy.object).name().unwrap_or_default())
}
