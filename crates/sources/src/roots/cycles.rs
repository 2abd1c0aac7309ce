//! Roots that wait for each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Id, Root};

/// Sets of roots of which each waits for every other, directly or not; one that waits for itself is a set too.
pub(super) fn find(roots: &[Root]) -> Vec<Vec<usize>> {
    let keys = roots.iter().enumerate().map(|(at, root)| ((root.cluster.as_str(), &root.id), at));
    let known: BTreeMap<(&str, &Id), usize> = keys.collect();
    let waits = |root: &Root| -> Vec<usize> {
        root.depends_on.iter().filter_map(|(_, id)| known.get(&(root.cluster.as_str(), id)).copied()).collect()
    };
    let edges: Vec<Vec<usize>> = roots.iter().map(waits).collect();
    let reach: Vec<BTreeSet<usize>> = (0..roots.len()).map(|from| reached(from, &edges)).collect();
    let mut cycles = Vec::new();
    for (at, own) in reach.iter().enumerate() {
        let cycle: Vec<usize> = own.iter().copied().filter(|other| reach[*other].contains(&at)).collect();
        // Each once: with its first root.
        if cycle.first() == Some(&at) {
            cycles.push(cycle);
        }
    }
    cycles
}

/// Everything that can be reached in at least one step.
fn reached(from: usize, edges: &[Vec<usize>]) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = edges[from].clone();
    while let Some(at) = open.pop() {
        if seen.insert(at) {
            open.extend(&edges[at]);
        }
    }
    seen
}
