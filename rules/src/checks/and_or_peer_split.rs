//! Two peers where one was meant.

use ringfence_text::{Edit, Span};
use ringfence_yaml::Node;

use crate::near::Near;
use crate::prelude::*;
use crate::split::{Split, splits};

declare_rule! {
    /// ## What it does
    /// Reports a `namespaceSelector` and a `podSelector` that stand as two items of one list although the pods exist only in
    /// the namespaces of the other item.
    ///
    /// Two items are alternatives: every pod of those namespaces, *or* such pods of the policy's own namespace. Own pods beside
    /// another namespace are a usual form, so the rule speaks only where the `podSelector` matches nothing at home and
    /// something next door.
    ///
    /// ## Why it matters
    /// One dash too many opens the subject to every pod of the other namespaces.
    ///
    /// ```yaml bad
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: monitoring, labels: {team: platform}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: prometheus, namespace: monitoring, labels: {app: prometheus}}
    /// spec: {containers: [{name: main, image: "prometheus:1"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - namespaceSelector: {matchLabels: {team: platform}}
    ///         - podSelector: {matchLabels: {app: prometheus}}
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: monitoring, labels: {team: platform}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: prometheus, namespace: monitoring, labels: {app: prometheus}}
    /// spec: {containers: [{name: main, image: "prometheus:1"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - namespaceSelector: {matchLabels: {team: platform}}
    ///           podSelector: {matchLabels: {app: prometheus}}
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors>
    pub static AND_OR_PEER_SPLIT = "and-or-peer-split" {
        group: Security, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let mut near = Near::new(cx);
    for policy in cx.policies().filter(|policy| policy.policy.counts()) {
        for split in splits(cx, policy, &mut near) {
            report(cx, policy, &split);
        }
    }
}

fn report(cx: &mut Cx<'_>, policy: PolicyRef<'_>, split: &Split<'_>) {
    let world = cx.world();
    let asked = world.selector_text(split.selector);
    let names: Vec<String> = split.found.iter().map(|&id| format!("`{}`", world.namespace_text(id))).collect();
    let (names, own) = (names.join(", "), policy.policy.namespace.map_or("", |id| world.namespace_text(id)));
    let edits =
        cx.edit(split.pods, |pods| merge(pods, split)).or_else(|| cx.edit(split.namespaces, |node| merge(node, split)));
    let verb = if split.entry.direction == Direction::Ingress { "admits" } else { "reaches" };
    cx.report(split.namespaces, format!("this peer {verb} every pod of {names}, not only those with `{asked}`"))
        .about(policy.object)
        .here("an item of its own: every pod of these namespaces")
        .label(split.pods, format!("another item: pods of `{own}`, and none there has `{asked}`"))
        .help("make it one item: `podSelector` beside `namespaceSelector`, without a dash of its own")
        .fix(Applicability::Unsafe, format!("join the two items: closes the other pods of {names}"), edits);
}

/// Takes the dash away from the second of two neighbouring items in block style.
fn merge(second: Node<'_>, split: &Split<'_>) -> Option<Vec<Edit>> {
    let list = second.parent().filter(|list| !list.flow() && !second.flow())?;
    let at = list.items().position(|item| item == second)?;
    let first = list.items().nth(at.checked_sub(1)?).filter(|first| !first.flow())?;
    let other = if second.get("podSelector").is_some() { "namespaceSelector" } else { "podSelector" };
    first.get(other).filter(|_| split.namespaces.alias.is_none() && split.pods.alias.is_none())?;
    let text = second.tree().text();
    let between = Span::new(first.span().end, second.span().start);
    let dash = between.slice(text).rfind('-')? as u32 + between.start;
    let column = |byte: u32| byte - text[..byte as usize].rfind('\n').map_or(0, |at| at as u32 + 1);
    let same = column(first.span().start) == column(second.span().start);
    same.then(|| vec![Edit::replace(Span::new(dash, dash + 1), " ")])
}
