//! `dns-peer-matches-no-dns`.

use crate::name_label::NameLabels;
use crate::prelude::*;
use crate::wording;
use ringfence_engine::dns::{Dns, allows_egress, is_dns_port};

declare_rule! {
    /// ## What it does
    /// Reports egress rules for port 53 whose peers are not the cluster's DNS pods, where the pods they were written for
    /// cannot ask DNS otherwise. A rule that may lead to another resolver (a node-local cache, an address, pods that we
    /// do not see) is left alone.
    ///
    /// ## Why it matters
    /// The rule looks like a DNS rule in review and allows nothing: names do not resolve. Usual causes are a label that
    /// the DNS pods do not carry, and a peer without a namespace, which means the policy's own.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    ///           podSelector: {matchLabels: {k8s-app: coredns}}
    ///       ports:
    ///         - {protocol: UDP, port: 53}
    ///         - {protocol: TCP, port: 53}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    ///           podSelector: {matchLabels: {k8s-app: kube-dns}}
    ///       ports:
    ///         - {protocol: UDP, port: 53}
    ///         - {protocol: TCP, port: 53}
    /// ```
    ///
    /// ## References
    /// [Customizing DNS service](https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/)
    pub static DNS_PEER_MATCHES_NO_DNS = "dns-peer-matches-no-dns" {
        group: Availability, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let (world, dns) = (cx.world(), Dns::new(cx.engine()));
    let written = |entry: &ringfence_cluster::Entry| world.policy(entry.policy).counts() && is_dns_allow(entry, world);
    for (id, entry) in world.entry_ids().filter(|(_, entry)| written(entry)) {
        let cut = |pod: &IdentityId| !dns.servers().contains(pod) && dns.lookup(*pod).is_none() && !dns.elsewhere(*pod);
        let cut: Vec<IdentityId> = cx.engine().subjects(id).sure().filter(cut).collect();
        if let (L3::Peers(peers), false) = (&entry.l3, cut.is_empty()) {
            report(cx.policy(entry.policy), peers, &cut, &dns, cx);
        }
    }
}

/// Whether an entry is written for DNS: it allows port 53, to pods.
pub(super) fn is_dns_allow(entry: &ringfence_cluster::Entry, world: &World) -> bool {
    let to_pods = match &entry.l3 {
        L3::Peers(peers) => peers.iter().any(|peer| matches!(peer.kind, PeerKind::Endpoints(_))),
        _ => false,
    };
    allows_egress(entry) && to_pods && entry.port_rules().iter().any(|rule| is_dns_port(rule, world))
}

fn report(
    policy: PolicyRef<'_>,
    peers: &[ringfence_cluster::Peer],
    cut: &[IdentityId],
    dns: &Dns<'_>,
    cx: &mut Cx<'_>,
) {
    let world = cx.world();
    let Some(peer) = peers.iter().find(|peer| matches!(peer.kind, PeerKind::Endpoints(_))) else { return };
    let PeerKind::Endpoints(selector) = peer.kind else { return };
    if NameLabels::of(world).asked(world, world.selector(selector)).is_some() {
        return;
    }
    let (who, selects) = (wording::pods(world, cut), world.selector_text(selector));
    let servers = wording::pods(world, dns.servers());
    let labelled = dns.servers().first().and_then(|&server| server_labels(server, world));
    let place = labelled.as_ref().and_then(|(place, _)| *place);
    let message = format!("{who} cannot resolve names: this rule for port 53 reaches no DNS pod");
    let mut draft = cx.report(peer.place, message).about(policy.object).here(format!("selects {selects}"));
    if let Some(place) = place {
        draft = draft.label(place, "the DNS pods carry these labels");
    }
    if dns.assumed() {
        draft = draft
            .confidence(Confidence::Medium)
            .note("no DNS pods are among the files: `k8s-app: kube-dns` in `kube-system` is assumed");
    }
    let labels = labelled.map_or_else(|| "`k8s-app: kube-dns`".to_owned(), |(_, labels)| labels);
    let home =
        dns.servers().first().map_or("kube-system", |&server| world.namespace_text(world.identity(server).namespace));
    draft.help(format!(
        "select {servers} by {labels} in namespace `{home}`; without a namespace a peer means the policy's own"
    ));
}

/// Where the labels of a DNS server stand, and the one that tells it best.
fn server_labels(server: IdentityId, world: &World) -> Option<(Option<Place>, String)> {
    let identity = world.identity(server);
    let labels: Vec<(&str, Option<&str>)> = world.pod_labels(identity).collect();
    let best = labels.iter().find(|(key, _)| *key == "k8s-app").or(labels.first())?;
    let place = identity.workloads.first().and_then(|&workload| world.workload(workload).labels_place);
    Some((place, format!("`{}: {}`", best.0, best.1.unwrap_or_default())))
}
