//! Random NetworkPolicies.

use serde_json::{Value, json};

use super::{Cast, list, object, ports, selectors};
use crate::dice::Dice;

/// Ranges, each with holes that it may have.
pub(super) const RANGES: [(&str, &[&str]); 12] = [
    ("0.0.0.0/0", &["10.0.0.0/8", "169.254.169.254/32", "8.8.0.0/16"]),
    ("10.0.0.0/8", &["10.1.0.0/16", "10.64.3.0/24"]),
    ("10.1.2.0/24", &["10.1.2.0/30"]),
    ("10.1.2.3/24", &["10.1.2.3/32"]),
    ("8.8.8.8/32", &[]),
    ("192.168.0.0/16", &["192.168.7.8/30"]),
    ("198.51.100.0/24", &["198.51.100.8/31"]),
    ("172.31.0.0/24", &["172.31.0.10/32"]),
    ("10.200.0.0/16", &["10.200.0.4/31"]),
    ("34.0.0.0/8", &[]),
    ("::/0", &["2001:db8::/32"]),
    ("2001:db8::/32", &["2001:db8:a::/48"]),
];

pub(super) fn random(dice: &mut Dice, cast: &Cast, faults: bool, name: &str) -> Value {
    let namespaces: Vec<&String> = cast.namespaces.keys().collect();
    let namespace = (*dice.one(&namespaces)).clone();
    let mut spec = json!({"podSelector": selectors::pods(dice, faults)});
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        if dice.percent(65) {
            spec[direction] = list(dice, 0, 2, |dice| rule(dice, peers, faults));
        }
    }
    if dice.percent(60) {
        let types: [&[&str]; 4] = [&["Ingress"], &["Egress"], &["Ingress", "Egress"], &[]];
        spec["policyTypes"] = json!(dice.one(&types));
    }
    object("networking.k8s.io/v1", "NetworkPolicy", name, Some(&namespace), &spec)
}

fn rule(dice: &mut Dice, peers: &str, faults: bool) -> Value {
    let mut rule = json!({});
    if dice.percent(80) {
        rule[peers] = list(dice, 0, 2, |dice| peer(dice, faults));
    }
    if dice.percent(55) {
        rule["ports"] = list(dice, 0, 2, |dice| ports::of_network_policy(dice, faults));
    }
    rule
}

fn peer(dice: &mut Dice, faults: bool) -> Value {
    match dice.roll(10) {
        0..3 => json!({"podSelector": selectors::pods(dice, faults)}),
        3..5 => json!({"namespaceSelector": selectors::namespaces(dice, faults)}),
        5..7 => json!({
            "namespaceSelector": selectors::namespaces(dice, faults),
            "podSelector": selectors::pods(dice, faults),
        }),
        _ => json!({"ipBlock": block(dice)}),
    }
}

/// A range with some of its holes.
pub(super) fn block(dice: &mut Dice) -> Value {
    let &(cidr, holes) = dice.one(&RANGES);
    let mut block = json!({"cidr": cidr});
    if dice.percent(40) {
        block["except"] = json!(dice.some(holes, 0, 2));
    }
    block
}
