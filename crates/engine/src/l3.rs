//! Whether an entry's peers include an endpoint: `l3` of semantics §10.

use ipnet::IpNet;
use ringfence_cluster::{Cni, DnsPattern, Entity, Entry, L3, Peer, PeerKind, SelectorId, Tri, Version, World};

use crate::addresses::{Addresses, is_v4};
use crate::dns_name::dns_matches;
use crate::party::{Kind, Names, Party, Where};
use crate::tables::Lookup;

/// Cilium's match mode for pods came with this release (semantics §0.1).
const CIDR_MATCHES_PODS: Version = Version::new(1, 20, 2);

/// The peer test of one world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerTest<'a> {
    lookup: Lookup<'a>,
    world: &'a World,
}

impl<'a> PeerTest<'a> {
    pub(crate) fn new(lookup: Lookup<'a>) -> Self {
        Self { lookup, world: lookup.world }
    }

    pub(crate) fn entry(self, entry: &Entry, party: &Party<'_>) -> Tri {
        match &entry.l3 {
            L3::Nothing => Tri::No,
            L3::Anyone => Tri::Yes,
            L3::Unknown => Tri::Unknown,
            L3::Peers(peers) => self.any(peers, party),
        }
    }

    fn any(self, peers: &[Peer], party: &Party<'_>) -> Tri {
        let one = Tri::any(peers.iter().map(|peer| self.peer(&peer.kind, party)));
        if one == Tri::Unknown && together_cover(peers, party) { Tri::Yes } else { one }
    }

    pub(crate) fn peer(self, peer: &PeerKind, party: &Party<'_>) -> Tri {
        match peer {
            PeerKind::Nobody => Tri::No,
            PeerKind::Unknown => Tri::Unknown,
            PeerKind::Entity(entity) => has_entity(*entity, party),
            _ if party.kind == Kind::Anything => Tri::Unknown,
            PeerKind::Endpoints(selector) => self.endpoints(*selector, party),
            PeerKind::Cidr { net, except, includes_cluster } => self.cidr(*net, except, *includes_cluster, party),
            PeerKind::Fqdn(pattern) => self.fqdn(pattern, party),
            PeerKind::Nodes(selector) => self.nodes(*selector, party),
        }
    }

    /// Labels. Upstream they are those of pods alone; for Cilium everything has labels.
    fn endpoints(self, selector: SelectorId, party: &Party<'_>) -> Tri {
        match party.identity {
            Some(identity) => self.lookup.selected(selector).get(identity),
            None if self.is_upstream() && party.kind != Kind::Pod => Tri::No,
            None => self.world.selector(selector).matches(&party.labels, &self.world.symbols),
        }
    }

    fn cidr(self, net: IpNet, except: &[IpNet], includes_cluster: bool, party: &Party<'_>) -> Tri {
        let mode = self.world.knobs.cidr_match_mode;
        let pods = mode.pods && self.world.knobs.version >= CIDR_MATCHES_PODS;
        let upstream = self.is_upstream();
        let reached = match party.kind {
            Kind::External => true,
            _ if matches!(party.location, Where::Uncovered { .. }) => false,
            Kind::Pod | Kind::RemotePod if upstream => includes_cluster || self.world.knobs.ip_block_matches_pods,
            Kind::Pod | Kind::RemotePod => pods,
            Kind::Host | Kind::RemoteNode if upstream => true,
            Kind::Host | Kind::RemoteNode => mode.nodes && (net.prefix_len() > 0 || pods),
            Kind::Special | Kind::Unmanaged | Kind::Anything => false,
        };
        if reached { within(net, except, &party.location) } else { Tri::No }
    }

    /// An address outside may be the answer for any name; nothing inside the cluster ever is.
    fn fqdn(self, pattern: &DnsPattern, party: &Party<'_>) -> Tri {
        match &party.names {
            _ if party.kind != Kind::External => Tri::No,
            Names::Unknown => Tri::Unknown,
            Names::Known(names) => {
                Tri::any(names.iter().map(|name| dns_matches(pattern, name, self.world.knobs.version)))
            }
        }
    }

    /// Nodes by their labels. That `fromNodes` never means the own node (semantics §5.8) is a requirement of its selector.
    fn nodes(self, selector: SelectorId, party: &Party<'_>) -> Tri {
        let selector = self.world.selector(selector);
        if !party.is_node() {
            return Tri::No;
        } else if self.is_upstream() {
            return Tri::Unknown;
        } else if party.described {
            return selector.matches(&party.labels, &self.world.symbols);
        }
        let injected = selector.requirements.iter().filter(|requirement| requirement.injected);
        let possible = Tri::all(injected.map(|one| one.matches(&party.labels, &self.world.symbols)));
        let sure = selector.written().next().is_none() && !selector.uncertain;
        if sure { possible } else { possible.and(Tri::Unknown) }
    }

    fn is_upstream(self) -> bool {
        self.world.dialect.cni == Cni::Upstream
    }
}

fn within(net: IpNet, except: &[IpNet], location: &Where) -> Tri {
    let range = || Addresses::of(net, except);
    match location {
        Where::Among { v4, .. } | Where::Uncovered { v4 } if *v4 != is_v4(&net) => Tri::No,
        Where::Among { addresses, .. } if range().covers(addresses) => Tri::Yes,
        Where::Among { addresses, .. } => Tri::from(range().meets(addresses)).and(Tri::Unknown),
        Where::Uncovered { .. } => (net.prefix_len() == 0).into(),
        Where::Unknown if net.prefix_len() == 0 && except.is_empty() => Tri::Yes,
        Where::Unknown => Tri::Unknown,
    }
}

/// Whether ranges that each cover a part of where the party may be cover all of it together.
fn together_cover(peers: &[Peer], party: &Party<'_>) -> bool {
    let (Kind::External, Where::Among { v4, addresses }) = (party.kind, &party.location) else { return false };
    let ranges = peers.iter().filter_map(|peer| match &peer.kind {
        PeerKind::Cidr { net, except, .. } if is_v4(net) == *v4 => Some(Addresses::of(*net, except)),
        _ => None,
    });
    ranges.fold(Addresses::default(), Addresses::or).covers(addresses)
}

/// The entity `cluster` (semantics §7.1).
fn in_cluster(party: &Party<'_>) -> Tri {
    const MEMBERS: [Entity; 7] = [
        Entity::Host,
        Entity::RemoteNode,
        Entity::Init,
        Entity::Ingress,
        Entity::Health,
        Entity::Unmanaged,
        Entity::KubeApiserver,
    ];
    (party.kind == Kind::Pod || MEMBERS.into_iter().any(|member| party.is(member))).into()
}

/// Entities (semantics §7.1).
fn has_entity(entity: Entity, party: &Party<'_>) -> Tri {
    let carries = |entities: &[Entity]| entities.iter().any(|&entity| party.is(entity)).into();
    match entity {
        Entity::All => Tri::Yes,
        Entity::None => Tri::No,
        _ if party.kind == Kind::Anything => Tri::Unknown,
        Entity::World => carries(&[Entity::World, Entity::WorldIpv4, Entity::WorldIpv6]),
        Entity::Cluster => in_cluster(party),
        Entity::ClusterMesh => in_cluster(party).or((party.kind == Kind::RemotePod).into()),
        one => carries(&[one]),
    }
}
