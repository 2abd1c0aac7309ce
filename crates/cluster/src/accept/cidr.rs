//! Address ranges as the agent and the API server read them (V13, V14, semantics §7.2).

use std::net::IpAddr;

use ringfence_manifest::kinds::cilium::CidrRule;
use ringfence_manifest::{Field, List, Place};
use smol_str::SmolStr;

use super::refusals::{Refusals, place_of, quoted, text};
use super::selector::{self, Keys};
use crate::RejectionCode;

/// A range: an address and how many of its first bits count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Prefix {
    address: IpAddr,
    bits: u8,
}

impl Prefix {
    /// Whether `other` lies inside: the same family, no wider, and its address in the range.
    pub(super) fn contains(self, other: Self) -> bool {
        let family = self.address.is_ipv4() == other.address.is_ipv4();
        family && self.bits <= other.bits && self.network() == Self { bits: self.bits, ..other }.network()
    }

    /// Whether `other` lies inside and is narrower, as the API server asks of the holes of a NetworkPolicy.
    pub(super) fn strictly_contains(self, other: Self) -> bool {
        self.bits < other.bits && self.contains(other)
    }

    /// The bits that count.
    fn network(self) -> u128 {
        let (bits, width) = match self.address {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let dropped = u32::from(width - self.bits);
        bits.checked_shr(dropped).unwrap_or(0)
    }
}

/// Reads `address/bits` as `netip.ParsePrefix` of Go does.
///
/// # Errors
/// What Go says.
pub(super) fn parse_prefix(text: &str) -> Result<Prefix, String> {
    let wrong = |why: &str| format!("netip.ParsePrefix({}): {why}", quoted(text));
    let (address, bits) = text.rsplit_once('/').ok_or_else(|| wrong("no '/'"))?;
    let address = parse_address(address).map_err(|why| wrong(&why))?;
    let canonical = bits == "0" || (!bits.starts_with('0') && bits.bytes().all(|byte| byte.is_ascii_digit()));
    if bits.is_empty() || !canonical || bits.len() > 3 {
        return Err(wrong(&format!("bad bits after slash: {}", quoted(bits))));
    }
    let width = if address.is_ipv4() { 32 } else { 128 };
    match bits.parse::<u8>() {
        Ok(bits) if bits <= width => Ok(Prefix { address, bits }),
        _ => Err(wrong("prefix length out of range")),
    }
}

/// Reads an address without a zone, as `netip.ParseAddr` of Go does.
fn parse_address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| {
        let why = match text.chars().find(|character| ".:%".contains(*character)) {
            None => "unable to parse IP".to_owned(),
            Some('%') => "missing IPv6 address".to_owned(),
            Some('.') => no_ipv4(text),
            Some(_) if text.contains('%') => "IPv6 zones cannot be present in a prefix".to_owned(),
            Some(_) => no_ipv6(text),
        };
        format!("ParseAddr({}): {why}", quoted(text))
    })
}

/// Why a text with a dot is no IPv4 address, in the words and with the first reason of Go.
fn no_ipv4(text: &str) -> String {
    let (mut fields, mut digits, mut value) = (0, 0, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' if digits == 1 && value == 0 => return "IPv4 field has octet with leading zero".to_owned(),
            b'0'..=b'9' => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if value > 255 {
                    return "IPv4 field has value >255".to_owned();
                }
            }
            b'.' if digits == 0 || at + 1 == text.len() => {
                return format!("IPv4 field must have at least one digit (at {})", quoted(&text[at..]));
            }
            b'.' if fields == 3 => return "IPv4 address too long".to_owned(),
            b'.' => (fields, digits, value) = (fields + 1, 0, 0),
            _ => {
                let rest = text.get(at..).unwrap_or_default();
                return format!("unexpected character (at {})", quoted(rest));
            }
        }
    }
    "IPv4 address too short".to_owned()
}

