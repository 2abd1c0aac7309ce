//! ICMP types by number and name (RFC 792, RFC 4443 and others; the names are Cilium's, `pkg/policy/api/icmp.go`).

use ringfence_manifest::kinds::cilium::{IcmpField, IcmpRule};
use ringfence_manifest::{Field, IntOrString, List};

use crate::{L4, Parser, PortMatch, PortRule, Protocol};

const V4: &[(&str, u16)] = &[
    ("EchoReply", 0),
    ("DestinationUnreachable", 3),
    ("Redirect", 5),
    ("Echo", 8),
    ("EchoRequest", 8),
    ("RouterAdvertisement", 9),
    ("RouterSelection", 10),
    ("TimeExceeded", 11),
    ("ParameterProblem", 12),
    ("Timestamp", 13),
    ("TimestampReply", 14),
    ("Photuris", 40),
    ("ExtendedEchoRequest", 42),
    ("ExtendedEchoReply", 43),
];

const V6: &[(&str, u16)] = &[
    ("DestinationUnreachable", 1),
    ("PacketTooBig", 2),
    ("TimeExceeded", 3),
    ("ParameterProblem", 4),
    ("EchoRequest", 128),
    ("EchoReply", 129),
    ("MulticastListenerQuery", 130),
    ("MulticastListenerReport", 131),
    ("MulticastListenerDone", 132),
    ("RouterSolicitation", 133),
    ("RouterAdvertisement", 134),
    ("NeighborSolicitation", 135),
    ("NeighborAdvertisement", 136),
    ("RedirectMessage", 137),
    ("RouterRenumbering", 138),
    ("ICMPNodeInformationQuery", 139),
    ("ICMPNodeInformationResponse", 140),
    ("InverseNeighborDiscoverySolicitation", 141),
    ("InverseNeighborDiscoveryAdvertisement", 142),
    ("HomeAgentAddressDiscoveryRequest", 144),
    ("HomeAgentAddressDiscoveryReply", 145),
    ("MobilePrefixSolicitation", 146),
    ("MobilePrefixAdvertisement", 147),
    ("DuplicateAddressRequestCodeSuffix", 157),
    ("DuplicateAddressConfirmationCodeSuffix", 158),
    ("ExtendedEchoRequest", 160),
    ("ExtendedEchoReply", 161),
];

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
    let table = match protocol {
        Protocol::Icmp => V4,
        Protocol::Icmpv6 => V6,
        _ => return None,
    };
    let named = table.iter().find(|(known, _)| known == name).map(|&(_, number)| number);
    named.or_else(|| name.parse().ok())
}
