//! What the API server makes of a scalar: YAML 1.1 as `sigs.k8s.io/yaml` reads it (semantics §1.1).
//!
//! `kubectl` and every Go tool of the field turn YAML into JSON with that library, which reads scalars with go-yaml v2.
//! It is neither YAML 1.1 nor 1.2: `y` and `on` are booleans, `010` is eight, `0o10` is eight too, `1_000` is a thousand,
//! `1:30` is a string, a date is a string. The table `tests/data/api-server-scalars.txt` holds its measured answers.

use std::borrow::Cow;

use crate::node::{Node, Style};

/// What a scalar is once read. The text of a string is that of the [`Scalar`](crate::Scalar).
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Resolved {
    /// Nothing: not written, `~`, `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX`.
    Uint(u64),
    /// Any other number; infinite and not-a-number included, which JSON then refuses.
    Float(f64),
    /// A string: the scalar's own text.
    Str,
    /// A string in base64, by the tag `!!binary`.
    Binary,
    /// The text does not fit its explicit tag, as in `!!int abc`: the whole file is refused.
    Invalid,
}

/// What the API server makes of a scalar node; `None` for other nodes. Aliases are not followed.
pub fn resolve(node: Node<'_>) -> Option<Resolved> {
    let scalar = node.scalar()?;
    let text = scalar.as_str();
    Some(match node.tag().map(|tag| tag.name) {
        None if scalar.style == Style::Plain => resolve_plain(text),
        None => Resolved::Str,
        Some(tag) => resolve_tagged(tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(""), text),
    })
}

/// What the API server makes of the text of a plain scalar without a tag.
pub fn resolve_plain(text: &str) -> Resolved {
    match text.bytes().next() {
        None | Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => word(text),
        Some(b'.') => special_float(text).or_else(|| float(&separated(text)?)).map_or(Resolved::Str, Resolved::Float),
        Some(b'+' | b'-' | b'0'..=b'9') => special_float(text).map_or_else(|| number(text), Resolved::Float),
        Some(_) => Resolved::Str,
    }
}

/// The string that a key becomes in JSON: `yes` is `true`, `010` is `8`. `None` where it cannot be a key: null, a number
/// above `i64::MAX`, a collection; nor is a merge key one. A key in base64 (`!!binary`),
/// which would be one, is not decoded and gives `None` too. Aliases are not followed.
pub fn key(node: Node<'_>) -> Option<Cow<'_, str>> {
    let text = node.scalar().filter(|_| !node.is_merge_key())?.as_str();
    Some(match resolve(node)? {
        Resolved::Str => Cow::Borrowed(text),
        Resolved::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Resolved::Int(value) => Cow::Owned(value.to_string()),
        Resolved::Float(value) => Cow::Owned(float_key(value)),
        Resolved::Null | Resolved::Uint(_) | Resolved::Binary | Resolved::Invalid => return None,
    })
}

fn resolve_tagged(tag: &str, text: &str) -> Resolved {
    let plain = || resolve_plain(text);
    let only = |fits: bool, value| if fits { value } else { Resolved::Invalid };
    match (tag, plain()) {
        ("null", value) => only(value == Resolved::Null, value),
        ("bool", value) => only(matches!(value, Resolved::Bool(_)), value),
        ("int", value) => only(matches!(value, Resolved::Int(_) | Resolved::Uint(_)), value),
        #[expect(clippy::cast_precision_loss, reason = "a float is what the tag asks for")]
        ("float", Resolved::Int(value)) => Resolved::Float(value as f64),
        ("float", value) => only(matches!(value, Resolved::Float(_)), value),
        ("timestamp", _) => only(is_timestamp(text), Resolved::Str),
        ("binary", _) => Resolved::Binary,
        _ => Resolved::Str,
    }
}

fn word(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        _ => Resolved::Str,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// What starts with a sign or a digit. Underscores are dropped wherever they stand.
fn number(text: &str) -> Resolved {
    let plain: Cow<'_, str> = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let signed = signed_integer(&plain).map(Resolved::Int);
    let unsigned = || magnitude(&plain).map(Resolved::Uint);
    let float = || float(&plain).map(Resolved::Float);
    signed.or_else(unsigned).or_else(float).or_else(|| binary(&plain).map(Resolved::Int)).unwrap_or(Resolved::Str)
}

fn signed_integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let value = i128::from(magnitude(digits)?);
    i64::try_from(if negative { -value } else { value }).ok()
}

/// Without the underscores, each of which must stand between two digits here.
fn separated(text: &str) -> Option<Cow<'_, str>> {
    let between = |parts: &[u8]| parts[0].is_ascii_digit() && parts[2].is_ascii_digit();
    let bytes = text.as_bytes();
    let well = !text.ends_with('_') && bytes.windows(3).all(|parts| parts[1] != b'_' || between(parts));
    well.then(|| if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) })
}

