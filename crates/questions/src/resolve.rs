//! From a name to the endpoints it stands for.

use ipnet::IpNet;
use ringfence_cluster::{
    Entity, IdentityId, Key, LabelSet, NAMESPACE_LABELS, NamespaceId, NamespaceName, Release, ReleaseId, Source,
    Symbol, Tri, WorkloadId, World,
};
use ringfence_engine::{Block, Endpoint};
use smol_str::SmolStr;

use crate::ends::{End, Ends, Who, address_name};
use crate::inquiry::Inquiry;
use crate::name::Name;
use crate::near::nearest;
use crate::target::{PortAsk, Target};

/// A name that stands for nothing in a world.
#[allow(
    missing_docs,
    reason = "the fields are the words of the message, and `near` the names that may have been meant"
)]
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unresolved {
    /// No namespace or declared resource is called so.
    #[error("nothing is called `{word}`: no namespace, no declared resource")]
    Word { word: SmolStr, near: Vec<String> },
    /// No namespace is called so.
    #[error("there is no namespace `{namespace}`")]
    Namespace { namespace: SmolStr, near: Vec<String> },
    /// The namespace shows all its pods, and none is of a workload called so.
    #[error("there is no workload `{name}` in namespace `{namespace}`")]
    Workload { namespace: SmolStr, name: SmolStr, near: Vec<String> },
    /// No Service is called so.
    #[error("there is no Service `{namespace}/{name}`")]
    Service { namespace: SmolStr, name: SmolStr, near: Vec<String> },
    /// The Service says nothing of the pods behind it.
    #[error("Service `{namespace}/{name}` has no selector: the files do not show what is behind it")]
    NoSelector { namespace: SmolStr, name: SmolStr },
    /// The Service has other ports.
    #[error("Service `{namespace}/{name}` has no port {port}; it has {has}")]
    ServicePort { namespace: SmolStr, name: SmolStr, port: String, has: String },
    /// A port of the Service leads somewhere that the files do not say.
    #[error("where port {port} of Service `{namespace}/{name}` leads cannot be known from the files")]
    ServiceTarget { namespace: SmolStr, name: SmolStr, port: String },
    /// A Service can only be a destination.
    #[error("`{0}` is a Service: connections go to it, not out of it")]
    ServiceAsSource(String),
    /// A DNS name can only be a destination.
    #[error("`{0}` is a DNS name: connections go to it, not out of it")]
    DnsAsSource(String),
    /// A DNS name of this cluster, whose answers are no addresses outside.
    #[error("`{name}` is a name inside the cluster")]
    ClusterName { name: SmolStr, service: String },
    /// The name stands for an empty set.
    #[error("`{0}` has no pods")]
    Empty(String),
    /// No pod or namespace carries the label.
    #[error("no pod and no namespace has the label `{key}={value}`")]
    Label { key: SmolStr, value: SmolStr, near: Vec<String> },
}

impl Unresolved {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let (near, else_say) = match self {
            Self::Word { near, .. } => (
                near,
                "a workload is written as `namespace/workload`; also `internet`, `host`, an address, a CIDR, a DNS name or `label=value`",
            ),
            Self::Namespace { near, .. } => {
                (near, "name a namespace that the files speak of, or declare it in `external:`")
            }
            Self::Workload { near, .. } => {
                (near, "name a Deployment, StatefulSet, DaemonSet, Job or Pod of that namespace")
            }
            Self::Service { near, .. } => (near, "a workload is written as `namespace/workload`, without `svc/`"),
            Self::Label { near, .. } => (near, "name a label that a pod, or its namespace, carries"),
            Self::ClusterName { service, .. } => return Some(format!("ask for the Service: `{service}`")),
            Self::NoSelector { .. } | Self::ServiceTarget { .. } => {
                return Some("name the pods or addresses behind it".to_owned());
            }
            _ => return None,
        };
        if near.is_empty() {
            return Some(else_say.to_owned());
        }
        let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
        Some(format!("did you mean {}?", quoted.join(" or ")))
    }
}

