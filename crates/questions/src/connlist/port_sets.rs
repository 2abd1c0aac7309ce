//! Sets of ports of the three protocols that have them, each kept once.

use std::collections::BTreeSet;

use ringfence_cluster::Protocol;
use ringfence_engine::Ports;
use rustc_hash::FxHashMap;

/// The protocols of a list. ICMP is none of them: the API does not speak of it.
pub(super) const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

/// The ports of each of [`PROTOCOLS`].
pub(super) type PortSet = [Ports; 3];

/// Distinct sets by number.
#[derive(Debug, Default)]
pub(super) struct PortSets {
    sets: Vec<PortSet>,
    numbers: FxHashMap<PortSet, u32>,
    both: FxHashMap<(u32, u32), u32>,
}

impl PortSets {
    /// The number of a set.
    pub(super) fn number(&mut self, set: PortSet) -> u32 {
        if let Some(&number) = self.numbers.get(&set) {
            return number;
        }
        let number = self.sets.len() as u32;
        self.sets.push(set.clone());
        self.numbers.insert(set, number);
        number
    }

    /// The set of a number.
    pub(super) fn get(&self, number: u32) -> &PortSet {
        &self.sets[number as usize]
    }

    /// All sets, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = &PortSet> {
        self.sets.iter()
    }

    /// The number of what two sets share.
    pub(super) fn and(&mut self, one: u32, other: u32) -> u32 {
        if one == other {
            return one;
        }
        if let Some(&number) = self.both.get(&(one, other)) {
            return number;
        }
        let (left, right) = (self.get(one), self.get(other));
        let shared = [0, 1, 2].map(|protocol| left[protocol].and(&right[protocol]));
        let number = self.number(shared);
        self.both.insert((one, other), number);
        number
    }
}

/// Ports that are surely let through: disjoint intervals of each protocol, ascending, both ends in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Connections {
    /// TCP.
    pub tcp: Vec<(u16, u16)>,
    /// UDP.
    pub udp: Vec<(u16, u16)>,
    /// SCTP.
    pub sctp: Vec<(u16, u16)>,
}

impl Connections {
    pub(super) fn sure([tcp, udp, sctp]: &PortSet) -> Self {
        Self { tcp: tcp.sure().to_vec(), udp: udp.sure().to_vec(), sctp: sctp.sure().to_vec() }
    }

    /// Single ports of TCP.
    pub(super) fn of_tcp(ports: &BTreeSet<u16>) -> Self {
        let mut tcp: Vec<(u16, u16)> = Vec::new();
        for &port in ports {
            match tcp.last_mut() {
                Some(before) if before.1.checked_add(1) == Some(port) => before.1 = port,
                _ => tcp.push((port, port)),
            }
        }
        Self { tcp, ..Self::default() }
    }

    /// Whether there is no port.
    pub fn is_none(&self) -> bool {
        self.tcp.is_empty() && self.udp.is_empty() && self.sctp.is_empty()
    }

    /// Whether it is every port of all three protocols.
    pub fn is_all(&self) -> bool {
        [&self.tcp, &self.udp, &self.sctp].into_iter().all(|ports| *ports == [(1, u16::MAX)])
    }
}
