//! Ports of Cilium policies: numbers in Go's notation, IANA service names, protocols (V15–V20, semantics §2.2).

use ringfence_manifest::kinds::cilium::PortProtocol;
use ringfence_manifest::{Field, List, Place};

use super::refusals::{Refusals, key_of, len, place_of, quoted, text};
use crate::{RejectionCode, Version};

/// The most ports in one element of `toPorts`, and the most ICMP types in one element of `icmps`.
pub(super) const MOST: usize = 40;

/// What is known of a port once it is checked.
pub(super) struct Checked {
    /// Whether it surely is 0: every port.
    pub(super) zero: bool,
    /// Its protocol in upper case, `ANY` where none is given; `None` where it is unknown or refused.
    pub(super) protocol: Option<String>,
}

/// The number that `strconv.ParseUint(text, 0, 16)` of Go reads: `010` is 8, `0x1F` is 31, `8_0` is 80.
///
/// # Errors
/// What Go says: `invalid syntax` or `value out of range`.
pub(crate) fn parse_uint16(text: &str) -> Result<u16, &'static str> {
    let lower = text.to_ascii_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0b") if lower.len() > 2 => (2, &lower[2..]),
        Some("0o") if lower.len() > 2 => (8, &lower[2..]),
        Some("0x") if lower.len() > 2 => (16, &lower[2..]),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if text.is_empty() {
        return Err("invalid syntax");
    }
    let mut number = 0_u32;
    for character in digits.chars().filter(|&character| character != '_') {
        let digit = character.to_digit(base).ok_or("invalid syntax")?;
        number = number * base + digit;
        if number > u32::from(u16::MAX) {
            return Err("value out of range");
        }
    }
    let number = u16::try_from(number).map_err(|_| "value out of range")?;
    if underscores_separate_digits(&lower) { Ok(number) } else { Err("invalid syntax") }
}

/// An underscore must stand between digits, or between a base prefix and a digit.
fn underscores_separate_digits(lower: &str) -> bool {
    let prefixed = lower.len() > 1 && lower.starts_with('0') && matches!(lower.as_bytes()[1], b'b' | b'o' | b'x');
    let (mut last, number) = if prefixed { ('0', &lower[2..]) } else { ('^', lower) };
    for character in number.chars() {
        if (character == '_' && last != '0') || (character != '_' && !character.is_ascii_hexdigit()) {
            return false;
        }
        last = if character == '_' { '_' } else { '0' };
    }
    last != '_'
}

