//! Which custom resources make pods: most may, and of some everybody knows that they do not.
//!
//! What is not named here may make pods in its namespace. The documentation of each project says what its controller does.

/// What a controller makes of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Makes {
    /// No pods.
    Nothing,
    /// Pods in the namespace of the object, perhaps.
    PodsBeside,
    /// Whatever its author wants, in any namespace.
    Anywhere,
}

/// Groups whose objects configure something that runs already, or tools that no cluster sees.
const NOTHING: &[&str] = &[
    "cilium.io",
    "crd.projectcalico.org",
    "ctlptl.dev",
    "external-secrets.io",
    "generators.external-secrets.io",
    "image.toolkit.fluxcd.io",
    "kind.x-k8s.io",
    "kubeadm.k8s.io",
    "kubelet.config.k8s.io",
    "kustomize.config.k8s.io",
    "kuttl.dev",
    "kyverno.io",
    "networking.istio.io",
    "notification.toolkit.fluxcd.io",
    "policies.kyverno.io",
    "policy.networking.k8s.io",
    "projectcalico.org",
    "security.istio.io",
    "source.toolkit.fluxcd.io",
    "traefik.containo.us",
    "traefik.io",
];

/// The same of single kinds.
const KINDS_OF_NOTHING: &[(&str, &str)] = &[
    ("argoproj.io", "AppProject"),
    ("bitnami.com", "SealedSecret"),
    ("monitoring.coreos.com", "PodMonitor"),
    ("monitoring.coreos.com", "Probe"),
    ("monitoring.coreos.com", "PrometheusRule"),
    ("monitoring.coreos.com", "ScrapeConfig"),
    ("monitoring.coreos.com", "ServiceMonitor"),
];

/// Groups that deploy manifests or charts.
const ANYTHING: &[&str] =
    &["fleet.cattle.io", "fluxcd.controlplane.io", "gitops.kluctl.io", "helm.cattle.io", "kappctrl.k14s.io"];

/// What comes of an object of a kind that is not read. `built_in` is whether its group is one of Kubernetes.
pub(crate) fn makes(group: &str, kind: &str, built_in: bool) -> Makes {
    // Some implementations run each Gateway in pods of its own.
    let is_gateway = (group, kind) == ("gateway.networking.k8s.io", "Gateway");
    if NOTHING.contains(&group) || KINDS_OF_NOTHING.contains(&(group, kind)) || built_in && !is_gateway {
        Makes::Nothing
    } else if ANYTHING.contains(&group) {
        Makes::Anywhere
    } else {
        Makes::PodsBeside
    }
}
