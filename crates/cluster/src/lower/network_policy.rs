//! NetworkPolicy: upstream as the API documents it, in Cilium as Cilium translates it (semantics §3.1, §3.2).

use ringfence_manifest::kinds::network_policy::{IpBlock, NetworkPolicySpec, Peer as Written, Port};
use ringfence_manifest::{Field, IntOrString, LabelSelector, List, Place};
use smol_str::SmolStr;

use super::cidr::{block, unreadable};
use super::{Base, Draft};
use crate::build::Builder;
use crate::{
    Direction, L3, L4, L7, NamespaceId, Parser, Peer, PeerKind, PolicyId, PortMatch, PortRule, Protocol, Section,
    Selector, SelectorId, Tier, Tri,
};

/// Peers and ports of a rule.
type PartsOf<T> = fn(&T) -> (&Field<List<Written>>, &Field<List<Port>>);

fn empty_spec(place: Place) -> NetworkPolicySpec {
    NetworkPolicySpec {
        place,
        pod_selector: Field::Absent,
        policy_types: Field::Absent,
        ingress: Field::Absent,
        egress: Field::Absent,
    }
}

/// What a NetworkPolicy says of one direction, whichever it is.
struct Side<'a, T> {
    section: Section,
    list: &'a Field<List<T>>,
    /// Peers and ports of an item.
    parts: PartsOf<T>,
    /// Where the isolation of an empty list is written.
    place: Place,
    /// Whether `policyTypes`, or what stands for it, names the direction.
    named: Tri,
    /// Whether an empty list isolates.
    empty_isolates: Tri,
}

impl Builder<'_> {
    pub(super) fn network_policy(
        &mut self,
        policy: PolicyId,
        namespace: Option<NamespaceId>,
        spec: &Field<NetworkPolicySpec>,
        place: Place,
    ) {
        match spec {
            Field::Set(spec, _) => self.network_policy_spec(policy, namespace, spec),
            Field::Unknown(at) | Field::Invalid(at) => self.unreadable_spec(policy, namespace, at.value),
            // Nothing says the same as `spec: {}`: all pods of the namespace, and nothing may come in.
            Field::Absent | Field::Null(_) => self.network_policy_spec(policy, namespace, &empty_spec(place)),
        }
    }

    /// A policy of which only the namespace is known.
    pub(super) fn unreadable_spec(&mut self, policy: PolicyId, namespace: Option<NamespaceId>, place: Place) {
        let requirements = namespace.map(|namespace| self.in_namespace(namespace)).into_iter().collect();
        let subject = self.selector(Selector { requirements, uncertain: true });
        let tier = Tier::Normal;
        let base = Base { policy, spec: 0, tier, node: false, subject, subject_place: None, scope: namespace };
        for section in [Section::Ingress, Section::Egress] {
            self.entry(&base, Draft::unknown(section, None, place, Tri::Unknown));
        }
    }

    fn network_policy_spec(&mut self, policy: PolicyId, namespace: Option<NamespaceId>, spec: &NetworkPolicySpec) {
        let types = types(spec);
        // Whether the rules count at all hangs on types that cannot be read: then so does whom they apply to.
        let unsure = !self.is_cilium() && types.contains(&Tri::Unknown);
        let base = self.base_of_namespaced(policy, namespace, &spec.pod_selector, unsure);
        let place = |field: Option<ringfence_manifest::At>| field.map_or(spec.place, |at| at.key);
        let [ingress, egress] = types;
        let (empty_ingress, empty_egress) =
            if self.is_cilium() { (ingress.or(!egress), egress) } else { (ingress, egress) };
        self.side(
            &base,
            &Side {
                section: Section::Ingress,
                list: &spec.ingress,
                parts: |rule| (&rule.from, &rule.ports),
                place: place(spec.ingress.at().or(spec.policy_types.at())),
                named: ingress,
                empty_isolates: empty_ingress,
            },
        );
        self.side(
            &base,
            &Side {
                section: Section::Egress,
                list: &spec.egress,
                parts: |rule| (&rule.to, &rule.ports),
                place: place(spec.egress.at().or(spec.policy_types.at())),
                named: egress,
                empty_isolates: empty_egress,
            },
        );
    }

    fn base_of_namespaced(
        &mut self,
        policy: PolicyId,
        namespace: Option<NamespaceId>,
        selector: &Field<LabelSelector>,
        unsure: bool,
    ) -> Base {
        let mut parts = self.parts_of(selector, Self::pod_key);
        parts.uncertain |= unsure;
        self.confine(&mut parts, namespace);
        Base {
            policy,
            spec: 0,
            tier: Tier::Normal,
            node: false,
            subject: self.compiled(parts),
            subject_place: selector.at().map(|at| at.value),
            scope: namespace,
        }
    }

    fn side<T>(&mut self, base: &Base, side: &Side<'_, T>) {
        if let Some(place) = unreadable(side.list) {
            let isolates = if self.is_cilium() { Tri::Unknown } else { side.named };
            return self.entry(base, Draft::unknown(side.section, None, place, isolates));
        }
        if side.list.items().is_empty() {
            if side.empty_isolates.possible() {
                self.entry(base, Draft::isolating(side.section, side.place, side.empty_isolates));
            }
            return;
        }
        // Cilium enforces rules whether or not their direction is among the types.
        let isolates = if self.is_cilium() { Tri::Yes } else { side.named };
        if isolates.possible() {
            for (item, number) in side.list.items().iter().zip(0..) {
                self.rule(base, side, item, number, isolates);
            }
        }
    }

    fn rule<T>(&mut self, base: &Base, side: &Side<'_, T>, item: &Field<T>, number: u32, isolates: Tri) {
        let Some(at) = item.at() else { return };
        let mut draft = Draft::unknown(side.section, Some(number), at.value, isolates);
        match item {
            Field::Set(rule, _) => {
                let (peers, ports) = (side.parts)(rule);
                draft.l3 = self.peers(base.scope, peers);
                draft.l4 = self.ports_of_rule(ports, side.section.direction());
            }
            Field::Null(_) => (draft.l3, draft.l4) = (L3::Anyone, L4::Any),
            _ => {}
        }
        draft.l7 = L7::default();
        self.entry(base, draft);
    }

    fn peers(&mut self, namespace: Option<NamespaceId>, list: &Field<List<Written>>) -> L3 {
        if unreadable(list).is_some() {
            return L3::Unknown;
        }
        if list.items().is_empty() {
            return L3::Anyone;
        }
        let mut peers = Vec::new();
        for item in list.items() {
            match item {
                Field::Set(peer, _) => self.peer(namespace, peer, &mut peers),
                _ => peers.extend(item.at().map(|at| Peer { kind: PeerKind::Unknown, place: at.value })),
            }
        }
        L3::Peers(peers)
    }

    fn peer(&mut self, namespace: Option<NamespaceId>, peer: &Written, peers: &mut Vec<Peer>) {
        let place = peer.place;
        let before = peers.len();
        if !peer.ip_block.is_nil() {
            let kind = peer.ip_block.get().map_or(PeerKind::Unknown, of_block);
            peers.push(Peer { kind, place });
        }
        if !(peer.pod_selector.is_nil() && peer.namespace_selector.is_nil()) {
            let kind = PeerKind::Endpoints(self.pods(namespace, peer));
            peers.push(Peer { kind, place });
        }
        if peers.len() == before {
            // Refused: nobody knows whom it was to name.
            peers.push(Peer { kind: PeerKind::Unknown, place });
        }
    }

    fn pods(&mut self, namespace: Option<NamespaceId>, peer: &Written) -> SelectorId {
        let mut pods = self.parts_of(&peer.pod_selector, Self::pod_key);
        self.confine_to_cluster(&mut pods);
        if peer.namespace_selector.is_nil() {
            self.confine(&mut pods, namespace);
            return self.compiled(pods);
        }
        let namespaces = self.namespace_parts(&peer.namespace_selector);
        self.compiled(pods.and(namespaces))
    }

    fn ports_of_rule(&mut self, list: &Field<List<Port>>, direction: Direction) -> L4 {
        if unreadable(list).is_some() {
            return L4::Unknown;
        }
        if list.items().is_empty() {
            return L4::Any;
        }
        let rule = |item: &Field<Port>| Some(self.port(item.get()?, direction));
        let rules: Option<Vec<PortRule>> = list.items().iter().map(rule).collect();
        rules.map_or(L4::Unknown, L4::Ports)
    }

    fn port(&mut self, port: &Port, direction: Direction) -> PortRule {
        let end = last(&port.end_port);
        let matched = match &port.port {
            Field::Absent | Field::Null(_) => PortMatch::All,
            Field::Set(IntOrString::Int(number), _) => match (u16::try_from(*number), end) {
                (Ok(number), Ok(end)) => PortMatch::Range(number, end.unwrap_or(number).max(number)),
                _ => PortMatch::Unknown,
            },
            // A name with an end is refused by the API server; Cilium alone takes it, and looks at it on ingress only.
            Field::Set(IntOrString::Name(name), _) => {
                let name = if self.is_cilium() { name.to_ascii_lowercase().into() } else { name.clone() };
                let end = end.ok().flatten().filter(|_| direction == Direction::Ingress);
                PortMatch::Named(self.intern(&name), end)
            }
            _ => PortMatch::Unknown,
        };
        PortRule { protocol: protocol(&port.protocol), port: matched, parser: Parser::default(), place: port.place }
    }
}

