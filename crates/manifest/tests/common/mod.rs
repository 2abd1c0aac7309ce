//! What the tests of this crate share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(clippy::expect_used, reason = "helpers of tests")]

use ringfence_manifest::{Body, Manifests, Object, Place, ProblemKind};
use ringfence_text::FileId;

pub const FILE: FileId = FileId(7);

/// Reads a text as a file.
pub fn read(text: &str) -> Manifests {
    ringfence_manifest::read(&ringfence_yaml::parse(text), FILE, 0)
}

/// The one object of a text.
pub fn one(text: &str) -> Object {
    let mut found = read(text);
    assert_eq!((found.objects.len(), found.obscured.len()), (1, 0), "{found:#?}");
    found.objects.remove(0)
}

/// The text at a place.
pub fn at(text: &str, place: Place) -> &str {
    place.span.slice(text)
}

/// The problems of an object, each as `parent: what`.
pub fn problems(object: &Object) -> Vec<String> {
    let words = |kind: &ProblemKind| match kind {
        ProblemKind::UnknownField { key, near, .. } => format!("{key} ~ {}", near.unwrap_or("-")),
        ProblemKind::WrongType { expected, found } => format!("{found}, not {expected}"),
    };
    object.problems.iter().map(|problem| format!("{}: {}", problem.parent, words(&problem.kind))).collect()
}

/// A NetworkPolicy whose spec is `spec`, indented by two.
pub fn policy(spec: &str) -> String {
    format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p}}\nspec:\n{spec}")
}

/// A CiliumNetworkPolicy whose spec is `spec`, indented by two.
pub fn cilium(spec: &str) -> String {
    format!("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p}}\nspec:\n{spec}")
}

/// The spec of a NetworkPolicy.
pub fn np(object: &Object) -> &ringfence_manifest::kinds::network_policy::NetworkPolicySpec {
    match &object.body {
        Body::NetworkPolicy(spec) => spec.get().expect("a spec"),
        other => panic!("{other:?}"),
    }
}

/// The rules of a policy of Cilium.
pub fn rules(object: &Object) -> Vec<&ringfence_manifest::kinds::cilium::Rule> {
    match &object.body {
        Body::Cilium(policy) => policy.rules().collect(),
        other => panic!("{other:?}"),
    }
}

/// The pods of a workload.
pub fn workload(object: &Object) -> &ringfence_manifest::kinds::workload::Workload {
    match &object.body {
        Body::Workload(workload) => workload,
        other => panic!("{other:?}"),
    }
}
