//! A namespace asked for by a label that Kubernetes does not set.

use std::collections::BTreeMap;

use ringfence_cluster::{Entry, Operator, Requirement};

use crate::name_label::{NameLabels, asked_of_pods};
use crate::prelude::*;
use crate::spot::{Spot, spot};
use crate::stale_name::selectors;

declare_rule! {
    /// ## What it does
    /// Reports a selector that asks namespaces for a label `name`, where no namespace of the input carries it. Kubernetes sets
    /// `kubernetes.io/metadata.name` on every namespace, and nothing else.
    ///
    /// It reports the mirror image too: `kubernetes.io/metadata.name` asked of pods in a policy of Cilium, whose pods carry the
    /// name of their namespace as `io.kubernetes.pod.namespace`.
    ///
    /// ## Why it matters
    /// The peer matches no namespace, so whoever was meant stays outside. Many examples on the web make this mistake.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: scrape, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - namespaceSelector: {matchLabels: {name: monitoring}}
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: scrape, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#automatic-labelling>
    /// - <https://docs.cilium.io/en/stable/security/policy/kubernetes/#namespaces>
    pub static NAMESPACE_NAME_LABEL = "namespace-name-label" {
        group: Availability, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

/// The label that Cilium gives pods for their namespace, as a selector of Cilium writes it.
const OF_PODS: &str = "io.kubernetes.pod.namespace";
/// The label that Kubernetes gives namespaces.
const OF_NAMESPACES: &str = "kubernetes.io/metadata.name";

/// Where a requirement stands.
struct Use<'w> {
    policy: PolicyRef<'w>,
    entry: &'w Entry,
    spot: Spot<'w>,
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    let (names, told) = (NameLabels::of(world), cx.told());
    let mut by_requirement: BTreeMap<&Requirement, Vec<Use<'_>>> = BTreeMap::new();
    for policy in cx.policies().filter(|policy| policy.policy.counts()) {
        for (_, entry) in policy.entries() {
            for (selector, place) in selectors(entry).into_iter().filter(|(_, place)| !told.has(policy.id, *place)) {
                let written = world.selector(selector);
                let asked = names.asked(world, written).or_else(|| asked_of_pods(world, policy.policy, written));
                let Some((asked, spot)) = asked.and_then(|asked| Some((asked, spot(cx, place, asked)?))) else {
                    continue;
                };
                let uses = by_requirement.entry(asked).or_default();
                if uses.iter().all(|each| each.spot.place != spot.place) {
                    uses.push(Use { policy, entry, spot });
                }
            }
        }
    }
    for (asked, uses) in by_requirement {
        report(cx, asked, &uses);
    }
}

fn report(cx: &mut Cx<'_>, asked: &Requirement, uses: &[Use<'_>]) {
    let Some(first) = uses.first() else { return };
    let world = cx.world();
    let of_pods = world.symbols.text(asked.key.name) == OF_NAMESPACES;
    let values = match &asked.operator {
        Operator::In(values) | Operator::NotIn(values) => values.as_slice(),
        _ => &[],
    };
    let names: Vec<&str> = values.iter().map(|&value| world.symbols.text(value)).collect();
    let declared: Vec<(&str, NamespaceId)> =
        names.iter().filter_map(|name| Some((*name, world.find_namespace(name)?))).collect();
    let place = |id: NamespaceId| {
        let object = world.object(world.namespace(id).object?);
        Some(object.name_place())
    };
    let known = declared.iter().any(|&(_, id)| place(id).is_some());
    let negative = matches!(asked.operator, Operator::NotIn(_));
    let fact = match (of_pods, negative) {
        (true, _) => format!("Cilium leaves `{OF_NAMESPACES}` out of the labels of pods, so this matches none"),
        (false, false) => "Kubernetes sets no label `name` on namespaces, so this matches none".to_owned(),
        (false, true) => "Kubernetes sets no label `name` on namespaces, so this leaves none out".to_owned(),
    };
    let set = if of_pods { OF_PODS } else { OF_NAMESPACES };
    let cilium = first.policy.policy.kind.is_cilium();
    let edits =
        uses.iter().map(|each| if cilium { each.spot.with_whole_key(OF_PODS) } else { each.spot.with_whole_key(set) });
    let edits = edits.collect();
    let message = format!("ask for `{}`: {}", if cilium { OF_PODS } else { set }, consequence(first, &names, negative));
    let mut draft =
        cx.report(first.spot.place, fact).about(first.policy.object).here("no namespace carries this label");
    if of_pods {
        draft = draft.here("pods do not carry this label");
    } else if !known {
        draft = draft.confidence(Confidence::Medium);
    }
    for each in uses.iter().skip(1).take(3) {
        draft = draft.label(each.spot.place, "the same label");
    }
    for (name, id) in declared {
        if let (Some(place), false) = (place(id), of_pods) {
            draft = draft.label(place, format!("namespace `{name}` has no label `name`"));
        }
    }
    let help = if cilium || of_pods {
        format!("pods carry the name of their namespace as `{OF_PODS}`")
    } else {
        format!("every namespace carries its name as `{OF_NAMESPACES}`")
    };
    draft.help(help).fix_all(Applicability::Unsafe, message, edits);
}

fn consequence(first: &Use<'_>, names: &[&str], negative: bool) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let whom =
        if names.is_empty() { "pods of every namespace".to_owned() } else { format!("pods of {}", names.join(", ")) };
    if negative {
        return format!("leaves the {whom} out");
    }
    let subject = first.entry.subject_place.is_some_and(|place| place.span.contains(first.spot.place.span));
    match (subject, first.entry.direction) {
        (true, _) => format!("applies the policy to the {whom}"),
        (_, Direction::Ingress) => format!("opens the subjects of this policy to the {whom}"),
        (_, Direction::Egress) => format!("lets the subjects of this policy reach the {whom}"),
    }
}
