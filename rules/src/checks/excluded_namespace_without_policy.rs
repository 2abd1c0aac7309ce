//! `excluded-namespace-without-policy`.

use ringfence_engine::{Endpoint, Engine};

use crate::exclusion::{Exclusion, exclusions};
use crate::prelude::*;
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Notes namespaces that a default deny leaves out and that nothing else isolates, in either direction. Only
    /// namespaces whose pods are all among the files are looked at.
    ///
    /// ## Why it matters
    /// A namespace is left out because it keeps itself, by policies of its own. Without them leaving out means allowing
    /// everything, just where the platform runs.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: deny-by-default}
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - {key: io.kubernetes.pod.namespace, operator: NotIn, values: [kube-system, storage]}
    ///   ingress: [{fromEntities: [none]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: storage}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: disks, namespace: storage, labels: {app: disks}}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: deny-by-default}
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - {key: io.kubernetes.pod.namespace, operator: NotIn, values: [kube-system, storage]}
    ///   ingress: [{fromEntities: [none]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: storage}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: disks, namespace: storage, labels: {app: disks}}
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: disks, namespace: storage}
    /// spec:
    ///   endpointSelector: {}
    ///   ingress: [{fromEntities: [host]}]
    /// ```
    ///
    /// ## References
    /// [Cilium: policy enforcement modes](https://docs.cilium.io/en/stable/security/network/policyenforcement/)
    pub static EXCLUDED_NAMESPACE_WITHOUT_POLICY = "excluded-namespace-without-policy" {
        group: Blueprint, severity: Info, confidence: Medium, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let lists = exclusions(cx.world());
    if lists.is_empty() {
        return;
    }
    // What baselines isolate they isolate by mistake: `baseline-isolates-everything` says so.
    let baselines: Vec<PolicyId> = crate::baseline::baselines(cx).iter().map(|baseline| baseline.policy.id).collect();
    let meant = cx.meant().without(&baselines);
    for list in lists {
        let open: Vec<NamespaceId> = list.names.iter().filter_map(|name| open(name, &meant)).collect();
        if !open.is_empty() {
            report(&list, &open, &baselines, cx);
        }
    }
}

/// The namespace of a name, if all its pods are known and nothing isolates any of them.
fn open(name: &str, meant: &Engine<'_>) -> Option<NamespaceId> {
    let world = meant.world();
    let id = world.find_namespace(name).filter(|&id| world.namespace(id).complete())?;
    let mut pods = world.identities_of(id).filter(|(_, identity)| !identity.workloads.is_empty()).peekable();
    pods.peek()?;
    let is_open = |pod: IdentityId, way| meant.isolation(&Endpoint::Pods(pod), way).isolated.is_no();
    pods.all(|(pod, _)| Direction::BOTH.into_iter().all(|way| is_open(pod, way))).then_some(id)
}

fn report(list: &Exclusion<'_>, open: &[NamespaceId], baselines: &[PolicyId], cx: &mut Cx<'_>) {
    let world = cx.world();
    let entry = world.entry(list.entry);
    let policy = cx.policy(entry.policy);
    let name = world.policy_text(policy.policy);
    let spot = entry.subject_place.and_then(|place| crate::spot::spot(cx, place, list.requirement));
    let names: Vec<&str> = open.iter().map(|&id| world.namespace_text(id)).collect();
    let has = if names.len() == 1 { "has" } else { "have" };
    let message = format!(
        "{} that `{name}` leaves out {has} no policy of {}: {} in {}",
        wording::count(names.len(), "namespace", "namespaces"),
        if names.len() == 1 { "its own" } else { "their own" },
        if baselines.is_empty() { "everything is open" } else { "nothing is meant to shut the pods" },
        wording::few(&names)
    );
    let draft = cx
        .report(spot.map_or(entry.place, |spot| spot.values_place()), message)
        .about(policy.object)
        .here("the exclusion list")
        .help("shut each by a policy of its own, which allows what it needs");
    if !baselines.is_empty() {
        let texts: Vec<String> = baselines.iter().map(|&id| world.policy_text(world.policy(id))).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        draft.note(format!(
            "today they are isolated by {}, by mistake: once that is mended, everything is open",
            wording::few(&texts)
        ));
    }
}
