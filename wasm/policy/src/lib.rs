//! The lint session as a WASM module with no imports and four exports.
//!
//! The module is `ringfence_lint::Session` behind bytes: whoever can run WASM can lint, and gets byte for byte what the
//! command line writes as JSON. [`Module::call`] is all there is to it; `exports.rs` hands it to a host.
//!
//! | op | input | answer |
//! |---|---|---|
//! | 1 configure | `{"text": …}`: the text of a `ringfence.yaml` | `{}` |
//! | 2 put | `{"path": …, "text": …}` | `{}` |
//! | 3 drop | `{"path": …}` | `{}` |
//! | 4 lint | nothing, or `{}` | the report, as `docs/schema/findings.schema.json` describes it |
//!
//! Whatever is wrong with the call is answered with `{"error": …}`, where it helps with `help` and with `start` and `end`,
//! the bytes of the configuration at fault; the session then is as it was before.

mod answer;
#[cfg(target_arch = "wasm32")]
mod exports;
mod memory;
mod module;

pub use memory::Memory;
pub use module::{ABI, Module, Op};
