//! ICMP types (V08, V28, semantics §2.2, §2.5.5).

use ringfence_manifest::kinds::cilium::{IcmpField, IcmpRule};
use ringfence_manifest::{Field, IntOrString, List};

use super::port::MOST;
use super::refusals::{Refusals, key_of, len, place_of, text};
use crate::RejectionCode;

const IPV4: &[(&str, u8)] = &[
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

const IPV6: &[(&str, u8)] = &[
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

/// The number of a named type; every family but `IPv6` is looked up as IPv4, as the agent does.
pub(crate) fn type_number(family: &str, name: &str) -> Option<u8> {
    let table = if family == "IPv6" { IPV6 } else { IPV4 };
    table.iter().find(|(known, _)| *known == name).map(|&(_, number)| number)
}

/// What fails when the agent decodes the fields: a type that is missing or unknown in its family.
pub(super) fn decode(rules: &Field<List<IcmpRule>>, out: &mut Refusals<'_>) {
    for field in rules.values().flat_map(|rule| rule.fields.items()) {
        match field {
            Field::Set(field, _) => decode_type(field, out),
            Field::Null(at) => panics(at.value, out),
            _ => {}
        }
    }
}

fn decode_type(field: &IcmpField, out: &mut Refusals<'_>) {
    let place = place_of(&field.icmp_type, field.place);
    match &field.icmp_type {
        Field::Absent | Field::Null(_) => panics(place, out),
        Field::Set(IntOrString::Int(number), _) if i32::try_from(*number).is_err() => {
            let reason = format!("json: cannot unmarshal number {number} into Go value of type int32");
            out.add(RejectionCode::Bounds, place, reason);
        }
        Field::Set(IntOrString::Name(name), _) => {
            let Some(family) = text(&field.family) else { return };
            // A number in quotes is one, but for spellings of zero other than "0".
            let number = name == "0" || name.parse::<i64>().is_ok_and(|number| number != 0);
            if !number && type_number(family, name).is_none() {
                out.add(RejectionCode::Icmp, place, format!("ICMP type {name} not found in {family}"));
            }
        }
        _ => {}
    }
}

/// The agent follows a pointer to nothing (semantics §2.5.13).
fn panics(place: ringfence_manifest::Place, out: &mut Refusals<'_>) {
    let reason =
        "panic: runtime error: invalid memory address or nil pointer dereference (an ICMP field without a type)";
    out.add(RejectionCode::Icmp, place, reason);
}

/// Checks what is decoded.
pub(super) fn check(rule: &IcmpRule, out: &mut Refusals<'_>) {
    if len(&rule.fields).is_some_and(|len| len > MOST) {
        let reason = format!("too many types, the max is {MOST}");
        out.add(RejectionCode::Icmp, key_of(&rule.fields, rule.place), reason);
    }
    for field in rule.fields.values() {
        if let Some(family) = text(&field.family).filter(|family| !matches!(*family, "IPv4" | "IPv6" | "")) {
            let reason = format!("wrong family: {family}");
            out.add(RejectionCode::Icmp, place_of(&field.family, field.place), reason);
        }
    }
}
