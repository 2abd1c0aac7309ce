//! `- {}`, which opens a NetworkPolicy and shuts a Cilium policy.

use ringfence_manifest::{At, Body, List};
use ringfence_text::{Edit, Span};
use ringfence_yaml::{Kind as NodeKind, Node};

use crate::intent::{Intent, of_name, of_text};
use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports the empty rule `- {}` where its two meanings may be mixed up: in a Cilium policy it lets nobody through and
    /// isolates, in a NetworkPolicy it lets everybody through.
    ///
    /// In a Cilium policy it is worth knowing wherever it is the only item. It is an error where name, description or comment
    /// say the opposite of what it does, in either kind.
    ///
    /// ## Why it matters
    /// Who learnt one kind reads the other one wrong, and copies it. A `deny-all` that admits everybody is found by whoever
    /// attacks; an `allow-all` that admits nobody by whoever is on call.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: deny-all
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - {}
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: deny-all
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress: []
    /// ```
    ///
    /// ## References
    /// - <https://docs.cilium.io/en/stable/security/policy/language/#ingress-egress-default-deny>
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies>
    pub static EMPTY_RULE_DIALECT = "empty-rule-dialect" {
        group: Correctness, severity: Info, confidence: High, fix: Safe, since: "0.1.0"
    }
}

/// An empty item, its list, and how many items that has.
struct Found {
    direction: Direction,
    item: Place,
    list: At,
    items: usize,
    description: Option<String>,
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    match &policy.object.body {
        Body::NetworkPolicy(spec) => {
            let Some(spec) = spec.get() else { return };
            let ingress = empty(&spec.ingress, Direction::Ingress, cx);
            let egress = empty(&spec.egress, Direction::Egress, cx);
            ingress.into_iter().chain(egress).for_each(|found| opens(policy, &found, cx));
        }
        Body::Cilium(cilium) => {
            for rule in cilium.rules() {
                let ingress = empty(&rule.ingress, Direction::Ingress, cx);
                let egress = empty(&rule.egress, Direction::Egress, cx);
                for found in ingress.into_iter().chain(egress).filter(|found| found.items == 1) {
                    let description = rule.description.get().map(ToString::to_string);
                    shuts(policy, &Found { description, ..found }, cx);
                }
            }
        }
        _ => {}
    }
}

/// In a NetworkPolicy it is an error where a deny was promised, and plain otherwise.
fn opens(policy: PolicyRef<'_>, found: &Found, cx: &mut Cx<'_>) {
    let Some((Intent::Deny, promise)) = promise(policy, found, cx) else { return };
    let direction = found.direction.as_str();
    let fix = cx.edit(found.list.value, clear);
    let message = format!("`{{}}` in `{direction}` of {} lets everybody through, and {promise}", title(policy.object));
    cx.report(found.item, message)
        .severity(Severity::Error)
        .about(policy.object)
        .here("every peer, every port")
        .note("in a Cilium policy the same rule lets nobody through")
        .help(format!("deny with an empty list: `{direction}: []`, and the direction in `policyTypes`"))
        .fix(Applicability::Unsafe, format!("write `{direction}: []`: what only this rule let through is cut"), fix);
}

/// In a Cilium policy it is worth knowing, and an error where an allow was promised.
fn shuts(policy: PolicyRef<'_>, found: &Found, cx: &mut Cx<'_>) {
    let side = if found.direction == Direction::Ingress { "from" } else { "to" };
    let direction = found.direction.as_str();
    let form = |entity: &str| format!("{side}Entities: [{entity}]");
    let rewrite = |entity: &str, cx: &Cx<'_>| {
        let text = form(entity);
        cx.edit(found.item, |item| {
            let text = if item.parent()?.flow() { format!("{{{text}}}") } else { text };
            Some(vec![Edit::replace(item.span(), text)])
        })
    };
    let none = rewrite("none", cx);
    if let Some((Intent::Allow, promise)) = promise(policy, found, cx) {
        let all = rewrite("all", cx);
        let message = format!("`{{}}` in `{direction}` of {} lets nobody through, and {promise}", title(policy.object));
        cx.report(found.item, message)
            .severity(Severity::Error)
            .about(policy.object)
            .here("no peer, no port: the pods are isolated")
            .note("in a NetworkPolicy the same rule lets everybody through")
            .help(format!("say whom: `{}` is everybody, `{}` nobody", form("all"), form("none")))
            .fix(Applicability::Unsafe, format!("write `{}`: everybody gets through", form("all")), all)
            .fix(Applicability::Suggestion, format!("write `{}`: nobody gets through, as today", form("none")), none);
        return;
    }
    let message = format!(
        "`{{}}` in `{direction}` of {} lets nobody through; in a NetworkPolicy it lets everybody",
        title(policy.object)
    );
    cx.report(found.item, message)
        .about(policy.object)
        .here("no peer, no port: the pods are isolated")
        .help(format!("`- {}` means the same here and cannot be misread", form("none")))
        .fix(Applicability::Safe, format!("write `{}`", form("none")), none);
}

/// What the policy promises of the direction, and where it says so.
fn promise(policy: PolicyRef<'_>, found: &Found, cx: &Cx<'_>) -> Option<(Intent, String)> {
    let comment = comment(found, cx)
        .and_then(|text| Some((of_text(text, found.direction)?, "the comment says otherwise".to_owned())));
    let description = || {
        let text = found.description.as_deref()?;
        Some((of_text(text, found.direction)?, "the description says otherwise".to_owned()))
    };
    let name = || {
        let name = policy.object.name()?;
        Some((of_name(name, found.direction)?, "its name says otherwise".to_owned()))
    };
    comment.or_else(description).or_else(name)
}

/// The comment on the line of the item, or else on the line of its list.
fn comment<'a>(found: &Found, cx: &Cx<'a>) -> Option<&'a str> {
    let part = cx.document(found.item.file)?.part(found.item.span)?;
    let text = part.tree.text();
    let on_line_of = |place: Place| {
        let at = place.span.end.checked_sub(part.base)? as usize;
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        let comment =
            part.tree.comments().iter().find(|comment| (at..=end).contains(&(comment.span.start as usize)))?;
        Some(comment.span.slice(text))
    };
    on_line_of(found.item).or_else(|| on_line_of(found.list.key))
}

/// An empty list in place of one with a single item, where no comment would be lost.
fn clear(list: Node<'_>) -> Option<Vec<Edit>> {
    let text = list.tree().text();
    let before = text[..list.span().start as usize].trim_end();
    let start = if list.flow() { list.span().start } else { before.len() as u32 };
    let span = Span::new(start, list.span().end);
    let commented = list.tree().comments().iter().any(|comment| span.contains(comment.span));
    let plain = list.flow() || before.ends_with(':');
    let empty = if list.flow() { "[]" } else { " []" };
    (plain && !commented && list.items().count() == 1).then(|| vec![Edit::replace(span, empty)])
}

/// The first item that is written `{}`: one whose fields the API server drops is another matter.
fn empty<T>(list: &Field<List<T>>, direction: Direction, cx: &Cx<'_>) -> Option<Found> {
    let written_empty = |at: &At| {
        cx.node(at.value).is_some_and(|node| node.kind() == NodeKind::Mapping && node.entries().next().is_none())
    };
    let item = list.items().iter().filter_map(|item| item.get().and(item.at())).find(written_empty)?;
    Some(Found { direction, item: item.value, list: list.at()?, items: list.items().len(), description: None })
}
