//! `matrix` and `graph`: every cell is what `can` says of its members, and the drawing says all of it and nothing else.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::sync::Arc;

use common::{ask, deployment, world};
use ringfence_cluster::{Direction, Input, Knobs, Protocol, Tri, Version, World};
use ringfence_engine::{Ports, Traffic};
use ringfence_questions::{
    Cell, Detail, Edge, End, Ends, Group, Grouping, Inquiry, Link, Matrix, Pair, Quantity, Resources, State, Tip,
};
use ringfence_testkit::universe::objects;
use ringfence_testkit::worlds::{self, For, Size};

/// Random small worlds, each with the namespaces and pods of its cast.
fn random_worlds(count: u64) -> impl Iterator<Item = World> {
    (0..count).map(|seed| {
        let engine = if seed % 4 == 0 { For::Upstream } else { For::Cilium };
        let random = worlds::World::random(seed, engine, Size { policies: 5, flows: 0, faults: false });
        let policies = objects(&random.text(), 1);
        let universe = random.universe();
        let objects = universe.manifests().iter().chain(&policies).map(|object| (Arc::clone(object), 0)).collect();
        let knobs = Knobs { default_namespace: Some("default".into()), ..random.config.knobs(Version::NEWEST) };
        World::build(&Input { objects, ..Input::default() }, &knobs)
    })
}

fn with_matrix(world: &World, by: Grouping, check: impl FnOnce(Inquiry<'_>, Matrix)) {
    ask(world, &Resources::default(), |inquiry| check(inquiry, inquiry.matrix(by)));
}

fn cells(matrix: &Matrix) -> impl Iterator<Item = (usize, usize, &Cell)> {
    let ids = 0..matrix.groups.len();
    let pairs = ids.clone().flat_map(move |from| ids.clone().map(move |to| (from, to)));
    pairs.filter_map(|(from, to)| Some((from, to, matrix.cell(from, to)?)))
}

fn ends(group: &Group) -> Ends {
    Ends { name: group.name.clone(), members: group.members.clone(), perhaps_more: false }
}

fn ports<'d>(details: impl Iterator<Item = &'d Detail>) -> Vec<(Protocol, Ports)> {
    let mut all: Vec<(Protocol, Ports)> = Vec::new();
    for detail in details {
        let Detail::Ports(ports, _) = detail else { panic!("no port was asked for") };
        for (protocol, ports) in ports {
            match all.iter_mut().find(|(other, _)| other == protocol) {
                Some((_, known)) => *known = known.or(ports),
                None => all.push((*protocol, ports.clone())),
            }
        }
    }
    all.retain(|(_, ports)| !ports.is_none());
    all.sort_by_key(|(protocol, _)| *protocol);
    all
}

/// Whether one end lets something through by an entry that the other surely does not: asked on every port that may matter.
fn is_half_open(inquiry: Inquiry<'_>, source: &End, destination: &End) -> bool {
    let (from, to) = (&source.shapes[0], &destination.shapes[0]);
    [Protocol::Tcp, Protocol::Udp, Protocol::Sctp, Protocol::Icmp, Protocol::Icmpv6].into_iter().any(|protocol| {
        inquiry.engine().half_open_ports(from, to, protocol).sure().iter().any(|&(port, _)| {
            let reply = inquiry.reply(source, destination, Traffic { protocol, port });
            [Direction::Egress, Direction::Ingress].into_iter().any(|open| {
                let shut = if open == Direction::Egress { Direction::Ingress } else { Direction::Egress };
                let said = !reply.half(open).deciding.is_empty();
                said && reply.half_allows(open).is_yes() && reply.half_allows(shut).is_no()
            })
        })
    })
}

