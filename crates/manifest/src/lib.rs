//! Typed, spanned views of Kubernetes objects.
//!
//! A document becomes a [`Value`]: what the API server would decode, each part with its [`Place`]. From it the views of
//! [`kinds`] are read; a field is never just "some" or "none" but one of the five states of [`Field`], because absent,
//! `null`, `[]` and `${VAR}` mean different things to the engines. What does not fit the schema becomes a [`Problem`]
//! beside a view that keeps the rest.
//!
//! Nothing here knows files, configuration, or what a policy *does*: that is `ringfence-cluster`'s.

#[macro_use]
mod view;

mod custom;
mod decode;
mod documents;
mod field;
mod fragment;
mod head;
mod kind;
pub mod kinds;
mod metadata;
mod node;
mod object;
mod origin;
mod place;
mod problem;
mod read;
pub mod schema;
mod selector;
mod tool;
mod value;

pub use documents::{Scalars, Whole, documents, settle};
pub use field::{At, Field, List};
pub use fragment::{FragmentRead, read_fragment};
pub use kind::Kind;
pub use metadata::{Metadata, OwnerReference};
pub use node::Node;
pub use object::{Body, Object};
pub use origin::{Change, Origin, Transformer};
pub use place::Place;
pub use problem::{Problem, ProblemKind};
pub use read::{Head, Manifests, Obscured, Why, read};
pub use selector::{LabelEntry, LabelSelector, Labels, Requirement};
pub use tool::Tool;
pub use value::{Data, Entry, Map, Value};
pub use view::{IntOrString, Reader, Shape, View};
