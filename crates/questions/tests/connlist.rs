//! The list of allowed connections against the engine asked pair by pair, and what its ends are called.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use ringfence_cluster::{Cni, Input, Knobs, Protocol, World};
use ringfence_engine::{Endpoint, Engine};
use ringfence_questions::connlist::{Connections, Connlist, End};
use ringfence_testkit::universe::objects;
use ringfence_testkit::worlds::{self, For, Size};

/// Where pods are in the random worlds: no range of theirs is there, but those of everything.
const POD_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 255, 0, 1));

fn world_of(text: &str, cni: Cni) -> World {
    let objects = objects(text, 0).into_iter().map(|object| (object, 0)).collect();
    let knobs = Connlist::knobs(&Knobs { cni: Some(cni), cluster_network_policy: true, ..Knobs::default() });
    World::build(&Input { objects, ..Input::default() }, &knobs)
}

/// The lines of some manifests.
fn lines(text: &str) -> Vec<String> {
    let (world, mut written) = (world_of(text, Cni::Upstream), Vec::new());
    ringfence_report::connlist(&Connlist::of(&Engine::new(&world)), &mut written).unwrap();
    String::from_utf8(written).unwrap().lines().map(str::to_owned).collect()
}

/// The lines between workloads, and from what stands before them.
fn inside(text: &str) -> Vec<String> {
    lines(text).into_iter().filter(|line| !line.contains("[External]")).collect()
}

/// The endpoints that an end stands for: both ends of a block.
fn endpoints(world: &World, end: &End) -> Vec<Endpoint> {
    match end {
        End::Workload { name, .. } => {
            let named = world.workloads.iter().find(|workload| world.object(workload.object).name() == Some(name));
            vec![Endpoint::PodAt(named.unwrap().identity.unwrap(), POD_ADDRESS)]
        }
        End::Addresses(block) => vec![Endpoint::Address(block.first), Endpoint::Address(block.last)],
        End::IngressController => Vec::new(),
    }
}

/// What the engine says of a pair: what is sure, and whether something is not.
fn asked(engine: &Engine<'_>, source: &Endpoint, destination: &Endpoint) -> (Connections, bool) {
    let [tcp, udp, sctp] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
        .map(|protocol| engine.allowed_ports(source, destination, protocol));
    let unsure = [&tcp, &udp, &sctp].iter().any(|ports| !ports.perhaps().is_empty());
    let sure = Connections { tcp: tcp.sure().to_vec(), udp: udp.sure().to_vec(), sctp: sctp.sure().to_vec() };
    (sure, unsure)
}

/// Holds a list against the engine; how many pairs were asked, and how many of them are let through in part.
fn compare(world: &World, name: &str) -> (usize, usize) {
    let engine = Engine::new(world);
    let list = Connlist::of(&engine);
    let listed: BTreeMap<(u32, u32), u32> =
        list.lines.iter().map(|line| ((line.source, line.destination), line.connections)).collect();
    assert_eq!(listed.len(), list.lines.len(), "{name}: a pair is listed twice");
    let blocks_of = |direction| engine.blocks_in("0.0.0.0/0".parse().unwrap(), direction).len();
    let workloads = list.ends.iter().filter(|end| matches!(end, End::Workload { .. })).count();
    let sources = workloads + blocks_of(ringfence_cluster::Direction::Ingress);
    let is_pair = |from: usize, to: usize| {
        from != to && if from < workloads { to < workloads || to >= sources } else { from < sources && to < workloads }
    };
    let (mut pairs, mut partly) = (0, 0);
    for (from, source) in list.ends.iter().enumerate() {
        for (to, destination) in list.ends.iter().enumerate().filter(|&(to, _)| is_pair(from, to)) {
            let key = (from as u32, to as u32);
            let own = listed.get(&key).map_or_else(Connections::default, |&at| list.connections[at as usize].clone());
            let own = (own, list.unsure.contains(&key));
            partly += usize::from(!own.0.is_all() && !own.0.is_none());
            for one in endpoints(world, source) {
                for other in endpoints(world, destination) {
                    pairs += 1;
                    assert_eq!(own, asked(&engine, &one, &other), "{name}: {source:?} => {destination:?}");
                }
            }
        }
    }
    (pairs, partly)
}

fn random_worlds(engine: For, cni: Cni) {
    let (mut pairs, mut partly) = (0, 0);
    for seed in 0..300 {
        let random = worlds::World::random(seed, engine, Size { policies: 6, flows: 0, faults: false });
        let pods: String = random.universe().manifests_text();
        let counted = compare(&world_of(&format!("{pods}{}", random.text()), cni), &random.name);
        pairs += counted.0;
        partly += counted.1;
    }
    println!("{pairs} pairs, {partly} of them let through in part");
    assert!(partly > 200, "only {partly} of {pairs} pairs say something about ports");
}

#[test]
fn every_pair_is_what_the_engine_says_upstream() {
    random_worlds(For::Upstream, Cni::Upstream);
}

#[test]
fn every_pair_is_what_the_engine_says_in_cilium() {
    random_worlds(For::Cilium, Cni::Cilium);
}

/// A pod of the namespace `shop`, with an owner perhaps.
fn pod(name: &str, label: &str, owner: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: shop\n  labels: {{app: {label}}}\n{owner}spec:\n  containers:\n  - name: main\n    image: x\n    ports:\n    - {{name: web, containerPort: 8080}}\n"
    )
}

const OWNED: &str =
    "  ownerReferences:\n  - {apiVersion: apps/v1, kind: ReplicaSet, name: front-7d4, uid: x, controller: true}\n";

