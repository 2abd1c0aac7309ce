//! Two kinds of peers in one item of a Cilium policy.

use ringfence_cluster::RejectionCode;
use ringfence_yaml::Node;

use crate::prelude::*;
use crate::refusal;
use crate::wording::refuses;

declare_rule! {
    /// ## What it does
    /// Reports an item of a Cilium policy with two kinds of peers, as `fromEndpoints` and `fromEntities`.
    ///
    /// ## Why it matters
    /// Cilium does not combine them and drops the policy whole.
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
    ///     - fromEndpoints: [{}]
    ///       fromEntities: [host]
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
    ///     - fromEndpoints: [{}]
    ///     - fromEntities: [host]
    /// ```
    ///
    /// ## References
    /// - <https://docs.cilium.io/en/stable/security/policy/layer3/>
    pub static CILIUM_COMBINED_PEERS = "cilium-combined-peers" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    for rejection in refusal::of(policy, |code| code == RejectionCode::CombinedPeers) {
        let (item, peers) = peers(rejection.place, cx);
        let (Some(&(first, _)), Some(&(second, place))) = (peers.first(), peers.get(1)) else { continue };
        let ports = item.is_some_and(|item| item.get("toPorts").is_some());
        let message = format!("`{first}` and `{second}` stand in one item: {}", refuses(rejection.by, policy.object));
        let consequence = refusal::once_accepted(policy, cx);
        let mut draft = cx.report(place, message).about(policy.object).here("the second kind of peers");
        draft = draft.label(peers[0].1, "the first kind of peers");
        draft = draft.notes(consequence);
        draft.help(if ports {
            "give each kind an item of its own, with the same `toPorts`: items are joined by OR"
        } else {
            "give each kind an item of its own: items are joined by OR"
        });
    }
}

/// The item around a place, and its keys that name peers.
fn peers<'a>(place: Place, cx: &Cx<'a>) -> (Option<Node<'a>>, Vec<(&'a str, Place)>) {
    const LISTS: &[&str] = &["Endpoints", "CIDR", "CIDRSet", "Entities", "Nodes", "Groups", "Services", "FQDNs"];
    let found = cx.node(place).and_then(|node| {
        std::iter::successors(Some(node), |node| node.parent()).find(|node| keys(*node, LISTS).len() > 1)
    });
    let Some(item) = found else { return (None, Vec::new()) };
    (found, keys(item, LISTS).into_iter().map(|(name, key)| (name, cx.place_of(key, place))).collect())
}

fn keys<'t>(item: Node<'t>, lists: &[&str]) -> Vec<(&'t str, Node<'t>)> {
    let named =
        |key: &str| ["from", "to"].iter().any(|side| key.strip_prefix(side).is_some_and(|rest| lists.contains(&rest)));
    let filled = |value: Node<'_>| value.follow().is_some_and(|value| value.items().next().is_some());
    let entries = item.entries().filter(|entry| filled(entry.value));
    entries.filter_map(|entry| Some((entry.key.scalar()?.as_str(), entry.key))).filter(|(key, _)| named(key)).collect()
}
