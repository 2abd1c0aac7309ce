//! What the core schema of YAML 1.2 makes of a scalar: the reading of most libraries that are not Go's.

use crate::core11::Resolved;
use crate::node::{Node, Style};

/// What the core schema makes of a scalar node; `None` for other nodes. Aliases are not followed.
pub fn resolve(node: Node<'_>) -> Option<Resolved> {
    let scalar = node.scalar()?;
    let plain = || resolve_plain(scalar.as_str());
    Some(match node.tag().and_then(|tag| tag.name.strip_prefix("tag:yaml.org,2002:")) {
        None if node.tag().is_none() && scalar.style == Style::Plain => plain(),
        Some("null") => only(plain(), |value| value == Resolved::Null),
        Some("bool") => only(plain(), |value| matches!(value, Resolved::Bool(_))),
        Some("int") => only(plain(), |value| matches!(value, Resolved::Int(_) | Resolved::Uint(_))),
        Some("float") => match plain() {
            #[expect(clippy::cast_precision_loss, reason = "a float is what the tag asks for")]
            Resolved::Int(value) => Resolved::Float(value as f64),
            value => only(value, |value| matches!(value, Resolved::Float(_))),
        },
        _ => Resolved::Str,
    })
}

fn only(value: Resolved, fits: impl Fn(Resolved) -> bool) -> Resolved {
    if fits(value) { value } else { Resolved::Invalid }
}

/// What the core schema makes of the text of a plain scalar without a tag (YAML 1.2.2 §10.3.2).
pub fn resolve_plain(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" | "True" | "TRUE" => Resolved::Bool(true),
        "false" | "False" | "FALSE" => Resolved::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => integer(text).or_else(|| float(text)).unwrap_or(Resolved::Str),
    }
}

fn integer(text: &str) -> Option<Resolved> {
    let unsigned = |digits: &str, radix| {
        let shaped = !digits.starts_with(['+', '-']);
        shaped.then(|| u64::from_str_radix(digits, radix).ok()).flatten()
    };
    let value = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => i128::from(unsigned(digits, 16)?),
        (_, Some(digits)) => i128::from(unsigned(digits, 8)?),
        _ if text.starts_with('-') => -i128::from(unsigned(&text[1..], 10)?),
        _ => i128::from(unsigned(text.strip_prefix('+').unwrap_or(text), 10)?),
    };
    let signed = i64::try_from(value).map(Resolved::Int).ok();
    signed.or_else(|| u64::try_from(value).map(Resolved::Uint).ok())
}

fn float(text: &str) -> Option<Resolved> {
    let starts = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let shaped = starts && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    shaped.then(|| text.parse().ok().map(Resolved::Float)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_of_1_2_mean_something() {
        assert_eq!(resolve_plain("yes"), Resolved::Str);
        assert_eq!(resolve_plain("True"), Resolved::Bool(true));
        assert_eq!(resolve_plain("~"), Resolved::Null);
    }

    #[test]
    fn numbers_are_decimal_unless_they_say_so() {
        assert_eq!(resolve_plain("010"), Resolved::Int(10));
        assert_eq!(resolve_plain("0o10"), Resolved::Int(8));
        assert_eq!(resolve_plain("1_000"), Resolved::Str);
        assert_eq!(resolve_plain("1e3"), Resolved::Float(1000.0));
        assert_eq!(resolve_plain("."), Resolved::Str);
        assert_eq!(resolve_plain("-"), Resolved::Str);
        assert_eq!(resolve_plain("0x"), Resolved::Str);
    }
}
