//! What the configuration tells the rules.

use ringfence_cluster::blueprint::LabelKeys;
use smol_str::SmolStr;

/// The part of `ringfence.yaml` that rules read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// The keys that carry meaning in this organisation.
    pub labels: LabelKeys,
    /// Which namespaces belong to which tier.
    pub tiers: Tiers,
}

/// The declared tiers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tiers {
    /// Namespaces with policies of their own, which the default deny must leave out.
    pub platform: Vec<SmolStr>,
}
