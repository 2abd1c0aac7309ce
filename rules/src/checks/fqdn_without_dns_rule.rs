//! `fqdn-without-dns-rule`.

use crate::prelude::*;
use crate::wording;
use ringfence_cluster::Entry;
use ringfence_engine::dns::{Dns, allows_egress};

declare_rule! {
    /// ## What it does
    /// Reports `toFQDNs` rules for pods whose DNS passes by the proxy: no rule with `rules.dns` is among those that let them
    /// ask the DNS pods, over the union of all policies.
    ///
    /// ## Why it matters
    /// Cilium learns the addresses of a name from the answers that pass its DNS proxy, and only a `rules.dns` sends a
    /// pod's questions there. Without one no address is ever learned, and the rule allows nothing.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: mailer, namespace: shop}
    /// spec:
    ///   endpointSelector: {}
    ///   egress:
    ///     - toFQDNs: [{matchName: smtp.example.com}]
    ///       toPorts: [{ports: [{port: "465", protocol: TCP}]}]
    ///     - toEndpoints:
    ///         - matchLabels: {k8s:io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}
    ///       toPorts:
    ///         - ports: [{port: "53", protocol: ANY}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: mailer, namespace: shop}
    /// spec:
    ///   endpointSelector: {}
    ///   egress:
    ///     - toFQDNs: [{matchName: smtp.example.com}]
    ///       toPorts: [{ports: [{port: "465", protocol: TCP}]}]
    ///     - toEndpoints:
    ///         - matchLabels: {k8s:io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}
    ///       toPorts:
    ///         - ports: [{port: "53", protocol: ANY}]
    ///           rules: {dns: [{matchPattern: "*"}]}
    /// ```
    ///
    /// ## References
    /// [Cilium: DNS based](https://docs.cilium.io/en/stable/security/policy/layer3/#dns-based)
    pub static FQDN_WITHOUT_DNS_RULE = "fqdn-without-dns-rule" {
        group: Availability, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    // One search for the DNS servers serves every policy.
    let dns = Dns::new(cx.engine());
    for policy in cx.policies().filter(|policy| policy.policy.counts()) {
        for (id, entry) in policy.entries().filter(|(_, entry)| allows_egress(entry)) {
            look(policy, (id, entry), &dns, cx);
        }
    }
}

fn look(policy: PolicyRef<'_>, (id, entry): (EntryId, &Entry), dns: &Dns<'_>, cx: &mut Cx<'_>) {
    let L3::Peers(peers) = &entry.l3 else { return };
    let Some(name) = peers.iter().find(|peer| matches!(peer.kind, PeerKind::Fqdn(_))) else { return };
    let deaf: Vec<IdentityId> = cx.engine().subjects(id).sure().filter(|pod| !has_dns_rule(*pod, dns, cx)).collect();
    if deaf.is_empty() {
        return;
    }
    let who = wording::pods(cx.world(), &deaf);
    cx.report(name.place, format!("no address of this name is ever learned for {who}: no rule with `rules.dns` lets them ask the DNS pods"))
        .about(policy.object)
        .here("allows nothing")
        .help("send their DNS through the proxy: add `rules: {dns: [{matchPattern: \"*\"}]}` to the rule that allows port 53 to the DNS pods");
}

/// Whether the questions of a pod may go through the DNS proxy: a rule with `rules.dns` is among those that let it ask the
/// DNS servers. Where it cannot ask them, or may ask others, any such rule will do: other rules report the rest.
fn has_dns_rule(pod: IdentityId, dns: &Dns<'_>, cx: &Cx<'_>) -> bool {
    let proxied = |id: &EntryId| allows_egress(cx.world().entry(*id)) && cx.world().entry(*id).l7.dns.is_some();
    let entries = cx.engine().entries_selecting(pod, Direction::Egress);
    if !entries.iter().any(|(id, _)| proxied(id)) {
        return false;
    }
    let lookup = dns.lookup(pod);
    let settled = lookup.udp.is_yes() && !dns.elsewhere(pod);
    !settled || dns.deciding(pod).iter().any(proxied)
}