impl Inquiry<'_> {
    /// The endpoints that connections are asked to come from.
    pub fn source(&self, name: &Name) -> Result<Ends, Unresolved> {
        match name {
            Name::Service(..) => Err(Unresolved::ServiceAsSource(name.to_string())),
            Name::Dns(_) => Err(Unresolved::DnsAsSource(name.to_string())),
            _ => self.ends(&Target { name: name.clone(), port: PortAsk::Every }),
        }
    }

    /// The endpoints that connections are asked to go to, each with what is sent to it.
    pub fn destination(&self, target: &Target) -> Result<Ends, Unresolved> {
        self.ends(target)
    }

    fn ends(&self, target: &Target) -> Result<Ends, Unresolved> {
        let mut members = self.members(target)?;
        let asked = (target.port != PortAsk::Every).then(|| target.port.traffic());
        for member in &mut members {
            if member.traffic.is_none() {
                member.traffic.clone_from(&asked);
            }
        }
        let name = target.name.to_string();
        let sure = members.iter().filter(|end| end.belongs.is_yes()).count();
        let perhaps_more = sure < members.len();
        // Those that perhaps belong to it are only worth a word where none surely does.
        if sure > 0 {
            members.retain(|end| end.belongs.is_yes());
        }
        if members.is_empty() { Err(Unresolved::Empty(name)) } else { Ok(Ends { name, members, perhaps_more }) }
    }

    fn members(&self, target: &Target) -> Result<Vec<End>, Unresolved> {
        match &target.name {
            Name::Workload(namespace, name) => self.workload(namespace, name),
            Name::Service(namespace, name) => self.service(namespace, name, &target.port),
            Name::Label(key, value) => self.labelled(key, value),
            Name::Address(address) => Ok(vec![addresses(vec![Block { first: *address, last: *address }])]),
            Name::Range(range) => Ok(self.range(*range)),
            Name::Internet => Ok(self.internet()),
            Name::Special(entity) => Ok(vec![special(*entity)]),
            Name::Dns(name) => dns(name),
            Name::Word(word) => self.word(word, &target.port),
        }
    }

    fn range(&self, range: IpNet) -> Vec<End> {
        self.engine.alike(self.engine.blocks(range)).into_iter().map(addresses).collect()
    }

    /// The public addresses, as few ends as policies tell apart.
    pub(crate) fn internet(&self) -> Vec<End> {
        let all = self.engine.internet();
        let count = |v4| all.iter().filter(|block| block.first.is_ipv4() == v4).count();
        let (of_v4, of_v6) = (count(true), count(false));
        let end = |blocks: Vec<Block>| {
            let v4 = blocks.first().is_some_and(|block| block.first.is_ipv4());
            let whole = blocks.len() == if v4 { of_v4 } else { of_v6 };
            let family = if v4 { "IPv4" } else { "IPv6" };
            let name = if whole { format!("the internet ({family})").into() } else { address_name(&blocks) };
            address_end(name, blocks)
        };
        self.engine.alike(all.clone()).into_iter().map(end).collect()
    }

    /// A declared resource wins over a namespace of the same name: somebody chose the word for it.
    fn word(&self, word: &SmolStr, port: &PortAsk) -> Result<Vec<End>, Unresolved> {
        if let Some(targets) = self.resources.get(word) {
            let mut members = Vec::new();
            for target in targets {
                let port = if *port == PortAsk::Every { &target.port } else { port };
                members.extend(self.ends(&Target { name: target.name.clone(), port: port.clone() })?.members);
            }
            return Ok(members);
        }
        if let Some(namespace) = self.existing_namespace(word) {
            return Ok(self.pods_of(namespace));
        }
        let declared = self.resources.keys().map(SmolStr::to_string);
        let namespaces = namespace_names(self.world()).map(str::to_owned);
        let known: Vec<String> = namespaces.chain(Name::words().map(str::to_owned)).chain(declared).collect();
        Err(Unresolved::Word { word: word.clone(), near: nearest(word, known.iter().map(String::as_str)) })
    }

    /// A namespace by its name, if it exists as far as the input tells, or some selector speaks of it.
    pub(crate) fn existing_namespace(&self, name: &str) -> Option<NamespaceId> {
        find_namespace(self.world(), name).ok()
    }

    /// Everything in a namespace: its workloads, and whatever pods may be there unseen.
    pub(crate) fn pods_of(&self, namespace: NamespaceId) -> Vec<End> {
        let world = self.world();
        let workloads = world.workloads_of(namespace).map(|(id, _)| workload_end(world, id));
        let unseen = world.identities_of(namespace).filter_map(|(id, _)| unseen_end(world, id));
        workloads.chain(unseen).collect()
    }

    fn workload(&self, namespace: &SmolStr, name: &SmolStr) -> Result<Vec<End>, Unresolved> {
        let world = self.world();
        let home = find_namespace(world, namespace)?;
        let object_name = |id: WorkloadId| world.object(world.workload(id).object).name();
        let ids = || world.workloads_of(home).map(|(id, _)| id);
        let found: Vec<End> =
            ids().filter(|&id| object_name(id) == Some(name)).map(|id| workload_end(world, id)).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let releases = || world.releases_of(home);
        let called = |release: &Release| release.name == *name || world.object(release.object).name() == Some(name);
        let found: Vec<End> =
            releases().filter(|(_, release)| called(release)).map(|(id, _)| release_end(world, id)).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        // What a chart makes it mostly calls by the release and a word more.
        let made = |release: &str| name.strip_prefix(release).is_some_and(|rest| rest.starts_with('-'));
        let names = releases().map(|(_, release)| release.name.as_str()).filter(|release| !made(release));
        let near = nearest(name, ids().filter_map(object_name).chain(names));
        // Somebody else may make it: then it is one of the pods that we do not see.
        let unseen = world.namespace(home).representative.filter(|_| near.is_empty());
        let end = unseen.and_then(|id| unseen_end(world, id));
        end.map(|end| vec![end]).ok_or_else(|| Unresolved::Workload {
            namespace: namespace.clone(),
            name: name.clone(),
            near: near.into_iter().map(|name| format!("{namespace}/{name}")).collect(),
        })
    }

    /// The pods that carry a label, or whose namespace does.
    fn labelled(&self, key: &SmolStr, value: &SmolStr) -> Result<Vec<End>, Unresolved> {
        let world = self.world();
        let (mut members, mut values) = (Vec::new(), Vec::new());
        for (id, identity) in world.identity_ids() {
            let belongs = carries(&identity.labels, key, value, world, &mut values);
            if belongs.possible() {
                let ends = identity.workloads.iter().map(|&workload| workload_end(world, workload));
                members.extend(ends.chain(unseen_end(world, id)).map(|end| End { belongs, ..end }));
            }
        }
        if members.iter().any(|end| end.belongs.is_yes()) {
            return Ok(members);
        }
        let of_releases = self.likely_labelled(key, value);
        if !of_releases.is_empty() {
            return Ok(of_releases);
        }
        values.sort_unstable();
        values.dedup();
        let near = nearest(value, values.into_iter().map(|value| world.symbols.text(value)));
        if members.is_empty() || !near.is_empty() {
            let near = near.into_iter().map(|value| format!("{key}={value}")).collect();
            return Err(Unresolved::Label { key: key.clone(), value: value.clone(), near });
        }
        Ok(members)
    }

    /// The pods of releases that carry a label if their charts keep to the conventions.
    fn likely_labelled(&self, key: &str, value: &str) -> Vec<End> {
        let world = self.world();
        let (Some(name), Some(value)) = (world.symbols.find(key), world.symbols.find(value)) else { return Vec::new() };
        let key = Key { source: Source::Any, name };
        let likely = world.releases.iter().zip(0..).filter(|(release, _)| release.likely_has(key, value));
        let ends = likely.map(|(_, at)| release_end(world, ReleaseId(at)));
        ends.map(|end| End { belongs: Tri::Unknown, ..end }).collect()
    }
}

