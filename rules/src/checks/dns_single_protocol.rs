//! `dns-single-protocol`.

use ringfence_cluster::{Entry, Operator, PortMatch, PortRule, Protocol};
use ringfence_engine::Endpoint;

use crate::name_label::NameLabels;
use crate::prelude::*;
use crate::wording;
use ringfence_engine::dns::{Dns, allows_egress, is_dns_port};

declare_rule! {
    /// ## What it does
    /// Reports egress rules that let pods ask DNS over UDP alone, or over TCP alone. Where another policy allows the
    /// other protocol to the same pods, or where no pod is surely meant, it is only noted.
    ///
    /// ## Why it matters
    /// Answers that do not fit a datagram are asked for again over TCP: with UDP alone a name with many addresses fails
    /// now and then. With TCP alone nearly every lookup fails; in a NetworkPolicy that is what a port without `protocol`
    /// means.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: dns, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    ///           podSelector: {matchLabels: {k8s-app: kube-dns}}
    ///       ports:
    ///         - {protocol: UDP, port: 53}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: dns, namespace: shop}
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
    /// [RFC 7766](https://www.rfc-editor.org/rfc/rfc7766): DNS over TCP is required of every implementation
    pub static DNS_SINGLE_PROTOCOL = "dns-single-protocol" {
        group: Availability, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let (world, dns) = (cx.world(), Dns::new(cx.engine()));
    let names = NameLabels::of(world);
    let mut reported: Option<Place> = None;
    let allows = |entry: &Entry| world.policy(entry.policy).counts() && allows_egress(entry);
    for (id, entry) in world.entry_ids().filter(|(_, entry)| allows(entry)) {
        let Some((rule, protocol)) = single_protocol(entry, world) else { continue };
        let reaches = |server: &IdentityId| cx.engine().covers(id, &Endpoint::Pods(*server)).is_yes();
        // Each peer of a NetworkPolicy rule is an entry of its own, over the same ports.
        let fresh = reported != Some(rule.place);
        let meant = dns.servers().iter().any(reaches) || means_servers(entry, &names, &dns, world);
        if fresh && meant && !has_other_half(entry, protocol, world) {
            reported = Some(rule.place);
            report(cx.policy(entry.policy), id, rule, protocol, &dns, cx);
        }
    }
}

/// Whether an entry seeks the namespace of the DNS servers by a label that is not there: `namespace-name-label` reports
/// that, and the protocol is a fault of its own.
fn means_servers(entry: &Entry, names: &NameLabels, dns: &Dns<'_>, world: &World) -> bool {
    let L3::Peers(peers) = &entry.l3 else { return false };
    let homes: Vec<_> = dns.servers().iter().map(|&id| world.namespace_text(world.identity(id).namespace)).collect();
    peers.iter().any(|peer| {
        let PeerKind::Endpoints(selector) = peer.kind else { return false };
        let asked = names.asked(world, world.selector(selector)).map(|asked| &asked.operator);
        let Some(Operator::In(values)) = asked else { return false };
        values.iter().any(|&value| homes.contains(&world.symbols.text(value)))
    })
}

/// The DNS port of an entry that allows it over one protocol only.
fn single_protocol<'e>(entry: &'e Entry, world: &World) -> Option<(&'e PortRule, Protocol)> {
    let rules: Vec<&PortRule> = entry.port_rules().iter().collect();
    let dns: Vec<&PortRule> = rules.iter().copied().filter(|rule| is_dns_port(rule, world)).collect();
    let first = *dns.first()?;
    let other = match first.protocol {
        Protocol::Udp => Protocol::Tcp,
        Protocol::Tcp => Protocol::Udp,
        _ => return None,
    };
    let has_other = rules.iter().any(|rule| covers(rule, other, world));
    (!has_other).then_some((first, first.protocol))
}

/// Whether a rule beside this one, for the same namespace, allows just the other protocol: they were written as halves.
fn has_other_half(entry: &Entry, only: Protocol, world: &World) -> bool {
    let beside = |other: &Entry| other.scope == entry.scope && allows_egress(other) && other.subject == entry.subject;
    let halves = world.counting_entries().map(|(_, other)| other).filter(|other| beside(other));
    halves.filter_map(|other| single_protocol(other, world)).any(|(_, protocol)| protocol != only)
}

/// Whether a port rule may cover the DNS port over a protocol.
fn covers(rule: &PortRule, protocol: Protocol, world: &World) -> bool {
    let speaks = rule.protocol == protocol || matches!(rule.protocol, Protocol::Any | Protocol::Unknown);
    let reaches = match rule.port {
        PortMatch::Range(first, last) => (first..=last).contains(&53),
        PortMatch::All | PortMatch::Unknown => true,
        PortMatch::Named(..) => is_dns_port(rule, world),
    };
    speaks && reaches
}

fn report(policy: PolicyRef<'_>, entry: EntryId, rule: &PortRule, only: Protocol, dns: &Dns<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let (only, other) = if only == Protocol::Udp { ("UDP", "TCP") } else { ("TCP", "UDP") };
    let subjects: Vec<IdentityId> =
        cx.engine().subjects(entry).sure().filter(|pod| !dns.servers().contains(pod)).collect();
    let half = |pod: &IdentityId| {
        let lookup = dns.lookup(*pod);
        if other == "TCP" { lookup.tcp } else { lookup.udp }
    };
    let lacking: Vec<IdentityId> = subjects.iter().copied().filter(|pod| half(pod).is_no()).collect();
    let gets = if subjects.iter().all(|pod| half(pod).is_yes()) { "gets" } else { "may get" };
    let fix = other_protocol(rule, other, cx);
    let message = match (lacking.is_empty(), only) {
        (true, _) if subjects.is_empty() => format!("DNS is allowed over {only} only"),
        (true, _) => format!("DNS is allowed over {only} only; {other} {gets} through by another policy"),
        (false, "UDP") => {
            format!("DNS is allowed over UDP only: long answers fail for {}", wording::pods(world, &lacking))
        }
        (false, _) => {
            format!("DNS is allowed over TCP only: nearly every lookup fails for {}", wording::pods(world, &lacking))
        }
    };
    let severity = if lacking.is_empty() { Severity::Info } else { Severity::Warning };
    let mut draft = cx.report(rule.place, message).about(policy.object).severity(severity).here(format!("{only} 53"));
    if subjects.is_empty() {
        draft = draft.note("no pod among the files is certain to be selected by this policy");
    }
    draft.help(format!("allow {other} 53 beside it")).fix(
        Applicability::Unsafe,
        format!("allow {other} 53 to the same peers"),
        fix,
    );
}

/// The edit that adds the other protocol behind the port.
fn other_protocol(
    rule: &PortRule,
    other: &str,
    cx: &Cx<'_>,
) -> Option<(ringfence_text::FileId, Vec<ringfence_text::Edit>)> {
    cx.edit(rule.place, |node| {
        let port = node.get("port")?.value.scalar()?.raw;
        let list = node.parent()?;
        let lines = if list.flow() || node.flow() {
            format!("{{port: {port}, protocol: {other}}}")
        } else {
            format!("port: {port}\nprotocol: {other}")
        };
        (port.trim_matches(['"', '\'']) == "53").then_some(())?;
        ringfence_yaml::edit::append_item(list, &lines)
    })
}
