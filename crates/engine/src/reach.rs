//! On which ports one endpoint may talk to another.

use ringfence_cluster::{Direction, Protocol, Tri};

use crate::engine::Engine;
use crate::side::Prepared;
use crate::{Connection, Endpoint, Ports, Side, Traffic};

/// The protocols whose ports policies tell apart.
const PROTOCOLS: [Protocol; 5] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp, Protocol::Icmp, Protocol::Icmpv6];

impl Engine<'_> {
    /// The ports (1 to 65535; for ICMP types, 0 to 255) on which both sides let a connection through.
    pub fn allowed_ports(&self, source: &Endpoint, destination: &Endpoint, protocol: Protocol) -> Ports {
        self.ports_where(source, destination, protocol, |[egress, ingress]| egress.and(ingress))
    }

    /// The ports on which just one side lets a connection through, and the other surely does not.
    pub fn half_open_ports(&self, source: &Endpoint, destination: &Endpoint, protocol: Protocol) -> Ports {
        self.ports_where(source, destination, protocol, |sides| match sides {
            [Tri::Yes, Tri::No] | [Tri::No, Tri::Yes] => Tri::Yes,
            _ => Tri::No,
        })
    }

    /// The ports for which something holds of what the two sides say.
    fn ports_where(
        &self,
        source: &Endpoint,
        destination: &Endpoint,
        protocol: Protocol,
        holds: impl Fn([Tri; 2]) -> Tri,
    ) -> Ports {
        let egress = self.prepared(source, destination, Direction::Egress);
        let ingress = self.prepared(destination, source, Direction::Ingress);
        self.ports_of([&egress, &ingress], protocol, holds)
    }

    /// The ports on which the end of `subject` lets traffic from (ingress) or to (egress) `peer` through.
    pub fn ports_of_side(
        &self,
        subject: &Endpoint,
        peer: &Endpoint,
        direction: Direction,
        protocol: Protocol,
    ) -> Ports {
        self.ports_of([&self.prepared(subject, peer, direction)], protocol, |[side]| side)
    }

    fn ports_of<const SIDES: usize>(
        &self,
        sides: [&Vec<Prepared>; SIDES],
        protocol: Protocol,
        holds: impl Fn([Tri; SIDES]) -> Tri,
    ) -> Ports {
        let icmp = matches!(protocol, Protocol::Icmp | Protocol::Icmpv6);
        let (lowest, last) = if icmp { (0, 255) } else { (1, u16::MAX) };
        let starts = self.starts(sides, protocol, (lowest, last));
        let mut ports = Ports::default();
        for (at, &first) in starts.iter().enumerate() {
            let until = starts.get(at + 1).map_or(last, |next| next - 1);
            let traffic = Traffic { protocol, port: first };
            ports.push(first, until, holds(sides.map(|side| self.joined(side, traffic))));
        }
        ports
    }

    /// Whether a connection is let through on some port of some protocol.
    pub fn may_reach(&self, source: &Endpoint, destination: &Endpoint) -> Tri {
        let mut best = Tri::No;
        for protocol in PROTOCOLS {
            let ports = self.allowed_ports(source, destination, protocol);
            if !ports.sure().is_empty() {
                return Tri::Yes;
            } else if !ports.is_none() {
                best = Tri::Unknown;
            }
        }
        best
    }

    /// The answer of all shapes together.
    fn joined(&self, shapes: &[Prepared], traffic: Traffic) -> Tri {
        let allowed = |shape: &Prepared| self.answer(shape, traffic).decision.allows();
        let mut answers = shapes.iter().map(allowed);
        match answers.next() {
            Some(first) if answers.all(|answer| answer == first) => first,
            _ => Tri::Unknown,
        }
    }

    /// The first port of each interval within which no entry tells ports apart.
    fn starts<const SIDES: usize>(
        &self,
        sides: [&Vec<Prepared>; SIDES],
        protocol: Protocol,
        (lowest, last): (u16, u16),
    ) -> Vec<u16> {
        let mut starts = vec![lowest];
        for shape in sides.into_iter().flatten() {
            let Prepared::Open(open) = shape else { continue };
            for &(entry, _) in open.candidates() {
                open.ports().breaks(self.world().entry(entry), protocol, &mut starts);
            }
        }
        starts.retain(|&start| lowest <= start && start <= last);
        starts.sort_unstable();
        starts.dedup();
        starts
    }
}

impl Connection {
    /// The first side that does not let it through, or does so only perhaps; `None` where both surely do.
    pub fn obstacle(&self) -> Option<(Direction, &Side)> {
        let sides = [(Direction::Egress, &self.egress), (Direction::Ingress, &self.ingress)];
        sides
            .into_iter()
            .filter(|(_, side)| !side.decision.allows().is_yes())
            .min_by_key(|(_, side)| side.decision.allows())
    }
}
