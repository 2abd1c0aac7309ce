//! The list of allowed connections: every workload with every other one and with the addresses outside, as
//! netpol-analyzer lists them.
//!
//! A [`Connlist`] is data; `ringfence-report` writes it. Verdicts are worked out by halves: for each identity and direction
//! the others fall into few classes that the entries which apply to it cannot tell apart, and the engine is asked once a
//! class.

mod address;
mod ends;
mod halves;
mod ingress;
mod port_sets;

use std::collections::BTreeSet;

use ringfence_cluster::{Complete, Direction, Knobs, Tri};
use ringfence_engine::{Block, Endpoint, Engine, Ports};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use ends::{Group, Grouping};
use halves::Half;
use port_sets::PortSets;

pub use port_sets::Connections;

/// Who may talk to whom, and on which ports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connlist {
    /// Who takes part: workloads, addresses as sources, addresses as destinations, what stands before the Services.
    pub ends: Vec<End>,
    /// The distinct sets of ports; none is empty.
    pub connections: Vec<Connections>,
    /// The pairs that are let through on some port.
    pub lines: Vec<Line>,
    /// The pairs of which some port cannot be known, as indices of [`Connlist::ends`]. Lines hold only what is sure.
    pub unsure: Vec<(u32, u32)>,
}

/// One end of a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum End {
    /// The pods of a workload, under the name of their owner where they have one.
    Workload {
        /// Its namespace.
        namespace: SmolStr,
        /// Its name.
        name: SmolStr,
        /// Its kind.
        kind: SmolStr,
    },
    /// Addresses outside the cluster that no policy tells apart in this direction.
    Addresses(Block),
    /// Whatever serves Ingress objects and Routes: a pod of which nothing is known.
    IngressController,
}

/// A pair that is let through on some port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Line {
    /// The source, in [`Connlist::ends`].
    pub source: u32,
    /// The destination, in [`Connlist::ends`].
    pub destination: u32,
    /// The ports, in [`Connlist::connections`].
    pub connections: u32,
}

impl Connlist {
    /// The knobs of the world that such a list is of: the input is the whole cluster, objects that name no namespace are in
    /// `default`, and where the API leaves open whether policies select pods on their node's network, they do.
    pub fn knobs(knobs: &Knobs) -> Knobs {
        let default_namespace = knobs.default_namespace.clone().or(Some(SmolStr::new_static("default")));
        Knobs { default_namespace, complete: Complete::ALL, selects_host_network: true, ..knobs.clone() }
    }

    /// The list of a world. Pods are taken to be in no range of any policy, and addresses are those of IPv4: so the tool
    /// whose format it is has it. In Cilium, pods on their node's network are the node, and not listed.
    pub fn of(engine: &Engine<'_>) -> Self {
        let grouping = Grouping::new(engine.world());
        let draft = Draft::new(engine, grouping.pods(engine));
        let groups = grouping.groups(engine.world(), |one, other, group| draft.alike(one, other, group));
        let mut list = draft.list(&groups);
        list.add_ingress(engine, &grouping, &groups, &draft);
        list
    }
}

/// A list in the making. Pods stand for their identities, by number.
struct Draft {
    pods: Vec<Endpoint>,
    sources: Vec<Block>,
    destinations: Vec<Block>,
    sets: PortSets,
    /// For each pod what goes to each pod and each destination.
    outgoing: Vec<Vec<u32>>,
    /// For each pod what comes from each pod, each source, and the ingress controller.
    incoming: Vec<Vec<u32>>,
}

impl Draft {
    fn new(engine: &Engine<'_>, pods: Vec<Endpoint>) -> Self {
        let everywhere = address::EVERYWHERE;
        let sources = engine.blocks_in(everywhere, Direction::Ingress);
        let destinations = engine.blocks_in(everywhere, Direction::Egress);
        let mut sets = PortSets::default();
        let mut rows = |direction, others: Vec<Endpoint>| -> Vec<Vec<u32>> {
            let mut half = Half::new(engine, direction, others);
            pods.iter().map(|pod| half.row(pod, &mut sets)).collect()
        };
        let addresses = |blocks: &[Block]| blocks.iter().map(|block| Endpoint::Address(block.first)).collect();
        let outgoing = rows(Direction::Egress, [pods.clone(), addresses(&destinations)].concat());
        let controller = vec![ingress::controller(engine.world())];
        let incoming = rows(Direction::Ingress, [pods.clone(), addresses(&sources), controller].concat());
        let mut draft = Self { pods, sources, destinations, sets, outgoing, incoming };
        draft.join_halves();
        draft
    }

