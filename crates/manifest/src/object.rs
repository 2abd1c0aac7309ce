//! An object of the API: its kind, its metadata, and the view of its kind.

use smol_str::SmolStr;

use crate::custom::{self, Makes};
use crate::kind::{built_in, split};
use crate::kinds::admin::{AdminSpec, BaselineSpec};
use crate::kinds::cidr_group::CidrGroupSpec;
use crate::kinds::cilium::{CiliumPolicy, Rule};
use crate::kinds::cluster_network_policy::ClusterPolicySpec;
use crate::kinds::ingress::IngressSpec;
use crate::kinds::network_policy::NetworkPolicySpec;
use crate::kinds::route::RouteSpec;
use crate::kinds::service::ServiceSpec;
use crate::kinds::workload::Workload;
use crate::{Field, Kind, List, Map, Metadata, Origin, Place, Problem, Reader, Shape, Tool, Value, View};

/// An object, read as far as its kind is known here.
#[derive(Clone, PartialEq, Debug)]
pub struct Object {
    /// The whole object.
    pub place: Place,
    /// The document of its file that holds it, from 0.
    pub document: u32,
    /// The `apiVersion` as written; empty in a fragment that has none.
    pub api_version: SmolStr,
    /// The kind.
    pub kind: Kind,
    /// The `kind` as written; empty in a fragment that has none.
    pub kind_name: SmolStr,
    /// The value of `kind`; in a fragment without one the whole object.
    pub kind_place: Place,
    /// The metadata.
    pub meta: Metadata,
    /// The rest.
    pub body: Body,
    /// What does not fit the schema, in the order of the text. Empty for kinds that are not read.
    pub problems: Vec<Problem>,
    /// Whether it comes from a document for people: then it never makes a namespace complete.
    pub fragment: bool,
    /// The whole object as a value, for the objects of a [`Tool`] only.
    pub value: Option<Value>,
    /// What a build changed in it; `None` where it stands in its file as it goes into the cluster.
    pub origin: Option<Box<Origin>>,
    /// Whether something that could not be built may have changed anything in it but its kind, name and namespace.
    pub doubtful: bool,
}

/// What an object says beside its metadata. The wide specs are boxed: most objects have none of them.
#[derive(Clone, PartialEq, Debug)]
pub enum Body {
    /// Nothing: a namespace is its name and labels.
    Namespace,
    /// The pods it makes.
    Workload(Box<Workload>),
    /// Where its name leads to.
    Service(Box<Field<ServiceSpec>>),
    /// Which Services an Ingress leads to.
    Ingress(Box<Field<IngressSpec>>),
    /// Which Services a Route leads to.
    Route(Box<Field<RouteSpec>>),
    /// The `spec` of a NetworkPolicy.
    NetworkPolicy(Box<Field<NetworkPolicySpec>>),
    /// The rules of a policy of Cilium, of a namespace or of the cluster.
    Cilium(Box<CiliumPolicy>),
    /// The ranges of a CiliumCIDRGroup.
    CidrGroup(Field<CidrGroupSpec>),
    /// The `spec` of an AdminNetworkPolicy.
    AdminNetworkPolicy(Box<Field<AdminSpec>>),
    /// The `spec` of a BaselineAdminNetworkPolicy.
    BaselineAdminNetworkPolicy(Box<Field<BaselineSpec>>),
    /// The `spec` of a ClusterNetworkPolicy.
    ClusterNetworkPolicy(Box<Field<ClusterPolicySpec>>),
    /// Not read.
    Other,
}

/// The keys at the top of most objects. NetworkPolicy had a `status` until 1.27: old exports still show it.
const TOP: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];
/// The keys at the top of a policy of Cilium.
const CILIUM_TOP: &[&str] = &["apiVersion", "kind", "metadata", "spec", "specs", "status"];

impl Object {
    /// Reads an object of the `document`-th document. `None` where the value is none: no mapping with the texts
    /// `apiVersion` and `kind`.
    pub fn read(value: Value, document: u32) -> Option<Self> {
        Self::read_as(value, document, SmolStr::default(), SmolStr::default())
    }

    /// Reads an object that something was built into: `value` is [settled](crate::settle) already.
    pub fn built(value: Value, document: u32, origin: Origin, doubtful: bool) -> Option<Self> {
        let origin = (!origin.changes.is_empty()).then(|| Box::new(origin));
        Some(Self { origin, doubtful, ..Self::read(value, document)? })
    }

    /// Reads an object whose `apiVersion` and `kind` may be told by the list around it.
    pub(crate) fn read_as(value: Value, document: u32, api_version: SmolStr, kind_name: SmolStr) -> Option<Self> {
        let map = value.as_map()?;
        let own = |key, other: SmolStr| match map.get(key) {
            Some(entry) => entry.value.text().cloned(),
            None => Some(other).filter(|text| !text.is_empty()),
        };
        let api_version = own("apiVersion", api_version)?;
        let kind_name = own("kind", kind_name)?;
        let kind = Kind::of(&api_version, &kind_name);
        let mut reader = if kind.strict() { Reader::strict() } else { Reader::lenient() };
        reader.object(&value, kind.top());
        Some(Self {
            place: value.place,
            document,
            kind,
            kind_place: map.get("kind").map_or(value.place, |entry| entry.value.place),
            meta: Metadata::read(map, value.place, &mut reader),
            body: Body::read(kind, &value, map, &mut reader),
            problems: if kind == Kind::Other { Vec::new() } else { in_order(reader.problems) },
            fragment: false,
            value: Tool::of(split(&api_version).0, &kind_name).map(|_| value),
            origin: None,
            doubtful: false,
            api_version,
            kind_name,
        })
    }