/// A namespace by its name, if it exists as far as the input tells, or some selector speaks of it.
pub fn find_namespace(world: &World, name: &str) -> Result<NamespaceId, Unresolved> {
    let spoken_of = |id: &NamespaceId| {
        let namespace = world.namespace(*id);
        namespace.exists || namespace.representative.is_some()
    };
    world.find_namespace(name).filter(spoken_of).ok_or_else(|| {
        let near = nearest(name, namespace_names(world));
        Unresolved::Namespace { namespace: name.into(), near }
    })
}

fn namespace_names(world: &World) -> impl Iterator<Item = &str> {
    world.namespace_ids().filter_map(|(id, _)| world.namespace_name(id))
}

/// Whether labels hold a label, as one of the pod or of its namespace. The values seen under the key are added to `values`.
fn carries(labels: &LabelSet, key: &str, value: &str, world: &World, values: &mut Vec<Symbol>) -> Tri {
    let mut found = Tri::No;
    let (mut of_pod, mut of_namespace) = (false, false);
    for (own, has) in labels.iter() {
        let text = world.symbols.text(own.name);
        let plain = text.strip_prefix(NAMESPACE_LABELS);
        if plain.unwrap_or(text) != key {
            continue;
        }
        of_namespace |= plain.is_some();
        of_pod |= plain.is_none();
        found = found.or(match has {
            Some(has) if has.is_variable() => Tri::Unknown,
            Some(has) => (world.symbols.text(has) == value).into(),
            None => Tri::Unknown,
        });
        values.extend(has.filter(|has| !has.is_variable()));
    }
    let unseen = (labels.open_pod && !of_pod) || (labels.open_namespace && !of_namespace);
    if unseen { found.or(Tri::Unknown) } else { found }
}