/// Why a text with colons is no IPv6 address, in the words and with the first reason of Go.
fn no_ipv6(text: &str) -> String {
    let at = |why: &str, rest: &str| format!("{why} (at {})", quoted(rest));
    let (mut rest, mut groups, mut gap) = (text, 0, false);
    if let Some(after) = text.strip_prefix("::") {
        (rest, gap) = (after, true);
    }
    while groups < 8 && !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let after = &rest[digits..];
        if digits > 4 {
            return at("each group must have 4 or less digits", rest);
        } else if digits == 0 {
            return at("each colon-separated field must have at least one digit", rest);
        } else if after.starts_with('.') {
            return no_ipv4(rest);
        } else if after == ":" {
            return at("colon must be followed by more characters", after);
        }
        groups += 1;
        rest = match after.strip_prefix(':') {
            Some(next) => next,
            None if after.is_empty() => after,
            None => return at("unexpected character, want colon", after),
        };
        if let Some(next) = rest.strip_prefix(':').filter(|_| !after.is_empty()) {
            if gap {
                return at("multiple :: in address", rest);
            }
            (rest, gap) = (next, true);
        }
    }
    match (rest.is_empty(), groups < 8) {
        (false, _) => "trailing garbage after address".to_owned(),
        (true, true) => "address string too short".to_owned(),
        (true, false) => "the :: must expand to at least one field of zeros".to_owned(),
    }
}

/// Reads `address/bits` as the API server does: leading zeros are dropped (`010.0.0.0/8` is `10.0.0.0/8`).
pub(super) fn parse_sloppy(text: &str) -> Option<Prefix> {
    let (address, bits) = text.split_once('/')?;
    let fields = address.split('.').map(|field| if field.len() > 1 { field.trim_start_matches('0') } else { field });
    let fields = fields.map(|field| if field.is_empty() { "0" } else { field }).collect::<Vec<_>>().join(".");
    let address: IpAddr = if address.contains(':') { address.parse().ok()? } else { fields.parse().ok()? };
    let width = if address.is_ipv4() { 32 } else { 128 };
    let digits = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
    let bits: u8 = bits.parse().ok().filter(|&bits| digits && bits <= width)?;
    Some(Prefix { address, bits })
}

/// Checks an element of `fromCIDR` or `toCIDR` (V13).
pub(super) fn check(cidr: &str, place: Place, out: &mut Refusals<'_>) {
    if cidr.is_empty() {
        out.add(RejectionCode::Cidr, place, "IP must be specified");
        return;
    }
    let Err(not_a_prefix) = parse_prefix(cidr) else { return };
    // A single address has been refused since 1.21.
    let why = if out.version().at_least(1, 21) {
        not_a_prefix
    } else {
        match parse_address(cidr) {
            Ok(_) => return,
            Err(why) => why,
        }
    };
    out.add(RejectionCode::Cidr, place, format!("unable to parse CIDR: {why}"));
}

/// Checks an element of `fromCIDRSet` or `toCIDRSet` (V14).
pub(super) fn check_rule(rule: &CidrRule, out: &mut Refusals<'_>) {
    if let Some(selector) = rule.cidr_group_selector.get() {
        let keys = Keys::CidrGroup(out.version());
        selector::check(selector, keys, "failed to sanitize cidrGroupSelector: invalid label selector: ", None, out);
    }
    let (Some(cidr), Some(group)) = (text(&rule.cidr), text(&rule.cidr_group_ref)) else { return };
    if rule.cidr_group_selector.is_unknown() || rule.cidr_group_selector.is_invalid() {
        return;
    }
    let by_labels = out.selector_given(&rule.cidr_group_selector);
    let by_group = !group.is_empty() || by_labels;
    let count = [!cidr.is_empty(), !group.is_empty(), by_labels];
    match count.into_iter().filter(|given| *given).count() {
        0 => {
            let reason = "one of cidr, cidrGroupRef, or cidrGroupSelector is required";
            out.add(RejectionCode::CidrSetOneOf, rule.place, reason);
        }
        1 if by_group => {
            for (_, text, place) in holes(&rule.except, rule.place) {
                if let Some(why) = panic_of(text) {
                    out.add(RejectionCode::Except, place, why);
                }
            }
        }
        1 => range_and_holes(cidr, rule, out),
        _ => {
            let reason = "more than one of cidr, cidrGroupRef, or cidrGroupSelector may not be set";
            out.add(RejectionCode::CidrSetOneOf, rule.place, reason);
        }
    }
}

