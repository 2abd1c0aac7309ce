//! CiliumCIDRGroup of `cilium.io/v2` and `v2alpha1` (semantics §7.2).

use smol_str::SmolStr;

use crate::List;

view! {
    /// The `spec` of a CiliumCIDRGroup.
    pub struct CidrGroupSpec {
        /// The ranges of the group.
        external_cidrs: List<SmolStr> = "externalCIDRs",
    }
}
