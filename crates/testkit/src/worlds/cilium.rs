//! Random CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies.

use serde_json::{Value, json};

use super::network_policy::{RANGES, block};
use super::{Cast, list, object, ports, selectors};
use crate::dice::Dice;

const ENTITIES: [&str; 14] = [
    "all",
    "world",
    "world-ipv4",
    "world-ipv6",
    "cluster",
    "cluster-mesh",
    "host",
    "remote-node",
    "kube-apiserver",
    "init",
    "ingress",
    "health",
    "unmanaged",
    "none",
];

const PATTERNS: [&str; 7] =
    ["*.example.com", "**.example.com", "*", "*.*.example.com", "a*.example.com", "*.com", "**"];

pub(super) fn random(dice: &mut Dice, cast: &Cast, faults: bool, kind: &str, name: &str) -> Value {
    let clusterwide = kind == "CiliumClusterwideNetworkPolicy";
    let namespaces: Vec<&String> = cast.namespaces.keys().collect();
    let namespace = (!clusterwide).then(|| dice.one(&namespaces).as_str());
    let mut policy = object("cilium.io/v2", kind, name, namespace, &rule(dice, clusterwide, faults));
    if dice.percent(12) {
        policy["specs"] = list(dice, 1, 2, |dice| rule(dice, clusterwide, faults));
        if dice.percent(50) {
            policy.as_object_mut().and_then(|policy| policy.remove("spec"));
        }
    }
    policy
}

fn rule(dice: &mut Dice, clusterwide: bool, faults: bool) -> Value {
    let mut rule = json!({});
    let node = dice.percent(if clusterwide { 10 } else { usize::from(faults) });
    if node {
        rule["nodeSelector"] = selectors::nodes(dice);
    } else {
        rule["endpointSelector"] = selectors::endpoints(dice, faults);
    }
    let mut sections: Vec<&str> = Vec::new();
    for (section, chance) in [("ingress", 55), ("ingressDeny", 16), ("egress", 55), ("egressDeny", 16)] {
        if dice.percent(chance) {
            sections.push(section);
        }
    }
    if sections.is_empty() && !(faults && dice.percent(20)) {
        sections.push(*dice.one(&["ingress", "egress"]));
    }
    for section in sections {
        let least = usize::from(!dice.percent(5));
        rule[section] = list(dice, least, 2, |dice| item(dice, section, node, faults));
    }
    if dice.percent(22) {
        rule["enableDefaultDeny"] = json!({});
        for direction in ["ingress", "egress"] {
            if dice.percent(70) {
                rule["enableDefaultDeny"][direction] = dice.percent(35).into();
            }
        }
    }
    rule
}

fn item(dice: &mut Dice, section: &str, node: bool, faults: bool) -> Value {
    let (egress, allow) = (section.starts_with("egress"), !section.ends_with("Deny"));
    let mut item = json!({});
    if dice.percent(4) {
        return item;
    }
    if dice.percent(84) {
        let (key, value) = peers(dice, egress, allow, faults);
        item[key] = value;
    }
    if dice.percent(if faults { 3 } else { 0 }) {
        let (key, value) = peers(dice, egress, allow, faults);
        item[key] = value;
    }
    if dice.percent(8) {
        item["icmps"] = ports::icmps(dice, faults);
    } else if dice.percent(60) {
        item["toPorts"] = ports::to_ports(dice, allow && !node, egress, faults);
    }
    if faults && dice.percent(1) {
        item["icmps"] = ports::icmps(dice, faults);
    }
    if allow && dice.percent(2) {
        item["authentication"] = json!({"mode": *dice.one(&["required", "disabled"])});
    }
    item
}

/// One kind of peers: its key and value.
fn peers(dice: &mut Dice, egress: bool, allow: bool, faults: bool) -> (String, Value) {
    let key = |kind: &str| format!("{}{kind}", if egress { "to" } else { "from" });
    let empty = dice.percent(5);
    let most = if empty { 0 } else { 2 };
    let least = usize::from(!empty);
    match dice.roll(100) {
        0..42 => (key("Endpoints"), list(dice, least, most, |dice| selectors::endpoints(dice, faults))),
        42..62 => (key("Entities"), list(dice, least, most, |dice| entity(dice, faults))),
        62..70 => (key("CIDR"), list(dice, least, most, |dice| cidr(dice, faults))),
        70..82 => (key("CIDRSet"), list(dice, least, most, |dice| cidr_set(dice, faults))),
        82..86 => (key("Nodes"), list(dice, least, most, selectors::nodes)),
        86..88 => (key("Groups"), json!([])),
        88..96 if egress && allow => (key("FQDNs"), list(dice, least, most, |dice| fqdn(dice, faults))),
        96..98 if egress => (key("Services"), services(dice)),
        _ => (key("Endpoints"), json!([{}])),
    }
}

fn entity(dice: &mut Dice, faults: bool) -> Value {
    if faults && dice.percent(2) { "pods".into() } else { (*dice.one(&ENTITIES)).into() }
}

fn cidr(dice: &mut Dice, faults: bool) -> Value {
    if faults && dice.percent(3) {
        return (*dice.one(&["10.0.0.0", "10.0.0.0/33", "", "fd00::/129", "ten"])).into();
    }
    dice.one(&RANGES).0.into()
}

fn cidr_set(dice: &mut Dice, faults: bool) -> Value {
    match dice.roll(20) {
        0..3 => json!({"cidrGroupRef": *dice.one(&["office", "vpn", "nope"])}),
        3..5 => {
            let pairs = [("kind", "office"), ("site", "north"), ("site", "south")];
            json!({"cidrGroupSelector": selectors::plain(dice, &pairs, false)})
        }
        5 if faults => dice
            .one(&[
                json!({}),
                json!({"cidr": "10.0.0.0/8", "cidrGroupRef": "office"}),
                json!({"cidr": "10.1.0.0/16", "except": ["10.0.0.0/8"]}),
                json!({"cidr": "10.1.0.0/16", "except": ["192.168.0.0/24"]}),
            ])
            .clone(),
        _ => block(dice),
    }
}

fn fqdn(dice: &mut Dice, faults: bool) -> Value {
    match dice.roll(20) {
        0 if faults => json!({"matchName": "a.com", "matchPattern": "*"}),
        1 if faults => json!({"matchName": *dice.one(&["*.example.com", "https://example.com"])}),
        2 => json!({}),
        3..10 => json!({"matchName": *dice.one(&["api.example.com", "API.example.com.", "example.com"])}),
        _ => json!({"matchPattern": *dice.one(&PATTERNS)}),
    }
}

/// Services that are not there: the item's peers are empty.
fn services(dice: &mut Dice) -> Value {
    dice.one(&[json!([]), json!([{"k8sService": {"serviceName": "nope", "namespace": "web"}}])]).clone()
}
