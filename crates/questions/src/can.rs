//! `can`: whether connections from one set of ends to another are let through.

use ringfence_cluster::{
    Direction, Entry, EntryId, Gap, IdentityId, NamespaceId, PolicyId, Protocol, ReleaseId, ServiceId, Tri,
};
use ringfence_engine::{Endpoint, Ports, Traffic};

use crate::ends::{End, Ends, Who};
use crate::inquiry::Inquiry;
use crate::quantity::{Part, Quantity};
use crate::reply::Reply;

/// The protocols whose ports are told where no port is asked for.
pub(crate) const PROTOCOLS: [Protocol; 5] =
    [Protocol::Tcp, Protocol::Udp, Protocol::Sctp, Protocol::Icmp, Protocol::Icmpv6];

/// The answer for a set of connections.
#[derive(Clone, PartialEq, Debug)]
pub struct Can {
    /// Where they come from.
    pub source: Ends,
    /// Where they go to.
    pub destination: Ends,
    /// Each pair, sources first.
    pub pairs: Vec<Pair>,
    /// How many of them are let through. Without a port: on every port of TCP, UDP and SCTP, or on none of any protocol.
    pub quantity: Quantity,
    /// What whoever asked should know beside.
    pub notes: Vec<Note>,
}

/// One source and one destination.
#[derive(Clone, PartialEq, Debug)]
pub struct Pair {
    /// Which of the sources.
    pub source: usize,
    /// Which of the destinations.
    pub destination: usize,
    /// Whether it was asked for at all.
    pub belongs: Tri,
    /// The answer.
    pub detail: Detail,
}

/// The answer for a pair.
#[derive(Clone, PartialEq, Debug)]
pub enum Detail {
    /// One for each protocol that was asked for.
    At(Vec<Reply>),
    /// The ports that are let through, of each protocol; and one connection that tells why: on a port that is let through,
    /// else on one that one half at least lets through.
    Ports(Vec<(Protocol, Ports)>, Box<Reply>),
}

/// What whoever asked should know beside the answer.
#[derive(Clone, PartialEq, Debug)]
pub enum Note {
    /// The ends are the same pods: two different ones are meant, since a pod always reaches itself (semantics §10.2).
    SamePods,
    /// The number is only the port of a Service, which leads to another one at the pods.
    OnlyServicePort {
        /// The Service.
        service: ServiceId,
        /// The number that was asked for.
        port: u16,
        /// The number at the pods.
        target: u16,
    },
    /// No file shows the workload: the answer is for any pod of its namespace that is not shown.
    NotShown {
        /// The name that was asked for.
        name: String,
        /// The namespace.
        namespace: NamespaceId,
        /// Why such pods may be there.
        gap: Option<Gap>,
    },
    /// The pods are those of a Helm release that is not rendered.
    NotRendered(ReleaseId),
    /// Pods that the input does not show may belong to a set that was asked for: its name.
    PerhapsMore(String),
    /// A policy for one of the ends that does not count: it is refused, or nothing of the dialect implements it.
    DoesNotCount(PolicyId),
    /// DNS pods are assumed, because the input shows none.
    DnsAssumed,
}

