//! `access-half-missing`.

use std::collections::BTreeMap;

use ringfence_cluster::{Entry, PortMatch, Protocol};
use ringfence_engine::{Endpoint, Engine, Matches, Side, Traffic};

use crate::prelude::*;
use crate::wording;
use ringfence_cluster::blueprint::Use;

declare_rule! {
    /// ## What it does
    /// Reports access labels that open only one half of the connection: the shared resource admits those who carry the
    /// label, and they may not send; or they may send, and are not admitted. All policies are taken together, and a half
    /// counts as missing only where every connection that the other half grants is surely refused.
    ///
    /// ## Why it matters
    /// A connection needs both ends: egress where it leaves and ingress where it arrives. An end that some policy isolates
    /// refuses it, whatever the other end allows.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: access-cache}
    /// specs:
    ///   - endpointSelector:
    ///       matchLabels: {io.kubernetes.pod.namespace: cache}
    ///     ingress:
    ///       - fromEndpoints:
    ///           - matchLabels: {io.cilium.k8s.namespace.labels.access.example.org/cache: "true"}
    ///         toPorts: [{ports: [{port: "6379", protocol: TCP}]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {access.example.org/cache: "true"}
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: shut, namespace: shop}
    /// spec:
    ///   endpointSelector: {}
    ///   egress: [{toPorts: [{ports: [{port: "53"}]}]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: cache}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: access-cache}
    /// specs:
    ///   - endpointSelector:
    ///       matchLabels: {io.kubernetes.pod.namespace: cache}
    ///     ingress:
    ///       - fromEndpoints:
    ///           - matchLabels: {io.cilium.k8s.namespace.labels.access.example.org/cache: "true"}
    ///         toPorts: [{ports: [{port: "6379", protocol: TCP}]}]
    ///   - enableDefaultDeny: {egress: false}
    ///     endpointSelector:
    ///       matchLabels: {io.cilium.k8s.namespace.labels.access.example.org/cache: "true"}
    ///     egress:
    ///       - toEndpoints:
    ///           - matchLabels: {io.kubernetes.pod.namespace: cache}
    ///         toPorts: [{ports: [{port: "6379", protocol: TCP}]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {access.example.org/cache: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: cache}
    /// ```
    ///
    /// ## References
    /// [Cilium: policy enforcement modes](https://docs.cilium.io/en/stable/security/network/policyenforcement/)
    pub static ACCESS_HALF_MISSING = "access-half-missing" {
        group: Blueprint, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

/// The half that a policy grants, and the pods at both ends.
struct Half<'w> {
    entry: &'w Entry,
    /// Those who carry the label.
    clients: Vec<IdentityId>,
    /// What they are to reach.
    servers: Vec<IdentityId>,
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let keys: Vec<&str> = cx.blueprint().access().collect();
    if keys.is_empty() {
        return;
    }
    let meant = cx.meant();
    for key in keys {
        let mut missing: BTreeMap<Direction, (EntryId, Half<'_>)> = BTreeMap::new();
        for each in cx.blueprint().uses(key) {
            if let Some(half) = half(each, &meant).filter(|half| is_alone(half, &meant)) {
                missing.entry(half.entry.direction).or_insert((each.entry, half));
            }
        }
        for (entry, half) in missing.into_values() {
            report(key, entry, &half, &meant, cx);
        }
    }
}

/// The ends of what an entry grants by an access label, where both are known pods.
fn half<'w>(each: &Use<'w>, meant: &Engine<'w>) -> Option<Half<'w>> {
    let entry = meant.world().entry(each.entry);
    let granted = meant.counts(entry.policy) && entry.allows_something() && each.asks_for();
    let subjects = || known(&meant.subjects(each.entry));
    let carriers = || known(meant.selected(each.selector));
    let half = match (entry.direction, each.of_subject) {
        (Direction::Ingress, false) => Half { entry, clients: carriers(), servers: subjects() },
        (Direction::Egress, true) => Half { entry, clients: subjects(), servers: pods_of_peers(entry, meant) },
        _ => return None,
    };
    (granted && !half.clients.is_empty() && !half.servers.is_empty()).then_some(half)
}

/// The pods that surely match; where the input shows none, those that perhaps do, of which a sure "no" is one for all.
fn known(matches: &Matches) -> Vec<IdentityId> {
    let sure: Vec<IdentityId> = matches.sure().collect();
    if sure.is_empty() { matches.perhaps().collect() } else { sure }
}

/// The pods that the peers select; none where a peer is something else, which has no second half, or selects nothing sure.
fn pods_of_peers(entry: &Entry, meant: &Engine<'_>) -> Vec<IdentityId> {
    let selected = entry.peers().iter().map(|peer| match peer.kind {
        PeerKind::Endpoints(selector) => known(meant.selected(selector)),
        _ => Vec::new(),
    });
    let selected: Vec<Vec<IdentityId>> = selected.collect();
    if selected.iter().any(Vec::is_empty) { Vec::new() } else { selected.concat() }
}

/// Whether the other end surely refuses everything that a half grants.
fn is_alone(half: &Half<'_>, meant: &Engine<'_>) -> bool {
    let mut pairs = half.clients.iter().flat_map(|&client| half.servers.iter().map(move |&server| (client, server)));
    pairs.all(|(client, server)| {
        let ports = asked(half.entry, server, meant.world());
        client != server
            && !ports.is_empty()
            && ports
                .into_iter()
                .all(|traffic| other_side(half, client, server, traffic, meant).decision.allows().is_no())
    })
}

fn other_side(half: &Half<'_>, client: IdentityId, server: IdentityId, traffic: Traffic, meant: &Engine<'_>) -> Side {
    let (client, server) = (Endpoint::Pods(client), Endpoint::Pods(server));
    match half.entry.direction {
        Direction::Ingress => meant.side(&client, &server, Direction::Egress, traffic),
        Direction::Egress => meant.side(&server, &client, Direction::Ingress, traffic),
    }
}

/// What to try: the first of each range that the entry opens; where it opens all, the ports that the server names.
fn asked(entry: &Entry, server: IdentityId, world: &World) -> Vec<Traffic> {
    let named = world.identity(server).ports.iter();
    let own = |port: &ringfence_cluster::NamedPort| Some(Traffic { protocol: port.protocol, port: port.number? });
    match &entry.l4 {
        L4::Any => named.filter_map(own).chain([Traffic { protocol: Protocol::Tcp, port: 443 }]).collect(),
        L4::Unknown => Vec::new(),
        L4::Ports(rules) => {
            let asked = rules.iter().map(|rule| {
                let protocol = if rule.protocol == Protocol::Any { Protocol::Tcp } else { rule.protocol };
                let port = match rule.port {
                    PortMatch::Range(first, _) => first,
                    PortMatch::All => 443,
                    PortMatch::Named(name, _) => named.clone().find(|port| port.name == name)?.number?,
                    PortMatch::Unknown => return None,
                };
                Some(Traffic { protocol, port })
            });
            // One port that cannot be known may be the one that is open.
            asked.collect::<Option<Vec<_>>>().unwrap_or_default()
        }
    }
}

fn report(key: &str, id: EntryId, half: &Half<'_>, meant: &Engine<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let policy = cx.policy(half.entry.policy);
    let name = world.policy_text(policy.policy);
    let (clients, servers) = (wording::pods(world, &half.clients), wording::pods(world, &half.servers));
    let (message, here, help) = match half.entry.direction {
        Direction::Ingress => (
            format!(
                "`{key}` opens one half only: `{name}` admits {clients} to {servers}, and no policy lets them send there"
            ),
            "the half at the server",
            "add the half at the clients: a policy for the pods that carry the label, with egress to these pods",
        ),
        Direction::Egress => (
            format!(
                "`{key}` opens one half only: `{name}` lets {clients} send to {servers}, and no policy admits them there"
            ),
            "the half at the clients",
            "add the half at the server: a policy for these pods, with ingress from whoever carries the label",
        ),
    };
    let (stuck, who, end) = match half.entry.direction {
        Direction::Ingress => (&half.clients, "isolates the egress of the clients", Direction::Egress),
        Direction::Egress => (&half.servers, "isolates the ingress of the server", Direction::Ingress),
    };
    let isolating = stuck.first().map(|&pod| meant.isolation(&Endpoint::Pods(pod), end).by).unwrap_or_default();
    let isolating = isolating.first().map(|&entry| world.entry(entry));
    let carrier = half.clients.iter().find_map(|&pod| world.namespace_label_place(world.identity(pod).namespace, key));
    let refused = !policy.policy.counts();
    let mut draft = cx.report(world.entry(id).place, message).about(policy.object).here(here).help(help);
    if let Some(entry) = isolating {
        draft = draft.label(
            entry.subject_place.unwrap_or(entry.place),
            format!("`{}` {who}", world.policy_text(world.policy(entry.policy))),
        );
    }
    if let Some(place) = carrier {
        draft = draft.label(place, "who carries it expects both");
    }
    if refused {
        draft.note(format!("`{name}` itself is refused: this holds once it is accepted"));
    }
}
