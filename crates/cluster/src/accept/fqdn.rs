//! The names of `toFQDNs` and of DNS rules (V30, semantics §5.7).

use ringfence_manifest::kinds::cilium::{DnsRule, FqdnSelector};
use ringfence_manifest::{Field, Place};
use smol_str::SmolStr;

use super::refusals::{Refusals, is_given, place_of, quoted, text};
use crate::RejectionCode;

const IN_FQDNS: &str = "and ., -, _ characters";
const IN_DNS: &str = "and . and - characters";
/// The longest pattern.
const LONGEST: usize = 255;

/// Checks an element of `toFQDNs`: a name or a pattern, not both.
pub(super) fn check(selector: &FqdnSelector, out: &mut Refusals<'_>) {
    let FqdnSelector { place, match_name, match_pattern } = selector;
    if is_given(match_name) && is_given(match_pattern) {
        let reason = "only one of MatchName or MatchPattern is allowed in an FQDNSelector";
        out.add(RejectionCode::Fqdn, *place, reason);
    }
    name(match_name, *place, IN_FQDNS, out);
    pattern(match_pattern, *place, out);
}

/// Checks a DNS rule, which may have both.
pub(super) fn check_dns(rule: &DnsRule, out: &mut Refusals<'_>) {
    name(&rule.match_name, rule.place, IN_DNS, out);
    pattern(&rule.match_pattern, rule.place, out);
}

fn name(field: &Field<SmolStr>, whole: Place, allowed: &str, out: &mut Refusals<'_>) {
    if let Some(reason) = text(field).and_then(|name| name_fault(name, allowed)) {
        out.add(RejectionCode::Fqdn, place_of(field, whole), reason);
    }
}

/// What is wrong with a name in a DNS rule.
pub(super) fn dns_name_fault(name: &str) -> Option<String> {
    name_fault(name, IN_DNS)
}

fn name_fault(name: &str, allowed: &str) -> Option<String> {
    let valid = name.bytes().all(in_name);
    (!valid).then(|| format!("Invalid characters in MatchName: \"{name}\". Only 0-9, a-z, A-Z {allowed} are allowed"))
}

fn pattern(field: &Field<SmolStr>, whole: Place, out: &mut Refusals<'_>) {
    let Some(pattern) = text(field) else { return };
    let place = place_of(field, whole);
    if let Some(reason) = pattern_fault(pattern) {
        out.add(RejectionCode::Fqdn, place, reason);
    }
}

/// What is wrong with a pattern.
pub(super) fn pattern_fault(pattern: &str) -> Option<String> {
    if pattern.trim().len() > LONGEST {
        let shown = quoted(pattern);
        return Some(format!("Invalid MatchPattern: {shown}. Must be <= {LONGEST} characters long."));
    }
    let valid = pattern.bytes().all(|byte| in_name(byte) || byte == b'*');
    (!valid).then(|| {
        let allowed = "Only 0-9, a-z, A-Z and ., -, _ and * characters are allowed";
        format!("Invalid characters in MatchPattern: \"{pattern}\". {allowed}")
    })
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}
