//! Whether Go compiles a regular expression (V29).
//!
//! Go's RE2 and the crate `regex` have one ancestor; where they differ, the text is brought to the crate's spelling first:
//! `{` that begins no repetition is a letter to Go (`/{id}`), and so are `[`, `&` and `~` in a class. What Go refuses and
//! the crate takes (`a**`, `a{1001}`) is looked for here. What only the crate refuses, because it was built without the
//! Unicode tables or has no `\Q…\E`, `\C` and octal escapes, is taken: no policy is called refused on a guess.

/// Why Go does not compile `pattern`, in its words; `None` where it does, or where that cannot be told.
pub(super) fn fault(pattern: &str) -> Option<String> {
    let found = match scan(pattern) {
        Scanned::BeyondUs => return None,
        Scanned::Refused(why) => Some(why.to_owned()),
        Scanned::Translated(text) => regex::Regex::new(&text).err().and_then(|error| in_words_of_go(&error)),
    };
    found.map(|why| format!("error parsing regexp: {why}: `{pattern}`"))
}

enum Scanned {
    /// It uses what only Go knows.
    BeyondUs,
    /// Go refuses it.
    Refused(&'static str),
    /// The same expression for the crate.
    Translated(String),
}

fn scan(pattern: &str) -> Scanned {
    let mut text = String::with_capacity(pattern.len());
    let mut rest = pattern;
    // How many repetition operators stand behind something, a `?` that makes the one before lazy not counted; none where
    // there is nothing to repeat.
    let mut repeats = None;
    while let Some(character) = rest.chars().next() {
        let len = match character {
            '\\' => match escape(rest) {
                None => return Scanned::BeyondUs,
                Some(len) => len,
            },
            '[' => class(rest, &mut text),
            '{' => repetition(rest).unwrap_or(0),
            other => other.len_utf8(),
        };
        let (token, tail) = rest.split_at(if len == 0 { 1 } else { len });
        rest = tail;
        match character {
            '[' => repeats = Some(0),
            '{' if len == 0 => {
                text.push_str(r"\{");
                repeats = Some(0);
            }
            '*' | '+' | '?' | '{' => {
                if let Some(why) = refused_repeat(token, repeats) {
                    return Scanned::Refused(why);
                }
                repeats = Some(1);
                text.push_str(token);
                if let Some(tail) = rest.strip_prefix('?') {
                    text.push('?');
                    rest = tail;
                }
            }
            '(' if repeats_flags(rest) => return Scanned::BeyondUs,
            // What opens a group is no repetition of the bracket: `(?:`.
            '(' if rest.starts_with('?') => {
                text.push_str("(?");
                rest = &rest[1..];
                repeats = None;
            }
            '(' | '|' => {
                text.push_str(token);
                repeats = None;
            }
            _ => {
                text.push_str(token);
                repeats = Some(0);
            }
        }
    }
    Scanned::Translated(text)
}

/// The bytes of the escape at the start of `rest`; `None` where only Go knows it.
fn escape(rest: &str) -> Option<usize> {
    match rest.chars().nth(1) {
        Some('Q' | 'C' | 'p' | 'P' | '0') => None,
        // One digit would be a back reference, which neither has; two are a character to Go.
        Some('1'..='7') if rest.chars().nth(2).is_some_and(|next| next.is_digit(8)) => None,
        next => Some(1 + next.map_or(0, char::len_utf8)),
    }
}

/// Writes the class at the start of `rest` in the crate's spelling, and returns its bytes.
fn class(rest: &str, text: &mut String) -> usize {
    let mut at = 1;
    text.push('[');
    if rest[at..].starts_with('^') {
        text.push('^');
        at += 1;
    }
    // A bracket that comes first is a letter.
    if rest[at..].starts_with(']') {
        text.push_str(r"\]");
        at += 1;
    }
    while let Some(character) = rest[at..].chars().next() {
        let tail = &rest[at..];
        at += character.len_utf8();
        match character {
            ']' => {
                text.push(']');
                return at;
            }
            '\\' => {
                let escaped = tail.chars().nth(1);
                text.push('\\');
                text.extend(escaped);
                at += escaped.map_or(0, char::len_utf8);
            }
            '[' if tail.starts_with("[:") && tail.contains(":]") => {
                let len = tail.find(":]").map_or(1, |end| end + 2);
                text.push_str(&tail[..len]);
                at += len - 1;
            }
            '[' | '&' | '~' => text.extend(['\\', character]),
            other => text.push(other),
        }
    }
    at
}

/// The bytes of `{n}`, `{n,}` or `{n,m}` at the start of `rest`.
fn repetition(rest: &str) -> Option<usize> {
    let end = rest.find('}')?;
    let (least, most) = rest[1..end].split_once(',').unwrap_or((&rest[1..end], ""));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!least.is_empty() && number(least) && number(most)).then_some(end + 1)
}

