//! `matrix`: which groups of endpoints talk to which, and on which ports.
//!
//! Computed for classes of ends that no policy tells apart, not for each pair of members: a namespace of a hundred
//! workloads with the same labels costs as much as one workload.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use ringfence_cluster::{Direction, Entry, EntryId, PeerKind, Protocol, Tri};
use ringfence_engine::{Endpoint, Ports, Traffic};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::can::{PROTOCOLS, every_port, open_port, some_port};
use crate::ends::{End, Who};
use crate::grant::Grant;
use crate::groups::{Group, GroupKind, Grouping};
use crate::inquiry::Inquiry;
use crate::partners::union;
use crate::quantity::{Part, Quantity};

/// Who talks to whom, by groups.
#[derive(Clone, PartialEq, Debug)]
pub struct Matrix {
    /// By what pods are grouped.
    pub by: Grouping,
    /// The groups: pods by name, then what is outside.
    pub groups: Vec<Group>,
    cells: Vec<Option<Cell>>,
}

/// The connections from one group to another.
#[derive(Clone, PartialEq, Debug)]
pub struct Cell {
    /// How much is let through of everything: as `can` answers without a port.
    pub connections: Quantity,
    /// How many pairs of members may talk, on some port at least.
    pub pairs: Quantity,
    /// The ports that some pair may talk on, of each protocol that has any.
    pub ports: Vec<(Protocol, Ports)>,
    /// Pairs of members that never talk although one end lets it through by an entry of a policy.
    pub half_open: HalfOpenPairs,
    /// Why connections that are surely let through are: ascending, each once.
    pub reasons: Vec<Reason>,
    /// The entries that decide one connection of each class, ascending; for half-open pairs those of the open end.
    pub deciding: Vec<EntryId>,
}

/// Pairs of which one end lets through by an entry what the other surely does not.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HalfOpenPairs {
    /// How many.
    pub count: usize,
    /// On which ports one end would have it.
    pub ports: Vec<(Protocol, Ports)>,
}

/// Why each half lets a connection through.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reason {
    /// The source's half.
    pub egress: Option<Grant>,
    /// The destination's half.
    pub ingress: Option<Grant>,
}

impl Matrix {
    /// The connections from one group to another; `None` where no end is a pod, so that nobody decides, or where nothing
    /// comes from the first.
    pub fn cell(&self, source: usize, destination: usize) -> Option<&Cell> {
        self.cells[source * self.groups.len() + destination].as_ref()
    }
}

impl Reason {
    /// Whether no policy decided at either end.
    pub fn is_accident(&self) -> bool {
        [&self.egress, &self.ingress].into_iter().all(|half| *half == Some(Grant::Accident))
    }
}

impl Inquiry<'_> {
    /// Who talks to whom.
    pub fn matrix(&self, by: Grouping) -> Matrix {
        let groups = self.groups(by);
        let classes = Classes::of(self, &groups);
        let mut pairs = FxHashMap::default();
        let mut cells = Vec::with_capacity(groups.len() * groups.len());
        for (from, source) in groups.iter().enumerate() {
            for (to, destination) in groups.iter().enumerate() {
                let decided = source.kind == GroupKind::Pods || destination.kind == GroupKind::Pods;
                let asked = decided && source.is_source();
                cells.push(asked.then(|| self.cell(&classes, from, to, &mut pairs)));
            }
        }
        Matrix { by, groups, cells }
    }

    fn cell(
        &self,
        classes: &Classes<'_>,
        from: usize,
        to: usize,
        pairs: &mut FxHashMap<(usize, usize), PairAnswer>,
    ) -> Cell {
        let mut parts = Parts::default();
        for &(source, many) in &classes.of_group[from] {
            for &(destination, more) in &classes.of_group[to] {
                let answer = pairs
                    .entry((source, destination))
                    .or_insert_with(|| self.pair(classes.ends[source], classes.ends[destination]));
                let belongs = classes.ends[source].belongs.and(classes.ends[destination].belongs);
                parts.add(answer, belongs, many * more);
            }
        }
        parts.cell()
    }

    /// The answer for two classes: the one place where the engine is asked.
    fn pair(&self, source: &End, destination: &End) -> PairAnswer {
        let ports: Vec<(Protocol, Ports)> =
            PROTOCOLS.into_iter().map(|protocol| (protocol, self.ports(source, destination, protocol))).collect();
        let mut answer = PairAnswer { ports, ..PairAnswer::default() };
        match some_port(&answer.ports) {
            Tri::No => self.half_open_pair(source, destination, &mut answer),
            allowed => {
                let Some(traffic) = open_port(&answer.ports) else { return answer };
                let reply = self.reply(source, destination, traffic);
                let half = |half, end: &End| Grant::of(reply.half(half), &end.who, self.blueprint, self.world());
                if allowed == Tri::Yes {
                    let egress = half(Direction::Egress, source);
                    answer.reason = Some(Reason { egress, ingress: half(Direction::Ingress, destination) });
                }
                answer.deciding = [Direction::Egress, Direction::Ingress]
                    .into_iter()
                    .flat_map(|half| reply.half(half).deciding.clone())
                    .collect();
            }
        }
        answer
    }

    /// What one end lets through by an entry, and the other surely does not.
    fn half_open_pair(&self, source: &End, destination: &End, answer: &mut PairAnswer) {
        let (Some(from), Some(to)) = (source.shapes.first(), destination.shapes.first()) else { return };
        for protocol in PROTOCOLS {
            let mut said = Ports::default();
            for &(first, last) in self.engine.half_open_ports(from, to, protocol).sure() {
                let reply = self.reply(source, destination, Traffic { protocol, port: first });
                let halves = [(Direction::Egress, Direction::Ingress), (Direction::Ingress, Direction::Egress)];
                let open = halves.into_iter().find(|&(open, shut)| {
                    let entries = !reply.half(open).deciding.is_empty();
                    entries && reply.half_allows(open).is_yes() && reply.half_allows(shut).is_no()
                });
                if let Some((open, _)) = open {
                    said = said.or(&Ports::interval(first, last, Tri::Yes));
                    answer.deciding.extend(&reply.half(open).deciding);
                }
            }
            if !said.is_none() {
                answer.half_open.push((protocol, said));
            }
        }
    }
}