/// The pods of a workload. On the host's network they are the node.
pub(crate) fn workload_end(world: &World, id: WorkloadId) -> End {
    let shapes = match world.workload(id).identity {
        Some(identity) => vec![Endpoint::Pods(identity)],
        None => vec![Endpoint::Reserved(Entity::Host), Endpoint::Reserved(Entity::RemoteNode)],
    };
    End::new(Who::Workload(id), shapes)
}

/// The pods of an identity that no workload of the input makes.
pub(crate) fn unseen_end(world: &World, id: IdentityId) -> Option<End> {
    let identity = world.identity(id);
    if let Some(release) = identity.release {
        return Some(release_end(world, release));
    }
    // Of a namespace whose name is not known nobody speaks.
    let named = matches!(world.namespace(identity.namespace).name, NamespaceName::Known(_));
    let who = if identity.dns_stand_in {
        Who::DnsStandIn(identity.namespace)
    } else if identity.representative && named {
        Who::OtherPods(identity.namespace)
    } else {
        return None;
    };
    Some(End::new(who, vec![Endpoint::Pods(id)]))
}

/// The pods of a Helm release. Where they may use the network of their node, they may be the node.
fn release_end(world: &World, id: ReleaseId) -> End {
    let release = world.release(id);
    let node = [Endpoint::Reserved(Entity::Host), Endpoint::Reserved(Entity::RemoteNode)];
    let node = node.into_iter().filter(|_| release.host_network);
    End::new(Who::Release(id), std::iter::once(Endpoint::Pods(release.identity)).chain(node).collect())
}

/// Addresses that no policy tells apart.
pub(crate) fn addresses(blocks: Vec<Block>) -> End {
    address_end(address_name(&blocks), blocks)
}

fn address_end(name: SmolStr, blocks: Vec<Block>) -> End {
    let shapes = blocks.first().map(|block| Endpoint::Address(block.first)).into_iter().collect();
    End::new(Who::Addresses(name, blocks), shapes)
}

pub(crate) fn special(entity: Entity) -> End {
    End::new(Who::Special(entity), vec![Endpoint::Reserved(entity)])
}

/// An address that a DNS answer for a name gave.
pub(crate) fn dns_end(name: SmolStr) -> End {
    End::new(Who::Dns(name.clone()), vec![Endpoint::Name(name)])
}

fn dns(name: &SmolStr) -> Result<Vec<End>, Unresolved> {
    let inside = name.strip_suffix(".cluster.local").unwrap_or(name);
    if let Some(service) = inside.strip_suffix(".svc")
        && let Some((service, namespace)) = service.rsplit_once('.')
    {
        let service = format!("svc/{namespace}/{}", service.rsplit('.').next().unwrap_or(service));
        return Err(Unresolved::ClusterName { name: name.clone(), service });
    }
    Ok(vec![dns_end(name.clone())])
}
