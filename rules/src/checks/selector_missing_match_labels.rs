//! Labels that stand directly under a selector.

use std::collections::BTreeMap;

use ringfence_manifest::{Problem, ProblemKind};
use ringfence_text::Edit;
use ringfence_yaml::{Kind as NodeKind, Node};

use crate::mend;
use crate::prelude::*;
use crate::wording::{names, title};

declare_rule! {
    /// ## What it does
    /// Reports labels that stand directly under a selector of a policy, without `matchLabels`.
    ///
    /// ## Why it matters
    /// The API server drops them, and the selector that is left is `{}`: as subject it isolates every pod of the namespace, as
    /// peer it lets every pod in.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector:
    ///     app: web
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector:
    ///     matchLabels:
    ///       app: web
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    /// - jellyfin/jellyfin-helm#154
    pub static SELECTOR_MISSING_MATCH_LABELS = "selector-missing-match-labels" {
        group: Security, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

/// The fields of a selector.
const SELECTOR: &[&str] = &["matchLabels", "matchExpressions"];

/// Whether an unknown field is a label that stands directly under a selector.
pub(crate) fn owns(problem: &Problem, cx: &Cx<'_>) -> bool {
    let ProblemKind::UnknownField { key, near, known, value } = &problem.kind else { return false };
    let label = near.is_none() && !matches!(key.as_str(), "key" | "operator" | "values");
    let scalar = || cx.node(*value).is_some_and(|node| node.kind() == NodeKind::Scalar);
    *known == SELECTOR && label && scalar()
}

pub(crate) fn check(object: ObjectRef<'_>, cx: &mut Cx<'_>) {
    let object = object.object;
    let mut selectors: BTreeMap<_, Vec<&Problem>> = BTreeMap::new();
    for problem in object.problems.iter().filter(|problem| owns(problem, cx)) {
        let mapping = cx.node(problem.place).and_then(Node::parent).map(Node::span);
        selectors.entry((problem.place.file, problem.place.alias, mapping)).or_default().push(problem);
    }
    for labels in selectors.into_values() {
        report(object, &labels, cx);
    }
}

fn report(object: &Object, labels: &[&Problem], cx: &mut Cx<'_>) {
    let [first, others @ ..] = labels else { return };
    let keys: Vec<&str> = labels.iter().filter_map(|label| key(label)).collect();
    let Some(mapping) = cx.node(first.place).and_then(Node::parent) else { return };
    let left = if mapping.entries().count() == labels.len() {
        "the selector that is left, `{}`, selects everything"
    } else {
        "only the rest of the selector counts"
    };
    let fix = cx.edit(first.place, |node| wrap(node.parent()?, labels.len()));
    let message = format!(
        "{} directly under `{}` in {} {} dropped: {left}",
        names(keys.iter().copied()),
        first.parent,
        title(object),
        if keys.len() == 1 { "is" } else { "are" }
    );
    let mut draft = cx.report(first.place, message).about(object).here("no field of a selector");
    for other in others {
        draft = draft.label(other.place, "dropped too");
    }
    draft.help("put the labels under `matchLabels`").fix(
        Applicability::Unsafe,
        "put the labels under `matchLabels`: the selector then selects only what they say",
        fix,
    );
}

fn key(problem: &Problem) -> Option<&str> {
    let ProblemKind::UnknownField { key, .. } = &problem.kind else { return None };
    Some(key)
}

/// Puts `matchLabels` around a mapping that holds `labels` labels and nothing else.
fn wrap(mapping: Node<'_>, labels: usize) -> Option<Vec<Edit>> {
    if mapping.entries().count() != labels {
        return None;
    }
    let span = mapping.span();
    if mapping.flow() {
        return Some(vec![Edit::insert(span.start, "{matchLabels: "), Edit::insert(span.end, "}")]);
    }
    let text = mapping.tree().text();
    let indent = " ".repeat(mend::indent(mapping)? as usize);
    let mut edits = vec![Edit::insert(mend::line_start(text, span.start), format!("{indent}matchLabels:\n"))];
    edits.extend(mend::shift_lines(text, span, "  "));
    Some(edits)
}
