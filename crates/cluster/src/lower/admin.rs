//! AdminNetworkPolicy and BaselineAdminNetworkPolicy, and what ClusterNetworkPolicy shares with them (semantics §8).

use ringfence_manifest::kinds::admin::{
    AdminSpec, BaselineSpec, EgressPeer, EgressRule, IngressPeer, IngressRule, NamespacedPods, Port, PortRange, Subject,
};
use ringfence_manifest::{Field, LabelSelector, List, Place};
use smol_str::SmolStr;

use super::cidr::{blocks, unreadable};
use super::fqdn::normal;
use super::network_policy::protocol;
use super::selector::Parts;
use super::{Base, Draft};
use crate::build::Builder;
use crate::{
    DnsPattern, Entity, L3, L4, Parser, Peer, PeerKind, PolicyId, PortMatch, PortRule, Protocol, Section, Tier, Tri,
    Verdict,
};

/// A peer of any of these kinds; ingress has only the first two.
pub(super) struct AdminPeer<'a> {
    pub(super) place: Place,
    pub(super) namespaces: &'a Field<LabelSelector>,
    pub(super) pods: &'a Field<NamespacedPods>,
    pub(super) outside: Option<Outside<'a>>,
}

/// What only egress can name.
pub(super) struct Outside<'a> {
    pub(super) nodes: &'a Field<LabelSelector>,
    pub(super) networks: &'a Field<List<SmolStr>>,
    pub(super) domain_names: &'a Field<List<SmolStr>>,
}

/// A rule of any of these kinds, lowered but for its peers.
pub(super) struct AdminRule<'a, P> {
    pub(super) place: Place,
    pub(super) action: &'a Field<SmolStr>,
    pub(super) peers: &'a Field<List<P>>,
    pub(super) l4: L4,
    /// Whom a rule without peers is about.
    pub(super) without_peers: L3,
}

/// Where a rule stands.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) section: Section,
    pub(super) priority: u32,
    pub(super) index: u32,
}

impl<'a> From<&'a IngressPeer> for AdminPeer<'a> {
    fn from(peer: &'a IngressPeer) -> Self {
        Self { place: peer.place, namespaces: &peer.namespaces, pods: &peer.pods, outside: None }
    }
}

impl<'a> From<&'a EgressPeer> for AdminPeer<'a> {
    fn from(peer: &'a EgressPeer) -> Self {
        let outside = Outside { nodes: &peer.nodes, networks: &peer.networks, domain_names: &peer.domain_names };
        Self { place: peer.place, namespaces: &peer.namespaces, pods: &peer.pods, outside: Some(outside) }
    }
}

