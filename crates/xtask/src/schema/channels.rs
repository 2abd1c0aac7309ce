//! The experimental and the standard release of one CRD in one table.

use std::collections::BTreeSet;

use super::flatten::Line;

/// Lists the wider channel and marks with `experimental` what the standard one lacks. Where both have a path but say
/// different things about it, both lines stand, each with its mark.
pub(super) fn merge(experimental: Vec<Line>, standard: &[Line]) -> Vec<Line> {
    let known: BTreeSet<&Line> = standard.iter().collect();
    let wide: BTreeSet<Line> = experimental.iter().cloned().collect();
    let mut left: Vec<&Line> = standard.iter().filter(|line| !wide.contains(*line)).collect();
    let mut lines = Vec::new();
    for line in experimental {
        let path = line.path.clone();
        lines.push(if known.contains(&line) { line } else { line.marked("experimental") });
        let (same, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|it| it.path == path);
        lines.extend(same.into_iter().map(|it| it.clone().marked("standard")));
        left = rest;
    }
    lines.extend(left.into_iter().map(|it| it.clone().marked("standard")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str, words: &str) -> Line {
        Line { path: path.into(), words: words.into() }
    }

    fn merged(experimental: &[(&str, &str)], standard: &[(&str, &str)]) -> Vec<String> {
        let lines = |from: &[(&str, &str)]| from.iter().map(|(path, words)| line(path, words)).collect::<Vec<_>>();
        merge(lines(experimental), &lines(standard)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_standard_lacks_is_marked() {
        let both = ("spec", "object");
        assert_eq!(
            merged(&[both, ("spec.nodes", "object")], &[both]),
            ["spec object", "spec.nodes object experimental"]
        );
    }

    #[test]
    fn where_the_channels_disagree_both_lines_stand_together() {
        let wide = [("spec.to[]", "object maxProperties=2"), ("spec.to[].pods", "object")];
        let narrow = [("spec.to[]", "object maxProperties=1"), ("spec.to[].pods", "object")];
        let lines = [
            "spec.to[] object maxProperties=2 experimental",
            "spec.to[] object maxProperties=1 standard",
            "spec.to[].pods object",
        ];
        assert_eq!(merged(&wide, &narrow), lines);
    }

    #[test]
    fn what_only_standard_has_is_kept() {
        assert_eq!(merged(&[("a", "string")], &[("a", "string"), ("b", "string")]), ["a string", "b string standard"]);
    }
}