/// Lets traffic to the pods of a label in from nobody.
fn isolate(label: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: isolate, namespace: shop}}\nspec:\n  podSelector: {{matchLabels: {{app: {label}}}}}\n  policyTypes: [Ingress]\n"
    )
}

#[test]
fn pods_go_by_the_name_of_their_owner() {
    let two = [pod("front-a", "front", OWNED), pod("front-b", "other", OWNED), pod("db", "db", "")].concat();
    let all = "All Connections";
    assert_eq!(
        inside(&two),
        [
            format!("shop/db[Pod] => shop/front-7d4[ReplicaSet] : {all}"),
            format!("shop/front-7d4[ReplicaSet] => shop/db[Pod] : {all}")
        ]
    );
}

#[test]
fn pods_of_one_owner_that_policies_tell_apart_go_by_their_own() {
    let two = [pod("front-a", "front", OWNED), pod("front-b", "other", OWNED), pod("db", "db", ""), isolate("other")];
    assert_eq!(
        inside(&two.concat()),
        [
            "shop/db[Pod] => shop/front-a[Pod] : All Connections",
            "shop/front-a[Pod] => shop/db[Pod] : All Connections",
            "shop/front-b[Pod] => shop/db[Pod] : All Connections",
            "shop/front-b[Pod] => shop/front-a[Pod] : All Connections",
        ]
    );
}

const SERVICE: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: front, namespace: shop}\nspec:\n  selector: {app: front}\n  ports:\n  - {name: http, port: 80, targetPort: web}\n  - {name: admin, port: 81, targetPort: 9000}\n  - {name: dns, port: 53, protocol: UDP}\n";

fn ingress(port: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: front, namespace: shop}}\nspec:\n  rules:\n  - http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend: {{service: {{name: front, port: {port}}}}}\n"
    )
}

fn route(port: &str) -> String {
    format!(
        "---\napiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {{name: front, namespace: shop}}\nspec:\n  to: {{kind: Service, name: front}}\n{port}"
    )
}

/// What the controller may reach, behind a Service, through some object.
fn from_controller(object: &str) -> Vec<String> {
    lines(&[&pod("front", "front", ""), SERVICE, object].concat())
        .iter()
        .filter_map(|line| Some(line.strip_prefix("{ingress-controller} => shop/front[Pod] : ")?.to_owned()))
        .collect()
}

#[test]
fn ingress_objects_lead_to_the_ports_behind_a_service() {
    assert_eq!(from_controller(&ingress("{number: 80}")), ["TCP 8080"]);
    assert_eq!(from_controller(&ingress("{name: admin}")), ["TCP 9000"]);
    assert!(from_controller(&ingress("{number: 8080}")).is_empty(), "that is a port of the pod");
    assert!(from_controller(&ingress("{name: dns}")).is_empty(), "HTTP is not sent over UDP");
    assert!(from_controller(&ingress("{number: 80}").replace("name: front, port", "name: gone, port")).is_empty());
    let default = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: front, namespace: shop}\nspec:\n  defaultBackend: {service: {name: front, port: {number: 81}}}\n";
    assert_eq!(from_controller(default), ["TCP 9000"]);
}

#[test]
fn routes_lead_to_the_ports_of_the_pods() {
    assert_eq!(from_controller(&route("")), ["TCP 8080,9000"]);
    assert_eq!(from_controller(&route("  port: {targetPort: http}\n")), ["TCP 8080"]);
    assert_eq!(from_controller(&route("  port: {targetPort: 9000}\n")), ["TCP 9000"]);
    assert!(from_controller(&route("  port: {targetPort: 81}\n")).is_empty(), "that is a port of the Service");
    let other = route("").replace("kind: Service, name: front", "kind: Service, name: gone");
    let alternate = format!("{other}  alternateBackends:\n  - {{kind: Service, name: front}}\n");
    assert_eq!(from_controller(&alternate), ["TCP 8080,9000"]);
}

#[test]
fn policies_hold_for_the_ingress_controller_too() {
    let blocked = [ingress("{number: 80}"), isolate("front")].concat();
    assert!(from_controller(&blocked).is_empty());
    let from = |peer: &str| format!("{}  ingress:\n  - from: [{peer}]\n", isolate("front"));
    let anywhere = [ingress("{number: 80}"), from("{namespaceSelector: {}}")].concat();
    assert_eq!(from_controller(&anywhere), ["TCP 8080"]);
    // It may be one of these, and may not.
    let perhaps = [ingress("{number: 80}"), from("{namespaceSelector: {matchLabels: {ingress: yes-it-is}}}")].concat();
    assert!(from_controller(&perhaps).is_empty());
    let world = world_of(&[&pod("front", "front", ""), SERVICE, &perhaps].concat(), Cni::Upstream);
    let list = Connlist::of(&Engine::new(&world));
    let unsure: Vec<&End> = list.unsure.iter().map(|&(source, _)| &list.ends[source as usize]).collect();
    assert_eq!(unsure, [&End::IngressController]);
}

#[test]
fn pods_on_the_network_of_their_node_are_listed() {
    let on_node = pod("agent", "agent", "").replace("spec:\n", "spec:\n  hostNetwork: true\n");
    let both = [on_node, pod("db", "db", ""), isolate("agent")].concat();
    assert_eq!(inside(&both), ["shop/agent[Pod] => shop/db[Pod] : All Connections"]);
}

#[test]
fn without_workloads_there_is_nothing_to_list() {
    assert!(lines(&isolate("front")).is_empty());
}
