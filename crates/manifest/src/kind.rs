//! Which kind an object is, by its group, version and name.

/// A kind that ringfence reads, or [`Kind::Other`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// `v1` Namespace.
    Namespace,
    /// `v1` Pod.
    Pod,
    /// `apps` Deployment.
    Deployment,
    /// `apps` StatefulSet.
    StatefulSet,
    /// `apps` DaemonSet.
    DaemonSet,
    /// `apps` ReplicaSet.
    ReplicaSet,
    /// `v1` ReplicationController.
    ReplicationController,
    /// `batch` Job.
    Job,
    /// `batch` CronJob.
    CronJob,
    /// A workload of which only `metadata.labels` is shown, in a document for people.
    UnknownWorkload,
    /// `v1` Service.
    Service,
    /// `networking.k8s.io/v1` Ingress.
    Ingress,
    /// `route.openshift.io/v1` Route.
    Route,
    /// `networking.k8s.io/v1` NetworkPolicy.
    NetworkPolicy,
    /// `cilium.io/v2` CiliumNetworkPolicy.
    CiliumNetworkPolicy,
    /// `cilium.io/v2` CiliumClusterwideNetworkPolicy.
    CiliumClusterwideNetworkPolicy,
    /// `cilium.io/v2` and `v2alpha1` CiliumCIDRGroup.
    CiliumCidrGroup,
    /// `policy.networking.k8s.io/v1alpha1` AdminNetworkPolicy.
    AdminNetworkPolicy,
    /// `policy.networking.k8s.io/v1alpha1` BaselineAdminNetworkPolicy.
    BaselineAdminNetworkPolicy,
    /// `policy.networking.k8s.io/v1alpha2` ClusterNetworkPolicy.
    ClusterNetworkPolicy,
    /// Anything else, also a policy kind under a group or version that does not serve it.
    Other,
}

/// Group, versions (none given: any; what is read of a workload was the same in all of them), kind.
const SERVED: &[(&str, &[&str], Kind)] = &[
    ("", &["v1"], Kind::Namespace),
    ("", &["v1"], Kind::Pod),
    ("", &["v1"], Kind::ReplicationController),
    ("", &["v1"], Kind::Service),
    ("apps", &[], Kind::Deployment),
    ("apps", &[], Kind::StatefulSet),
    ("apps", &[], Kind::DaemonSet),
    ("apps", &[], Kind::ReplicaSet),
    ("extensions", &[], Kind::Deployment),
    ("extensions", &[], Kind::DaemonSet),
    ("extensions", &[], Kind::ReplicaSet),
    ("batch", &[], Kind::Job),
    ("batch", &[], Kind::CronJob),
    ("networking.k8s.io", &["v1"], Kind::Ingress),
    ("route.openshift.io", &["v1"], Kind::Route),
    ("networking.k8s.io", &["v1"], Kind::NetworkPolicy),
    ("cilium.io", &["v2"], Kind::CiliumNetworkPolicy),
    ("cilium.io", &["v2"], Kind::CiliumClusterwideNetworkPolicy),
    ("cilium.io", &["v2", "v2alpha1"], Kind::CiliumCidrGroup),
    ("policy.networking.k8s.io", &["v1alpha1"], Kind::AdminNetworkPolicy),
    ("policy.networking.k8s.io", &["v1alpha1"], Kind::BaselineAdminNetworkPolicy),
    ("policy.networking.k8s.io", &["v1alpha2"], Kind::ClusterNetworkPolicy),
];

impl Kind {
    /// The kind of an object by its `apiVersion` and `kind`.
    pub fn of(api_version: &str, name: &str) -> Self {
        let (group, version) = split(api_version);
        let served = SERVED.iter().find(|(served, versions, kind)| {
            kind.name() == name && *served == group && (versions.is_empty() || versions.contains(&version))
        });
        served.map_or(Self::Other, |&(_, _, kind)| kind)
    }

    /// The kind of a policy by its name alone, whatever its group and version.
    pub fn policy_named(name: &str) -> Option<Self> {
        SERVED.iter().map(|&(_, _, kind)| kind).find(|kind| kind.is_policy() && kind.name() == name)
    }

    /// The `apiVersion`s under which the kind is read; of a workload only the group, since any version will do.
    pub fn api_versions(self) -> Vec<String> {
        let rows = SERVED.iter().filter(|&&(_, _, kind)| kind == self);
        rows.flat_map(|(group, versions, _)| {
            let joined =
                |version: &&str| if group.is_empty() { (*version).to_owned() } else { format!("{group}/{version}") };
            if versions.is_empty() { vec![(*group).to_owned()] } else { versions.iter().map(joined).collect() }
        })
        .collect()
    }

    /// The name as `kind:` writes it; of an unknown workload and of other kinds a word for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namespace => "Namespace",
            Self::Pod => "Pod",
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::ReplicaSet => "ReplicaSet",
            Self::ReplicationController => "ReplicationController",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
            Self::UnknownWorkload => "workload",
            Self::Service => "Service",
            Self::Ingress => "Ingress",
            Self::Route => "Route",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::CiliumNetworkPolicy => "CiliumNetworkPolicy",
            Self::CiliumClusterwideNetworkPolicy => "CiliumClusterwideNetworkPolicy",
            Self::CiliumCidrGroup => "CiliumCIDRGroup",
            Self::AdminNetworkPolicy => "AdminNetworkPolicy",
            Self::BaselineAdminNetworkPolicy => "BaselineAdminNetworkPolicy",
            Self::ClusterNetworkPolicy => "ClusterNetworkPolicy",
            Self::Other => "object",
        }
    }

    /// Whether it says who may talk to whom. A CiliumCIDRGroup does not: policies refer to it.
    pub const fn is_policy(self) -> bool {
        matches!(
            self,
            Self::NetworkPolicy
                | Self::CiliumNetworkPolicy
                | Self::CiliumClusterwideNetworkPolicy
                | Self::AdminNetworkPolicy
                | Self::BaselineAdminNetworkPolicy
                | Self::ClusterNetworkPolicy
        )
    }

    /// Whether it makes pods, or is one.
    pub const fn is_workload(self) -> bool {
        matches!(
            self,
            Self::Pod
                | Self::Deployment
                | Self::StatefulSet
                | Self::DaemonSet
                | Self::ReplicaSet
                | Self::ReplicationController
                | Self::Job
                | Self::CronJob
                | Self::UnknownWorkload
        )
    }

    /// Whether its objects stand in no namespace. Of other kinds nobody here knows: `false`.
    pub const fn cluster_scoped(self) -> bool {
        matches!(
            self,
            Self::Namespace
                | Self::CiliumClusterwideNetworkPolicy
                | Self::CiliumCidrGroup
                | Self::AdminNetworkPolicy
                | Self::BaselineAdminNetworkPolicy
                | Self::ClusterNetworkPolicy
        )
    }

    /// Whether we know every field, so that any other is a problem.
    pub(crate) const fn strict(self) -> bool {
        self.is_policy() || matches!(self, Self::CiliumCidrGroup)
    }
}

/// Group and version of an `apiVersion`; the group of the core API is empty.
pub(crate) fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Whether objects of the group belong to Kubernetes itself.
pub(crate) fn built_in(group: &str) -> bool {
    // Groups without a dot are Kubernetes' own; so are these with one.
    const DOTTED: &[&str] = &[
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    ];
    !group.contains('.') || DOTTED.contains(&group)
}