#[test]
fn every_cell_is_what_can_says_of_its_members() {
    let mut compared = [0; 4];
    for world in random_worlds(24) {
        with_matrix(&world, Grouping::Namespace, |inquiry, matrix| {
            for (from, to, cell) in cells(&matrix) {
                let can = inquiry.can(ends(&matrix.groups[from]), ends(&matrix.groups[to]));
                assert_eq!(cell.connections, can.quantity, "{} -> {}", can.source.name, can.destination.name);
                assert_eq!(cell.ports, ports(can.pairs.iter().map(|pair| &pair.detail)));
                let open = can.pairs.iter().map(Pair::allowed);
                let [yes, no] = [open.clone().all(Tri::is_yes), open.clone().all(Tri::is_no)];
                assert_eq!([cell.pairs == Quantity::All, cell.pairs == Quantity::None], [yes, no]);
                let shut = can.pairs.iter().filter(|pair| pair.allowed().is_no());
                let half = shut.filter(|pair| {
                    is_half_open(inquiry, &can.source.members[pair.source], &can.destination.members[pair.destination])
                });
                assert_eq!(cell.half_open.count, half.count());
                compared[cell.connections as usize] += 1;
            }
        });
    }
    assert!(compared.iter().all(|&count| count > 20), "each quantity is met: {compared:?}");
}

fn says(link: &Link, cell: &Cell) -> bool {
    let told = |ports: &[(Protocol, Ports)]| {
        ports.iter().all(|(protocol, part)| {
            link.ports.iter().any(|(other, whole)| other == protocol && whole.or(part) == *whole)
        })
    };
    match link.state {
        State::HalfOpen => cell.ports.is_empty() && told(&cell.half_open.ports),
        _ => told(&cell.ports),
    }
}

fn is_said_by(cell: &Cell, link: &Link) -> bool {
    let own = if link.state == State::HalfOpen { &cell.half_open.ports } else { &cell.ports };
    link.ports
        .iter()
        .all(|(protocol, part)| own.iter().any(|(other, whole)| other == protocol && whole.or(part) == *whole))
}

#[test]
fn the_graph_says_every_cell_and_no_arrow_is_made_up() {
    let mut edges = 0;
    for world in random_worlds(60) {
        with_matrix(&world, Grouping::Workload, |_, matrix| {
            let graph = matrix.graph();
            let node = |group: usize| graph.nodes.iter().position(|node| node.groups.contains(&group)).unwrap();
            let is_pods = |group: usize| matrix.groups[group].kind == ringfence_questions::GroupKind::Pods;
            let holds = |edge: &Edge, from: usize, to: usize| {
                let at = |tip: Tip, group: usize| match tip {
                    Tip::Node(at) => at == node(group),
                    Tip::Everybody => is_pods(group) && !edge.except.contains(&group),
                };
                at(edge.from, from) && at(edge.to, to) && node(from) != node(to)
            };
            for (from, to, cell) in cells(&matrix) {
                let own = &graph.nodes[node(from)];
                let inner = if from == to { &own.within } else { &own.among };
                let telling: Vec<&Link> = if node(from) == node(to) {
                    inner.iter().collect()
                } else {
                    graph.edges.iter().filter(|edge| holds(edge, from, to)).map(|edge| &edge.link).collect()
                };
                let silent = cell.ports.is_empty() && cell.half_open.count == 0;
                assert!(silent || telling.iter().any(|link| says(link, cell)), "{from} -> {to}: {cell:?}");
                for edge in graph.edges.iter().filter(|edge| !edge.differing && holds(edge, from, to)) {
                    assert!(is_said_by(cell, &edge.link), "{from} -> {to}: {:?} is more than {cell:?}", edge.link);
                }
                assert!(!silent || telling.is_empty(), "{from} -> {to}: nothing is let through, but {telling:?}");
            }
            edges += graph.edges.len();
        });
    }
    assert!(edges > 200, "{edges}");
}

#[test]
fn folded_groups_have_equal_rows_and_columns() {
    let mut folded = 0;
    for world in random_worlds(40) {
        with_matrix(&world, Grouping::Workload, |_, matrix| {
            let look =
                |from, to| matrix.cell(from, to).map(|cell| (cell.connections, cell.pairs, cell.half_open.count > 0));
            let classes = matrix.folded();
            for class in &classes {
                let others = (0..matrix.groups.len()).filter(|other| !class.contains(other));
                for other in others {
                    for &member in class {
                        assert_eq!(look(class[0], other), look(member, other));
                        assert_eq!(look(other, class[0]), look(other, member));
                    }
                }
            }
            assert_eq!(classes.iter().map(Vec::len).sum::<usize>(), matrix.groups.len(), "each group once");
            folded += matrix.groups.len() - classes.len();
        });
    }
    assert!(folded > 40, "{folded}");
}

