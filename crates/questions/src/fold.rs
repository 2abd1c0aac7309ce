//! Twins: members of a square table whose rows and columns are the same.

use std::collections::BTreeMap;

/// The classes of twins among `0..count`, each ascending, in the order of their first members.
///
/// Two are twins if everybody else sees them alike, and they see each other and themselves alike. That makes classes: where
/// one is a twin of two, these are twins as well.
pub(crate) fn twins(count: usize, look: impl Fn(usize, usize) -> u32) -> Vec<Vec<usize>> {
    let mut classes: Vec<Vec<usize>> = Vec::new();
    // Only those of equal signature need to be compared one by one.
    let mut by_signature: BTreeMap<(u32, Vec<u32>, Vec<u32>), Vec<usize>> = BTreeMap::new();
    for one in 0..count {
        let sorted = |mut looks: Vec<u32>| {
            looks.sort_unstable();
            looks
        };
        let row = sorted((0..count).map(|other| look(one, other)).collect());
        let column = sorted((0..count).map(|other| look(other, one)).collect());
        let near = by_signature.entry((look(one, one), row, column)).or_default();
        if let Some(&class) = near.iter().find(|&&class| alike(classes[class][0], one, count, &look)) {
            classes[class].push(one);
        } else {
            near.push(classes.len());
            classes.push(vec![one]);
        }
    }
    classes
}

fn alike(one: usize, other: usize, count: usize, look: &impl Fn(usize, usize) -> u32) -> bool {
    look(one, other) == look(other, one)
        && (0..count)
            .filter(|&third| third != one && third != other)
            .all(|third| look(one, third) == look(other, third) && look(third, one) == look(third, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(table: &[&str]) -> Vec<Vec<usize>> {
        twins(table.len(), |one, other| u32::from(table[one].as_bytes()[other]))
    }

    #[test]
    fn who_is_seen_alike_is_one() {
        assert_eq!(fold(&["#..", ".#.", "..#"]), [[0, 1, 2]]);
        assert_eq!(fold(&["#.+", ".#+", "..#"]), vec![vec![0, 1], vec![2]]);
    }

    #[test]
    fn who_sees_the_other_differently_is_not() {
        assert_eq!(fold(&["#+", ".#"]), [[0], [1]]);
        assert_eq!(fold(&["#.", "..".replace('.', "+").as_str()]), [[0], [1]]);
        assert_eq!(fold(&["#+..", ".#+.", "..#+", "+..#"]).len(), 4, "a ring has equal rows only up to order");
    }
}
