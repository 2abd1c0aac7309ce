//! `graph`: a matrix as nodes and edges that a person can take in: groups with the same edges are one node, and what
//! (almost) everybody may reach, or is reached by, is one edge.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{EntryId, Protocol};
use ringfence_engine::Ports;

use crate::fold::twins;
use crate::groups::GroupKind;
use crate::matrix::{Cell, Matrix, Reason};
use crate::partners::union;
use crate::quantity::Quantity;

/// Nodes and edges.
#[derive(Clone, PartialEq, Debug)]
pub struct Graph {
    /// Groups, those with the same edges together.
    pub nodes: Vec<Node>,
    /// From node to node. Connections within a node are the node's.
    pub edges: Vec<Edge>,
}

/// Groups with the same edges.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Which groups of [`Matrix::groups`], ascending; never empty.
    pub groups: Vec<usize>,
    /// What they are made of.
    pub kind: GroupKind,
    /// The connections within each of them.
    pub within: Option<Link>,
    /// The connections from each of them to each other one.
    pub among: Option<Link>,
}

/// One end of an edge.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tip {
    /// A node of [`Graph::nodes`].
    Node(usize),
    /// Every group of pods.
    Everybody,
}

/// The connections from one end to another.
#[derive(Clone, PartialEq, Debug)]
pub struct Edge {
    /// Where they come from.
    pub from: Tip,
    /// Where they go to.
    pub to: Tip,
    /// What is let through.
    pub link: Link,
    /// Of an edge with everybody: the groups of pods that it does not hold for.
    pub except: Vec<usize>,
    /// Of an edge with everybody: whether the ports are those of all together, and each group has a few of them.
    pub differing: bool,
}

/// What is let through between two ends.
#[derive(Clone, PartialEq, Debug)]
pub struct Link {
    /// Whether it is.
    pub state: State,
    /// The ports; of half-open pairs those that one end would have.
    pub ports: Vec<(Protocol, Ports)>,
    /// Whether only some pairs of members may talk.
    pub in_part: bool,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The entries that decide, as far as [`Cell::deciding`] tells.
    pub deciding: Vec<EntryId>,
}

/// Whether connections are let through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// They are, surely for some pair.
    Open,
    /// They may be.
    Unknown,
    /// One end lets them through by an entry, the other surely does not.
    HalfOpen,
}

/// So many nodes must share an edge before it is drawn once for all: fewer arrows than that are read as easily.
const MANY: usize = 4;
/// Ports that a group is reached on by "everybody" although they differ from group to group: at most so many each.
const NARROW: usize = 2;

impl Edge {
    /// Whether it begins or ends at a node.
    pub fn touches(&self, node: usize) -> bool {
        self.from == Tip::Node(node) || self.to == Tip::Node(node)
    }
}

impl Link {
    fn of(cell: &Cell) -> Option<Self> {
        let sure = cell.ports.iter().any(|(_, ports)| !ports.sure().is_empty());
        let (state, ports) = if sure {
            (State::Open, &cell.ports)
        } else if !cell.ports.is_empty() {
            (State::Unknown, &cell.ports)
        } else if cell.half_open.count > 0 {
            (State::HalfOpen, &cell.half_open.ports)
        } else {
            return None;
        };
        Some(Self {
            state,
            ports: ports.clone(),
            in_part: state == State::Open && cell.pairs != Quantity::All,
            reasons: cell.reasons.clone(),
            deciding: cell.deciding.clone(),
        })
    }

    /// Whether all that is known of it is that no policy decided.
    pub fn is_accident(&self) -> bool {
        !self.reasons.is_empty() && self.reasons.iter().all(Reason::is_accident)
    }

    /// Whether what the other says holds of this one too, among more. What is surely let through is so perhaps as well.
    fn includes(&self, other: &Self) -> bool {
        let state = self.state == other.state || (self.state, other.state) == (State::Open, State::Unknown);
        state && contains(&self.ports, &other.ports)
    }

    /// Whether this says all that the other does.
    fn says(&self, other: &Self) -> bool {
        self.state == other.state && contains(&self.ports, &other.ports)
    }

    /// Adds the reasons of a link that looks the same.
    fn add(&mut self, other: &Self) {
        self.ports = union([self.ports.as_slice(), &other.ports].into_iter());
        self.in_part |= other.in_part;
        let reasons: BTreeSet<_> = self.reasons.drain(..).chain(other.reasons.iter().cloned()).collect();
        self.reasons = reasons.into_iter().collect();
        let deciding: BTreeSet<_> = self.deciding.drain(..).chain(other.deciding.iter().copied()).collect();
        self.deciding = deciding.into_iter().collect();
    }

