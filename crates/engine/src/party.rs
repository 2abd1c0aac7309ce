//! An endpoint as policies see it: labels, address, names, ports.

use std::borrow::Cow;
use std::net::IpAddr;

use ringfence_cluster::{CLUSTER, Entity, IdentityId, Key, LabelSet, NamedPort, NamespaceId, Source, Symbol, World};
use smol_str::SmolStr;

use crate::Endpoint;
use crate::addresses::Addresses;

/// What an endpoint is, as far as verdicts care.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    /// A pod of this cluster.
    Pod,
    /// A pod of another cluster of the mesh.
    RemotePod,
    /// The node that the subject runs on, and its host-network pods.
    Host,
    /// Any other node.
    RemoteNode,
    /// Cilium's own endpoints with policies: health, ingress, init.
    Special,
    /// A pod that Cilium does not manage.
    Unmanaged,
    /// Outside the cluster.
    External,
    /// Nothing is known.
    Anything,
}

/// Where it is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Where {
    /// At one of these addresses.
    Among { v4: bool, addresses: Addresses },
    /// At an address of this family that no range of any policy covers, but the one of the whole family.
    Uncovered { v4: bool },
    /// It has an address, which is not known.
    Unknown,
}

/// The DNS names whose answers gave its address.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Names {
    Unknown,
    Known(Vec<SmolStr>),
}

/// One shape that an endpoint may have.
#[derive(Clone, Debug)]
pub(crate) struct Party<'a> {
    pub(crate) kind: Kind,
    pub(crate) identity: Option<IdentityId>,
    pub(crate) namespace: Option<NamespaceId>,
    pub(crate) labels: Cow<'a, LabelSet>,
    /// The special identities it has.
    pub(crate) carries: Vec<Entity>,
    pub(crate) location: Where,
    pub(crate) names: Names,
    /// The ports it names, where it is described and no pod of the world.
    pub(crate) ports: &'a [NamedPort],
    /// Whether it is given by its labels: there are no others.
    pub(crate) described: bool,
}

impl<'a> Party<'a> {
    /// The shapes an endpoint may have: several where the input does not tell (kube-apiserver, semantics §10.2).
    pub(crate) fn of(endpoint: &'a Endpoint, world: &'a World) -> Vec<Self> {
        match endpoint {
            Endpoint::Pods(identity) => vec![Self::of_pod(*identity, world)],
            Endpoint::PodAt(identity, address) => vec![Self::pod(*identity, Where::at(*address), world)],
            Endpoint::Address(address) => vec![Self::external(Where::at(*address), Names::Unknown, world)],
            Endpoint::World => vec![Self::public(world)],
            Endpoint::Name(name) => {
                let location = Where::Among { v4: world.knobs.ipv4, addresses: Addresses::all(world.knobs.ipv4) };
                vec![Self::external(location, Names::Known(vec![name.clone()]), world)]
            }
            Endpoint::Reserved(entity) => Self::reserved(*entity, world),
            Endpoint::Described(described) => vec![described.party()],
        }
    }

    /// Any pod of an identity.
    pub(crate) fn of_pod(identity: IdentityId, world: &'a World) -> Self {
        Self::pod(identity, Where::Unknown, world)
    }

    fn pod(identity: IdentityId, location: Where, world: &'a World) -> Self {
        let found = world.identity(identity);
        Self {
            identity: Some(identity),
            namespace: Some(found.namespace),
            labels: Cow::Borrowed(&found.labels),
            location,
            ..Self::bare(if is_remote(&found.labels, world) { Kind::RemotePod } else { Kind::Pod })
        }
    }

    fn public(world: &World) -> Self {
        let v4 = world.knobs.ipv4;
        Self::external(Where::Among { v4, addresses: Addresses::public(v4) }, Names::Unknown, world)
    }

    fn external(location: Where, names: Names, world: &World) -> Self {
        let carried = location.world_entity(world);
        Self { location, names, ..Self::special(Kind::External, &[carried], world) }
    }

    fn reserved(entity: Entity, world: &World) -> Vec<Self> {
        let special = |kind| vec![Self::special(kind, &[entity], world)];
        match entity {
            Entity::Host => vec![Self::host(&[Entity::Host], world)],
            Entity::RemoteNode => special(Kind::RemoteNode),
            Entity::Init | Entity::Ingress | Entity::Health => special(Kind::Special),
            Entity::Unmanaged => special(Kind::Unmanaged),
            Entity::KubeApiserver => Self::kube_apiserver(world),
            Entity::World => vec![Self::public(world)],
            Entity::WorldIpv4 | Entity::WorldIpv6 => {
                let v4 = entity == Entity::WorldIpv4;
                vec![Self::external(Where::Among { v4, addresses: Addresses::public(v4) }, Names::Unknown, world)]
            }
            Entity::All | Entity::Cluster | Entity::ClusterMesh | Entity::None => vec![Self::bare(Kind::Anything)],
        }
    }

