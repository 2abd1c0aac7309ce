//! The rules: one file a rule, with its documentation and its check.
//!
//! A rule is a [`Rule`] (its name, group, grades and documentation, declared by `declare_rule!`) and a `check` function
//! that looks at one document, one object, one policy or the whole world through a [`Cx`] and reports findings. The
//! table of all rules, [`RULES`], is generated from the files of `checks/` by `cargo xtask codegen`.

#[macro_use]
mod rule;

mod added;
mod aliases;
mod area;
mod baseline;
mod bound;
mod builds;
mod checks;
mod context;
mod covered;
mod dead;
mod default_deny;
mod document;
mod draft;
mod exclusion;
mod hatch;
mod intent;
mod leaves;
mod mend;
mod moved;
mod name_label;
mod near;
mod one_sided;
mod options;
mod refusal;
mod registry;
mod root_order;
mod run;
mod schema_home;
mod split;
mod spot;
mod stale_name;
mod stranded;
mod tenants;
mod told;
mod unseen_builds;
mod wording;

pub use aliases::resolve_name;
pub use builds::Builds;
pub use context::{Cx, Scene};
pub use document::{Document, Part, Refused};
pub use options::{Options, Tiers};
pub use registry::RULES;
pub use rule::{Check, Entry, FixKind, Group, Rule};
pub use told::Told;

/// What every rule file begins with.
#[allow(unused_imports, reason = "one prelude for all, whatever each of them needs")]
mod prelude {
    pub(crate) use ringfence_cluster::{
        Direction, EntryId, IdentityId, L3, L4, NamespaceId, PeerKind, Policy, PolicyId, PolicyKind, SelectorId, Tri,
        World,
    };
    pub(crate) use ringfence_diagnostics::{Applicability, Confidence, Severity};
    pub(crate) use ringfence_manifest::{Field, Object, Place};

    pub(crate) use crate::builds::Builds;
    pub(crate) use crate::context::{Cx, ObjectRef, PolicyRef};
    pub(crate) use crate::document::Document;
}
