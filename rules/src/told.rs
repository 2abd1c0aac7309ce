//! Selectors that are at fault because of a build: rules about builds tell it, and the others need not.

use std::collections::BTreeSet;

use ringfence_cluster::PolicyId;
use ringfence_manifest::Place;

use crate::added::emptied;
use crate::context::Cx;
use crate::stale_name::stale;
use crate::stranded::stranded;

/// What rules about builds tell.
#[derive(Debug)]
pub struct Told {
    selectors: BTreeSet<(PolicyId, Place)>,
    policies: BTreeSet<PolicyId>,
}

impl Told {
    pub(crate) fn of(cx: &Cx<'_>) -> Self {
        let emptied = emptied(cx).into_iter().map(|each| (each.policy.id, each.place));
        let stale = stale(cx).into_iter().map(|each| (each.policy.id, each.place));
        let stranded = stranded(cx).into_iter().flat_map(|line| line.policies);
        Self { selectors: emptied.chain(stale).collect(), policies: stranded.map(|(policy, ..)| policy.id).collect() }
    }

    /// Whether one of them speaks of a policy as a whole.
    pub(crate) fn has_whole(&self, policy: PolicyId) -> bool {
        self.policies.contains(&policy)
    }

    /// Whether one of them speaks of a selector, or of the whole policy.
    pub(crate) fn has(&self, policy: PolicyId, selector: Place) -> bool {
        self.has_whole(policy) || self.selectors.contains(&(policy, selector))
    }
}
