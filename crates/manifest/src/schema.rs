//! The schemas of the policy kinds as the API server holds them, each field a line (written by `cargo xtask schema`).
//!
//! A line is `path type words…`, the words being what the schema asks of the value: `required`, `enum=A|B`, `pattern=…`,
//! `maxItems=40`. A line `path @oneOf a|b` or `path @cel "rule"` is about several fields at once. A list shares the line of
//! its elements, which ends in `[]`.

use crate::Kind;

/// The table of a kind, where it is read whole.
pub const fn table(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::NetworkPolicy => include_str!("../schema/networkpolicy.txt"),
        Kind::CiliumNetworkPolicy => include_str!("../schema/ciliumnetworkpolicy.txt"),
        Kind::CiliumClusterwideNetworkPolicy => include_str!("../schema/ciliumclusterwidenetworkpolicy.txt"),
        Kind::CiliumCidrGroup => include_str!("../schema/ciliumcidrgroup.txt"),
        Kind::AdminNetworkPolicy => include_str!("../schema/adminnetworkpolicy.txt"),
        Kind::BaselineAdminNetworkPolicy => include_str!("../schema/baselineadminnetworkpolicy.txt"),
        Kind::ClusterNetworkPolicy => include_str!("../schema/clusternetworkpolicy.txt"),
        _ => return None,
    })
}
