//! From pairs of classes to sets of ends: what changed alike is told once.

use std::collections::BTreeMap;

use ringfence_cluster::Protocol;
use ringfence_engine::Ports;

use super::classes::Class;
use super::{Change, Shift};

/// What changed for a pair.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Detail {
    pub(super) before: Vec<(Protocol, Ports)>,
    pub(super) after: Vec<(Protocol, Ports)>,
    pub(super) shifts: Vec<Shift>,
    pub(super) causes: Vec<usize>,
}

/// Collects pairs of classes by what changed for them.
#[derive(Default)]
pub(super) struct Fold {
    by_detail: BTreeMap<Detail, BTreeMap<usize, Vec<usize>>>,
}

impl Fold {
    pub(super) fn add(&mut self, source: usize, destination: usize, detail: Detail) {
        self.by_detail.entry(detail).or_default().entry(source).or_default().push(destination);
    }

    /// Sources with the same destinations go together. `order` is the final place of each cause.
    pub(super) fn into_changes(self, classes: &[Class], order: &[usize]) -> Vec<Change> {
        let members = |ids: &[usize]| {
            let mut ends: Vec<usize> = ids.iter().flat_map(|&id| &classes[id].members).copied().collect();
            ends.sort_unstable();
            ends
        };
        let mut changes = Vec::new();
        for (detail, by_source) in self.by_detail {
            let mut by_destinations: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
            for (source, destinations) in by_source {
                by_destinations.entry(destinations).or_default().push(source);
            }
            let mut causes: Vec<usize> = detail.causes.iter().map(|&cause| order[cause]).collect();
            causes.sort_unstable();
            changes.extend(by_destinations.into_iter().map(|(destinations, sources)| Change {
                sources: members(&sources),
                destinations: members(&destinations),
                before: detail.before.clone(),
                after: detail.after.clone(),
                shifts: detail.shifts.clone(),
                causes: causes.clone(),
            }));
        }
        changes.sort_by(|one, other| {
            let key = |change: &Change| (change.causes.clone(), change.kind(), change.sources.clone());
            key(one).cmp(&key(other)).then_with(|| one.destinations.cmp(&other.destinations))
        });
        changes
    }
}
