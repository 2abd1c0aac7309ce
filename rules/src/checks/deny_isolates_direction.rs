//! `deny-isolates-direction`.

use ringfence_cluster::{Operator, Source, Verdict};
use ringfence_engine::Endpoint;

use crate::default_deny;
use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports deny rules of Cilium policies that cut off everything in their direction, because nothing but deny rules
    /// isolates the pods there.
    ///
    /// ## Why it matters
    /// A policy that chooses a pod isolates it in every direction it has rules for, deny rules included. "Deny the metadata
    /// service" alone therefore denies the whole world: no other traffic is allowed by anything.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: no-metadata-service, namespace: shop}
    /// spec:
    ///   endpointSelector: {}
    ///   egressDeny:
    ///     - toCIDR: [169.254.169.254/32]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: no-metadata-service, namespace: shop}
    /// spec:
    ///   enableDefaultDeny: {egress: false}
    ///   endpointSelector: {}
    ///   egressDeny:
    ///     - toCIDR: [169.254.169.254/32]
    /// ```
    ///
    /// ## References
    /// [Cilium: deny policies](https://docs.cilium.io/en/stable/security/policy/deny/)
    pub static DENY_ISOLATES_DIRECTION = "deny-isolates-direction" {
        group: Availability, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    if !policy.policy.counts() || !policy.policy.kind.is_cilium() {
        return;
    }
    let mut told: Vec<(u32, Direction)> = Vec::new();
    for (id, entry) in policy.entries() {
        let isolates = entry.verdict == Verdict::Deny && entry.default_deny.is_yes() && !entry.node;
        if isolates && !told.contains(&(entry.spec, entry.direction)) && !denies_everything(policy, entry.direction) {
            told.push((entry.spec, entry.direction));
            report(policy, id, cx);
        }
    }
}

/// Whether the policy is meant to shut the direction.
fn denies_everything(policy: PolicyRef<'_>, direction: Direction) -> bool {
    policy.entries().any(|(_, entry)| {
        let all = |kind: &PeerKind| match kind {
            PeerKind::Entity(entity) => matches!(entity, ringfence_cluster::Entity::All),
            PeerKind::Cidr { net, .. } => net.prefix_len() == 0,
            _ => false,
        };
        entry.verdict == Verdict::Deny
            && entry.direction == direction
            && (entry.l3 == L3::Anyone || entry.peers().iter().any(|peer| all(&peer.kind)))
    })
}

fn report(policy: PolicyRef<'_>, id: EntryId, cx: &mut Cx<'_>) {
    let world = cx.world();
    let entry = world.entry(id);
    let direction = entry.direction;
    let pods: Vec<IdentityId> = cx.engine().subjects(id).sure().collect();
    let cut: Vec<IdentityId> =
        pods.iter().copied().filter(|&pod| is_cut(&Endpoint::Pods(pod), direction, cx)).collect();
    let unseen = pods.is_empty() && is_cut(&any_subject(entry.subject, world), direction, cx);
    if cut.is_empty() && !unseen {
        return;
    }
    let who = if unseen { "the pods it selects".to_owned() } else { wording::pods(world, &cut) };
    let name = world.policy_text(policy.policy);
    let (verb, way) = match direction {
        Direction::Ingress => ("reaches", "in"),
        Direction::Egress => ("leaves", "out"),
    };
    let fix = entry.subject_place.and_then(|place| default_deny::switch_off(place, &[direction], cx));
    let adds = |pod: &IdentityId| {
        let applying = cx.engine().entries_selecting(*pod, direction);
        applying.iter().any(|&(id, _)| world.entry(id).allows_something())
    };
    let what = if cut.iter().any(adds) { "only what rules that do not isolate allow" } else { "nothing" };
    let message =
        format!("{what} {verb} {who}: `{name}` only denies, and with that isolates their {}", direction.as_str());
    let off = default_deny::off_text(&[direction]);
    let help = if default_deny::can_be_off(world) {
        format!("set `{off}`, so that only what is listed is denied; or add a rule that allows what is wanted")
    } else {
        "add a rule that allows what is wanted, in this policy or in one beside it".to_owned()
    };
    cx.report(entry.place, message)
        .about(policy.object)
        .here(format!("a deny rule isolates too: nothing else gets {way}"))
        .help(help)
        .fix(
            Applicability::Unsafe,
            format!(
                "deny only what is listed: everything else is open in {} for pods that no other policy isolates",
                direction.as_str()
            ),
            fix,
        );
}

/// Whether this rule reports that a pod is cut off in a direction.
pub(crate) fn is_reported(pod: IdentityId, direction: Direction, cx: &Cx<'_>) -> bool {
    let endpoint = Endpoint::Pods(pod);
    let isolation = cx.engine().isolation(&endpoint, direction);
    let unmeant = |&id: &EntryId| !denies_everything(cx.policy(cx.world().entry(id).policy), direction);
    is_cut(&endpoint, direction, cx) && isolation.by.iter().any(unmeant)
}

/// Whether an endpoint is isolated by deny rules alone, and nothing allows everything.
fn is_cut(endpoint: &Endpoint, direction: Direction, cx: &Cx<'_>) -> bool {
    let world = cx.world();
    let isolation = cx.engine().isolation(endpoint, direction);
    let applying = cx.engine().entries_applying(endpoint, direction);
    isolation.isolated.is_yes()
        && isolation.by.iter().all(|&id| world.entry(id).verdict == Verdict::Deny)
        && !applying.iter().any(|&(id, _)| world.entry(id).allows_everything())
}

/// A pod that has just the labels a selector asks for: where the input shows none that it selects.
fn any_subject(selector: SelectorId, world: &World) -> Endpoint {
    let text = |symbol| world.symbols.text(symbol);
    let labels: Vec<String> = world
        .selector(selector)
        .requirements
        .iter()
        .filter_map(|requirement| match (&requirement.operator, requirement.key.source) {
            (Operator::In(values), Source::Any | Source::K8s) => {
                Some(format!("k8s:{}={}", text(requirement.key.name), text(*values.first()?)))
            }
            (Operator::Exists, Source::Any | Source::K8s) => Some(format!("k8s:{}=", text(requirement.key.name))),
            _ => None,
        })
        .collect();
    let labels = labels.iter().map(String::as_str);
    Endpoint::Described(Box::new(ringfence_engine::Described::new(labels, world)))
}
