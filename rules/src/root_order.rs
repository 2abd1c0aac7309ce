//! Which roots of a cluster are applied before which.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_manifest::Place;
use ringfence_sources::roots::{Id, Root};

/// What each root waits for.
pub(crate) struct Order {
    /// By the number of the root: what must come right before, and the line that says so where there is one.
    waits: Vec<BTreeMap<usize, Option<Place>>>,
    /// By the number of the root: everything that must come before.
    before: Vec<BTreeSet<usize>>,
}

impl Order {
    /// The order of some roots: `dependsOn`, who brings whom, and the waves of Argo CD among what one root brings.
    pub(crate) fn of(roots: &[Root]) -> Self {
        let known: BTreeMap<(&str, &Id), usize> =
            roots.iter().enumerate().map(|(at, root)| ((root.cluster.as_str(), &root.id), at)).collect();
        let mut siblings: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, root) in roots.iter().enumerate() {
            siblings.entry(root.brought_by.unwrap_or(usize::MAX)).or_default().push(at);
        }
        let waits = roots.iter().enumerate().map(|(at, root)| {
            let own = &siblings[&root.brought_by.unwrap_or(usize::MAX)];
            let earlier = own.iter().filter(|other| root.brought_by.is_some() && wave(&roots[**other]) < wave(root));
            let mut before: BTreeMap<usize, Option<Place>> = earlier.map(|other| (*other, None)).collect();
            before.extend(root.brought_by.map(|by| (by, None)));
            let named = root.depends_on.iter();
            before.extend(
                named.filter_map(|(place, id)| Some((*known.get(&(root.cluster.as_str(), id))?, Some(*place)))),
            );
            before.remove(&at);
            before
        });
        let waits: Vec<BTreeMap<usize, Option<Place>>> = waits.collect();
        let before = (0..waits.len()).map(|root| reached(root, &waits)).collect();
        Self { waits, before }
    }

    /// Everything that is applied before a root for sure.
    pub(crate) fn before(&self, root: usize) -> &BTreeSet<usize> {
        &self.before[root]
    }

    /// Everything that is applied after a root for sure.
    pub(crate) fn after(&self, root: usize) -> Vec<usize> {
        (0..self.waits.len()).filter(|&other| other != root && self.before(other).contains(&root)).collect()
    }

    /// The line of `later` that makes it wait for `earlier`, directly or not.
    pub(crate) fn line(&self, later: usize, earlier: usize) -> Option<Place> {
        let leads = |at: usize| at == earlier || self.before(at).contains(&earlier);
        self.waits[later].iter().filter(|(at, _)| leads(**at)).find_map(|(_, place)| *place)
    }
}

/// Everything that is waited for, directly or not.
fn reached(from: usize, waits: &[BTreeMap<usize, Option<Place>>]) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<usize> = waits[from].keys().copied().collect();
    while let Some(at) = open.pop() {
        if seen.insert(at) {
            open.extend(waits[at].keys());
        }
    }
    seen
}

/// The wave in which Argo CD applies an object; without one, 0.
fn wave(root: &Root) -> i64 {
    let wave = root.object.at(&["metadata", "annotations", "argocd.argoproj.io/sync-wave"]);
    wave.and_then(|wave| wave.as_str()?.parse().ok()).unwrap_or(0)
}
