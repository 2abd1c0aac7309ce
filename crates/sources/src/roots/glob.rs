//! Patterns with `*`, `?` and `[…]`, as Go's `path.Match` reads them.

use std::str::Chars;

/// What a star may stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Star {
    /// Any text.
    Anything,
    /// Any text without a slash.
    OneStep,
}

/// One piece of a pattern.
enum Piece {
    Star,
    One,
    Char(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// A pattern that was read.
pub(super) struct Glob {
    pieces: Vec<Piece>,
    star: Star,
}

impl Glob {
    /// Reads a pattern; `None` where it is none.
    pub(super) fn new(pattern: &str, star: Star) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut chars = pattern.chars();
        while let Some(next) = chars.next() {
            pieces.push(match next {
                '*' => Piece::Star,
                '?' => Piece::One,
                '[' => class(&mut chars)?,
                '\\' => Piece::Char(chars.next()?),
                other => Piece::Char(other),
            });
        }
        Some(Self { pieces, star })
    }

    /// Whether the whole of a text fits.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut piece) = (0, 0);
        // Where to go on once the last star takes one more: earlier stars need not take more than they did.
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() || piece < self.pieces.len() {
            match self.pieces.get(piece) {
                Some(Piece::Star) => {
                    retry = Some((at, piece));
                    piece += 1;
                    continue;
                }
                Some(own) if at < text.len() && self.fits(own, text[at]) => {
                    (at, piece) = (at + 1, piece + 1);
                    continue;
                }
                _ => {}
            }
            match retry {
                Some((from, star)) if from < text.len() && self.may_cross(text[from]) => {
                    retry = Some((from + 1, star));
                    (at, piece) = (from + 1, star + 1);
                }
                _ => return false,
            }
        }
        true
    }

    fn may_cross(&self, c: char) -> bool {
        self.star == Star::Anything || c != '/'
    }

    fn fits(&self, piece: &Piece, c: char) -> bool {
        match piece {
            Piece::Star => false,
            Piece::One => self.may_cross(c),
            Piece::Char(own) => *own == c,
            Piece::Class { negated, ranges } => {
                self.may_cross(c) && ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

/// What stands between `[` and `]`.
fn class(chars: &mut Chars<'_>) -> Option<Piece> {
    let negated = chars.as_str().starts_with('^');
    if negated {
        chars.next();
    }
    let mut ranges = Vec::new();
    while ranges.is_empty() || !chars.as_str().starts_with(']') {
        let low = class_char(chars)?;
        let high = if chars.as_str().starts_with('-') {
            chars.next();
            class_char(chars)?
        } else {
            low
        };
        ranges.push((low, high));
    }
    chars.next();
    Some(Piece::Class { negated, ranges })
}

fn class_char(chars: &mut Chars<'_>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str, star: Star) -> Option<bool> {
        Some(Glob::new(pattern, star)?.matches(text))
    }

    #[test]
    fn a_star_stops_at_a_slash_where_it_should() {
        assert_eq!(matches("apps/*", "apps/web", Star::OneStep), Some(true));
        assert_eq!(matches("apps/*", "apps/web/base", Star::OneStep), Some(false));
        assert_eq!(matches("apps/*", "apps/web/base", Star::Anything), Some(true));
        assert_eq!(matches("*/base", "web/base", Star::OneStep), Some(true));
    }

    #[test]
    fn classes_and_escapes() {
        assert_eq!(matches("[a-c]?[^x]", "bzy", Star::OneStep), Some(true));
        assert_eq!(matches("[a-c]?[^x]", "bzx", Star::OneStep), Some(false));
        assert_eq!(matches("a\\*", "a*", Star::OneStep), Some(true));
        assert_eq!(matches("a*b*c", "aXbYbZc", Star::Anything), Some(true));
        assert_eq!(matches("", "", Star::OneStep), Some(true));
    }

    #[test]
    fn broken_patterns_are_none() {
        for pattern in ["[", "[a", "[]", "[a-]", "a\\"] {
            assert_eq!(matches(pattern, "a", Star::OneStep), None, "{pattern}");
        }
    }
}
