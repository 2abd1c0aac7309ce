//! Random ClusterNetworkPolicies, AdminNetworkPolicies and BaselineAdminNetworkPolicies.

use serde_json::{Value, json};

use super::network_policy::RANGES;
use super::{Cast, For, list, object, selectors};
use crate::dice::Dice;

pub(super) fn random(dice: &mut Dice, engine: For, _: &Cast, faults: bool, kind: &str, name: &str) -> Value {
    let newer = kind == "ClusterNetworkPolicy";
    let baseline = kind == "BaselineAdminNetworkPolicy" || newer && dice.percent(40);
    let mut spec = json!({"subject": subject(dice, faults)});
    if newer {
        spec["tier"] = (if baseline { "Baseline" } else { "Admin" }).into();
    }
    if kind != "BaselineAdminNetworkPolicy" {
        spec["priority"] = (*dice.one(&[0, 1, 1, 2, 50, 1000])).into();
    }
    for direction in ["ingress", "egress"] {
        if dice.percent(65) {
            spec[direction] = list(dice, 1, 3, |dice| rule(dice, direction, newer, baseline, engine, faults));
        }
    }
    let version = if newer { "policy.networking.k8s.io/v1alpha2" } else { "policy.networking.k8s.io/v1alpha1" };
    let name = if kind == "BaselineAdminNetworkPolicy" { "default" } else { name };
    object(version, kind, name, None, &spec)
}

fn subject(dice: &mut Dice, faults: bool) -> Value {
    if dice.percent(50) {
        return json!({"namespaces": selectors::namespaces(dice, faults)});
    }
    json!({"pods": pods(dice, faults)})
}

fn pods(dice: &mut Dice, faults: bool) -> Value {
    json!({"namespaceSelector": selectors::namespaces(dice, faults), "podSelector": selectors::pods(dice, faults)})
}

fn rule(dice: &mut Dice, direction: &str, newer: bool, baseline: bool, engine: For, faults: bool) -> Value {
    let allow = if newer { "Accept" } else { "Allow" };
    let action = *dice.one(if baseline && !newer { &["allow", "Deny"] } else { &["allow", "Deny", "Pass"] });
    let action = if action == "allow" { allow } else { action };
    let mut rule = json!({"action": action});
    let egress = direction == "egress";
    rule[if egress { "to" } else { "from" }] = list(dice, 1, 2, |dice| {
        let wide = egress && dice.percent(35);
        if wide { egress_peer(dice, action == allow, engine, faults) } else { subject(dice, faults) }
    });
    if dice.percent(60) {
        if newer {
            rule["protocols"] = list(dice, 1, 2, protocol);
        } else {
            rule["ports"] = list(dice, 1, 2, port);
        }
    }
    rule
}

fn egress_peer(dice: &mut Dice, allow: bool, engine: For, faults: bool) -> Value {
    match dice.roll(10) {
        0..7 => {
            let networks = list(dice, 1, 2, |dice| dice.one(&RANGES).0.into());
            json!({"networks": networks})
        }
        7 if allow && engine == For::Cilium => {
            json!({"domainNames": [*dice.one(&["api.example.com", "*.example.com"])]})
        }
        8 if faults => json!({"nodes": selectors::nodes(dice)}),
        _ => subject(dice, faults),
    }
}

/// A port of v1alpha2.
fn protocol(dice: &mut Dice) -> Value {
    let number = *dice.one(&[53, 80, 443, 8080, 9090]);
    let kind = *dice.one(&["tcp", "tcp", "udp", "sctp"]);
    match dice.roll(10) {
        0 => json!({kind: {}}),
        1..3 => json!({"destinationNamedPort": *dice.one(&["http", "dns", "metrics", "nope"])}),
        3..5 => json!({kind: {"destinationPort": {"range": {"start": number, "end": number + *dice.one(&[1, 1000])}}}}),
        _ => json!({kind: {"destinationPort": {"number": number}}}),
    }
}

/// A port of v1alpha1.
fn port(dice: &mut Dice) -> Value {
    let number = *dice.one(&[53, 80, 443, 8080, 9090]);
    let protocol = *dice.one(&["TCP", "TCP", "UDP", "SCTP"]);
    match dice.roll(10) {
        0..2 => json!({"namedPort": *dice.one(&["http", "dns", "metrics", "nope"])}),
        2..4 => json!({"portRange": {"protocol": protocol, "start": number, "end": number + *dice.one(&[1, 1000])}}),
        _ => json!({"portNumber": {"protocol": protocol, "port": number}}),
    }
}
