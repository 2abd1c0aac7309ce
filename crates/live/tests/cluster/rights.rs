//! What may not be read, and what is not served.

use ringfence_live::{Kind, LiveError, Unread, Why};
use ringfence_testkit::cluster::{ADMIN, Cluster, GUEST};

use crate::{read_as, read_by};

/// Lets the guest list resources of groups in the whole cluster.
fn allow(cluster: &Cluster, rules: &[(&str, &[&str])]) {
    let rules: String = rules
        .iter()
        .map(|(group, resources)| {
            format!("- {{apiGroups: [\"{group}\"], resources: [{}], verbs: [list]}}\n", resources.join(", "))
        })
        .collect();
    let subject = format!("{{kind: User, name: {GUEST}, apiGroup: rbac.authorization.k8s.io}}");
    cluster.apply(&format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: guest}}\nrules:\n{rules}---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: guest}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: guest}}\nsubjects: [{subject}]\n"
    ));
}

const CORE: &[&str] = &["namespaces", "pods", "replicationcontrollers"];
const APPS: &[&str] = &["deployments", "replicasets", "statefulsets", "daemonsets"];
const BATCH: &[&str] = &["jobs", "cronjobs"];

/// A kind of ours, under a version that nobody reads.
const OTHER_VERSION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ciliumcidrgroups.cilium.io
spec:
  group: cilium.io
  scope: Cluster
  names: {kind: CiliumCIDRGroup, plural: ciliumcidrgroups}
  versions:
  - {name: v3, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
";

fn forbidden(kind: Kind) -> Unread {
    Unread { kind, why: Why::Forbidden }
}

#[test]
fn what_is_not_read_is_named_and_what_is_not_there_is_not() {
    let Some(cluster) = Cluster::start() else { return };

    // Nothing at all.
    let nothing = read_as(&cluster, GUEST).unwrap_err();
    assert!(matches!(nothing, LiveError::NothingAllowed { .. }), "{nothing}");

    // All but one kind. The cluster has no Cilium: the guest may not list its policies, but there can be none.
    allow(
        &cluster,
        &[("", CORE), ("apps", APPS), ("batch", BATCH), ("networking.k8s.io", &["ingresses", "networkpolicies"])],
    );
    let guest = read_as(&cluster, GUEST).unwrap();
    assert_eq!((guest.unread, guest.cilium), (vec![forbidden(Kind::Service)], false));
    let admin = read_as(&cluster, ADMIN).unwrap();
    assert_eq!((admin.unread, admin.cilium), (vec![], false));
    assert!(admin.texts.contains_key("live/admin/service/default/kubernetes.json"), "{:?}", admin.texts.keys());

    // A kind that is served otherwise.
    cluster.define(OTHER_VERSION);
    let admin = read_by(&cluster, 500);
    let other = Unread { kind: Kind::CiliumCidrGroup, why: Why::OtherVersions(vec!["v3".into()]) };
    assert_eq!((admin.unread, admin.cilium), (vec![other], true));
    let guest = read_as(&cluster, GUEST).unwrap();
    assert_eq!(guest.unread, [forbidden(Kind::Service), forbidden(Kind::CiliumCidrGroup)]);
}
