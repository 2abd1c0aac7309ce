//! The order of keys: numbers in them by their value, everything else by its characters, letters last.
//!
//! As `keyList` of go-yaml v2.

use std::cmp::Ordering;

/// Which of two keys comes first.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    // Nearly every pair differs at its first character, both letters.
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return a.len().cmp(&b.len()) };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => a[at].cmp(&b[at]),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let leading = leading(&a, &b, at);
            let (number, digits) = number(&a[at..], leading);
            let (other_number, other_digits) = self::number(&b[at..], leading);
            number.cmp(&other_number).then(digits.cmp(&other_digits)).then(a[at].cmp(&b[at]))
        }
    }
}

/// Whether the number that both share up to `at` makes zeros behind it count.
fn leading(a: &[char], b: &[char], at: usize) -> i64 {
    let zero = a[at] == '0' || b[at] == '0';
    let shared = a[..at].iter().rev().take_while(|c| c.is_ascii_digit());
    i64::from(zero && shared.into_iter().any(|c| *c != '0'))
}

/// The number at the start of a text, and how many digits it has.
fn number(text: &[char], leading: i64) -> (i64, usize) {
    let digits = text.iter().map_while(|c| c.to_digit(10));
    digits.fold((leading, 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit)), count + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_by_value_and_come_before_letters() {
        let sorted = ["1", "9", "10", "A", "a b", "a-9", "a-10", "a9b", "a10b", "k1", "k2", "k10", "true"];
        let mut keys = sorted;
        keys.reverse();
        keys.sort_by(|one, other| compare(one, other));
        assert_eq!(keys, sorted);
    }
}
