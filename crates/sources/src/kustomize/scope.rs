//! Which kinds stand in no namespace, as far as kustomize knows.
//!
//! The facts are those of `precomputedIsNamespaceScoped` in `kyaml/openapi/openapi.go` of kustomize 5.8.1. Kinds that are
//! not named are taken to be namespaced, also those of which everybody else knows better: kustomize writes a namespace
//! into a CiliumClusterwideNetworkPolicy.

const V1: &[&str] = &["v1"];
const SINCE_BETA: &[&str] = &["v1", "v1beta1"];
const BETA: &[&str] = &["v1beta1"];

/// Group, versions, kind.
const CLUSTER_SCOPED: &[(&str, &[&str], &str)] = &[
    ("", V1, "ComponentStatus"),
    ("", V1, "Namespace"),
    ("", V1, "Node"),
    ("", V1, "NodeProxyOptions"),
    ("", V1, "PersistentVolume"),
    ("admissionregistration.k8s.io", SINCE_BETA, "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", SINCE_BETA, "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", SINCE_BETA, "CustomResourceDefinition"),
    ("apiregistration.k8s.io", SINCE_BETA, "APIService"),
    ("certificates.k8s.io", SINCE_BETA, "CertificateSigningRequest"),
    ("flowcontrol.apiserver.k8s.io", BETA, "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", BETA, "PriorityLevelConfiguration"),
    ("networking.k8s.io", SINCE_BETA, "IngressClass"),
    ("node.k8s.io", SINCE_BETA, "RuntimeClass"),
    ("policy", BETA, "PodSecurityPolicy"),
    ("rbac.authorization.k8s.io", SINCE_BETA, "ClusterRole"),
    ("rbac.authorization.k8s.io", SINCE_BETA, "ClusterRoleBinding"),
    ("scheduling.k8s.io", SINCE_BETA, "PriorityClass"),
    ("storage.k8s.io", SINCE_BETA, "CSIDriver"),
    ("storage.k8s.io", V1, "CSINode"),
    ("storage.k8s.io", SINCE_BETA, "StorageClass"),
    ("storage.k8s.io", SINCE_BETA, "VolumeAttachment"),
];

/// Whether kustomize knows that a kind stands in no namespace.
pub(super) fn is_cluster_scoped(group: &str, version: &str, kind: &str) -> bool {
    CLUSTER_SCOPED.iter().any(|row| row.2 == kind && row.0 == group && row.1.contains(&version))
}

/// The same by the `apiVersion` of an object.
pub(crate) fn stands_in_no_namespace(api_version: &str, kind: &str) -> bool {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    is_cluster_scoped(group, version, kind)
}
