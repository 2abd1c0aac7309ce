//! ICMP types as ports (semantics §2.2, §2.5.5).

use ringfence_manifest::kinds::cilium::{IcmpField, IcmpRule};
use ringfence_manifest::{Field, IntOrString, List};

use crate::accept::icmp::type_number;
use crate::{L4, Parser, PortMatch, PortRule, Protocol};

/// Adds the types of `icmps` to the ports of an item.
pub(super) fn add(icmps: &Field<List<IcmpRule>>, l4: &mut L4) {
    if icmps.is_unknown() || icmps.is_invalid() {
        *l4 = L4::Unknown;
    }
    for item in icmps.items() {
        match item {
            Field::Set(rule, _) => add_fields(&rule.fields, l4),
            Field::Unknown(_) | Field::Invalid(_) => *l4 = L4::Unknown,
            _ => {}
        }
    }
}

fn add_fields(fields: &Field<List<IcmpField>>, l4: &mut L4) {
    let L4::Ports(ports) = l4 else { return };
    let readable = !fields.is_unknown() && !fields.is_invalid();
    let rules: Option<Vec<PortRule>> = fields.items().iter().map(|item| Some(field(item.get()?))).collect();
    match rules.filter(|_| readable) {
        Some(rules) => ports.extend(rules),
        None => *l4 = L4::Unknown,
    }
}

fn field(field: &IcmpField) -> PortRule {
    let protocol = match &field.family {
        Field::Set(family, _) if family == "IPv6" => Protocol::Icmpv6,
        Field::Unknown(_) | Field::Invalid(_) => Protocol::Unknown,
        _ => Protocol::Icmp,
    };
    let port = match &field.icmp_type {
        Field::Set(written, _) => number(written, protocol).map_or(PortMatch::Unknown, of_type),
        _ => PortMatch::Unknown,
    };
    PortRule { protocol, port, parser: Parser::default(), place: field.place }
}

/// Type 0 becomes "port 0", which is every type (semantics §2.5.5).
fn of_type(number: u16) -> PortMatch {
    if number == 0 { PortMatch::All } else { PortMatch::Range(number, number) }
}

fn number(written: &IntOrString, protocol: Protocol) -> Option<u16> {
    let name = match written {
        IntOrString::Int(number) => return u16::try_from(*number).ok(),
        IntOrString::Name(name) => name,
    };
    let family = match protocol {
        Protocol::Icmp => "IPv4",
        Protocol::Icmpv6 => "IPv6",
        _ => return None,
    };
    type_number(family, name).map(u16::from).or_else(|| name.parse().ok())
}