    fn merged<'l>(links: impl IntoIterator<Item = &'l Self>) -> Option<Self> {
        links.into_iter().fold(None, |merged: Option<Self>, link| match merged {
            Some(mut merged) => {
                merged.add(link);
                Some(merged)
            }
            None => Some(link.clone()),
        })
    }
}

impl Matrix {
    /// Groups whose rows and columns say the same, whatever the ports: classes of [`Matrix::groups`], ascending.
    pub fn folded(&self) -> Vec<Vec<usize>> {
        let mut looks = Numbers::default();
        let table = self.table(|cell| (cell.connections, cell.pairs, cell.half_open.count > 0), &mut looks);
        twins(self.groups.len(), |from, to| table[from][to])
    }

    /// The matrix as nodes and edges.
    pub fn graph(&self) -> Graph {
        let mut links = Links::of(self);
        let everybody = links.take_everybody(self);
        let classes = links.classes(self, &everybody);
        let mut of_group = vec![0; self.groups.len()];
        classes.iter().enumerate().for_each(|(at, class)| class.iter().for_each(|&group| of_group[group] = at));
        let mut edges: Vec<Edge> = everybody.into_iter().map(|hub| hub.edge(&of_group)).collect();
        let nodes = classes.into_iter().map(|groups| links.node(self, groups)).collect::<Vec<Node>>();
        for (from, source) in nodes.iter().enumerate() {
            for (to, destination) in nodes.iter().enumerate().filter(|&(to, _)| to != from) {
                let pairs = source.groups.iter().flat_map(|&one| destination.groups.iter().map(move |&two| (one, two)));
                if let Some(link) = Link::merged(pairs.filter_map(|(one, two)| links.get(one, two))) {
                    edges.push(Edge {
                        from: Tip::Node(from),
                        to: Tip::Node(to),
                        link,
                        except: Vec::new(),
                        differing: false,
                    });
                }
            }
        }
        Graph { nodes, edges }
    }

    /// Each cell as a number; what is on the diagonal tells the kinds of groups apart too.
    fn table<K: Ord>(
        &self,
        look: impl Fn(&Cell) -> K,
        numbers: &mut Numbers<(Option<K>, Option<GroupKind>)>,
    ) -> Vec<Vec<u32>> {
        let count = self.groups.len();
        let mut number = |from: usize, to: usize| {
            let kind = (from == to).then(|| self.groups[from].kind);
            numbers.of((self.cell(from, to).map(&look), kind))
        };
        (0..count).map(|from| (0..count).map(|to| number(from, to)).collect()).collect()
    }
}

/// Small numbers for things that are equal.
struct Numbers<K>(BTreeMap<K, u32>);

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Numbers<K> {
    fn of(&mut self, key: K) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(key).or_insert(next)
    }
}

/// The links between groups that are still to be drawn.
struct Links {
    count: usize,
    table: Vec<Option<Link>>,
}

/// An edge with everybody.
struct Hub {
    /// The groups at the other end.
    target: Vec<usize>,
    /// Whether everybody reaches them, rather than they everybody.
    inward: bool,
    link: Link,
    except: Vec<usize>,
    differing: bool,
}

impl Links {
    fn of(matrix: &Matrix) -> Self {
        let count = matrix.groups.len();
        let table = (0..count * count).map(|at| matrix.cell(at / count, at % count).and_then(Link::of)).collect();
        Self { count, table }
    }

    fn get(&self, from: usize, to: usize) -> Option<&Link> {
        self.table[from * self.count + to].as_ref()
    }

    /// The same between an end and another one, seen inward or outward.
    fn seen(&self, inward: bool, target: usize, other: usize) -> Option<&Link> {
        if inward { self.get(other, target) } else { self.get(target, other) }
    }

    /// Classes of groups that look the same: what is drawn as one node.
    fn classes(&self, matrix: &Matrix, everybody: &[Hub]) -> Vec<Vec<usize>> {
        let mut looks = Numbers::default();
        let mut table = Vec::with_capacity(self.table.len());
        for from in 0..self.count {
            for to in 0..self.count {
                let link = self.get(from, to).map(|link| (link.state, link.in_part, intervals(&link.ports)));
                // On the diagonal also what it is, and its part in what everybody does.
                let own = (from == to).then(|| {
                    let roles: Vec<_> =
                        everybody.iter().map(|hub| (hub.target.contains(&from), hub.except.contains(&from))).collect();
                    (matrix.groups[from].kind, roles)
                });
                table.push(looks.of((link, own)));
            }
        }
        twins(self.count, |from, to| table[from * self.count + to])
    }