/// The answer for two classes of ends.
#[derive(Default)]
struct PairAnswer {
    ports: Vec<(Protocol, Ports)>,
    half_open: Vec<(Protocol, Ports)>,
    reason: Option<Reason>,
    deciding: Vec<EntryId>,
}

/// What was found of the pairs of two groups.
#[derive(Default)]
struct Parts {
    connections: Vec<Part>,
    pairs: Vec<Part>,
    ports: Vec<(Protocol, Ports)>,
    half_open: HalfOpenPairs,
    reasons: BTreeSet<Reason>,
    deciding: BTreeSet<EntryId>,
}

impl Parts {
    /// Adds an answer that holds for so many pairs.
    fn add(&mut self, answer: &PairAnswer, belongs: Tri, many: usize) {
        let some = some_port(&answer.ports);
        self.pairs.push(Part { allowed: some, belongs });
        self.connections.extend([every_port(&answer.ports), some].map(|allowed| Part { allowed, belongs }));
        self.ports = union([self.ports.as_slice(), &answer.ports].into_iter());
        if !answer.half_open.is_empty() {
            self.half_open.count += many;
            self.half_open.ports = union([self.half_open.ports.as_slice(), &answer.half_open].into_iter());
        }
        self.reasons.extend(answer.reason.clone());
        self.deciding.extend(&answer.deciding);
    }

    fn cell(self) -> Cell {
        Cell {
            connections: Quantity::of(self.connections),
            pairs: Quantity::of(self.pairs),
            ports: self.ports,
            half_open: self.half_open,
            reasons: self.reasons.into_iter().collect(),
            deciding: self.deciding.into_iter().collect(),
        }
    }
}

/// The classes of ends that no policy tells apart, over all groups.
struct Classes<'g> {
    /// One end of each.
    ends: Vec<&'g End>,
    /// The classes of each group, and how many of its members are of each.
    of_group: Vec<Vec<(usize, usize)>>,
}

/// What two ends of one class share.
#[derive(PartialEq, Eq, Hash)]
struct Kind {
    place: Place,
    belongs: Tri,
}

#[derive(PartialEq, Eq, Hash)]
enum Place {
    Shapes(Vec<Endpoint>),
    /// Addresses, by the ranges of policies that hold them.
    Within(Vec<u32>),
    Name(SmolStr),
}

impl<'g> Classes<'g> {
    fn of(inquiry: &Inquiry<'_>, groups: &'g [Group]) -> Self {
        let ranges = inquiry.ranges_and_holes();
        let mut known: FxHashMap<Kind, usize> = FxHashMap::default();
        let mut classes = Self { ends: Vec::new(), of_group: Vec::with_capacity(groups.len()) };
        for group in groups {
            let mut own: BTreeMap<usize, usize> = BTreeMap::new();
            for end in &group.members {
                let class = *known.entry(kind(end, &ranges)).or_insert_with(|| {
                    classes.ends.push(end);
                    classes.ends.len() - 1
                });
                *own.entry(class).or_default() += 1;
            }
            classes.of_group.push(own.into_iter().collect());
        }
        classes
    }
}

fn kind(end: &End, ranges: &[IpNet]) -> Kind {
    let place = match &end.who {
        // All blocks of an end are in the same ranges.
        Who::Addresses(_, blocks) => Place::Within(blocks.first().map_or(Vec::new(), |one| within(one.first, ranges))),
        Who::Dns(name) => Place::Name(name.clone()),
        _ => Place::Shapes(end.shapes.clone()),
    };
    Kind { place, belongs: end.belongs }
}

/// Which ranges hold an address, after its family.
fn within(address: IpAddr, ranges: &[IpNet]) -> Vec<u32> {
    let family = u32::from(address.is_ipv4());
    let holding = ranges.iter().zip(2..).filter(|(range, _)| range.contains(&address));
    std::iter::once(family).chain(holding.map(|(_, at)| at)).collect()
}

impl Inquiry<'_> {
    /// The ranges that policies that count name, those they leave out among them.
    fn ranges_and_holes(&self) -> Vec<IpNet> {
        let entries = self.world().entry_ids().map(|(_, entry)| entry);
        let counting = entries.filter(|entry| self.engine.counts(entry.policy));
        let mut ranges: Vec<IpNet> = Vec::new();
        for peer in counting.flat_map(Entry::peers) {
            if let PeerKind::Cidr { net, except, .. } = &peer.kind {
                ranges.push(*net);
                ranges.extend(except);
            }
        }
        ranges.sort_unstable();
        ranges.dedup();
        ranges
    }
}