/// Whether `policyTypes` names ingress, egress; filled in as the API server does where there are none.
fn types(spec: &NetworkPolicySpec) -> [Tri; 2] {
    let types = &spec.policy_types;
    if types.is_unknown() || types.is_invalid() {
        return [Tri::Unknown; 2];
    }
    if types.items().is_empty() {
        let rules = if spec.egress.is_unknown() { Tri::Unknown } else { (!spec.egress.items().is_empty()).into() };
        return [Tri::Yes, rules];
    }
    Direction::BOTH.map(|direction| {
        let wanted = if direction == Direction::Ingress { "Ingress" } else { "Egress" };
        Tri::any(types.items().iter().map(|item| match item {
            Field::Set(name, _) => (name == wanted).into(),
            _ => Tri::Unknown,
        }))
    })
}

fn of_block(written: &IpBlock) -> PeerKind {
    block(&written.cidr, &written.except, false)
}

/// The last port of a range: none given, a number, or something that cannot be read.
pub(super) fn last(end: &Field<i64>) -> Result<Option<u16>, ()> {
    match end {
        Field::Absent | Field::Null(_) => Ok(None),
        Field::Set(number, _) => u16::try_from(*number).map(Some).map_err(|_| ()),
        _ => Err(()),
    }
}

/// The protocol of a port; TCP where none is given.
pub(super) fn protocol(written: &Field<SmolStr>) -> Protocol {
    match written {
        Field::Absent | Field::Null(_) => Protocol::Tcp,
        Field::Set(name, _) => match name.to_ascii_uppercase().as_str() {
            "TCP" | "" => Protocol::Tcp,
            "UDP" => Protocol::Udp,
            "SCTP" => Protocol::Sctp,
            _ => Protocol::Unknown,
        },
        _ => Protocol::Unknown,
    }
}