/// Digits with the prefix that names their base, without a sign.
fn magnitude(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', b'o' | b'O', ..] => (&text[2..], 8),
        [b'0', b'b' | b'B', ..] => (&text[2..], 2),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    // Rust would take a `+` here.
    if digits.starts_with('+') { None } else { u64::from_str_radix(digits, radix).ok() }
}

/// The odd one out: `0b-1` is minus one.
fn binary(text: &str) -> Option<i64> {
    i64::from_str_radix(text.strip_prefix("0b")?, 2).ok()
}

/// Decimal floats. One too large is no number, as in Go.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_shaped = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    if !shaped || !exponent_shaped {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Shortest digits in single precision, with an exponent below 1e-4 and from a million on.
fn float_key(value: f64) -> String {
    let single = value as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{single}");
    }
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// Dates as go-yaml takes them: `2006-1-2`, with a time after `T`, `t` or a space.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((&text[at..=at], &text[at + 1..]))),
        None => (text, None),
    };
    is_date(date) && time.is_none_or(|(separator, time)| is_time(time, separator != " "))
}

fn is_date(date: &str) -> bool {
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let (Some(month), Some(day)) = (field(month, 2), field(day, 2)) else { return false };
    let Some(year) = field(year, 4).filter(|_| year.len() == 4) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=length).contains(&day)
}

fn is_time(time: &str, zoned: bool) -> bool {
    let clock = if !zoned {
        time
    } else if let Some(clock) = time.strip_suffix('Z') {
        clock
    } else {
        let Some(at) = time.rfind(['+', '-']) else { return false };
        let offset = &time.as_bytes()[at + 1..];
        let shaped =
            offset.len() == 5 && offset[2] == b':' && field(&time[at + 1..at + 3], 2).is_some_and(|hours| hours <= 24);
        if !shaped || field(&time[at + 4..], 2).is_none_or(|minutes| minutes >= 60) {
            return false;
        }
        &time[..at]
    };
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let [hours, minutes, seconds] = parts[..] else { return false };
    let below = |part: &str, limit| field(part, 2).is_some_and(|value| value < limit);
    let fraction_shaped = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    below(hours, 24) && below(minutes, 60) && below(seconds, 60) && fraction_shaped
}

fn field(text: &str, longest: usize) -> Option<u32> {
    let shaped = (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    shaped.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn value(text: &str) -> Resolved {
        let tree = parse(text);
        resolve(tree.document(0).unwrap().root().unwrap()).unwrap()
    }

    #[test]
    fn words_of_yaml_1_1_are_booleans() {
        for yes in ["y", "Y", "yes", "On", "TRUE"] {
            assert_eq!(value(yes), Resolved::Bool(true), "{yes}");
        }
        assert_eq!(value("off"), Resolved::Bool(false));
        assert_eq!(value("yEs"), Resolved::Str);
        assert_eq!(value("'yes'"), Resolved::Str);
    }

    #[test]
    fn numbers_have_bases_and_underscores() {
        assert_eq!(value("010"), Resolved::Int(8));
        assert_eq!(value("0o10"), Resolved::Int(8));
        assert_eq!(value("0x1F"), Resolved::Int(31));
        assert_eq!(value("-0b11"), Resolved::Int(-3));
        assert_eq!(value("1_000"), Resolved::Int(1000));
        assert_eq!(value("08"), Resolved::Float(8.0));
        assert_eq!(value("18446744073709551615"), Resolved::Uint(u64::MAX));
        assert_eq!(value("1:30"), Resolved::Str);
    }

    #[test]
    fn explicit_tags_decide() {
        assert_eq!(value("!!str 12"), Resolved::Str);
        assert_eq!(value("!!int \"12\""), Resolved::Int(12));
        assert_eq!(value("!!float 3"), Resolved::Float(3.0));
        assert_eq!(value("!!int abc"), Resolved::Invalid);
        assert_eq!(value("! 12"), Resolved::Str);
        assert_eq!(value("!local 12"), Resolved::Str);
    }

    #[test]
    fn keys_become_strings() {
        let tree = parse("{yes: 1, 010: 2, 1e3: 3, a: 4, ~: 5, 1e30: 6}");
        let keys: Vec<_> = tree.document(0).unwrap().root().unwrap().entries().map(|entry| key(entry.key)).collect();
        let expected = [Some("true"), Some("8"), Some("1000"), Some("a"), None, Some("1e+30")];
        assert_eq!(keys.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
    }
}
