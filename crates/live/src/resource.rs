//! What is asked for: the kinds that are read, and where the API server serves them.

use ringfence_manifest::Kind;

/// A kind as the API server serves it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Resource {
    /// The kind.
    pub(crate) kind: Kind,
    /// Its group; empty for the core API.
    pub(crate) group: &'static str,
    /// The versions that are read, the preferred one first. All of them show the same objects.
    pub(crate) versions: &'static [&'static str],
    /// Its name in paths.
    pub(crate) plural: &'static str,
    /// Which objects are wanted, as a field selector.
    pub(crate) fields: Option<&'static str>,
}

/// A pod that has ended has no address any more.
const NOT_ENDED: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// All of them. Owners stand before what they own: what is made meanwhile is then seen with its owner or without, and never
/// taken for an owner's that was not seen.
pub(crate) const RESOURCES: &[Resource] = &[
    core(Kind::Namespace, "namespaces"),
    built_in(Kind::CronJob, "batch", "cronjobs"),
    built_in(Kind::Job, "batch", "jobs"),
    built_in(Kind::Deployment, "apps", "deployments"),
    built_in(Kind::ReplicaSet, "apps", "replicasets"),
    built_in(Kind::StatefulSet, "apps", "statefulsets"),
    built_in(Kind::DaemonSet, "apps", "daemonsets"),
    core(Kind::ReplicationController, "replicationcontrollers"),
    Resource { fields: Some(NOT_ENDED), ..core(Kind::Pod, "pods") },
    core(Kind::Service, "services"),
    built_in(Kind::Ingress, "networking.k8s.io", "ingresses"),
    built_in(Kind::Route, "route.openshift.io", "routes"),
    built_in(Kind::NetworkPolicy, "networking.k8s.io", "networkpolicies"),
    cilium(Kind::CiliumNetworkPolicy, &["v2"], "ciliumnetworkpolicies"),
    cilium(Kind::CiliumClusterwideNetworkPolicy, &["v2"], "ciliumclusterwidenetworkpolicies"),
    cilium(Kind::CiliumCidrGroup, &["v2", "v2alpha1"], "ciliumcidrgroups"),
    policy_api(Kind::AdminNetworkPolicy, &["v1alpha1"], "adminnetworkpolicies"),
    policy_api(Kind::BaselineAdminNetworkPolicy, &["v1alpha1"], "baselineadminnetworkpolicies"),
    policy_api(Kind::ClusterNetworkPolicy, &["v1alpha2"], "clusternetworkpolicies"),
];

const fn core(kind: Kind, plural: &'static str) -> Resource {
    built_in(kind, "", plural)
}

const fn built_in(kind: Kind, group: &'static str, plural: &'static str) -> Resource {
    Resource { kind, group, versions: &["v1"], plural, fields: None }
}

const fn cilium(kind: Kind, versions: &'static [&'static str], plural: &'static str) -> Resource {
    Resource { kind, group: "cilium.io", versions, plural, fields: None }
}

const fn policy_api(kind: Kind, versions: &'static [&'static str], plural: &'static str) -> Resource {
    Resource { kind, group: "policy.networking.k8s.io", versions, plural, fields: None }
}

impl Resource {
    /// The `apiVersion` of its objects under one of the versions.
    pub(crate) fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.to_owned() } else { format!("{}/{version}", self.group) }
    }

    /// Where all its objects are listed.
    pub(crate) fn path(&self, version: &str) -> String {
        let root = if self.group.is_empty() { "api" } else { "apis" };
        format!("/{root}/{}/{}", self.api_version(version), self.plural)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_that_is_asked_for_is_read() {
        for resource in RESOURCES {
            for version in resource.versions {
                assert_eq!(Kind::of(&resource.api_version(version), resource.kind.name()), resource.kind);
            }
        }
    }

    #[test]
    fn every_kind_that_is_read_is_asked_for() {
        let asked = |kind: &Kind| RESOURCES.iter().any(|resource| resource.kind == *kind);
        let policies = RESOURCES.iter().filter(|resource| resource.kind.is_policy()).count();
        let workloads = RESOURCES.iter().filter(|resource| resource.kind.is_workload()).count();
        // A workload of a document for people is none of the API.
        assert_eq!((policies, workloads), (6, 8));
        assert!([Kind::Namespace, Kind::Service, Kind::Ingress, Kind::Route, Kind::CiliumCidrGroup].iter().all(asked));
    }

    #[test]
    fn paths_are_those_of_the_api() {
        let path = |plural| {
            let resource = RESOURCES.iter().find(|resource| resource.plural == plural).unwrap();
            resource.path(resource.versions[0])
        };
        assert_eq!(path("pods"), "/api/v1/pods");
        assert_eq!(path("ciliumcidrgroups"), "/apis/cilium.io/v2/ciliumcidrgroups");
    }
}
