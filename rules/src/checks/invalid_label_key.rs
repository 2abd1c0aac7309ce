//! A label key that is none.

use ringfence_cluster::RejectionCode;

use crate::prelude::*;
use crate::wording::{names, refuses};
use crate::{mend, refusal};

declare_rule! {
    /// ## What it does
    /// Reports keys in the selectors of a policy that are no label keys, and for which the API server or the agent refuses
    /// the policy. The usual one has backslashes in front of its dots.
    ///
    /// ## Why it matters
    /// The API server stores a Cilium policy with such a key, and every agent drops it whole: a default deny denies nothing, an
    /// allow allows nothing. Dots need no escape, neither in YAML nor in Cilium.
    ///
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   endpointSelector:
    ///     matchLabels:
    ///       app\.example\.com/name: web
    ///   ingress:
    ///     - fromEndpoints: [{}]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   endpointSelector:
    ///     matchLabels:
    ///       app.example.com/name: web
    ///   ingress:
    ///     - fromEndpoints: [{}]
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
    pub static INVALID_LABEL_KEY = "invalid-label-key" {
        group: Correctness, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    let rejections = refusal::of(policy, |code| code == RejectionCode::LabelKey);
    let Some((first, others)) = rejections.split_first() else { return };
    let keys: Vec<&str> =
        rejections.iter().filter_map(|rejection| Some(cx.node(rejection.place)?.scalar()?.as_str())).collect();
    let escaped = keys.len() == rejections.len() && keys.iter().all(|key| key.contains('\\'));
    let fixes: Option<Vec<_>> = rejections
        .iter()
        .zip(&keys)
        .map(|(rejection, key)| cx.edit(rejection.place, |node| mend::rewrite(node, &key.replace('\\', ""))))
        .collect();
    let fix = fixes
        .filter(|_| escaped)
        .map(|fixes| (first.place.file, fixes.into_iter().flat_map(|(_, edits)| edits).collect()));
    let consequence = refusal::once_accepted(policy, cx);
    let revived = refusal::revive("remove the backslashes", policy, cx);

    let mut distinct = keys.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let (key, is) = if distinct.len() > 1 { ("label keys", "are") } else { ("label key", "is") };
    let what = names(distinct.iter().copied());
    let message = format!("{what} {is} no {key}: {}", refuses(first.by, policy.object));
    let here = if escaped { "the backslashes stand in the key itself" } else { "no label key" };
    let mut draft = cx.report(first.place, message).about(policy.object).here(here);
    for other in others {
        draft = draft.label(other.place, "here too");
    }
    if !escaped {
        draft = draft.note(format!("in its words: {}", refusal::core(&first.reason)));
    }
    let help = if escaped {
        "remove the backslashes: dots need none"
    } else {
        "a key is a name of letters, digits, `-`, `_` and `.`, with at most one prefix before a `/`"
    };
    draft = draft.notes(consequence);
    draft.help(help).fix(Applicability::Unsafe, revived, fix);
}
