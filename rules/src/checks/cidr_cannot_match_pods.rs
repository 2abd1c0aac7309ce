//! An address range that was meant for pods or for a Service.

use std::net::IpAddr;

use ipnet::IpNet;
use ringfence_cluster::{Cni, Peer, Service};
use ringfence_manifest::Body;

use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports, for Cilium, an address range (`toCIDR`, `toCIDRSet`, `ipBlock` and their like) that is meant for something
    /// inside the cluster: it holds the cluster IP of a Service among the files, or a comment beside it says that these are
    /// addresses of pods or Services. Ranges wider than a /12 (IPv6: /48) are left alone, and so is any private range of
    /// which nothing of the kind is known: it may be a network outside the cluster.
    ///
    /// ## Why it matters
    /// Cilium knows pods and nodes by their labels, not by their addresses: a range never matches them. And it looks at
    /// packets after the Service has been resolved to a pod. An allowing range opens nothing, a denying one closes nothing.
    ///
    /// ```yaml bad
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: cache, namespace: shop}
    /// spec: {clusterIP: 10.96.12.7, selector: {app: cache}, ports: [{port: 6379}]}
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///     - fromCIDR: [10.96.12.7/32]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: cache, namespace: shop}
    /// spec: {clusterIP: 10.96.12.7, selector: {app: cache}, ports: [{port: 6379}]}
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///     - fromEndpoints: [{matchLabels: {app: cache}}]
    ///     - fromCIDR: [192.168.40.0/24]
    /// ```
    ///
    /// ## References
    /// - <https://docs.cilium.io/en/stable/security/policy/language/#ip-cidr-based>
    /// - <https://github.com/cilium/cilium/issues/44504>
    pub static CIDR_CANNOT_MATCH_PODS = "cidr-cannot-match-pods" {
        group: Availability, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

/// How people call addresses inside the cluster, and whether pods are meant.
const SAID: [(&str, bool); 12] = [
    ("pod cidr", true),
    ("pod network", true),
    ("pod range", true),
    ("pod subnet", true),
    ("pod ip", true),
    ("podcidr", true),
    ("cluster cidr", true),
    ("service cidr", false),
    ("service network", false),
    ("service range", false),
    ("cluster ip", false),
    ("clusterip", false),
];

/// Why a range is known to be meant for the inside of the cluster.
enum Evidence<'w> {
    Service(&'w Service, IpAddr, Place),
    Comment(String),
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let world = cx.world();
    if world.dialect.cni != Cni::Cilium {
        return;
    }
    let services: Vec<(&Service, IpAddr, Place)> =
        world.services.iter().filter_map(|each| address(world, each)).collect();
    for policy in cx.policies().filter(|policy| policy.policy.counts()) {
        let mut seen: Vec<Place> = Vec::new();
        for (_, entry) in policy.entries().filter(|(_, entry)| !entry.node) {
            let L3::Peers(peers) = &entry.l3 else { continue };
            for peer in peers {
                if !seen.contains(&peer.place)
                    && let Some((net, evidence)) = evidence(cx, peer, &services)
                {
                    seen.push(peer.place);
                    report(cx, policy, peer.place, net, &evidence);
                }
            }
        }
    }
}

/// The cluster IP that a Service declares.
fn address<'w>(world: &'w World, service: &'w Service) -> Option<(&'w Service, IpAddr, Place)> {
    let Body::Service(spec) = &world.object(service.object).body else { return None };
    let written = &spec.get()?.cluster_ip;
    Some((service, written.get()?.parse().ok()?, written.at()?.value))
}

fn evidence<'w>(cx: &Cx<'w>, peer: &Peer, services: &[(&'w Service, IpAddr, Place)]) -> Option<(IpNet, Evidence<'w>)> {
    let PeerKind::Cidr { net, except, .. } = &peer.kind else { return None };
    let narrow = net.prefix_len() >= if matches!(net, IpNet::V4(_)) { 12 } else { 48 };
    if !narrow {
        return None;
    }
    let inside = |address: &IpAddr| net.contains(address) && !except.iter().any(|hole| hole.contains(address));
    if let Some(&(service, address, place)) = services.iter().find(|(_, address, _)| inside(address)) {
        return Some((*net, Evidence::Service(service, address, place)));
    }
    let (comment, of_pods) = comment(cx, peer.place)?;
    let matched = of_pods && cx.world().knobs.cidr_match_mode.pods;
    (!matched).then_some((*net, Evidence::Comment(comment)))
}

/// What the comment behind a range says of the inside of the cluster.
fn comment(cx: &Cx<'_>, place: Place) -> Option<(String, bool)> {
    let (node, _) = cx.document(place.file)?.node(place)?;
    let block = node.get("ipBlock").map_or(node, |entry| entry.value);
    let range = block.get("cidr").map_or(block, |entry| entry.value);
    let (text, start) = (node.tree().text(), range.span().start);
    let end = text[start as usize..].find('\n').map_or(text.len() as u32, |length| start + length as u32);
    let behind = |at: u32| (start..=end).contains(&at);
    let comment = node.tree().comments().iter().find(|comment| behind(comment.span.start))?;
    let said = comment.span.slice(text).trim_start_matches('#').trim();
    let lower = said.to_lowercase();
    let plain = !lower.split_whitespace().any(|word| ["not", "no", "except", "without", "outside"].contains(&word));
    let (_, of_pods) = SAID.into_iter().find(|(words, _)| plain && lower.contains(words))?;
    Some((said.to_owned(), of_pods))
}

fn report(cx: &mut Cx<'_>, policy: PolicyRef<'_>, place: Place, net: IpNet, evidence: &Evidence<'_>) {
    let world = cx.world();
    let draft = cx
        .report(place, format!("`{net}` matches no pod: Cilium matches ranges with what is outside the cluster only"))
        .about(policy.object);
    match evidence {
        Evidence::Service(service, address, declared) => {
            let name = world.object(service.object).name().unwrap_or("(unnamed)");
            let draft = draft
                .here(format!("holds the cluster IP of Service `{name}`"))
                .label(*declared, format!("`{address}` becomes the address of a pod before policies look"));
            match service.selector {
                Some(selector) => draft.help(format!(
                    "select the pods behind it: `{}` in namespace `{}`",
                    world.selector_text(selector),
                    world.namespace_text(service.namespace)
                )),
                None => draft.help("use `toServices`, or for the API server the entity `kube-apiserver`"),
            };
        }
        Evidence::Comment(text) => {
            draft
                .confidence(Confidence::Medium)
                .here(format!("\"{text}\""))
                .help("select pods by their labels; for nodes use the entities `host` and `remote-node`");
        }
    }
}