    /// Makes of both halves of each pair of pods one.
    fn join_halves(&mut self) {
        for source in 0..self.pods.len() {
            for destination in 0..self.pods.len() {
                let halves = (self.outgoing[source][destination], self.incoming[destination][source]);
                let both = self.sets.and(halves.0, halves.1);
                self.outgoing[source][destination] = both;
                self.incoming[destination][source] = both;
            }
        }
    }

    /// Whether two pods say the same to and of everybody outside of a group.
    fn alike(&self, one: usize, other: usize, group: &[usize]) -> bool {
        [&self.outgoing, &self.incoming].into_iter().all(|rows| {
            let mut pairs = rows[one].iter().zip(&rows[other]).enumerate();
            pairs.all(|(at, (left, right))| left == right || group.contains(&at))
        })
    }

    fn list(&self, groups: &[Group]) -> Connlist {
        let mut list = Connlist { ends: Vec::new(), connections: Vec::new(), lines: Vec::new(), unsure: Vec::new() };
        list.ends.extend(groups.iter().map(|group| group.end.clone()));
        let sources = list.addresses(&self.sources);
        let destinations = list.addresses(&self.destinations);
        let mut pairs = Vec::new();
        for (group, own) in groups.iter().zip(0..) {
            let Some(&pod) = group.pods.first() else { continue };
            let (outgoing, incoming) = (&self.outgoing[pod], &self.incoming[pod]);
            for (other, to) in groups.iter().zip(0..).filter(|&(_, to)| to != own) {
                pairs.extend(other.pods.first().map(|&other| (own, to, outgoing[other])));
            }
            let beyond = self.pods.len();
            pairs.extend(destinations.clone().zip(&outgoing[beyond..]).map(|(to, &set)| (own, to, set)));
            pairs.extend(sources.clone().zip(&incoming[beyond..]).map(|(from, &set)| (from, own, set)));
        }
        list.fill(&pairs, &self.sets);
        list
    }

    /// What a pod lets in from the ingress controller, which stands last.
    fn let_in_from_controller(&self, pod: usize) -> Option<&Ports> {
        self.incoming[pod].last().map(|&set| &self.sets.get(set)[0])
    }
}

impl Connlist {
    /// Adds blocks of addresses as ends; their numbers.
    fn addresses(&mut self, blocks: &[Block]) -> std::ops::Range<u32> {
        let first = self.ends.len() as u32;
        self.ends.extend(blocks.iter().copied().map(End::Addresses));
        first..self.ends.len() as u32
    }

    /// Adds the lines of pairs, each with the number of its set of ports.
    fn fill(&mut self, pairs: &[(u32, u32, u32)], sets: &PortSets) {
        let mut known: FxHashMap<Connections, u32> = FxHashMap::default();
        let number = |set| {
            let sure = Connections::sure(set);
            let number = || {
                self.connections.push(sure.clone());
                self.connections.len() as u32 - 1
            };
            (!sure.is_none()).then(|| *known.entry(sure.clone()).or_insert_with(number))
        };
        let numbers: Vec<Option<u32>> = sets.iter().map(number).collect();
        for &(source, destination, set) in pairs {
            let connections = numbers[set as usize];
            self.lines.extend(connections.map(|connections| Line { source, destination, connections }));
            if sets.get(set).iter().any(|ports| !ports.perhaps().is_empty()) {
                self.unsure.push((source, destination));
            }
        }
    }

    /// Adds what comes in through Ingress objects and Routes, where there is something.
    fn add_ingress(&mut self, engine: &Engine<'_>, grouping: &Grouping, groups: &[Group], draft: &Draft) {
        let routed = ingress::routed(engine);
        let controller = self.ends.len() as u32;
        for (group, destination) in groups.iter().zip(0..) {
            let mut tcp = BTreeSet::new();
            let mut unsure = false;
            for &pod in &group.pods {
                let ports = routed.get(&grouping.identity(pod)).into_iter().flatten();
                let let_in = |port| draft.let_in_from_controller(pod).map_or(Tri::No, |ports| ports.get(port));
                let (sure, others): (Vec<u16>, Vec<u16>) = ports.copied().partition(|&port| let_in(port).is_yes());
                unsure |= others.into_iter().any(|port| let_in(port).possible());
                tcp.extend(sure);
            }
            if !tcp.is_empty() {
                let connections = self.number(Connections::of_tcp(&tcp));
                self.lines.push(Line { source: controller, destination, connections });
            }
            if unsure {
                self.unsure.push((controller, destination));
            }
        }
        self.ends.push(End::IngressController);
    }

    /// The number of a set of connections, one of few.
    fn number(&mut self, connections: Connections) -> u32 {
        let known = self.connections.iter().position(|known| *known == connections);
        known.unwrap_or_else(|| {
            self.connections.push(connections);
            self.connections.len() - 1
        }) as u32
    }
}