/// Whether a text is an IANA service name (RFC 6335): the agent takes it for the name of a port, even `0x50`.
pub(crate) fn is_service_name(text: &str) -> bool {
    let hyphens = !text.starts_with('-') && !text.ends_with('-') && !text.contains("--");
    let characters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    text.len() <= 15 && hyphens && characters && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Says that a list of ports is too long (V15).
pub(super) fn too_many(ports: &Field<List<PortProtocol>>, whole: Place, out: &mut Refusals<'_>) {
    if len(ports).is_some_and(|len| len > MOST) {
        out.add(RejectionCode::TooManyPorts, key_of(ports, whole), format!("too many ports, the max is {MOST}"));
    }
}

/// Checks one port; `dns` is whether DNS rules stand on it.
pub(super) fn check(port: &PortProtocol, dns: bool, out: &mut Refusals<'_>) -> Checked {
    let zero = number(port, dns, out);
    Checked { zero, protocol: protocol(port, out) }
}

/// A port of which nothing is given, as `null` is read.
pub(super) fn nothing(place: Place) -> PortProtocol {
    PortProtocol { place, port: Field::Absent, end_port: Field::Absent, protocol: Field::Absent }
}

fn number(port: &PortProtocol, dns: bool, out: &mut Refusals<'_>) -> bool {
    let Some(number) = text(&port.port) else { return false };
    let place = place_of(&port.port, port.place);
    if number.is_empty() {
        // Nobody leaves the port of VRRP out who does not have these protocols on.
        let portless =
            text(&port.protocol).is_some_and(|protocol| is_extended(&protocol.to_ascii_uppercase(), out.version()));
        if !out.knobs.extended_protocols.unwrap_or(portless) {
            out.add(RejectionCode::Port, place, "port must be specified");
        }
        return false;
    }
    if is_service_name(number) {
        return false;
    }
    if number != "0" && text(&port.protocol).is_some_and(|protocol| is_extended(protocol, out.version())) {
        out.add(RejectionCode::Port, place, "port must be empty or 0");
        return false;
    }
    match parse_uint16(number) {
        Err(why) => {
            let reason = format!("unable to parse port: strconv.ParseUint: parsing {}: {why}", quoted(number));
            out.add(RejectionCode::Port, place, reason);
            false
        }
        Ok(number) => {
            if dns && port.end_port.get().is_some_and(|&end| end > i64::from(number)) {
                let place = place_of(&port.end_port, port.place);
                out.add(RejectionCode::L7, place, "DNS rules do not support port ranges");
            }
            number == 0
        }
    }
}

/// The protocols without ports, in the exact spelling: `vrrp` passes here (semantics §2.5.10).
fn is_extended(protocol: &str, version: Version) -> bool {
    let since_19 = ["VRRP", "IGMP"];
    let since_20 = ["GRE", "IPIP", "IPV6", "ESP", "AH"];
    (version.at_least(1, 19) && since_19.contains(&protocol))
        || (version.at_least(1, 20) && since_20.contains(&protocol))
}

/// Whether the agent knows a protocol, in any case.
pub(super) fn is_protocol(protocol: &str, version: Version) -> bool {
    let upper = protocol.to_ascii_uppercase();
    matches!(upper.as_str(), "TCP" | "UDP" | "SCTP" | "ANY") || is_extended(&upper, version)
}

/// What the agent says of a protocol that it does not know.
pub(super) fn invalid_protocol(protocol: &str, version: Version) -> String {
    let known = match version {
        version if version.at_least(1, 20) => "tcp | udp | sctp | vrrp | igmp | gre | ipip | ipv6 | esp | ah | any",
        version if version.at_least(1, 19) => "tcp | udp | sctp | vrrp | igmp | any",
        _ => "tcp | udp | sctp | any",
    };
    format!("invalid protocol {}, must be {{ {known} }}", quoted(&protocol.to_uppercase()))
}

fn protocol(port: &PortProtocol, out: &mut Refusals<'_>) -> Option<String> {
    let protocol = text(&port.protocol)?;
    if protocol.is_empty() {
        return Some("ANY".to_owned());
    }
    if is_protocol(protocol, out.version()) {
        return Some(protocol.to_ascii_uppercase());
    }
    let reason = invalid_protocol(protocol, out.version());
    out.add(RejectionCode::Protocol, place_of(&port.protocol, port.place), reason);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let read = [("80", 80), ("0", 0), ("010", 8), ("8_0", 80), ("0x1F", 31), ("0b11", 3), ("0o17", 15), ("0_7", 7)];
        for (text, number) in read {
            assert_eq!(parse_uint16(text), Ok(number), "{text}");
        }
        for text in ["", "0080", "-5", "+5", "80-90", "8__0", "_80", "80_", "1e3", "٣", "8 0", "0x", "ä"] {
            assert_eq!(parse_uint16(text), Err("invalid syntax"), "{text}");
        }
        for text in ["65536", "70000", "99999999999999999999", "0x10000"] {
            assert_eq!(parse_uint16(text), Err("value out of range"), "{text}");
        }
    }

    #[test]
    fn service_names_have_a_letter_and_single_inner_hyphens() {
        for name in ["http", "HTTP", "0x50", "a", "8080-a", "a-1", "abcdefghijklmno"] {
            assert!(is_service_name(name), "{name}");
        }
        for name in ["", "80", "80-90", "-a", "a-", "a--b", "a_b", "abcdefghijklmnop", "ä"] {
            assert!(!is_service_name(name), "{name}");
        }
    }
}
