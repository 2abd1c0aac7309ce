//! Two policies that are one object.

use std::collections::BTreeMap;

use ringfence_cluster::NamespaceName;

use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports policies of one kind, namespace and name that stand more than once in one world.
    ///
    /// ## Why it matters
    /// To the API server they are one object: the one that is applied last replaces the other, and which one that is depends on
    /// the order of files. Half of what was meant is gone.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - podSelector: {}
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web-from-own-namespace
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - podSelector: {}
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
    pub static DUPLICATE_POLICY_NAME = "duplicate-policy-name" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    let mut named: BTreeMap<_, Vec<PolicyRef<'_>>> = BTreeMap::new();
    for policy in cx.policies() {
        // What a placeholder stands for may differ from one use to the next.
        let known = |id| !matches!(world.namespace(id).name, NamespaceName::Placeholder(_));
        if let Some(name) = policy.object.name()
            && policy.policy.namespace.is_none_or(known)
        {
            named.entry((policy.policy.kind, policy.policy.namespace, name)).or_default().push(policy);
        }
    }
    let mut repeated: Vec<Vec<PolicyRef<'_>>> = named.into_values().filter(|same| same.len() > 1).collect();
    repeated.sort_by_key(|same| same[0].id);
    for same in repeated {
        let [others @ .., last] = same.as_slice() else { continue };
        let times = if same.len() == 2 { "twice".to_owned() } else { format!("{} times", same.len()) };
        let message =
            format!("{} stands here {times}: the one that is applied last replaces the rest", title(last.object));
        let mut draft = cx.report(last.name_place(), message).about(last.object).here("the same object again");
        for other in others {
            draft = draft.label(other.name_place(), "already here");
        }
        draft.help("give each a name of its own, or write one policy with the rules of both");
    }
}