impl Builder<'_> {
    pub(super) fn admin(&mut self, policy: PolicyId, spec: &Field<AdminSpec>) {
        let Field::Set(spec, _) = spec else { return self.unreadable_admin(policy, Tier::Admin, spec) };
        let base = self.admin_base(policy, Tier::Admin, &spec.subject);
        self.admin_rules(&base, priority(&spec.priority), &spec.ingress, &spec.egress);
    }

    pub(super) fn baseline(&mut self, policy: PolicyId, spec: &Field<BaselineSpec>) {
        let Field::Set(spec, _) = spec else { return self.unreadable_admin(policy, Tier::Baseline, spec) };
        let base = self.admin_base(policy, Tier::Baseline, &spec.subject);
        self.admin_rules(&base, 0, &spec.ingress, &spec.egress);
    }

    /// A policy of which nothing is known: it may allow or deny anything.
    pub(super) fn unreadable_admin<T>(&mut self, policy: PolicyId, tier: Tier, spec: &Field<T>) {
        let Some(place) = unreadable(spec) else { return };
        let base = self.admin_base(policy, tier, &Field::Absent);
        for section in [Section::Ingress, Section::Egress] {
            self.unreadable_rule_of_admin(&base, At { section, priority: 0, index: 0 }, None, place);
        }
    }

    pub(super) fn admin_base(&mut self, policy: PolicyId, tier: Tier, subject: &Field<Subject>) -> Base {
        let parts = self.subject(subject);
        Base {
            policy,
            spec: 0,
            tier,
            node: false,
            subject: self.compiled(parts),
            subject_place: subject.at().map(|at| at.value),
            scope: None,
        }
    }

    fn subject(&mut self, subject: &Field<Subject>) -> Parts {
        match subject.get() {
            Some(subject) if !subject.namespaces.is_nil() => self.namespace_parts(&subject.namespaces),
            Some(subject) if !subject.pods.is_nil() => self.namespaced_pods(&subject.pods, false),
            _ => {
                let mut parts = self.namespace_parts(&Field::Absent);
                parts.uncertain = true;
                parts
            }
        }
    }

    fn namespaced_pods(&mut self, pods: &Field<NamespacedPods>, peer: bool) -> Parts {
        let Some(written) = pods.get() else {
            let mut parts = self.namespace_parts(&Field::Absent);
            parts.uncertain = true;
            return parts;
        };
        let mut parts = self.parts_of(&written.pod_selector, Self::pod_key);
        if peer {
            self.confine_to_cluster(&mut parts);
        }
        let namespaces = self.namespace_parts(&written.namespace_selector);
        parts.and(namespaces)
    }

    fn admin_rules(
        &mut self,
        base: &Base,
        priority: u32,
        ingress: &Field<List<IngressRule>>,
        egress: &Field<List<EgressRule>>,
    ) {
        self.each_rule(base, Section::Ingress, priority, ingress, |builder, rule: &IngressRule, at| {
            let l4 = builder.admin_ports(&rule.ports);
            let peers = &rule.from;
            let rule = AdminRule { place: rule.place, action: &rule.action, peers, l4, without_peers: L3::Unknown };
            builder.admin_rule(base, at, rule);
        });
        self.each_rule(base, Section::Egress, priority, egress, |builder, rule: &EgressRule, at| {
            let l4 = builder.admin_ports(&rule.ports);
            let peers = &rule.to;
            let rule = AdminRule { place: rule.place, action: &rule.action, peers, l4, without_peers: L3::Unknown };
            builder.admin_rule(base, at, rule);
        });
    }

    /// Lowers every rule that can be read; of the others nothing is known.
    pub(super) fn each_rule<T>(
        &mut self,
        base: &Base,
        section: Section,
        priority: u32,
        list: &Field<List<T>>,
        mut lower: impl FnMut(&mut Self, &T, At),
    ) {
        if let Some(place) = unreadable(list) {
            self.unreadable_rule_of_admin(base, At { section, priority, index: 0 }, None, place);
        }
        for (item, index) in list.items().iter().zip(0..) {
            let at = At { section, priority, index };
            match item {
                Field::Set(rule, _) => lower(self, rule, at),
                _ => {
                    if let Some(place) = unreadable(item) {
                        self.unreadable_rule_of_admin(base, at, Some(index), place);
                    }
                }
            }
        }
    }

    fn unreadable_rule_of_admin(&mut self, base: &Base, at: At, item: Option<u32>, place: Place) {
        for verdict in [Verdict::Deny, Verdict::Allow] {
            let unknown = Draft::unknown(at.section, item, place, Tri::No);
            self.entry(base, Draft { verdict, priority: (at.priority, at.index), ..unknown });
        }
    }

    pub(super) fn admin_rule<'a, P>(&mut self, base: &Base, at: At, rule: AdminRule<'a, P>)
    where
        AdminPeer<'a>: From<&'a P>,
    {
        if unreadable(rule.action).is_some() {
            return self.unreadable_rule_of_admin(base, at, Some(at.index), rule.place);
        }
        let verdict = match rule.action.get().map(SmolStr::as_str) {
            Some("Deny") => Verdict::Deny,
            Some("Pass") => Verdict::Pass,
            _ => Verdict::Allow,
        };
        let (l3, denied) = self.admin_peers(rule.peers, verdict, rule.without_peers);
        let unknown = Draft::unknown(at.section, Some(at.index), rule.place, Tri::No);
        let draft = Draft { verdict, priority: (at.priority, at.index), l3, l4: rule.l4.clone(), ..unknown };
        self.entry(base, draft);
        if let Some(place) = denied {
            let unknown = Draft::unknown(at.section, Some(at.index), place, Tri::No);
            let priority = (at.priority, at.index);
            self.entry(base, Draft { verdict: Verdict::Deny, priority, l3: L3::Anyone, l4: rule.l4, ..unknown });
        }
    }

    /// The peers; and the place of a Pass for a peer of unknown type, which Cilium turns into a Deny for everyone.
    fn admin_peers<'a, P>(&mut self, list: &'a Field<List<P>>, verdict: Verdict, none: L3) -> (L3, Option<Place>)
    where
        AdminPeer<'a>: From<&'a P>,
    {
        if unreadable(list).is_some() {
            return (L3::Unknown, None);
        }
        if list.items().is_empty() {
            return (none, None);
        }
        let (mut peers, mut denied) = (Vec::new(), None);
        for item in list.items() {
            match item {
                Field::Set(peer, _) => denied = self.admin_peer(&peer.into(), verdict, &mut peers).or(denied),
                _ => peers.extend(item.at().map(|at| Peer { kind: PeerKind::Unknown, place: at.value })),
            }
        }
        (L3::Peers(peers), denied)
    }

    fn admin_peer(&mut self, peer: &AdminPeer<'_>, verdict: Verdict, peers: &mut Vec<Peer>) -> Option<Place> {
        let place = peer.place;
        let before = peers.len();
        if !peer.pods.is_nil() {
            let parts = self.namespaced_pods(peer.pods, true);
            peers.push(Peer { kind: PeerKind::Endpoints(self.compiled(parts)), place });
        }
        if !peer.namespaces.is_nil() {
            let parts = self.namespace_parts(peer.namespaces);
            peers.push(Peer { kind: PeerKind::Endpoints(self.compiled(parts)), place });
        }
        if let Some(outside) = &peer.outside {
            self.outside(outside, place, peers);
        }
        if peers.len() > before {
            return None;
        }
        // A peer of a type that nobody knows fails closed.
        let kind = if verdict == Verdict::Deny { PeerKind::Entity(Entity::All) } else { PeerKind::Nobody };
        peers.push(Peer { kind, place });
        (verdict == Verdict::Pass).then_some(place)
    }

    fn outside(&mut self, outside: &Outside<'_>, place: Place, peers: &mut Vec<Peer>) {
        if !outside.nodes.is_nil() {
            for reserved in ["host", "remote-node"] {
                let mut parts = self.parts_of(outside.nodes, Self::node_key);
                let node = self.reserved(reserved);
                parts.expressions.push(node);
                self.confine_to_cluster(&mut parts);
                peers.push(Peer { kind: PeerKind::Nodes(self.compiled(parts)), place });
            }
        }
        // Upstream a network reaches into the cluster; in Cilium it does not (semantics §8.2).
        blocks(outside.networks, !self.is_cilium(), peers);
        for (name, at) in domain_names(outside.domain_names) {
            peers.push(Peer { kind: PeerKind::Fqdn(name), place: at });
        }
    }

    fn admin_ports(&mut self, list: &Field<List<Port>>) -> L4 {
        if list.is_nil() {
            return L4::Any;
        }
        // `[]` is left open by the API.
        if unreadable(list).is_some() || list.items().is_empty() {
            return L4::Unknown;
        }
        let rules: Option<Vec<PortRule>> = list.items().iter().map(|item| Some(self.admin_port(item.get()?))).collect();
        rules.map_or(L4::Unknown, L4::Ports)
    }

    fn admin_port(&mut self, port: &Port) -> PortRule {
        let (protocol, matched) = if let Some(number) = port.port_number.get() {
            (protocol(&number.protocol), single(&number.port))
        } else if let Some(range) = port.port_range.get() {
            (protocol(&range.protocol), of_range(range))
        } else if let Some(name) = port.named_port.get() {
            (Protocol::Any, PortMatch::Named(self.intern(name), None))
        } else {
            (Protocol::Unknown, PortMatch::Unknown)
        };
        PortRule { protocol, port: matched, parser: Parser::default(), place: port.place }
    }
}

