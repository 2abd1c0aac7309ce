//! Findings about policies that the API server or the agent refuses.
//!
//! Who refuses what is decided in `ringfence-cluster`; here it is only told, together with what the policy would do if it
//! were accepted (design §1.1).

use std::collections::BTreeSet;

use ringfence_cluster::{Direction, Rejection, RejectionCode, Tri};
use ringfence_manifest::{Place, ProblemKind};
use ringfence_yaml::Node;

use crate::context::{Cx, PolicyRef};
use crate::wording::{count, directions, names};

/// The rejections of a policy with such codes, one for each place, in the order in which they are met.
pub(crate) fn of(policy: PolicyRef<'_>, code: impl Fn(RejectionCode) -> bool) -> Vec<&Rejection> {
    let mut seen: BTreeSet<Place> = BTreeSet::new();
    let rejections = policy.policy.rejections().iter();
    rejections.filter(|rejection| code(rejection.code) && seen.insert(rejection.place)).collect()
}

/// The reason without the words that name the policy, which our message names already, and without the examples at its
/// end, which say less than the words before them.
pub(crate) fn core(reason: &str) -> &str {
    let after = ["spec: ", "specs: ", "spec(s): "].iter().find_map(|mark| {
        let (before, rest) = reason.split_once(mark)?;
        before.starts_with("Invalid ").then_some(rest)
    });
    let core = after.unwrap_or(reason);
    core.split_once(" (e.g.").map_or(core, |(words, _)| words)
}

/// Whether a mapping is refused that has an unknown field: what it lacks is most likely that field, misspelt, and told
/// as such.
pub(crate) fn follows_from_unknown_field(policy: PolicyRef<'_>, rejection: &Rejection, cx: &Cx<'_>) -> bool {
    policy.object.problems.iter().filter(|problem| matches!(problem.kind, ProblemKind::UnknownField { .. })).any(
        |problem| {
            let around = cx.node(problem.place).and_then(Node::parent).map(|node| cx.place_of(node, problem.place));
            around.is_some_and(|around| around.span == rejection.place.span)
        },
    )
}

/// What a refused policy would do if it were accepted, as "isolates pods of 12 namespaces (`a`, `b`, `c` and 9 more) in
/// ingress". `None` where it surely isolates nobody, or nobody whose name is known.
pub(crate) fn effect(policy: PolicyRef<'_>, cx: &Cx<'_>) -> Option<String> {
    let (isolated, sides) = isolates(policy, cx);
    let sides = directions(&sides);
    let whom = match isolated.len() {
        0 => return None,
        1 => format!("pods of namespace {}", names(isolated.iter().copied())),
        many => format!("pods of {} ({})", count(many, "namespace", "namespaces"), names(isolated.iter().copied())),
    };
    Some(format!("isolates {whom} in {sides}"))
}

/// The same as a fact for the reader.
pub(crate) fn once_accepted(policy: PolicyRef<'_>, cx: &Cx<'_>) -> Option<String> {
    let effect = effect(policy, cx)?;
    Some(format!("once accepted it {effect}; today it isolates nobody and allows nothing"))
}

/// A fix that revives the policy, with what it closes: it opens only what its rules allow.
pub(crate) fn revive(what: &str, policy: PolicyRef<'_>, cx: &Cx<'_>) -> String {
    let effect = effect(policy, cx).unwrap_or_else(|| "takes effect".to_owned());
    format!("{what}: the policy is then accepted, and {effect}")
}

/// The known namespaces with pods that the policy would surely isolate, and in which directions.
fn isolates<'a>(policy: PolicyRef<'a>, cx: &Cx<'a>) -> (BTreeSet<&'a str>, Vec<Direction>) {
    let world = cx.world();
    let mut namespaces = BTreeSet::new();
    let mut sides = BTreeSet::new();
    for (id, entry) in policy.entries().filter(|(_, entry)| entry.default_deny == Tri::Yes) {
        let subjects = cx.engine().subjects(id);
        let known = subjects.sure().filter_map(|identity| world.namespace_name(world.identity(identity).namespace));
        namespaces.extend(known);
        if subjects.sure_count() > 0 {
            sides.insert(entry.direction);
        }
    }
    (namespaces, sides.into_iter().collect())
}