    /// The node itself. Its own labels, which `nodeSelector` asks for, are not known from here.
    fn host(carries: &[Entity], world: &World) -> Self {
        let mut host = Self::special(Kind::Host, carries, world);
        host.labels.to_mut().open_pod = true;
        host
    }

    /// On another node, on the same node, or outside: semantics §7.1 has the three shapes.
    fn kube_apiserver(world: &World) -> Vec<Self> {
        let v4 = world.knobs.ipv4;
        let location = Where::Among { v4, addresses: Addresses::all(v4) };
        let outside = [Entity::KubeApiserver, location.world_entity(world)];
        vec![
            Self::special(Kind::RemoteNode, &[Entity::KubeApiserver, Entity::RemoteNode], world),
            Self::host(&[Entity::KubeApiserver, Entity::Host], world),
            Self { location, ..Self::special(Kind::External, &outside, world) },
        ]
    }

    fn special(kind: Kind, carries: &[Entity], world: &World) -> Self {
        let mut labels = LabelSet::default();
        let empty = world.symbols.find("").unwrap_or(Symbol::ABSENT);
        for name in carries.iter().filter_map(|&entity| world.symbols.find(reserved_name(entity))) {
            labels.insert(Key { source: Source::Reserved, name }, Some(empty));
        }
        let node = matches!(kind, Kind::Host | Kind::RemoteNode);
        if let Some(name) =
            world.symbols.find(CLUSTER).filter(|_| node && world.knobs.node_selector_labels != Some(false))
        {
            let cluster = world.symbols.find(&world.knobs.cluster).unwrap_or(Symbol::ABSENT);
            labels.insert(Key { source: Source::K8s, name }, Some(cluster));
        }
        Self { labels: Cow::Owned(labels), carries: carries.to_vec(), ..Self::bare(kind) }
    }

    pub(crate) fn bare(kind: Kind) -> Self {
        Self {
            kind,
            identity: None,
            namespace: None,
            labels: Cow::Owned(LabelSet::default()),
            carries: Vec::new(),
            location: Where::Unknown,
            names: Names::Known(Vec::new()),
            ports: &[],
            described: false,
        }
    }

    /// Whether it is a node, or one of the host-network pods there.
    pub(crate) fn is_node(&self) -> bool {
        matches!(self.kind, Kind::Host | Kind::RemoteNode)
    }

    /// Whether it has a special identity.
    pub(crate) fn is(&self, entity: Entity) -> bool {
        self.carries.contains(&entity)
    }

    /// Whether one of its labels, of any source, has this bare key. Labels that are not seen are taken not to: the two
    /// keys this is asked for (semantics §4.4) are accidents.
    pub(crate) fn has_bare_key(&self, name: &str, world: &World) -> bool {
        let key = |name| Key { source: Source::Any, name };
        world.symbols.find(name).is_some_and(|name| self.labels.values(key(name)).next().is_some())
    }
}

impl Where {
    pub(crate) fn at(address: IpAddr) -> Self {
        Self::Among { v4: address.is_ipv4(), addresses: Addresses::of(address.into(), &[]) }
    }

    fn is_v4(&self) -> bool {
        matches!(self, Self::Among { v4: true, .. } | Self::Uncovered { v4: true } | Self::Unknown)
    }

    fn world_entity(&self, world: &World) -> Entity {
        let dual = world.knobs.ipv4 && world.knobs.ipv6;
        match (dual, self.is_v4()) {
            (false, _) => Entity::World,
            (true, true) => Entity::WorldIpv4,
            (true, false) => Entity::WorldIpv6,
        }
    }
}

/// The name under `reserved:`.
pub(crate) fn reserved_name(entity: Entity) -> &'static str {
    match entity {
        Entity::All => "all",
        Entity::World => "world",
        Entity::WorldIpv4 => "world-ipv4",
        Entity::WorldIpv6 => "world-ipv6",
        Entity::Cluster => "cluster",
        Entity::ClusterMesh => "cluster-mesh",
        Entity::Host => "host",
        Entity::RemoteNode => "remote-node",
        Entity::KubeApiserver => "kube-apiserver",
        Entity::Init => "init",
        Entity::Ingress => "ingress",
        Entity::Health => "health",
        Entity::Unmanaged => "unmanaged",
        Entity::None => "none",
    }
}

/// Whether the cluster label names another cluster.
pub(crate) fn is_remote(labels: &LabelSet, world: &World) -> bool {
    let Some(name) = world.symbols.find(CLUSTER) else { return false };
    let own = world.symbols.find(&world.knobs.cluster);
    let cluster = labels.values(Key { source: Source::K8s, name }).next().flatten();
    cluster.is_some_and(|cluster| Some(cluster) != own)
}
