//! Which DNS names a `toFQDNs` or `rules.dns` selector means (semantics §5.7).

use ringfence_cluster::{DnsPattern, Tri, Version};

/// Whether a selector matches a name. Case and a trailing dot do not matter.
///
/// `version` decides about a leading `**.`: one or more labels since Cilium 1.20, one before.
pub fn dns_matches(pattern: &DnsPattern, name: &str, version: Version) -> Tri {
    match pattern {
        DnsPattern::Name(own) => (normal(own) == normal(name)).into(),
        DnsPattern::Pattern(pattern) => pattern_matches(&normal(pattern), &normal(name), version).into(),
        DnsPattern::Unknown => Tri::Unknown,
    }
}

fn normal(name: &str) -> String {
    // `*.` alone is a pattern of its own: every name.
    if name == "*." { name.into() } else { name.trim_end_matches('.').to_ascii_lowercase() }
}

fn pattern_matches(pattern: &str, name: &str, version: Version) -> bool {
    if matches!(pattern, "*" | "**" | "*.") {
        return true;
    }
    match pattern.strip_prefix("**.") {
        Some(rest) if version.at_least(1, 20) => below(rest, name),
        _ => glob(pattern.as_bytes(), name.as_bytes()),
    }
}

/// Whether `name` is one or more labels, then what `rest` matches.
fn below(rest: &str, name: &str) -> bool {
    let dots = name.match_indices('.').map(|(at, _)| at);
    dots.filter(|&at| is_labels(&name[..at])).any(|at| glob(rest.as_bytes(), &name.as_bytes()[at + 1..]))
}

fn is_labels(text: &str) -> bool {
    text.split('.').all(|label| !label.is_empty() && label.bytes().all(in_label))
}

/// Matches with `*` standing for any part of one label, by going back to the last star.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, seen));
            at += 1;
        } else if pattern.get(at) == Some(&name[seen]) {
            (at, seen) = (at + 1, seen + 1);
        } else if let Some((star_at, from)) = star.filter(|&(_, from)| in_label(name[from])) {
            star = Some((star_at, from + 1));
            (at, seen) = (star_at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

fn in_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, name: &str, version: Version) -> bool {
        dns_matches(&DnsPattern::Pattern(pattern.into()), name, version).is_yes()
    }

    #[test]
    fn a_star_stays_in_its_label() {
        let newest = Version::NEWEST;
        for (pattern, name, expected) in [
            ("*.example.com", "www.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a.b.example.com", false),
            ("w*w.example.com", "ww.example.com", true),
            ("w*w.example.com", "wide-w.example.com", true),
            ("a.*.example.com", "a.x.example.com", true),
            ("a.*.example.com", "a.x.y.example.com", false),
            ("*.*.example.com", "a.b.example.com", true),
            ("*", "a.b.example.com", true),
            ("**", "a.b.example.com", true),
            ("*.", "example.com", true),
            ("WWW.Example.com.", "www.example.COM", true),
            ("*a*b*.com", "xaxbx.com", true),
            ("*a*b*.com", "xbxax.com", false),
        ] {
            assert_eq!(matched(pattern, name, newest), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn two_leading_stars_are_labels_since_1_20() {
        let (new, old) = (Version::NEWEST, Version::new(1, 18, 10));
        for (name, on_new, on_old) in [
            ("example.com", false, false),
            ("a.example.com", true, true),
            ("a.b.example.com", true, false),
            ("a.b.example.org", false, false),
        ] {
            assert_eq!(matched("**.example.com", name, new), on_new, "{name}");
            assert_eq!(matched("**.example.com", name, old), on_old, "{name}");
        }
    }

    #[test]
    fn a_placeholder_is_unknown() {
        assert_eq!(dns_matches(&DnsPattern::Unknown, "example.com", Version::NEWEST), Tri::Unknown);
    }
}