fn range_and_holes(cidr: &str, rule: &CidrRule, out: &mut Refusals<'_>) {
    let prefix = match parse_prefix(cidr) {
        Ok(prefix) => prefix,
        Err(why) => {
            let reason = format!("unable to parse CIDRRule {}: {why}", quoted(cidr));
            out.add(RejectionCode::Cidr, place_of(&rule.cidr, rule.place), reason);
            return;
        }
    };
    for (hole, text, place) in holes(&rule.except, rule.place) {
        match hole {
            Err(why) => out.add(RejectionCode::Except, place, why),
            Ok(hole) if !inside(prefix, hole, out) => {
                let reason = format!("allow CIDR prefix {cidr} does not contain exclude CIDR prefix {text}");
                out.add(RejectionCode::Except, place, reason);
            }
            Ok(_) => {}
        }
    }
}

/// Until 1.19 the agent asked only whether the hole's address is in the range.
fn inside(prefix: Prefix, hole: Prefix, out: &Refusals<'_>) -> bool {
    if out.version().at_least(1, 20) {
        prefix.contains(hole)
    } else {
        let width = if hole.address.is_ipv4() { 32 } else { 128 };
        prefix.contains(Prefix { bits: width, ..hole })
    }
}

/// How the agent panics at a range that nobody checked before, if it does: it takes prefixes and single addresses.
pub(super) fn panic_of(range: &str) -> Option<String> {
    let known = parse_prefix(range).is_ok() || parse_address(range).is_ok();
    let why = || parse_address(range).err().unwrap_or_default();
    (!known).then(|| format!("panic: {} is not an IP address: {}", quoted(range), why()))
}

/// The holes that are known: each as read, its text and its place.
pub(super) fn holes(
    except: &Field<List<SmolStr>>,
    whole: Place,
) -> impl Iterator<Item = (Result<Prefix, String>, &str, Place)> {
    let known = except.items().iter().filter_map(move |item| Some((text(item)?, place_of(item, whole))));
    known.map(|(text, place)| (parse_prefix(text), text, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_read_as_go_reads_them() {
        for text in
            ["10.0.0.0/8", "10.1.2.3/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "::ffff:1.2.3.4/120", "1.2.3.4/32"]
        {
            assert!(parse_prefix(text).is_ok(), "{text}");
        }
        let wrong =
            ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0/8", "010.0.0.0/8"];
        for text in wrong.into_iter().chain(["::/129", "fe80::1%eth0/64", "a/8", "10.0.0.0/8/8", "256.0.0.0/8"]) {
            assert!(parse_prefix(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_prefix_contains_what_is_inside_and_of_its_family() {
        let prefix = |text: &str| parse_prefix(text).unwrap();
        for (range, inside, yes) in [
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.0.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "11.0.0.0/16", false),
            ("0.0.0.0/0", "8.8.8.8/32", true),
            ("0.0.0.0/0", "2001:db8::/32", false),
            ("::/0", "10.0.0.0/8", false),
            ("2001:db8::/32", "2001:db8:a::/48", true),
        ] {
            assert_eq!(prefix(range).contains(prefix(inside)), yes, "{range} {inside}");
        }
        assert!(!prefix("10.0.0.0/8").strictly_contains(prefix("10.0.0.0/8")));
        assert!(prefix("10.0.0.0/8").strictly_contains(prefix("10.0.0.0/9")));
    }

    #[test]
    fn the_api_server_drops_leading_zeros_and_wants_a_length() {
        for (text, yes) in
            [("010.0.0.0/8", true), ("10.0.0.0/08", true), ("8.8.8.8", false), ("a/8", false), ("::/0", true)]
        {
            assert_eq!(parse_sloppy(text).is_some(), yes, "{text}");
        }
        assert_eq!(parse_sloppy("00.0.0.0/0"), parse_sloppy("0.0.0.0/0"));
    }
}