impl Inquiry<'_> {
    /// Whether connections are let through, for each pair of ends.
    pub fn can(&self, source: Ends, destination: Ends) -> Can {
        let mut pairs = Vec::with_capacity(source.members.len() * destination.members.len());
        for (at, from) in source.members.iter().enumerate() {
            for (to_at, to) in destination.members.iter().enumerate() {
                let detail = self.detail(from, to);
                pairs.push(Pair { source: at, destination: to_at, belongs: from.belongs.and(to.belongs), detail });
            }
        }
        let quantity = Quantity::of(pairs.iter().flat_map(Pair::parts));
        let notes = self.notes(&source, &destination);
        Can { source, destination, pairs, quantity, notes }
    }

    fn detail(&self, source: &End, destination: &End) -> Detail {
        if let Some(traffic) = &destination.traffic {
            return Detail::At(traffic.iter().map(|&traffic| self.reply(source, destination, traffic)).collect());
        }
        let ports = self.every_ports(source, destination);
        let traffic = open_port(&ports).unwrap_or_else(|| self.telling_port(source, destination));
        Detail::Ports(ports, Box::new(self.reply(source, destination, traffic)))
    }

    /// The ports of each protocol.
    pub(crate) fn every_ports(&self, source: &End, destination: &End) -> Vec<(Protocol, Ports)> {
        PROTOCOLS.into_iter().map(|protocol| (protocol, self.ports(source, destination, protocol))).collect()
    }

    /// A port on which one half at least lets through: what is worth telling of a pair that never talks.
    pub(crate) fn telling_port(&self, source: &End, destination: &End) -> Traffic {
        let fallback = Traffic { protocol: Protocol::Tcp, port: 443 };
        let (Some(from), Some(to)) = (source.shapes.first(), destination.shapes.first()) else { return fallback };
        let half_open = |protocol| {
            let halves = self.engine.half_open_ports(from, to, protocol);
            halves.sure().first().map(|&(port, _)| Traffic { protocol, port })
        };
        PROTOCOLS.into_iter().find_map(half_open).unwrap_or(fallback)
    }

    /// The ports on which all shapes of two ends let connections through.
    pub(crate) fn ports(&self, source: &End, destination: &End, protocol: Protocol) -> Ports {
        let pairs = source.shapes.iter().flat_map(|from| destination.shapes.iter().map(move |to| (from, to)));
        let mut sets = pairs.map(|(from, to)| self.engine.allowed_ports(from, to, protocol));
        let first = sets.next().unwrap_or_default();
        let ports = sets.fold(first, |all, other| all.agreed(&other));
        match &destination.who {
            Who::Dns(name) => self.learned_ports(source, destination, name, protocol, ports),
            _ => ports,
        }
    }

    /// Ports to a name are open only as far as its addresses become known.
    fn learned_ports(&self, source: &End, destination: &End, name: &str, protocol: Protocol, ports: Ports) -> Ports {
        let Some(&(port, _)) = ports.sure().first().or(ports.perhaps().first()) else { return ports };
        let (Some(from), Some(to)) = (source.shapes.first(), destination.shapes.first()) else { return ports };
        let egress = self.engine.connection(from, to, Traffic { protocol, port }).egress;
        match self.learned(source, name, &egress).map_or(Tri::Yes, |learned| learned.known()) {
            Tri::Yes => ports,
            Tri::Unknown => ports.unsure(),
            Tri::No => Ports::default(),
        }
    }

    fn notes(&self, source: &Ends, destination: &Ends) -> Vec<Note> {
        let mut notes = Vec::new();
        let alone = |ends: &Ends| if let [end] = ends.members.as_slice() { Some(end.who.clone()) } else { None };
        if alone(source)
            .is_some_and(|who| matches!(who, Who::Workload(_) | Who::Release(_)) && alone(destination) == Some(who))
        {
            notes.push(Note::SamePods);
        }
        for ends in [source, destination] {
            notes.extend(self.not_shown(ends));
            notes.extend(not_rendered(ends));
            notes.extend(ends.perhaps_more.then(|| Note::PerhapsMore(ends.name.clone())));
        }
        notes.extend(destination.members.iter().find_map(|end| self.only_service_port(end)));
        notes.extend(self.without_count(source, destination).into_iter().map(Note::DoesNotCount));
        if source
            .members
            .iter()
            .chain(&destination.members)
            .any(|end| matches!(end.who, Who::DnsStandIn(_) | Who::Dns(_)))
            && self.world().identities.iter().any(|identity| identity.dns_stand_in)
        {
            notes.push(Note::DnsAssumed);
        }
        notes
    }

    /// A workload that was asked for by its name and is only assumed.
    fn not_shown(&self, ends: &Ends) -> Option<Note> {
        let [End { who: Who::OtherPods(namespace), .. }] = ends.members.as_slice() else { return None };
        let gap = self.world().namespace(*namespace).gaps.first().copied();
        ends.name.contains('/').then(|| Note::NotShown { name: ends.name.clone(), namespace: *namespace, gap })
    }

    /// The policies that somebody wrote for one of the ends, and that no verdict counts.
    fn without_count(&self, source: &Ends, destination: &Ends) -> Vec<PolicyId> {
        let pods = |ends: &Ends| ends.members.iter().filter_map(pod).collect::<Vec<IdentityId>>();
        let (senders, receivers) = (pods(source), pods(destination));
        let concerns = |id: EntryId, entry: &Entry| {
            let subjects = self.engine.subjects(id);
            let own = if entry.direction == Direction::Egress { &senders } else { &receivers };
            own.iter().any(|&pod| subjects.get(pod).is_yes())
        };
        let world = self.world();
        let ignored = world.policy_ids().filter(|(_, policy)| !policy.counts());
        ignored
            .filter(|(_, policy)| world.entries_of(policy).any(|(id, entry)| concerns(id, entry)))
            .map(|(id, _)| id)
            .collect()
    }

    fn only_service_port(&self, end: &End) -> Option<Note> {
        let identity = pod(end)?;
        let traffic = *end.traffic.as_ref()?.first()?;
        let (service, target) = crate::service::detour(self, identity, traffic)?;
        let at = self.world().services.iter().position(|other| std::ptr::eq(other, service))?;
        Some(Note::OnlyServicePort { service: ServiceId(at as u32), port: traffic.port, target })
    }
}

