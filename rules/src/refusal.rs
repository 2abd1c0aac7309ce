//! Findings about policies that the API server or the agent refuses.
//!
//! Who refuses what is decided in `ringfence-cluster`; here it is only told, together with what the policy would do if it
//! were accepted (design §1.1).

use std::collections::BTreeSet;

use ringfence_cluster::{Direction, Rejection, RejectionCode, Tri};
use ringfence_manifest::{Place, ProblemKind};

use crate::context::{Cx, PolicyRef};
use crate::wording::{count, directions, names};

/// The rejections of a policy with such codes, one for each place, in the order in which they are met.
pub(crate) fn of(policy: PolicyRef<'_>, code: impl Fn(RejectionCode) -> bool) -> Vec<&Rejection> {
    let mut seen: BTreeSet<Place> = BTreeSet::new();
    let rejections = policy.policy.rejections().iter();
    rejections.filter(|rejection| code(rejection.code) && seen.insert(rejection.place)).collect()
}

/// The reason without the words that name the policy, which our message names already.
pub(crate) fn core(reason: &str) -> &str {
    let after = ["spec: ", "specs: ", "spec(s): "].iter().find_map(|mark| {
        let (before, rest) = reason.split_once(mark)?;
        before.starts_with("Invalid ").then_some(rest)
    });
    after.unwrap_or(reason)
}

/// Whether a policy lacks its rules or its selector only because the key is misspelt, which is told as an unknown field.
pub(crate) fn follows_from_unknown_field(policy: PolicyRef<'_>, code: RejectionCode) -> bool {
    let lacks = matches!(code, RejectionCode::NoRules | RejectionCode::NoSelector | RejectionCode::Required);
    let at_top = |parent: &str| matches!(parent, "" | "spec" | "specs[]");
    let unknown = |kind: &ProblemKind| matches!(kind, ProblemKind::UnknownField { .. });
    lacks && policy.object.problems.iter().any(|problem| at_top(&problem.parent) && unknown(&problem.kind))
}

/// What a refused policy would do if it were accepted, as "it would isolate 12 namespaces (`a`, `b`, `c` and 9 more) in
/// ingress; now nothing of it holds". `None` where it surely isolates nobody, or nobody whose name is known.
pub(crate) fn once_accepted(policy: PolicyRef<'_>, cx: &Cx<'_>) -> Option<String> {
    let (isolated, sides) = isolates(policy, cx);
    let sides = directions(&sides);
    let whom = match isolated.len() {
        0 => return None,
        1 => format!("pods of namespace {}", names(isolated.iter().copied())),
        many => format!("pods of {} ({})", count(many, "namespace", "namespaces"), names(isolated.iter().copied())),
    };
    Some(format!("once accepted it isolates {whom} in {sides}; today it isolates nobody and allows nothing"))
}

/// The known namespaces with pods that the policy would surely isolate, and in which directions.
fn isolates<'a>(policy: PolicyRef<'a>, cx: &Cx<'a>) -> (BTreeSet<&'a str>, Vec<Direction>) {
    let world = cx.world();
    let mut namespaces = BTreeSet::new();
    let mut sides = BTreeSet::new();
    for (_, entry) in policy.entries().filter(|(_, entry)| entry.default_deny == Tri::Yes && !entry.node) {
        let selector = world.selector(entry.subject);
        for identity in &world.identities {
            if world.in_scope(entry, identity) != Tri::Yes
                || selector.matches(&identity.labels, &world.symbols) != Tri::Yes
            {
                continue;
            }
            if let Some(name) = world.namespace_name(identity.namespace) {
                namespaces.insert(name);
                sides.insert(entry.direction);
            }
        }
    }
    (namespaces, sides.into_iter().collect())
}
