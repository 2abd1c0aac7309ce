//! The peers of an item of a Cilium policy (semantics §2.1, §6.2, §7).

use ringfence_manifest::kinds::cilium::Peers;
use ringfence_manifest::{Field, LabelSelector, List, Place};
use smol_str::SmolStr;

use super::cidr::{blocks, unreadable};
use super::cilium::Owner;
use super::fqdn::patterns;
use crate::build::Builder;
use crate::{Entity, Key, L3, NAMESPACE, NAMESPACE_LABELS, Peer, PeerKind, SelectorId, Source, Tri};

impl Builder<'_> {
    /// Whom an item speaks of. `allows` tells allowing items from denying ones; `ports_given`, whether the item has
    /// any element of `toPorts` or `icmps`: then no peer is everyone, else nobody.
    pub(super) fn cilium_peers(&mut self, owner: Owner, written: &Peers<'_>, allows: bool, ports_given: Tri) -> L3 {
        if selects_nothing(written) {
            return L3::Nothing;
        }
        let mut peers = Vec::new();
        self.endpoints(owner, written.endpoints, &mut peers);
        self.nodes(written.nodes, &mut peers);
        entities(written.entities, &mut peers);
        blocks(written.cidr, false, &mut peers);
        self.cidr_set(written, &mut peers);
        fqdns(written, &mut peers);
        each(written.groups, &mut peers, |_, place| vec![Peer { kind: PeerKind::Unknown, place }]);
        // The engine resolves services only where an item allows (semantics §5.9).
        if allows {
            self.service_peers(written, &mut peers);
        }
        if !peers.is_empty() {
            return L3::Peers(peers);
        }
        match ports_given {
            Tri::Yes => L3::Anyone,
            Tri::No => L3::Nothing,
            Tri::Unknown => L3::Unknown,
        }
    }

    fn endpoints(&mut self, owner: Owner, list: &Field<List<LabelSelector>>, peers: &mut Vec<Peer>) {
        if let Some(place) = unreadable(list) {
            peers.push(Peer { kind: PeerKind::Unknown, place });
        }
        for item in list.items() {
            let Some(at) = item.at() else { continue };
            let kind = match unreadable(item) {
                Some(_) => PeerKind::Unknown,
                None => PeerKind::Endpoints(self.endpoint_selector(owner, item)),
            };
            peers.push(Peer { kind, place: at.value });
        }
    }

    /// What the engine adds to the selector of a peer (semantics §6.2).
    fn endpoint_selector(&mut self, owner: Owner, written: &Field<LabelSelector>) -> SelectorId {
        let mut parts = self.parts_of(written, Self::cilium_key);
        if parts.keys().any(|key| self.is_reserved(key)) {
            return self.compiled(parts);
        }
        if !self.has_kubernetes_key(&parts, |key| key == NAMESPACE) {
            let by_labels = self.has_kubernetes_key(&parts, |key| key.starts_with(NAMESPACE_LABELS));
            match owner.namespace {
                Some(_) if !by_labels => self.confine(&mut parts, owner.namespace),
                None if !owner.init => {
                    let guard = self.in_any_namespace();
                    parts.expressions.push(guard);
                }
                _ => {}
            }
        }
        self.confine_to_cluster(&mut parts);
        self.compiled(parts)
    }

    /// Whether a key speaks of special identities. Before 1.20 a dot did for the colon here, though not in matching
    /// (observed on 1.18.10).
    fn is_reserved(&self, key: Key) -> bool {
        let dotted = || key.source == Source::Any && self.world.symbols.text(key.name).starts_with("reserved.");
        key.source == Source::Reserved || !self.world.knobs.version.at_least(1, 20) && dotted()
    }

    /// Nodes by their labels: only others than the own one (semantics §5.8).
    fn nodes(&mut self, list: &Field<List<LabelSelector>>, peers: &mut Vec<Peer>) {
        if let Some(place) = unreadable(list) {
            peers.push(Peer { kind: PeerKind::Unknown, place });
        }
        for item in list.items() {
            let Some(at) = item.at() else { continue };
            let mut parts = self.parts_of(item, Self::cilium_key);
            let remote = self.reserved("remote-node");
            parts.expressions.push(remote);
            self.confine_to_cluster(&mut parts);
            peers.push(Peer { kind: PeerKind::Nodes(self.compiled(parts)), place: at.value });
        }
    }

    fn cidr_set(&mut self, written: &Peers<'_>, peers: &mut Vec<Peer>) {
        each(written.cidr_set, peers, |rule, _| {
            let mut made = Vec::new();
            self.cidr_rule(rule, &mut made);
            made
        });
    }

    fn service_peers(&mut self, written: &Peers<'_>, peers: &mut Vec<Peer>) {
        each(written.services, peers, |service, _| {
            let mut made = Vec::new();
            self.service_peer(service, &mut made);
            made
        });
    }
}

/// The peers of every item; an unknown one for a list or an item that cannot be read.
fn each<T>(list: &Field<List<T>>, peers: &mut Vec<Peer>, mut make: impl FnMut(&T, Place) -> Vec<Peer>) {
    if let Some(place) = unreadable(list) {
        peers.push(Peer { kind: PeerKind::Unknown, place });
    }
    for item in list.items() {
        match item {
            Field::Set(value, at) => peers.extend(make(value, at.value)),
            _ => peers.extend(unreadable(item).map(|place| Peer { kind: PeerKind::Unknown, place })),
        }
    }
}

/// Whether one of the lists is there but empty: then nobody is meant, whatever else stands beside it. Empty `toFQDNs`,
/// `toServices` and groups do not do that.
fn selects_nothing(written: &Peers<'_>) -> bool {
    written.endpoints.is_empty_list()
        || written.nodes.is_empty_list()
        || written.entities.is_empty_list()
        || written.cidr.is_empty_list()
        || written.cidr_set.is_empty_list()
}

fn fqdns(written: &Peers<'_>, peers: &mut Vec<Peer>) {
    each(written.fqdns, peers, |selector, place| {
        let names = patterns(&selector.match_name, &selector.match_pattern);
        if names.is_empty() {
            return vec![Peer { kind: PeerKind::Nobody, place }];
        }
        names.into_iter().map(|name| Peer { kind: PeerKind::Fqdn(name), place }).collect()
    });
}

fn entities(list: &Field<List<SmolStr>>, peers: &mut Vec<Peer>) {
    each(list, peers, |name, place| {
        let kind = entity(name).map_or(PeerKind::Unknown, PeerKind::Entity);
        vec![Peer { kind, place }]
    });
}

/// An entity by its name, as written.
fn entity(name: &str) -> Option<Entity> {
    Some(match name {
        "all" => Entity::All,
        "world" => Entity::World,
        "world-ipv4" => Entity::WorldIpv4,
        "world-ipv6" => Entity::WorldIpv6,
        "cluster" => Entity::Cluster,
        "cluster-mesh" => Entity::ClusterMesh,
        "host" => Entity::Host,
        "remote-node" => Entity::RemoteNode,
        "kube-apiserver" => Entity::KubeApiserver,
        "init" => Entity::Init,
        "ingress" => Entity::Ingress,
        "health" => Entity::Health,
        "unmanaged" => Entity::Unmanaged,
        "none" => Entity::None,
        _ => return None,
    })
}
