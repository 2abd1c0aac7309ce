//! What comes in through Ingress objects and Routes: from their controller to the pods behind the Services.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{
    BackendPort, Identity, IdentityId, NamespaceId, PortMatch, Protocol, Service, ServicePort, World,
};
use ringfence_engine::{Described, Endpoint, Engine};
use rustc_hash::FxHashMap;

/// The controller. It may be any pod; what leaves it is taken to be let out, since that is what it is there for.
pub(super) fn controller(world: &World) -> Endpoint {
    Endpoint::Described(Box::new(Described::unseen_pod(world)))
}

/// The TCP ports that Ingress objects and Routes lead to, by identity.
pub(super) fn routed(engine: &Engine<'_>) -> BTreeMap<IdentityId, BTreeSet<u16>> {
    let world = engine.world();
    let services = services(world);
    let mut routed: BTreeMap<IdentityId, BTreeSet<u16>> = BTreeMap::new();
    for ingress in &world.ingresses {
        for backend in &ingress.backends {
            let service = services.get(&(ingress.namespace, backend.service.as_str()));
            let Some((service, selector)) = service.and_then(|service| Some((service, service.selector?))) else {
                continue;
            };
            for id in engine.selected(selector).sure() {
                routed.entry(id).or_default().extend(ports(service, &backend.port, world.identity(id)));
            }
        }
    }
    routed
}

/// The Services by namespace and name.
fn services(world: &World) -> FxHashMap<(NamespaceId, &str), &Service> {
    let services = world.services.iter();
    services.filter_map(|service| Some(((service.namespace, world.object(service.object).name()?), service))).collect()
}

/// The ports of a pod behind the port of a Service that a backend means.
fn ports(service: &Service, wanted: &BackendPort, pod: &Identity) -> Vec<u16> {
    let of_tcp = service.ports.iter().filter(|port| port.protocol == Protocol::Tcp);
    let meant = of_tcp.flat_map(|port| targets(port, pod).into_iter().map(move |target| (port, target)));
    let is_meant = |(port, target): &(&ServicePort, u16)| match wanted {
        BackendPort::Every => true,
        BackendPort::Number(number) => port.port == Some(*number),
        BackendPort::Named(name) => port.name.as_ref() == Some(name),
        BackendPort::Target(number) => target == number,
        BackendPort::Unknown => false,
    };
    meant.filter(is_meant).map(|(_, target)| target).collect()
}

/// The ports of a pod that a port of a Service leads to.
fn targets(port: &ServicePort, pod: &Identity) -> Vec<u16> {
    match port.target {
        PortMatch::Range(number, _) => vec![number],
        PortMatch::Named(name, _) => {
            let named = pod.ports.iter().filter(|own| own.name == name && own.protocol == Protocol::Tcp);
            named.filter_map(|own| own.number).collect()
        }
        PortMatch::All | PortMatch::Unknown => Vec::new(),
    }
}
