//! `baseline-isolates-everything`.

use crate::baseline::{Baseline, baselines};
use crate::default_deny;
use crate::exclusion::exclusions;
use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports clusterwide policies that are written to allow something to every pod ("DNS for all", "metrics from all"),
    /// and by that isolate every pod of the cluster in the same direction.
    ///
    /// ## Why it matters
    /// In Cilium a policy that chooses a pod isolates it in each direction that it has rules for. Pods that no policy was
    /// ever meant to touch, those of the platform, the DNS servers, namespaces whose hatch is open, then lose whatever is
    /// not allowed by name. An exclusion list in the default deny does not help them.
    ///
    /// A policy that allows nothing, leaves namespaces out, says `enableDefaultDeny: true` or calls itself a deny is meant
    /// to isolate and is not reported. Nor is one whose pods something else isolates anyway.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: dns-answers}
    /// spec:
    ///   endpointSelector: {}
    ///   ingress:
    ///     - fromEntities: [cluster]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: dns-answers}
    /// spec:
    ///   enableDefaultDeny: {ingress: false}
    ///   endpointSelector: {}
    ///   ingress:
    ///     - fromEntities: [cluster]
    /// ```
    ///
    /// ## References
    /// [Cilium: policy enforcement modes](https://docs.cilium.io/en/stable/security/network/policyenforcement/),
    /// [default deny](https://docs.cilium.io/en/stable/security/policy/intro/)
    pub static BASELINE_ISOLATES_EVERYTHING = "baseline-isolates-everything" {
        group: Availability, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    for baseline in baselines(cx) {
        report(&baseline, cx);
    }
}

/// A list of another policy that the baseline makes void.
struct Defeated {
    place: Place,
    policy: String,
    count: usize,
}

fn report(baseline: &Baseline<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let name = world.policy_text(baseline.policy.policy);
    let directions = wording::directions(&baseline.directions);
    let defeated = defeated(baseline, cx);
    let fix = default_deny::switch_off(baseline.subject, &baseline.directions, cx);
    let size = if baseline.workloads == 0 {
        String::new()
    } else {
        let namespaces = wording::count(baseline.shown, "namespace", "namespaces");
        format!(", in {namespaces} with {}", wording::count(baseline.workloads, "workload", "workloads"))
    };
    let message = format!("`{name}` isolates the {directions} of every pod{size}: whatever no policy allows is cut");
    let off = default_deny::off_text(&baseline.directions);
    let help = if default_deny::can_be_off(world) {
        format!("set `{off}`: then it only adds, and policies that are meant to deny isolate")
    } else {
        "leave out the namespaces that are not meant to be isolated".to_owned()
    };
    let severity = if defeated.is_empty() { Severity::Warning } else { Severity::Error };
    let mut draft = cx
        .report(baseline.subject, message)
        .about(baseline.policy.object)
        .severity(severity)
        .here("chooses every pod, those of the platform too")
        .label(world.entry(baseline.entry).place, "a rule that allows isolates as well")
        .help(help);
    for list in defeated {
        let text = format!(
            "`{}` leaves {} out, which `{name}` isolates all the same",
            list.policy,
            wording::count(list.count, "namespace", "namespaces")
        );
        draft = draft.label(list.place, text);
    }
    draft.fix(
        Applicability::Unsafe,
        format!("only add: {directions} is open again for pods that no other policy isolates"),
        fix,
    );
}

/// The exclusion lists that the baseline makes void.
fn defeated(baseline: &Baseline<'_>, cx: &Cx<'_>) -> Vec<Defeated> {
    let world = cx.world();
    let list = |list: crate::exclusion::Exclusion<'_>| {
        let entry = world.entry(list.entry);
        let policy = world.policy(entry.policy);
        // A namespace of which nothing is known is isolated as every other one.
        let isolated = |name: &&&str| {
            world
                .find_namespace(name)
                .is_none_or(|id| baseline.namespaces.contains(&id) || world.identities_of(id).next().is_none())
        };
        let count = list.names.iter().filter(isolated).count();
        let same_way = world.entries_of(policy).any(|(_, other)| baseline.directions.contains(&other.direction));
        let spot = crate::spot::spot(cx, entry.subject_place?, list.requirement)?;
        (count > 0 && same_way).then(|| Defeated {
            place: spot.values_place(),
            policy: world.policy_text(policy),
            count,
        })
    };
    exclusions(world).into_iter().filter_map(list).collect()
}
