//! What the forms of `${…}` come to.

use ringfence_manifest::Place;

use super::parse::{Fault, Part, parse};
use crate::roots::glob::{Glob, Star};

/// The longest value that a pattern is tried on: the library tries it on every part of it.
const LONGEST: usize = 4096;

/// What is known of a variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::roots) enum Variable {
    /// Its value, and where it stands.
    Set(String, Place),
    /// Nothing sets it: it is empty.
    Unset,
    /// It may be set by something that is not here.
    Unknown,
}

/// A text with its variables filled in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::roots) struct Filled {
    /// The text. Of what is not known, `${VAR}` is left.
    pub(in crate::roots) text: String,
    /// Where the first variable in it is set.
    pub(in crate::roots) from: Option<Place>,
}

/// Fills a text in.
pub(in crate::roots) fn fill(text: &str, lookup: &dyn Fn(&str) -> Variable) -> Result<Filled, Fault> {
    let mut filled = Filled::default();
    for part in parse(text)? {
        match (value(&part, lookup, &mut filled.from), part) {
            (Some(text), _) | (None, Part::Text(text)) => filled.text.push_str(&text),
            (None, Part::Call { name, .. }) => filled.text.extend(["${", name.as_str(), "}"]),
        }
    }
    Ok(filled)
}

/// The text that a piece comes to; `None` where it is not known.
fn value(part: &Part, lookup: &dyn Fn(&str) -> Variable, from: &mut Option<Place>) -> Option<String> {
    let Part::Call { name, operator, arguments } = part else {
        let Part::Text(text) = part else { return None };
        return Some(text.clone());
    };
    let own = match lookup(name) {
        Variable::Set(text, place) => {
            from.get_or_insert(place);
            text
        }
        Variable::Unset => String::new(),
        Variable::Unknown => return None,
    };
    let arguments: Option<Vec<String>> = arguments.iter().map(|part| value(part, lookup, from)).collect();
    apply(operator, own, &arguments?)
}

/// What an operator makes of a value (`lookupFunc`): one that is not known gives the default.
fn apply(operator: &str, own: String, arguments: &[String]) -> Option<String> {
    let first = arguments.first().map_or("", String::as_str);
    let second = arguments.get(1).map_or("", String::as_str);
    Some(match (operator, arguments) {
        (",", _) => first_letter(&own, |c| c.to_lowercase().collect()),
        (",,", _) => own.to_lowercase(),
        ("^", _) => first_letter(&own, |c| c.to_uppercase().collect()),
        ("^^", _) => own.to_uppercase(),
        ("#", []) => own.len().to_string(),
        ("#" | "##" | "%" | "%%", _) if own.len() > LONGEST => return None,
        ("#", _) => trim(&own, first, Longest(false)),
        ("##", _) => trim(&own, first, Longest(true)),
        ("%", _) => reversed(&trim(&reversed(&own), &reversed(first), Longest(false))),
        ("%%", _) => reversed(&trim(&reversed(&own), &reversed(first), Longest(true))),
        (":", _) => piece(&own, first, arguments.get(1).map(String::as_str)),
        ("/#", [_, _]) if own.starts_with(first) => own.replacen(first, second, 1),
        ("/%", [_, _]) => own.strip_suffix(first).map_or(own.clone(), |start| format!("{start}{second}")),
        ("/#" | "/%", _) => own,
        ("/", _) => own.replacen(first, second, 1),
        ("//", _) => own.replace(first, second),
        _ if own.is_empty() => arguments.concat(),
        _ => own,
    })
}

fn first_letter(text: &str, change: fn(char) -> String) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}", change(first), chars.as_str()))
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

struct Longest(bool);

/// Without the shortest or longest beginning that fits a pattern, and is not empty.
fn trim(text: &str, pattern: &str, Longest(longest): Longest) -> String {
    let Some(glob) = Glob::new(pattern, Star::Anything) else { return text.to_owned() };
    let mut ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let fits = |end: &usize| glob.matches(&text[..*end]);
    let end = if longest { ends.rfind(fits) } else { ends.find(fits) };
    text[end.unwrap_or(0)..].to_owned()
}

/// Bytes from an offset on; what is no number changes nothing.
fn piece(text: &str, offset: &str, length: Option<&str>) -> String {
    let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let Ok(offset) = offset.parse::<i64>() else { return text.to_owned() };
    let start = if offset < 0 { size.saturating_add(offset).max(0) } else { offset };
    let end = match length.map(str::parse::<i64>) {
        None => size,
        Some(Err(_)) => return text.to_owned(),
        Some(Ok(length)) if length < 0 => size.saturating_add(length),
        Some(Ok(length)) => start.saturating_add(length).min(size),
    };
    let at = |byte: i64| usize::try_from(byte).unwrap_or_default();
    let bytes = text.as_bytes().get(at(start)..at(end)).unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use ringfence_text::{FileId, Span};

    use super::*;

    fn filled(text: &str) -> String {
        let lookup = |name: &str| match name {
            "A" => Variable::Set("abcABC".to_owned(), Place::new(FileId(0), Span::empty(1))),
            "P" => Variable::Set("/usr/lib/x.so".to_owned(), Place::new(FileId(0), Span::empty(2))),
            "U" => Variable::Unknown,
            _ => Variable::Unset,
        };
        fill(text, &lookup).map_or_else(|fault| format!("refused: {fault:?}"), |filled| filled.text)
    }

    /// Each as the library says; `cargo test --test flux` asks it again.
    #[test]
    fn every_form_means_what_it_means_to_flux() {
        for (text, expected) in [
            ("x ${A} y", "x abcABC y"),
            ("${N}", ""),
            ("$${A} $$A $A", "${A} $A $A"),
            ("${N:=d}${N:-e}${N:?f}${N:+g}${N=h}", "defgh"),
            ("${A:=d}", "abcABC"),
            ("${N:=a${A}b}", "aabcABCb"),
            ("${A^} ${A^^} ${A,} ${A,,}", "AbcABC ABCABC abcABC abcabc"),
            ("${#A}", "6"),
            ("${A:2} ${A:1:2} ${A:-2} ${A:1:-1} ${A:9}", "cABC bc abcABC bcAB "),
            ("${P#*/} ${P##*/} ${P%.*} ${P%%/*}", "usr/lib/x.so x.so /usr/lib/x "),
            ("${P/\\/usr/u} ${P//l/L} ${P/#\\/usr/U} ${P/%so/a}", "u/lib/x.so /usr/Lib/x.so U/lib/x.so /usr/lib/x.a"),
            ("${A-d}", "refused: Unclosed"),
            ("${}", "refused: Name"),
            ("${A b}", "refused: Unclosed"),
            ("${A:}", "refused: Bad"),
            ("${A", "refused: Unclosed"),
            ("${U} ${U:=x} ${N:=${U}}", "${U} ${U} ${N}"),
        ] {
            assert_eq!(filled(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_is_no_matter_of_the_stack() {
        let deep = format!("{}{}", "${A:=".repeat(100_000), "}".repeat(100_000));
        assert_eq!(filled(&deep), "refused: Deep");
    }
}
