//! Ingress of `networking.k8s.io/v1`: the part that says which Services it leads to.

use smol_str::SmolStr;

use crate::List;

view! {
    /// The `spec` of an Ingress, in part.
    pub struct IngressSpec {
        /// Where requests go that no rule matches.
        default_backend: IngressBackend = "defaultBackend",
        /// Where requests go by host and path.
        rules: List<IngressRule> = "rules",
    }

    /// One element of `rules`, in part.
    pub struct IngressRule {
        /// The paths of the host.
        http: HttpRule = "http",
    }

    /// The `http` of a rule.
    pub struct HttpRule {
        /// The paths, each with its backend.
        paths: List<HttpPath> = "paths",
    }

    /// One element of `paths`, in part.
    pub struct HttpPath {
        /// Where its requests go.
        backend: IngressBackend = "backend",
    }

    /// Where requests go: a Service of the same namespace, or a resource that only the controller knows.
    pub struct IngressBackend {
        /// The Service.
        service: ServiceBackend = "service",
    }

    /// A Service as a backend.
    pub struct ServiceBackend {
        /// Its name.
        name: SmolStr = "name",
        /// Which of its ports.
        port: ServiceBackendPort = "port",
    }

    /// A port of a Service: by number or by name, not both.
    pub struct ServiceBackendPort {
        /// The `port` of the Service's port.
        number: i64 = "number",
        /// The `name` of the Service's port.
        name: SmolStr = "name",
    }
}

impl IngressSpec {
    /// The Services that it leads to. Backends that are none, or cannot be known, are left out.
    pub fn backends(&self) -> impl Iterator<Item = &ServiceBackend> {
        let paths = self.rules.values().filter_map(|rule| rule.http.get()).flat_map(|http| http.paths.values());
        let backends = self.default_backend.get().into_iter().chain(paths.filter_map(|path| path.backend.get()));
        backends.filter_map(|backend| backend.service.get())
    }
}
