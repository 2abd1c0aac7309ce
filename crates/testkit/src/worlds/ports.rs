//! Random ports and ICMP types.

use serde_json::{Value, json};

use super::list;
use crate::dice::Dice;

const NUMBERS: [u16; 7] = [53, 80, 443, 8080, 8081, 9090, 1];
const NAMES: [&str; 6] = ["http", "metrics", "dns", "dns-tcp", "nope", "HTTP"];

pub(super) fn of_network_policy(dice: &mut Dice, faults: bool) -> Value {
    let mut port = json!({});
    if dice.percent(70) {
        port["protocol"] = (*dice.one(&["TCP", "TCP", "UDP", "SCTP"])).into();
    }
    let number = *dice.one(&NUMBERS);
    match dice.roll(10) {
        0 => {}
        1..3 => port["port"] = (*dice.one(&NAMES[..5])).into(),
        _ => port["port"] = number.into(),
    }
    if port["port"].is_number() && dice.percent(20) {
        port["endPort"] = (number + *dice.one(&[0, 5, 1000])).into();
    }
    if faults && dice.percent(2) {
        port["protocol"] = "ICMP6".into();
    }
    port
}

/// `toPorts` of an allow (with what is asked above the ports) or of a deny.
pub(super) fn to_ports(dice: &mut Dice, allow: bool, egress: bool, faults: bool) -> Value {
    match dice.roll(30) {
        0 => return json!([]),
        1 => return json!([{}]),
        2 => return json!([{"ports": []}]),
        _ => {}
    }
    list(dice, 1, 2, |dice| {
        let mut element = json!({"ports": list(dice, 1, 2, |dice| cilium(dice, faults))});
        if dice.percent(16) && allow {
            above_ports(dice, &mut element, egress, faults);
        }
        element
    })
}

fn cilium(dice: &mut Dice, faults: bool) -> Value {
    let number = *dice.one(&NUMBERS);
    let port = match dice.roll(20) {
        0..4 => (*dice.one(&NAMES)).to_owned(),
        4 => "0".to_owned(),
        5 => (*dice.one(&["010", "0120", "0x50"])).to_owned(),
        6 if faults => (*dice.one(&["", "0080", "65536", "80-90", "a-name-that-is-long", "8 0", "http-"])).to_owned(),
        _ => number.to_string(),
    };
    let mut one = json!({"port": port});
    if dice.percent(70) {
        one["protocol"] = (*dice.one(&["TCP", "TCP", "UDP", "SCTP", "ANY", "tcp"])).into();
    }
    if dice.percent(15) {
        one["endPort"] = (*dice.one(&[number.saturating_sub(1), number, number + 5, 9100, 65535])).into();
    }
    if dice.percent(3) {
        one = json!({"port": "0", "protocol": *dice.one(&["GRE", "VRRP", "esp"])});
    }
    if faults && dice.percent(1) {
        one["protocol"] = (*dice.one(&["ICMP", "HTTP"])).into();
    }
    one
}

/// L7 rules, names of servers, listeners: what may conflict with another policy.
fn above_ports(dice: &mut Dice, element: &mut Value, egress: bool, faults: bool) {
    let number = *dice.one(&["53", "80"]);
    // What is asked above ports has to fit them; where faults are wanted, it need not.
    let fitting = !faults || dice.percent(80);
    let mut set = |protocol: &str, key: &str, value: Value| {
        if fitting {
            element["ports"] = json!([{"port": number, "protocol": protocol}]);
        }
        element[key] = value;
    };
    match dice.roll(10) {
        0..3 => set("TCP", "rules", json!({"http": [{"path": "/v1/.*"}]})),
        3 => set("TCP", "rules", json!({"http": []})),
        4..7 if egress || !fitting => {
            let protocol = *dice.one(&["ANY", "UDP", "TCP"]);
            set(protocol, "rules", json!({"dns": [{"matchPattern": "*"}]}));
        }
        4..9 => set("TCP", "serverNames", json!(["api.example.com"])),
        _ if egress => set(
            "TCP",
            "listener",
            json!({"envoyConfig": {"kind": "CiliumClusterwideEnvoyConfig", "name": "c"}, "name": "l"}),
        ),
        _ => {}
    }
}

/// `icmps`. Type 0 is left out: it means every type (semantics §2.5.5), and others have it.
pub(super) fn icmps(dice: &mut Dice, faults: bool) -> Value {
    if dice.percent(6) {
        return json!([{"fields": []}]);
    }
    list(dice, 1, 2, |dice| {
        let field = |dice: &mut Dice| {
            let (family, kinds): (_, &[Value]) = if dice.percent(60) {
                ("IPv4", &[json!(8), json!("EchoRequest"), json!(3), json!("DestinationUnreachable"), json!(0)])
            } else {
                ("IPv6", &[json!(128), json!("EchoRequest"), json!(1), json!(135)])
            };
            let mut field = json!({"type": dice.one(kinds)});
            if family == "IPv6" || dice.percent(50) {
                field["family"] = family.into();
            }
            if faults && dice.percent(2) {
                field["type"] = "NoSuchType".into();
            }
            field
        };
        json!({"fields": list(dice, 1, 2, field)})
    })
}
