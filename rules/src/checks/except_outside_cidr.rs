//! A hole that does not lie in its range.

use ringfence_cluster::RejectionCode;

use crate::prelude::*;
use crate::refusal;
use crate::wording::refuses;

declare_rule! {
    /// ## What it does
    /// Reports an `except` that does not lie inside the range it is taken from, is the whole of it, is of the other family of
    /// addresses, or cannot be read.
    ///
    /// ## Why it matters
    /// The policy is refused whole.
    ///
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   endpointSelector: {}
    ///   ingress:
    ///     - fromCIDRSet:
    ///         - cidr: 203.0.113.0/24
    ///           except: [198.51.100.0/28]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   endpointSelector: {}
    ///   ingress:
    ///     - fromCIDRSet:
    ///         - cidr: 203.0.113.0/24
    ///           except: [203.0.113.64/28]
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>
    pub static EXCEPT_OUTSIDE_CIDR = "except-outside-cidr" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    for rejection in refusal::of(policy, |code| code == RejectionCode::Except) {
        let hole = cx.node(rejection.place).and_then(|node| Some(node.scalar()?.as_str())).unwrap_or_default();
        let range = range_of(rejection.place, cx);
        let fact = match (hole.parse::<ipnet::IpNet>(), range.and_then(|(text, _)| text.parse::<ipnet::IpNet>().ok())) {
            (Err(_), _) => format!("`{hole}` is no range of addresses"),
            (Ok(hole), Some(range)) if hole.trunc() == range.trunc() => {
                format!("`{hole}` is the whole of `{range}`: nothing is left")
            }
            (Ok(hole), Some(range)) => format!("`{hole}` does not lie in `{range}`"),
            (Ok(hole), None) => format!("`{hole}` lies in no range"),
        };
        let message = format!("{fact}: {}", refuses(rejection.by, policy.object));
        let consequence = refusal::once_accepted(policy, cx);
        let mut draft = cx.report(rejection.place, message).about(policy.object).here("the hole");
        if let Some((_, place)) = range {
            draft = draft.label(place, "the range that it is taken from");
        }
        draft = draft.notes(consequence);
        draft
            .help("a hole is a smaller range inside the other one: correct it, or delete it where it excludes nothing");
    }
}

/// The `cidr` beside the list that holds a hole.
fn range_of<'a>(hole: Place, cx: &Cx<'a>) -> Option<(&'a str, Place)> {
    let block = cx.node(hole)?.parent()?.parent()?;
    let range = block.get("cidr")?.value;
    Some((range.scalar()?.as_str(), cx.place_of(range, hole)))
}