/// Why a repetition operator behind `before` others cannot stand there.
fn refused_repeat(token: &str, before: Option<u32>) -> Option<&'static str> {
    let numbers: Vec<u32> = numbers(token).collect();
    let ordered = numbers.is_sorted();
    match before {
        _ if !ordered || numbers.iter().any(|&number| number > 1000) => Some("invalid repeat count"),
        None => Some("missing argument to repetition operator"),
        Some(0) => None,
        Some(_) => Some("invalid nested repetition operator"),
    }
}

/// Whether, behind an opening bracket, flags alone are repeated, as in `a(?i)+`: Go takes that.
fn repeats_flags(rest: &str) -> bool {
    let flags = rest.strip_prefix('?').and_then(|rest| rest.split_once(')'));
    flags.is_some_and(|(flags, rest)| {
        flags.bytes().all(|flag| b"imsU-".contains(&flag)) && rest.starts_with(['*', '+', '?', '{'])
    })
}

/// The numbers of a repetition.
fn numbers(token: &str) -> impl Iterator<Item = u32> {
    let parts = token.trim_matches(['{', '}']).split(',').filter(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    parts.map(|part| part.parse().unwrap_or(u32::MAX))
}

fn in_words_of_go(error: &regex::Error) -> Option<String> {
    let regex::Error::Syntax(message) = error else { return None };
    let message = message.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or(message);
    let words = match message {
        "unclosed group" => "missing closing )",
        "unopened group" => "unexpected )",
        "unclosed character class" => "missing closing ]",
        "repetition operator missing expression" => "missing argument to repetition operator",
        "incomplete escape sequence, reached end of pattern prematurely" => "trailing backslash at end of expression",
        message if message.starts_with("invalid character class range") => "invalid character class range",
        message if message.starts_with("invalid repetition count range") => "invalid repeat count",
        message if message.starts_with("look-around") => "invalid or unsupported Perl syntax",
        message
            if ["unrecognized escape", "backreferences", "invalid escape sequence"]
                .iter()
                .any(|start| message.starts_with(start)) =>
        {
            "invalid escape sequence"
        }
        // A Unicode class that the crate was built without.
        message if message.contains("Unicode") => return None,
        other => other,
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_compiles_is_taken() {
        let taken = [
            "/api/.*",
            "/{id}",
            "/{id}/x{2}",
            "/v[0-9]+",
            "GET|POST",
            "[[]",
            "[]a]",
            "[^]]",
            "[a&&b]",
            "a{,5}",
            "a{",
            r"\Qa(\E",
            r"\pL+",
            r"\p{Greek}",
            r"\101",
            "[[:alpha:]_]+",
            "a+?",
            "(?i)x",
            "(?P<n>x)",
            r"\/a\-b",
            "^$",
            "a{2,3}?",
            "",
            r"\d+\w\s",
            "(?:a|b)*",
            "a]b}",
            r"[\]x]",
            "a{1000}",
        ];
        for pattern in taken {
            assert_eq!(fault(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused_in_its_words() {
        for (pattern, why) in [
            ("/foo(", "missing closing )"),
            ("a)", "unexpected )"),
            ("[a", "missing closing ]"),
            ("*", "missing argument to repetition operator"),
            (r"\1", "invalid escape sequence"),
            ("a**", "invalid nested repetition operator"),
            ("a{1001}", "invalid repeat count"),
            ("a{3,2}", "invalid repeat count"),
            ("(?=a)", "invalid or unsupported Perl syntax"),
            ("(?<!a)", "invalid or unsupported Perl syntax"),
            (r"a\", "trailing backslash at end of expression"),
            ("[z-a]", "invalid character class range"),
            (r"\y", "invalid escape sequence"),
        ] {
            assert_eq!(fault(pattern), Some(format!("error parsing regexp: {why}: `{pattern}`")), "{pattern}");
        }
    }

    #[test]
    fn go_itself_was_asked_about_a_thousand_random_patterns() {
        let answers = include_str!("../../tests/data/go-regex.txt");
        let rows: Vec<_> = answers.lines().filter_map(|line| line.split_once('\t')).collect();
        assert_eq!(rows.len(), 1000);
        for (answer, pattern) in rows {
            let beyond = matches!(scan(pattern), Scanned::BeyondUs);
            assert_eq!(fault(pattern).is_some(), answer == "refused" && !beyond, "{answer}: {pattern}");
        }
    }
}
