//! Which pod labels Cilium makes part of an identity: its default label filter (semantics §5.1).

/// Beginnings of keys that the filter drops.
const DROPPED: &[&str] = &[
    "io.kubernetes",
    "kubernetes.io",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/controller-uid",
    "k8s.io",
    "pod-template-generation",
    "pod-template-hash",
    "controller-revision-hash",
    "annotation",
    "controller-uid",
    "etcd_node",
    "topology.kubernetes.io",
];

/// Beginnings of keys that Cilium keeps for itself: a user's label of such a key is taken away first.
const RESERVED: &str = "io.cilium.k8s.";

/// Whether a pod label of this key can be selected in Cilium. Of a label that cannot, `In` and `Exists` never match.
pub fn identity_relevant(key: &str) -> bool {
    let dropped = DROPPED.iter().any(|beginning| key.starts_with(beginning));
    !dropped && !key.contains("beta.kubernetes.io") && !key.starts_with(RESERVED)
}

#[cfg(test)]
mod tests {
    use super::identity_relevant;

    #[test]
    fn drops_exactly_the_listed_keys() {
        for key in ["app", "app.kubernetes.io/name", "job-name", "batch.kubernetes.io/job-name", "node.kubernetes.io/x"]
        {
            assert!(identity_relevant(key), "{key}");
        }
        for key in ["pod-template-hash", "kubernetes.io/arch", "failure-domain.beta.kubernetes.io/zone", "k8s.io/x"] {
            assert!(!identity_relevant(key), "{key}");
        }
    }
}
