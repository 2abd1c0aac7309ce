//! Whether the API server and the agent take a policy (semantics §3.1, §9).

use ringfence_manifest::Object;

use crate::{Dialect, Knobs, Rejection};

/// Why a policy is refused, in the order in which the checks are met; empty where it is taken.
pub fn rejections(_object: &Object, _knobs: &Knobs, _dialect: Dialect) -> Vec<Rejection> {
    Vec::new()
}
