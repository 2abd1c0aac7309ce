//! What the configuration tells the rules.

use smol_str::SmolStr;

/// The part of `ringfence.yaml` that rules read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// The keys that carry meaning in this organisation.
    pub labels: LabelKeys,
    /// Which namespaces belong to which tier.
    pub tiers: Tiers,
}

/// Namespace labels with a meaning. What is not given is inferred from the policies (design §1.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LabelKeys {
    /// The key whose value names a profile.
    pub profile: Option<SmolStr>,
    /// The key whose value switches enforcement off.
    pub enforcement: Option<SmolStr>,
    /// The prefix (before the `/`) of keys that grant access to a shared resource.
    pub access: Option<SmolStr>,
}

/// The declared tiers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tiers {
    /// Namespaces with policies of their own, which the default deny must leave out.
    pub platform: Vec<SmolStr>,
}
