//! What somebody may have meant: known names a few letters away.

/// How many letters may differ, at the most.
const DISTANCE: usize = 2;
/// Of how many letters of a name one may differ.
const ONE_IN: usize = 3;
/// How many are suggested.
const MOST: usize = 3;

/// The known names nearest to one that is not known, nearest first.
pub(crate) fn nearest<'n>(wanted: &str, known: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let most = DISTANCE.min(wanted.len() / ONE_IN);
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|name| name.len().abs_diff(wanted.len()) <= most)
        .map(|name| (strsim::damerau_levenshtein(wanted, name), name))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_comes_first() {
        assert_eq!(nearest("paymnets", ["payments", "payment", "shop"]), ["payments", "payment"]);
        assert!(nearest("shop", ["payments"]).is_empty());
        assert_eq!(nearest("wbe", ["db", "web"]), ["web"]);
    }
}