/// The names of `domainNames` with their places: `*.` is one or more labels there, which Cilium writes `**.`.
pub(super) fn domain_names(list: &Field<List<SmolStr>>) -> Vec<(DnsPattern, Place)> {
    let hidden = unreadable(list).map(|place| (DnsPattern::Unknown, place));
    let items = list.items().iter().filter_map(|item| Some((domain_name(item), item.at()?.value)));
    hidden.into_iter().chain(items).collect()
}

fn domain_name(item: &Field<SmolStr>) -> DnsPattern {
    let Some(text) = item.get() else { return DnsPattern::Unknown };
    let name = normal(text);
    if name.starts_with('*') && !name.starts_with("**") {
        DnsPattern::Pattern(format!("*{name}").into())
    } else if name.starts_with('*') {
        DnsPattern::Pattern(name)
    } else {
        DnsPattern::Name(name)
    }
}

pub(super) fn priority(written: &Field<i64>) -> u32 {
    written.get().map_or(0, |&number| u32::try_from(number).unwrap_or(0))
}

pub(super) fn single(port: &Field<i64>) -> PortMatch {
    let number = port.get().and_then(|&number| u16::try_from(number).ok());
    number.map_or(PortMatch::Unknown, |number| PortMatch::Range(number, number))
}

fn of_range(range: &PortRange) -> PortMatch {
    ends(&range.start, &range.end)
}

/// A range by its ends.
pub(super) fn ends(start: &Field<i64>, end: &Field<i64>) -> PortMatch {
    match (single(start), single(end)) {
        (PortMatch::Range(start, _), PortMatch::Range(end, _)) => PortMatch::Range(start, end.max(start)),
        _ => PortMatch::Unknown,
    }
}