    /// The group of `apiVersion`; empty for the core API.
    pub fn group(&self) -> &str {
        split(&self.api_version).0
    }

    /// The version of `apiVersion`.
    pub fn version(&self) -> &str {
        split(&self.api_version).1
    }

    /// The tool that reads this object, if it is one's.
    pub fn tool(&self) -> Option<Tool> {
        if self.kind == Kind::Other { Tool::of(self.group(), &self.kind_name) } else { None }
    }

    /// Whether the object belongs to Kubernetes itself or to the Gateway API.
    pub fn built_in(&self) -> bool {
        built_in(self.group()) || self.group() == "gateway.networking.k8s.io"
    }

    /// Whether something that reads this object may make pods that no manifest shows (design §1.1). A kustomization may
    /// hold anything, but the one who builds it says so.
    pub fn may_hide_pods(&self) -> bool {
        self.kind == Kind::Other && custom::makes(self.group(), &self.kind_name, self.built_in()) != Makes::Nothing
    }

    /// Whether the pods that it hides may stand in any namespace.
    pub fn may_hide_pods_anywhere(&self) -> bool {
        self.kind == Kind::Other && custom::makes(self.group(), &self.kind_name, self.built_in()) == Makes::Anywhere
    }

    /// The policy kind that this object has the name of, without having its group and version: the API server refuses it.
    pub fn misversioned_policy(&self) -> Option<Kind> {
        let groups = ["networking.k8s.io", "extensions", "cilium.io", "policy.networking.k8s.io", ""];
        let named = Kind::policy_named(&self.kind_name)?;
        // Other projects have kinds of the same name (Calico's NetworkPolicy).
        (self.kind == Kind::Other && groups.contains(&self.group())).then_some(named)
    }

    /// The name, where it is known.
    pub fn name(&self) -> Option<&str> {
        self.meta.name.get().map(SmolStr::as_str)
    }

    /// Where its name was written first: what a prefix or suffix made of it is still that name. Without a name it is the
    /// whole object.
    pub fn name_place(&self) -> Place {
        let now = self.meta.name.at().map_or(self.place, |at| at.value);
        self.origin.as_ref().and_then(|origin| origin.written(now)).unwrap_or(now)
    }

    /// The namespace as written, where it is known. Cluster-scoped kinds have none.
    pub fn namespace(&self) -> Option<&str> {
        if self.kind.cluster_scoped() { None } else { self.meta.namespace.get().map(SmolStr::as_str) }
    }
}

impl Body {
    pub(crate) fn read(kind: Kind, value: &Value, map: &Map, reader: &mut Reader) -> Self {
        match kind {
            Kind::Namespace => Self::Namespace,
            Kind::Service => Self::Service(Box::new(reader.field(map, "spec"))),
            Kind::Ingress => Self::Ingress(Box::new(reader.field(map, "spec"))),
            Kind::Route => Self::Route(Box::new(reader.field(map, "spec"))),
            Kind::NetworkPolicy => Self::NetworkPolicy(Box::new(reader.field(map, "spec"))),
            Kind::CiliumNetworkPolicy | Kind::CiliumClusterwideNetworkPolicy => Self::Cilium(Box::new(CiliumPolicy {
                clusterwide: kind == Kind::CiliumClusterwideNetworkPolicy,
                spec: reader.field(map, "spec"),
                specs: reader.field(map, "specs"),
            })),
            Kind::CiliumCidrGroup => Self::CidrGroup(reader.field(map, "spec")),
            Kind::AdminNetworkPolicy => Self::AdminNetworkPolicy(Box::new(reader.field(map, "spec"))),
            Kind::BaselineAdminNetworkPolicy => Self::BaselineAdminNetworkPolicy(Box::new(reader.field(map, "spec"))),
            Kind::ClusterNetworkPolicy => Self::ClusterNetworkPolicy(Box::new(reader.field(map, "spec"))),
            Kind::Other => Self::Other,
            _ => Self::Workload(Box::new(Workload::read(kind, value, map, reader))),
        }
    }
}

impl Kind {
    /// The keys that may stand at the top of an object of a kind whose every field is known.
    const fn top(self) -> &'static [&'static str] {
        match self {
            Self::CiliumNetworkPolicy | Self::CiliumClusterwideNetworkPolicy => CILIUM_TOP,
            _ => TOP,
        }
    }

    /// The fields known to us of a kind that is read whole; `None` of the kinds that are read in part.
    pub const fn shape(self) -> Option<Shape> {
        const TEXT: &Shape = &Shape::String;
        const ANY: &Shape = &Shape::Any;
        macro_rules! shape {
            ($($key:literal: $type:ty),*) => {
                Shape::Object(&[("apiVersion", TEXT), ("kind", TEXT), ("metadata", ANY), ("status", ANY),
                    $(($key, &<$type as View>::SHAPE)),*])
            };
        }
        Some(match self {
            Self::NetworkPolicy => const { shape!("spec": NetworkPolicySpec) },
            Self::CiliumNetworkPolicy | Self::CiliumClusterwideNetworkPolicy => {
                const { shape!("spec": Rule, "specs": List<Rule>) }
            }
            Self::CiliumCidrGroup => const { shape!("spec": CidrGroupSpec) },
            Self::AdminNetworkPolicy => const { shape!("spec": AdminSpec) },
            Self::BaselineAdminNetworkPolicy => const { shape!("spec": BaselineSpec) },
            Self::ClusterNetworkPolicy => const { shape!("spec": ClusterPolicySpec) },
            _ => return None,
        })
    }
}

/// A Pod's `metadata` is read twice, as the object's and as the template's: one problem each is enough.
pub(crate) fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| problem.place);
    problems.dedup();
    problems
}
