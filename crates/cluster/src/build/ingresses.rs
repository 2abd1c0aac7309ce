//! Ingress objects and Routes: which Services they lead to.

use ringfence_manifest::kinds::ingress::{IngressSpec, ServiceBackend, ServiceBackendPort};
use ringfence_manifest::kinds::route::{RoutePort, RouteSpec};
use ringfence_manifest::{Body, Field, IntOrString};
use smol_str::SmolStr;

use super::Builder;
use crate::{Backend, BackendPort, Ingress};

impl Builder<'_> {
    pub(super) fn ingresses(&mut self) {
        for (object, source, _) in self.objects() {
            let backends = match &source.body {
                Body::Ingress(spec) => spec.get().map(backends_of_ingress),
                Body::Route(spec) => spec.get().map(backends_of_route),
                _ => None,
            };
            if let (Some(backends), Some(namespace)) = (backends, self.home(object)) {
                self.world.ingresses.push(Ingress { object, namespace, backends });
            }
        }
    }
}

fn backends_of_ingress(spec: &IngressSpec) -> Vec<Backend> {
    let backend = |backend: &ServiceBackend| {
        let port = backend.port.get().map_or(BackendPort::Unknown, port_of_service);
        Some(Backend { service: backend.name.get()?.clone(), port })
    };
    spec.backends().filter_map(backend).collect()
}

fn port_of_service(port: &ServiceBackendPort) -> BackendPort {
    match (&port.name, &port.number) {
        (Field::Set(name, _), _) if !name.is_empty() => BackendPort::Named(name.clone()),
        (_, Field::Set(number, _)) => u16::try_from(*number).map_or(BackendPort::Unknown, BackendPort::Number),
        _ => BackendPort::Unknown,
    }
}

fn backends_of_route(spec: &RouteSpec) -> Vec<Backend> {
    let port = match &spec.port {
        Field::Set(port, _) => port_of_route(port),
        Field::Absent | Field::Null(_) => BackendPort::Every,
        _ => BackendPort::Unknown,
    };
    let backend = |service: &SmolStr| Backend { service: service.clone(), port: port.clone() };
    spec.services().map(backend).collect()
}

fn port_of_route(port: &RoutePort) -> BackendPort {
    match &port.target_port {
        Field::Set(IntOrString::Name(name), _) => BackendPort::Named(name.clone()),
        Field::Set(IntOrString::Int(number), _) => {
            u16::try_from(*number).map_or(BackendPort::Unknown, BackendPort::Target)
        }
        _ => BackendPort::Unknown,
    }
}