    /// Takes out what everybody shares: one edge for each.
    fn take_everybody(&mut self, matrix: &Matrix) -> Vec<Hub> {
        let nodes = self.classes(matrix, &[]);
        let pods: Vec<&Vec<usize>> =
            nodes.iter().filter(|node| matrix.groups[node[0]].kind == GroupKind::Pods).collect();
        let mut hubs = Vec::new();
        for target in &nodes {
            for inward in [true, false] {
                let others: Vec<&[usize]> =
                    pods.iter().filter(|node| **node != target).map(|node| node.as_slice()).collect();
                hubs.extend(self.hub(target, &others, inward));
            }
        }
        for hub in &hubs {
            self.take(hub, &pods);
        }
        hubs
    }

    /// What most others share with some groups, if they do: the same ports, or of each its own few.
    fn hub(&self, target: &[usize], others: &[&[usize]], inward: bool) -> Option<Hub> {
        let link = |group| self.seen(inward, target[0], group);
        let mut votes: BTreeMap<(State, Intervals<'_>), (usize, &Link)> = BTreeMap::new();
        for (node, link) in others.iter().filter_map(|node| Some((node, link(node[0])?))) {
            votes.entry((link.state, intervals(&link.ports))).or_insert((0, link)).0 += node.len();
        }
        let base = votes.into_values().max_by_key(|(votes, _)| *votes).map(|(_, link)| link)?;
        let all = others.iter().map(|node| node.len()).sum::<usize>();
        [false, true].into_iter().find_map(|differing| {
            let narrow = |link: &Link| link.state == base.state && is_narrow(&link.ports);
            let fits = |link: &Link| if differing { narrow(link) } else { link.includes(base) };
            let (sharing, except): (Vec<&[usize]>, Vec<&[usize]>) =
                others.iter().partition(|node| link(node[0]).is_some_and(fits));
            let groups = sharing.concat();
            if sharing.len() < MANY || 3 * groups.len() < 2 * all {
                return None;
            }
            let pairs = groups.iter().flat_map(|&group| target.iter().map(move |&own| (own, group)));
            let mut link = Link::merged(pairs.filter_map(|(own, group)| self.seen(inward, own, group)))?;
            link.state = base.state;
            if !differing {
                link.ports.clone_from(&base.ports);
            }
            let mut except = except.concat();
            except.sort_unstable();
            Some(Hub { target: target.to_vec(), inward, link, except, differing })
        })
    }

    /// Leaves out the links that an edge with everybody says in full.
    fn take(&mut self, hub: &Hub, pods: &[&Vec<usize>]) {
        for group in pods.iter().flat_map(|node| node.iter().copied()) {
            for &target in &hub.target {
                let (from, to) = if hub.inward { (group, target) } else { (target, group) };
                let slot = &mut self.table[from * self.count + to];
                if from != to && !hub.except.contains(&group) && slot.as_ref().is_some_and(|link| hub.link.says(link)) {
                    *slot = None;
                }
            }
        }
    }

    fn node(&self, matrix: &Matrix, groups: Vec<usize>) -> Node {
        let within = Link::merged(groups.iter().filter_map(|&group| self.get(group, group)));
        let pairs = groups.iter().flat_map(|&one| groups.iter().map(move |&two| (one, two)));
        let among = Link::merged(pairs.filter(|(one, two)| one != two).filter_map(|(one, two)| self.get(one, two)));
        Node { kind: matrix.groups[groups[0]].kind, groups, within, among }
    }
}

impl Hub {
    fn edge(self, of_group: &[usize]) -> Edge {
        let node = Tip::Node(of_group[self.target[0]]);
        let (from, to) = if self.inward { (Tip::Everybody, node) } else { (node, Tip::Everybody) };
        Edge { from, to, link: self.link, except: self.except, differing: self.differing }
    }
}

/// Ports as what can be compared and ordered.
type Intervals<'p> = Vec<(Protocol, &'p [(u16, u16)], &'p [(u16, u16)])>;

fn intervals(ports: &[(Protocol, Ports)]) -> Intervals<'_> {
    ports.iter().map(|(protocol, ports)| (*protocol, ports.sure(), ports.perhaps())).collect()
}

/// Whether all of `some` is part of `ports`.
fn contains(ports: &[(Protocol, Ports)], some: &[(Protocol, Ports)]) -> bool {
    some.iter().all(|(protocol, part)| ports.iter().any(|(other, whole)| other == protocol && whole.or(part) == *whole))
}

/// Whether it is a few single ports; those that several protocols have alike count once.
fn is_narrow(ports: &[(Protocol, Ports)]) -> bool {
    let alike: BTreeSet<_> = ports.iter().map(|(_, ports)| (ports.sure(), ports.perhaps())).collect();
    let mut intervals = alike.iter().flat_map(|(sure, perhaps)| sure.iter().chain(*perhaps));
    intervals.clone().count() <= NARROW && intervals.all(|(first, last)| first == last)
}
