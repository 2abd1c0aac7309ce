//! Objects of the tools that bring other objects into a cluster, or change them on the way.

/// A tool's object, known by group and kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tool {
    /// Flux `helm.toolkit.fluxcd.io` HelmRelease.
    HelmRelease,
    /// Flux `kustomize.toolkit.fluxcd.io` Kustomization.
    FluxKustomization,
    /// Argo CD `argoproj.io` Application.
    ArgoApplication,
    /// Argo CD `argoproj.io` ApplicationSet.
    ArgoApplicationSet,
    /// `kustomize.config.k8s.io` Kustomization: a file that no cluster ever sees.
    Kustomization,
    /// `kustomize.config.k8s.io` Component: a file that no cluster ever sees.
    KustomizeComponent,
}

impl Tool {
    /// The tool's object of a group and kind, whatever the version.
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        Some(match (group, kind) {
            ("helm.toolkit.fluxcd.io", "HelmRelease") => Self::HelmRelease,
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => Self::FluxKustomization,
            ("argoproj.io", "Application") => Self::ArgoApplication,
            ("argoproj.io", "ApplicationSet") => Self::ArgoApplicationSet,
            ("kustomize.config.k8s.io", "Kustomization") => Self::Kustomization,
            ("kustomize.config.k8s.io", "Component") => Self::KustomizeComponent,
            _ => return None,
        })
    }
}