/// The one release that was asked for.
fn not_rendered(ends: &Ends) -> Option<Note> {
    let [End { who: Who::Release(id), .. }] = ends.members.as_slice() else { return None };
    Some(Note::NotRendered(*id))
}

/// The identity of an end, of pods.
pub(crate) fn pod(end: &End) -> Option<IdentityId> {
    match end.shapes.as_slice() {
        [Endpoint::Pods(identity)] => Some(*identity),
        _ => None,
    }
}

impl Pair {
    fn parts(&self) -> Vec<Part> {
        let part = |allowed: Tri| Part { allowed, belongs: self.belongs };
        match &self.detail {
            Detail::At(replies) => replies.iter().map(|reply| part(reply.allowed)).collect(),
            Detail::Ports(ports, _) => vec![part(every_port(ports)), part(some_port(ports))],
        }
    }

    /// Whether it is let through: on all that was asked for, or, without a port, on some port.
    pub fn allowed(&self) -> Tri {
        match &self.detail {
            Detail::At(replies) => Tri::all(replies.iter().map(|reply| reply.allowed)),
            Detail::Ports(ports, _) => some_port(ports),
        }
    }
}

/// One port of those that are open, surely if there is one.
pub(crate) fn open_port(ports: &[(Protocol, Ports)]) -> Option<Traffic> {
    let first = |intervals: fn(&Ports) -> &[(u16, u16)]| {
        ports.iter().find_map(|(protocol, ports)| {
            let &(port, _) = intervals(ports).first()?;
            Some(Traffic { protocol: *protocol, port })
        })
    };
    first(Ports::sure).or_else(|| first(Ports::perhaps))
}

/// Whether every port of TCP, UDP and SCTP is open.
pub(crate) fn every_port(ports: &[(Protocol, Ports)]) -> Tri {
    let with_ports = ports.iter().filter(|(protocol, _)| !matches!(protocol, Protocol::Icmp | Protocol::Icmpv6));
    Tri::all(with_ports.map(|(_, ports)| {
        if ports.is_all() {
            Tri::Yes
        } else if ports.perhaps().is_empty() || ports.is_none() {
            Tri::No
        } else {
            Tri::Unknown
        }
    }))
}

/// Whether some port of some protocol is open.
pub(crate) fn some_port(ports: &[(Protocol, Ports)]) -> Tri {
    Tri::any(ports.iter().map(|(_, ports)| {
        if !ports.sure().is_empty() {
            Tri::Yes
        } else if ports.is_none() {
            Tri::No
        } else {
            Tri::Unknown
        }
    }))
}
