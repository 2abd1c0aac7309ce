//! `dns-server-cut-off`.

use ringfence_cluster::{Entity, Protocol, Verdict};
use ringfence_engine::{Endpoint, Isolation, Traffic};

use crate::prelude::*;
use crate::wording;
use ringfence_engine::dns::{Dns, allows_egress, covers_dns};

declare_rule! {
    /// ## What it does
    /// Reports policies that cut the cluster's DNS pods off: nobody may ask them, some workloads that are let out to them are
    /// not admitted there, or they may reach neither an upstream resolver nor the API server.
    ///
    /// ## Why it matters
    /// A policy for "all pods" selects the DNS pods too. Isolated in ingress they answer nobody: the whole cluster loses
    /// DNS at once. Isolated in egress they cannot ask upstream for names outside the cluster, nor watch Services for
    /// those inside.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: metrics-only, namespace: kube-system}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - ports: [{protocol: TCP, port: 9153}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: metrics-and-dns, namespace: kube-system}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - ports:
    ///         - {protocol: TCP, port: 9153}
    ///         - {protocol: UDP, port: 53}
    ///         - {protocol: TCP, port: 53}
    /// ```
    ///
    /// ## References
    /// [CoreDNS: kubernetes](https://coredns.io/plugins/kubernetes/), [forward](https://coredns.io/plugins/forward/)
    pub static DNS_SERVER_CUT_OFF = "dns-server-cut-off" {
        group: Availability, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let dns = Dns::new(cx.engine());
    for direction in Direction::BOTH {
        let mut cut: Vec<(EntryId, Vec<IdentityId>)> = Vec::new();
        for &server in dns.servers() {
            let isolation = cx.engine().isolation(&Endpoint::Pods(server), direction);
            let Some(entry) = first_isolating(&isolation, server, direction, cx) else { continue };
            if cut_off(server, direction, cx) {
                match cut.iter_mut().find(|(known, _)| *known == entry) {
                    Some((_, servers)) => servers.push(server),
                    None => cut.push((entry, vec![server])),
                }
            }
        }
        let all_shut = direction == Direction::Ingress && !cut.is_empty();
        for (entry, servers) in cut {
            report(entry, &servers, direction, &dns, cx);
        }
        if direction == Direction::Ingress && !all_shut {
            turned_away(&dns, cx);
        }
    }
}

/// Reports workloads that may send to the servers and that none of these admits.
fn turned_away(dns: &Dns<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let isolating = |&server: &IdentityId| {
        let isolation = cx.engine().isolation(&Endpoint::Pods(server), Direction::Ingress);
        first_isolating(&isolation, server, Direction::Ingress, cx)
    };
    // Where one of the servers is open to everybody, nobody is turned away.
    let Some(isolated) = dns.servers().iter().map(isolating).collect::<Option<Vec<EntryId>>>() else { return };
    let Some(&first) = isolated.first() else { return };
    let client = |id: &IdentityId| {
        let sends = || dns.lookup(*id).udp.or(dns.lookup(*id).tcp).is_yes();
        !world.identity(*id).workloads.is_empty() && !dns.servers().contains(id) && dns.admits(*id).is_no() && sends()
    };
    let clients: Vec<IdentityId> = world.identity_ids().map(|(id, _)| id).filter(client).collect();
    if clients.is_empty() {
        return;
    }
    let entry = world.entry(first);
    let policy = cx.policy(entry.policy);
    let message = format!(
        "{} cannot resolve names: they may ask the DNS pods, which do not admit them; `{}` isolates the ingress there",
        wording::pods(world, &clients),
        world.policy_text(policy.policy),
    );
    let assumed = if dns.assumed() { Confidence::Medium } else { Confidence::High };
    cx.report(entry.place, message)
        .about(policy.object)
        .severity(Severity::Warning)
        .confidence(assumed)
        .here("admits some, and not these")
        .help("allow UDP and TCP 53 from every namespace to the DNS pods");
}

/// The first entry that surely isolates a server, if it is surely isolated.
fn first_isolating(isolation: &Isolation, server: IdentityId, direction: Direction, cx: &Cx<'_>) -> Option<EntryId> {
    isolation.isolated.is_yes().then_some(())?;
    let selecting = cx.engine().entries_selecting(server, direction);
    isolation.by.iter().copied().find(|id| selecting.contains(&(*id, Tri::Yes)))
}

fn cut_off(server: IdentityId, direction: Direction, cx: &Cx<'_>) -> bool {
    match direction {
        Direction::Ingress => !anybody_may_ask(server, cx),
        Direction::Egress => !may_reach_out(server, cx),
    }
}

/// Whether some pod, or a node, may ask the server.
fn anybody_may_ask(server: IdentityId, cx: &Cx<'_>) -> bool {
    let subject = Endpoint::Pods(server);
    let asks = |peer: Endpoint| {
        [Protocol::Udp, Protocol::Tcp].into_iter().any(|protocol| {
            let traffic = Traffic { protocol, port: 53 };
            cx.engine().side(&subject, &peer, Direction::Ingress, traffic).decision.allows().possible()
        })
    };
    let mut clients = cx.world().identity_ids().map(|(id, _)| id).filter(|id| *id != server).peekable();
    match clients.peek() {
        Some(_) => clients.map(Endpoint::Pods).any(asks),
        // The input shows nobody who could ask: only a policy without any rule for DNS surely shuts everybody out.
        None => cx.engine().entries_selecting(server, Direction::Ingress).iter().any(|&(id, _)| lets_dns_in(id, cx)),
    }
}

fn lets_dns_in(id: EntryId, cx: &Cx<'_>) -> bool {
    let entry = cx.world().entry(id);
    let ports = matches!(entry.l4, L4::Any | L4::Unknown)
        || entry.port_rules().iter().any(|rule| covers_dns(rule, cx.world()).possible());
    entry.verdict == Verdict::Allow && entry.l3 != L3::Nothing && ports
}

/// Whether the server may reach an upstream resolver or the API server.
fn may_reach_out(server: IdentityId, cx: &Cx<'_>) -> bool {
    let subject = Endpoint::Pods(server);
    let reaches = |peer: &Endpoint, protocol, port| {
        let traffic = Traffic { protocol, port };
        cx.engine().side(&subject, peer, Direction::Egress, traffic).decision.allows().possible()
    };
    let upstream = [Endpoint::World, Endpoint::Reserved(Entity::Host), Endpoint::Reserved(Entity::RemoteNode)];
    let api = Endpoint::Reserved(Entity::KubeApiserver);
    upstream.iter().any(|peer| reaches(peer, Protocol::Udp, 53) || reaches(peer, Protocol::Tcp, 53))
        || [443, 6443].into_iter().any(|port| reaches(&api, Protocol::Tcp, port))
        || reaches_addresses(server, cx)
}

/// Whether a policy names addresses or names outside the cluster for the server: its upstream, as far as we can tell.
fn reaches_addresses(server: IdentityId, cx: &Cx<'_>) -> bool {
    let entries = cx.engine().entries_selecting(server, Direction::Egress);
    entries.iter().map(|&(id, _)| cx.world().entry(id)).filter(|entry| allows_egress(entry)).any(|entry| {
        let L3::Peers(peers) = &entry.l3 else { return entry.l3 == L3::Unknown };
        peers.iter().any(|peer| matches!(peer.kind, PeerKind::Cidr { .. } | PeerKind::Fqdn(_) | PeerKind::Unknown))
    })
}

fn report(entry: EntryId, servers: &[IdentityId], direction: Direction, dns: &Dns<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let entry = world.entry(entry);
    let policy = cx.policy(entry.policy);
    let name = world.policy_text(policy.policy);
    let who = match servers.first() {
        Some(&server) if dns.assumed() => {
            format!("the DNS pods of `{}`", world.namespace_text(world.identity(server).namespace))
        }
        _ => format!("the DNS pods {}", wording::pods(world, servers)),
    };
    let (message, help) = match direction {
        Direction::Ingress => (
            format!("no pod may ask {who}: `{name}` isolates their ingress and no policy allows port 53"),
            "allow UDP and TCP 53 from every namespace to the DNS pods, or leave them out of this policy",
        ),
        Direction::Egress => (
            format!("{who} reach neither an upstream resolver nor the API server: `{name}` isolates their egress"),
            "leave the DNS pods out of this policy, or allow them port 53 to their upstream and the API server",
        ),
    };
    let selects = entry.subject_place.filter(|place| *place != entry.place);
    let labels = servers.first().and_then(|&server| world.identity(server).workloads.first());
    let labels = labels.and_then(|&workload| world.workload(workload).labels_place);
    let mut draft = cx
        .report(entry.place, message)
        .about(policy.object)
        .here(format!("isolates {}", direction.as_str()))
        .help(help);
    if let Some(place) = selects {
        draft = draft.label(place, "selects the DNS pods too");
    }
    if let Some(place) = labels {
        draft = draft.label(place, "the DNS pods");
    }
    if dns.assumed() {
        draft
            .severity(Severity::Warning)
            .confidence(Confidence::Medium)
            .note("no DNS pods are among the files: `k8s-app: kube-dns` in `kube-system` is assumed");
    }
}
