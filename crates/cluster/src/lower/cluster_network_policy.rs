//! ClusterNetworkPolicy (semantics §8): as the older kinds, with other ports, and DNS by itself in Cilium.

use ringfence_manifest::kinds::cluster_network_policy::{
    ClusterPolicySpec, DestinationPort, EgressPeer, EgressRule, IngressRule, PortMatch as Written, Protocol as Ports,
};
use ringfence_manifest::{Field, List, Place};

use super::admin::{AdminPeer, AdminRule, At, Outside, domain_names, ends, priority, single};
use super::cidr::unreadable;
use super::{Base, Draft};
use crate::build::Builder;
use crate::{
    DnsPattern, L3, L4, L7, Operator, Parser, Peer, PeerKind, PolicyId, PortMatch, PortRule, Protocol, Requirement,
    Section, Selector, Tier, Tri, Verdict,
};

impl<'a> From<&'a EgressPeer> for AdminPeer<'a> {
    fn from(peer: &'a EgressPeer) -> Self {
        let outside = Outside { nodes: &peer.nodes, networks: &peer.networks, domain_names: &peer.domain_names };
        Self { place: peer.place, namespaces: &peer.namespaces, pods: &peer.pods, outside: Some(outside) }
    }
}

impl Builder<'_> {
    pub(super) fn cluster_network_policy(&mut self, policy: PolicyId, spec: &Field<ClusterPolicySpec>) {
        let Field::Set(spec, _) = spec else { return self.unreadable_admin(policy, Tier::Admin, spec) };
        let tier = match spec.tier.get() {
            Some(tier) if tier == "Baseline" => Tier::Baseline,
            _ => Tier::Admin,
        };
        let base = self.admin_base(policy, tier, &spec.subject);
        let first = priority(&spec.priority);
        self.each_rule(&base, Section::Ingress, first, &spec.ingress, |builder, rule: &IngressRule, at| {
            let l4 = builder.protocols(&rule.protocols);
            let peers = &rule.from;
            let rule = AdminRule { place: rule.place, action: &rule.action, peers, l4, without_peers: L3::Anyone };
            builder.admin_rule(&base, at, rule);
        });
        self.each_rule(&base, Section::Egress, first, &spec.egress, |builder, rule: &EgressRule, at| {
            let l4 = builder.protocols(&rule.protocols);
            let peers = &rule.to;
            let lowered = AdminRule { place: rule.place, action: &rule.action, peers, l4, without_peers: L3::Anyone };
            builder.admin_rule(&base, at, lowered);
            if builder.is_cilium() {
                builder.dns_of_names(&base, at, rule);
            }
        });
    }

    /// Cilium lets the subjects of a rule with names ask pods labelled as cluster DNS for them (semantics §8.2).
    fn dns_of_names(&mut self, base: &Base, at: At, rule: &EgressRule) {
        let names = rule.to.values().flat_map(|peer| domain_names(&peer.domain_names));
        let names: Vec<DnsPattern> = names.map(|(name, _)| name).collect();
        if names.is_empty() {
            return;
        }
        let place = rule.place;
        let dns = self.dns_pods();
        let ports = ["dns", "dns-tcp"].map(|name| {
            let port = PortMatch::Named(self.intern(name), None);
            let parser = Parser { dns: true, ..Parser::default() };
            PortRule { protocol: Protocol::Any, port, parser, place }
        });
        let draft = Draft {
            verdict: Verdict::Allow,
            priority: (at.priority, at.index),
            l3: L3::Peers(vec![Peer { kind: dns, place }]),
            l4: L4::Ports(ports.to_vec()),
            l7: L7 { dns: Some(names), place: Some(place), ..L7::default() },
            ..Draft::unknown(at.section, Some(at.index), place, Tri::No)
        };
        self.entry(base, draft);
    }

    fn dns_pods(&mut self) -> PeerKind {
        let key = self.cilium_key("k8s-app");
        let operator = Operator::In(vec![self.intern("kube-dns")]);
        let requirements = vec![Requirement { key, operator, injected: true }];
        PeerKind::Endpoints(self.selector(Selector { requirements, uncertain: false }))
    }

    fn protocols(&mut self, list: &Field<List<Ports>>) -> L4 {
        if unreadable(list).is_some() {
            return L4::Unknown;
        }
        if list.items().is_empty() {
            return L4::Any;
        }
        let rules: Option<Vec<PortRule>> = list.items().iter().map(|item| Some(self.protocol(item.get()?))).collect();
        rules.map_or(L4::Unknown, L4::Ports)
    }

    /// Of several members the first counts.
    fn protocol(&mut self, ports: &Ports) -> PortRule {
        let place: Place = ports.place;
        let members = [(&ports.tcp, Protocol::Tcp), (&ports.udp, Protocol::Udp), (&ports.sctp, Protocol::Sctp)];
        let given = members.into_iter().find(|(member, _)| !member.is_nil());
        let (protocol, port) = match (given, ports.destination_named_port.get()) {
            (Some((member, protocol)), _) => (protocol, of_member(member)),
            (None, Some(name)) => (Protocol::Any, PortMatch::Named(self.intern(name), None)),
            (None, None) => (Protocol::Unknown, PortMatch::Unknown),
        };
        PortRule { protocol, port, parser: Parser::default(), place }
    }
}

/// `{}` is every port of the protocol.
fn of_member(member: &Field<DestinationPort>) -> PortMatch {
    let Some(member) = member.get() else { return PortMatch::Unknown };
    match &member.destination_port {
        Field::Absent | Field::Null(_) => PortMatch::All,
        Field::Set(port, _) => of_port(port),
        _ => PortMatch::Unknown,
    }
}

fn of_port(port: &Written) -> PortMatch {
    match &port.range {
        Field::Set(range, _) => ends(&range.start, &range.end),
        Field::Absent | Field::Null(_) => single(&port.number),
        _ => PortMatch::Unknown,
    }
}
