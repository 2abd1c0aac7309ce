//! Applications and ApplicationSets of Argo CD, built as its repository server builds them.
//!
//! The facts are those of Argo CD 3: `util/kustomize/kustomize.go` for what an Application changes in a kustomization,
//! `reposerver/repository/repository.go` for what a folder is, `applicationset/` for what generators make. There is no
//! program to ask that runs without a cluster; the cases of `tests/argo` are written by hand.

mod application;
mod change;
mod directory;
mod generate;
mod home;
mod template;

use ringfence_manifest::Value;

pub(super) use application::build;
pub(super) use generate::{directories, generate};
pub(super) use home::{Home, paths};

use super::{Tool, object};

/// The group of Argo CD's objects.
pub(super) const GROUP: &str = "argoproj.io";

/// What an object of Argo CD makes, if anything.
pub(super) fn tool(value: &Value) -> Option<Tool> {
    match object::text(value, &["kind"])? {
        "Application" if object::group(value) == GROUP => Some(Tool::Application),
        "ApplicationSet" if object::group(value) == GROUP => Some(Tool::ApplicationSet),
        _ => None,
    }
}

/// The cluster that an Application names, where it is not the one that Argo CD runs in.
pub(super) fn destination(application: &Value) -> Option<&str> {
    let text = |key| object::text(application, &["spec", "destination", key]).filter(|text| !text.is_empty());
    match (text("name"), text("server")) {
        (Some("in-cluster"), _) | (None, Some("https://kubernetes.default.svc") | None) => None,
        (Some(name), _) => Some(name),
        (None, Some(server)) => Some(server.split("://").last().unwrap_or(server)),
    }
}
