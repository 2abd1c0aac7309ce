//! A label value that is none.

use ringfence_cluster::RejectionCode;

use crate::prelude::*;
use crate::refusal;
use crate::wording::refuses;

declare_rule! {
    /// ## What it does
    /// Reports values in the selectors of a policy that are no label values: with spaces, slashes or stars, longer than 63
    /// characters, or with a first or last character that is no letter or digit.
    ///
    /// ## Why it matters
    /// The policy is refused whole. No pod could carry the value either: there are no patterns in label selectors.
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
    ///       app: web-*
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
    ///     matchExpressions:
    ///       - key: app
    ///         operator: In
    ///         values: [web-1, web-2]
    ///   ingress:
    ///     - fromEndpoints: [{}]
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
    pub static INVALID_LABEL_VALUE = "invalid-label-value" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    let rejections = refusal::of(policy, |code| code == RejectionCode::LabelValue);
    for rejection in rejections {
        let value = cx.node(rejection.place).and_then(|node| Some(node.scalar()?.as_str())).unwrap_or_default();
        let message = format!("`{value}` is no label value: {}", refuses(rejection.by, policy.object));
        let consequence = refusal::once_accepted(policy, cx);
        let mut draft = cx.report(rejection.place, message).about(policy.object).here(here(value));
        draft = draft.notes(consequence);
        let help = if value.contains('*') {
            "there are no patterns in selectors: list the values with `In`, or ask for the key alone with `Exists`"
        } else {
            "a value has up to 63 letters, digits, `-`, `_` and `.`, the first and the last a letter or digit"
        };
        draft.help(help);
    }
}

fn here(value: &str) -> String {
    let odd = value.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
    match odd {
        Some(' ') => "a space may not stand in a value".to_owned(),
        Some(odd) => format!("`{odd}` may not stand in a value"),
        None if value.len() > 63 => format!("{} characters, at most 63 may be", value.len()),
        None => "the first and the last character must be a letter or digit".to_owned(),
    }
}