/// Namespaces that may all ask `dns` and nobody else, each let in by everybody on the port given; `shop` has more.
fn askers(ports: [u16; 6]) -> World {
    let names = ["a", "b", "c", "d", "e", "shop"];
    let mut text = names.map(|name| deployment(name, "app", 80)).concat();
    text.push_str(&deployment("dns", "server", 53));
    for (name, port) in names.into_iter().zip(ports) {
        let more = if name == "shop" { SHOP } else { "" };
        let policy = format!(
            "---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: all, namespace: {name}}}
spec:
  endpointSelector: {{}}
  ingress:
    - fromCIDR: [192.0.2.0/24]
      toPorts: [{{ports: [{{port: '{port}'}}]}}]
  egress:
    - toEndpoints: [{{matchLabels: {{io.kubernetes.pod.namespace: dns}}}}]
      toPorts: [{{ports: [{{port: '53', protocol: UDP}}]}}]
{more}"
        );
        text.push_str(&policy);
    }
    world(&text)
}

const SHOP: &str = "    - toCIDR: [10.1.0.0/16]\n    - toFQDNs: [{matchName: api.example.com}]\n";

fn name(matrix: &Matrix, group: usize) -> &str {
    &matrix.groups[group].name
}

#[test]
fn groups_with_equal_edges_are_one_node() {
    with_matrix(&askers([80; 6]), Grouping::Namespace, |_, matrix| {
        let graph = matrix.graph();
        let pods = matrix.groups[0].kind;
        let folded = graph.nodes.iter().find(|node| node.groups.len() > 1 && node.kind == pods).unwrap();
        let names: Vec<&str> = folded.groups.iter().map(|&group| name(&matrix, group)).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e"]);
        let outside = (0..matrix.groups.len()).filter(|&group| matrix.groups[group].kind != pods);
        let outside: Vec<&str> = outside.map(|group| name(&matrix, group)).collect();
        assert_eq!(
            outside,
            ["host", "remote-node", "kube-apiserver", "internet", "10.1.0.0/16", "192.0.2.0/24", "api.example.com"]
        );
    });
}

#[test]
fn what_everybody_shares_is_one_edge() {
    with_matrix(&askers([81, 82, 83, 84, 85, 86]), Grouping::Namespace, |_, matrix| {
        let graph = matrix.graph();
        let to_dns = graph.edges.iter().filter(|edge| match edge.to {
            Tip::Node(at) => name(&matrix, graph.nodes[at].groups[0]) == "dns",
            Tip::Everybody => false,
        });
        let to_dns: Vec<&Edge> = to_dns.filter(|edge| edge.link.ports[0].0 == Protocol::Udp).collect();
        assert_eq!(to_dns.len(), 1, "{to_dns:?}");
        assert_eq!(to_dns[0].from, Tip::Everybody);
        assert_eq!(to_dns[0].link.ports[0].1.to_string(), "53");
        assert!(!to_dns[0].differing);
    });
}

#[test]
fn profiles_group_namespaces() {
    let text = ["one", "two", "three"].map(|name| deployment(name, "app", 80)).concat();
    let labelled = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: one, labels: {net/profile: open}}
---\napiVersion: v1\nkind: Namespace\nmetadata: {name: two}
---\napiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: open}
spec:
  endpointSelector:
    matchExpressions:
      - {key: io.cilium.k8s.namespace.labels.net/profile, operator: In, values: [open, shut]}
  ingress: [{}]
";
    with_matrix(&world(&(text + labelled)), Grouping::Profile, |_, matrix| {
        let names: Vec<&str> = matrix.groups.iter().take(3).map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["no profile", "profile open", "profile unknown"]);
    });
}
