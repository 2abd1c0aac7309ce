//! `platform-namespace-not-excluded`.

use std::collections::{BTreeMap, BTreeSet};

use crate::exclusion::{Exclusion, exclusions};
use crate::prelude::*;
use crate::tenants::{Tenant, tenants};
use crate::wording;

declare_rule! {
    /// ## What it does
    /// Reports namespaces of the platform that the exclusion list of a default deny forgets. Which ones belong to the
    /// platform is declared (`tiers.platform` in the configuration), else inferred: where applications say who they are by
    /// labels of their namespace, and the namespaces of the list say nothing, another one that says nothing is taken for
    /// platform too.
    ///
    /// ## Why it matters
    /// The default deny shuts such a namespace together with the applications, and no profile opens it again: a database,
    /// an ingress controller or the storage stops answering when the policy is applied.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: deny-by-default}
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - {key: io.kubernetes.pod.namespace, operator: NotIn, values: [flux-system]}
    ///       - {key: io.cilium.k8s.namespace.labels.net.example.org/enforcement, operator: NotIn, values: ["off"]}
    ///   ingress: [{fromEntities: [none]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: flux-system}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: cert-manager}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {net.example.org/enforcement: "on"}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: deny-by-default}
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - {key: io.kubernetes.pod.namespace, operator: NotIn, values: [flux-system, cert-manager]}
    ///       - {key: io.cilium.k8s.namespace.labels.net.example.org/enforcement, operator: NotIn, values: ["off"]}
    ///   ingress: [{fromEntities: [none]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: flux-system}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: cert-manager}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {net.example.org/enforcement: "on"}
    /// ```
    ///
    /// ## References
    /// [Cilium: policy enforcement modes](https://docs.cilium.io/en/stable/security/network/policyenforcement/)
    pub static PLATFORM_NAMESPACE_NOT_EXCLUDED = "platform-namespace-not-excluded" {
        group: Blueprint, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

/// A namespace that the list forgets.
struct Forgotten {
    name: String,
    /// Its manifest, or else whatever stands for it.
    place: Option<Place>,
    /// A policy of its own that isolates.
    policy: Option<(Place, String)>,
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let lists = exclusions(cx.world());
    if lists.is_empty() {
        return;
    }
    let own = own_policies(cx);
    // What one list leaves out another may shut: each is judged by itself.
    for list in lists {
        let declared = &cx.options().tiers.platform;
        let names = if declared.is_empty() {
            inferred(&list, cx)
        } else {
            declared.iter().map(ToString::to_string).filter(|name| !list.names.contains(name.as_str())).collect()
        };
        let forgotten: Vec<Forgotten> = names.into_iter().map(|name| forgotten(name, &own, cx)).collect();
        if !forgotten.is_empty() {
            report(&list, &forgotten, cx);
        }
    }
}

/// The first policy of each namespace that isolates some of its pods.
fn own_policies(cx: &Cx<'_>) -> BTreeMap<NamespaceId, PolicyId> {
    let mut own = BTreeMap::new();
    for policy in cx.policies() {
        let Some(namespace) = policy.policy.namespace else { continue };
        if policy.entries().any(|(_, entry)| entry.default_deny.is_yes()) {
            own.entry(namespace).or_insert(policy.id);
        }
    }
    own
}

/// The declared namespaces that say as little as those of the list, where applications say something.
fn inferred(list: &Exclusion<'_>, cx: &Cx<'_>) -> Vec<String> {
    let blueprint = cx.blueprint();
    let says = |tenant: &Tenant<'_>| {
        let meta = &tenant.object.meta;
        let hidden = meta.labels.is_unknown() || meta.labels.get().is_some_and(|labels| labels.open);
        hidden || !tenant.labels(blueprint).is_empty() || !tenant.annotations(blueprint).is_empty()
    };
    let (speaking, silent): (Vec<_>, Vec<_>) = tenants(cx.world()).partition(says);
    let (listed, others): (Vec<_>, Vec<_>) = silent.into_iter().partition(|tenant| list.names.contains(tenant.name));
    let applications = speaking.iter().any(|tenant| !list.names.contains(tenant.name));
    // `default` is nobody's platform, and where the silent ones are many nobody promised that all applications speak.
    let others = others.iter().map(|tenant| tenant.name).filter(|name| *name != "default" && may_hold_pods(name, cx));
    let others: BTreeSet<&str> = others.collect();
    if listed.is_empty() || !applications || others.len() > listed.len() {
        return Vec::new();
    }
    others.into_iter().map(str::to_owned).collect()
}

/// Whether there is anything to shut: of a whole cluster it is known that `kube-public` holds nothing.
fn may_hold_pods(name: &str, cx: &Cx<'_>) -> bool {
    let namespace = cx.world().find_namespace(name).map(|id| cx.world().namespace(id));
    namespace.is_none_or(|namespace| namespace.has_workload || !namespace.gaps.is_empty())
}

fn forgotten(name: String, own: &BTreeMap<NamespaceId, PolicyId>, cx: &Cx<'_>) -> Forgotten {
    let world = cx.world();
    let id = world.find_namespace(&name);
    let object = id.and_then(|id| world.namespace(id).object).map(|object| world.object(object));
    let place = object.and_then(|object| object.meta.name.at()).map(|at| at.value);
    let policy = id.and_then(|id| own.get(&id)).map(|&id| cx.policy(id));
    let policy = policy.map(|policy| (policy.name_place(), world.policy_text(policy.policy)));
    Forgotten { name, place, policy }
}

fn report(list: &Exclusion<'_>, forgotten: &[Forgotten], cx: &mut Cx<'_>) {
    let world = cx.world();
    let entry = world.entry(list.entry);
    let policy = cx.policy(entry.policy);
    let name = world.policy_text(policy.policy);
    let spot = entry.subject_place.and_then(|place| crate::spot::spot(cx, place, list.requirement));
    let names: Vec<&str> = forgotten.iter().map(|each| each.name.as_str()).collect();
    let fix = spot.and_then(|spot| spot.with_more_values(&names));
    let declared = !cx.options().tiers.platform.is_empty();
    let place = spot.map_or(entry.place, |spot| spot.values_place());
    let message = format!(
        "`{name}` forgets {} of the platform: {}",
        wording::count(names.len(), "namespace", "namespaces"),
        wording::all(names.iter().copied())
    );
    let mut draft = cx
        .report(place, message)
        .about(policy.object)
        .confidence(if declared { Confidence::High } else { Confidence::Medium })
        .here("the exclusion list")
        .help("add them to the list, and shut each by a policy of its own; an application says so by its labels");
    for each in forgotten {
        if let Some(place) = each.place {
            draft = draft
                .label(place, if declared { "declared as platform" } else { "carries no label of an application" });
        }
        if let Some((place, policy)) = &each.policy {
            draft = draft.label(*place, format!("`{policy}` is its own"));
        }
    }
    if !policy.policy.counts() {
        draft = draft.note(format!("`{name}` itself is refused: this holds once it is accepted"));
    }
    draft.fix(
        Applicability::Unsafe,
        "add them to the list: pods there that no other policy isolates are then open",
        fix,
    );
}
