//! DNS names and patterns (semantics §5.7).

use ringfence_manifest::Field;
use smol_str::SmolStr;

use crate::DnsPattern;

/// The names of one `{matchName, matchPattern}`. The engine takes one of both; a mended policy has both, each alone.
pub(super) fn patterns(name: &Field<SmolStr>, pattern: &Field<SmolStr>) -> Vec<DnsPattern> {
    [one(name, DnsPattern::Name), one(pattern, DnsPattern::Pattern)].into_iter().flatten().collect()
}

fn one(text: &Field<SmolStr>, make: fn(SmolStr) -> DnsPattern) -> Option<DnsPattern> {
    match text {
        Field::Set(text, _) => Some(make(normal(text))),
        Field::Unknown(_) | Field::Invalid(_) => Some(DnsPattern::Unknown),
        Field::Absent | Field::Null(_) => None,
    }
}

/// Lower case, without the trailing dot.
pub(super) fn normal(text: &str) -> SmolStr {
    let text = text.trim().to_ascii_lowercase();
    text.strip_suffix('.').unwrap_or(&text).into()
}
