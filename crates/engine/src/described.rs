//! An endpoint given by its labels, as flow records name them: what the input has no object for.

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;
use ringfence_cluster::{
    CLUSTER, Entity, Key, LabelSet, NAMESPACE, NamedPort, NamespaceId, NamespaceName, Source, Symbol, World,
};
use smol_str::SmolStr;

use crate::addresses::{Addresses, is_v4};
use crate::party::{Kind, Names, Party, Where, is_remote};

/// An endpoint whose labels are all known, or none of them: a node with its labels, a pod of another cluster, an address
/// with the names that led to it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Described {
    labels: LabelSet,
    namespace: Option<NamespaceId>,
    carries: Vec<Entity>,
    range: Option<IpNet>,
    names: Vec<SmolStr>,
    ports: Vec<NamedPort>,
    remote: bool,
}

impl Described {
    /// An endpoint with identity labels of the form `k8s:app=front`, `reserved:host`, `cidr:10.1.2.3/32`
    /// (semantics §5.1, §5.6). Labels that no policy of the world mentions are let go.
    pub fn new<'t>(labels: impl IntoIterator<Item = &'t str>, world: &World) -> Self {
        let mut described = Self {
            labels: LabelSet::default(),
            namespace: None,
            carries: Vec::new(),
            range: None,
            names: Vec::new(),
            ports: Vec::new(),
            remote: false,
        };
        for label in labels {
            described.add(label, world);
        }
        described.remote |= is_remote(&described.labels, world);
        described
    }

    /// A pod of this cluster of which nothing else is known: it may be in any namespace and have any label. No policy of a
    /// namespace is taken to select it.
    pub fn unseen_pod(world: &World) -> Self {
        let mut pod = Self::new([], world);
        pod.labels = LabelSet::open();
        pod.labels.open_namespace = true;
        let known = |key: &str| world.symbols.find(key).map(|name| Key { source: Source::K8s, name });
        if let Some(namespace) = known(NAMESPACE) {
            pod.labels.insert(namespace, None);
        }
        if let Some(cluster) = known(CLUSTER) {
            pod.labels.insert(cluster, world.symbols.find(&world.knobs.cluster));
        }
        pod
    }

    /// The same at an address.
    #[must_use]
    pub fn at(self, address: IpAddr) -> Self {
        Self { range: Some(address.into()), ..self }
    }

    /// The same, its address the answer for these DNS names.
    #[must_use]
    pub fn named(self, names: impl IntoIterator<Item = SmolStr>) -> Self {
        Self { names: names.into_iter().collect(), ..self }
    }

    /// The same with named ports.
    #[must_use]
    pub fn with_ports(self, ports: Vec<NamedPort>) -> Self {
        Self { ports, ..self }
    }

    fn add(&mut self, label: &str, world: &World) {
        let (source, rest) = label.split_once(':').unwrap_or(("k8s", label));
        let (name, value) = rest.split_once('=').unwrap_or((rest, ""));
        match source {
            "reserved" => self.carries.extend(entity(name)),
            "cidr" => self.range = name.parse().ok(),
            "k8s" if name == NAMESPACE => self.namespace = find_namespace(value, world),
            "k8s" if name == CLUSTER => self.remote = value != world.knobs.cluster,
            _ => {}
        }
        if let Some(name) = world.symbols.find(name) {
            let value = world.symbols.find(value).unwrap_or(Symbol::ABSENT);
            self.labels.insert(Key { source: source_of(source, world), name }, Some(value));
        }
    }

    pub(crate) fn party(&self) -> Party<'_> {
        Party {
            namespace: self.namespace,
            labels: Cow::Borrowed(&self.labels),
            carries: self.carries.clone(),
            location: self.location(),
            names: Names::Known(self.names.clone()),
            ports: &self.ports,
            described: true,
            ..Party::bare(self.kind())
        }
    }

    fn kind(&self) -> Kind {
        let carries = |entity| self.carries.contains(&entity);
        if carries(Entity::Host) {
            Kind::Host
        } else if carries(Entity::RemoteNode) {
            Kind::RemoteNode
        } else if [Entity::World, Entity::WorldIpv4, Entity::WorldIpv6].into_iter().any(carries) {
            Kind::External
        } else if carries(Entity::Unmanaged) {
            Kind::Unmanaged
        } else if !self.carries.is_empty() {
            Kind::Special
        } else if self.remote {
            Kind::RemotePod
        } else {
            Kind::Pod
        }
    }

    fn location(&self) -> Where {
        match self.range {
            Some(net) => Where::Among { v4: is_v4(&net), addresses: Addresses::of(net, &[]) },
            None => Where::Uncovered { v4: !self.carries.contains(&Entity::WorldIpv6) },
        }
    }
}

fn entity(name: &str) -> Option<Entity> {
    Some(match name {
        "host" => Entity::Host,
        "remote-node" => Entity::RemoteNode,
        "kube-apiserver" => Entity::KubeApiserver,
        "world" => Entity::World,
        "world-ipv4" => Entity::WorldIpv4,
        "world-ipv6" => Entity::WorldIpv6,
        "health" => Entity::Health,
        "ingress" => Entity::Ingress,
        "init" => Entity::Init,
        "unmanaged" => Entity::Unmanaged,
        _ => return None,
    })
}

fn source_of(source: &str, world: &World) -> Source {
    match source {
        "k8s" => Source::K8s,
        "reserved" => Source::Reserved,
        "cidr" => Source::Cidr,
        "cidrgroup" => Source::CidrGroup,
        "fqdn" => Source::Fqdn,
        "node" => Source::Node,
        other => Source::Other(world.symbols.find(other).unwrap_or(Symbol::ABSENT)),
    }
}

fn find_namespace(name: &str, world: &World) -> Option<NamespaceId> {
    let symbol = world.symbols.find(name)?;
    let named = |&(_, namespace): &(_, &ringfence_cluster::Namespace)| namespace.name == NamespaceName::Known(symbol);
    world.namespace_ids().find(named).map(|(id, _)| id)
}
