//! The pods behind a Service, and the port that each is reached on (semantics §2.2: policies see the target port).

use ringfence_cluster::{Identity, IdentityId, PortMatch, Protocol, Service, ServicePort, Tri, World};
use ringfence_engine::Traffic;
use ringfence_manifest::Body;
use smol_str::SmolStr;

use crate::ends::End;
use crate::inquiry::Inquiry;
use crate::near::nearest;
use crate::resolve::{Unresolved, unseen_end, workload_end};
use crate::target::{PortAsk, protocol_word};

impl Inquiry<'_> {
    /// The backends of a Service, each with what reaches it through the ports that are asked for.
    pub(crate) fn service(&self, namespace: &SmolStr, name: &SmolStr, port: &PortAsk) -> Result<Vec<End>, Unresolved> {
        let service = self.find_service(namespace, name)?;
        let Some(selector) = service.selector else {
            return Err(Unresolved::NoSelector { namespace: namespace.clone(), name: name.clone() });
        };
        let ports = chosen(service, (namespace, name), port)?;
        let world = self.world();
        let selected = self.engine.selected(selector);
        let sure = selected.sure().map(|id| (id, Tri::Yes));
        let mut members = Vec::new();
        for (id, belongs) in sure.chain(selected.perhaps().map(|id| (id, Tri::Unknown))) {
            let identity = world.identity(id);
            let traffic = Some(ports.iter().filter_map(|port| traffic(port, identity)).collect::<Vec<_>>());
            if traffic.as_ref().is_some_and(Vec::is_empty) && belongs.is_yes() {
                let port = port.to_string();
                return Err(Unresolved::ServiceTarget { namespace: namespace.clone(), name: name.clone(), port });
            }
            let ends = identity.workloads.iter().map(|&workload| workload_end(world, workload));
            let ends = ends.chain(unseen_end(world, id));
            members.extend(ends.map(|end| End { belongs, traffic: traffic.clone(), ..end }));
        }
        members.retain(|end| end.traffic.as_ref().is_none_or(|traffic| !traffic.is_empty()));
        Ok(members)
    }

    fn find_service(&self, namespace: &SmolStr, name: &SmolStr) -> Result<&Service, Unresolved> {
        let world = self.world();
        let text = |service: &Service| {
            let home = world.namespace_name(service.namespace).unwrap_or_default();
            (home.to_owned(), world.object(service.object).name().unwrap_or_default().to_owned())
        };
        let wanted = (namespace.to_string(), name.to_string());
        let found = world.services.iter().find(|service| text(service) == wanted);
        found.ok_or_else(|| {
            let known: Vec<String> =
                world.services.iter().map(text).map(|(home, name)| format!("svc/{home}/{name}")).collect();
            let near = nearest(&format!("svc/{namespace}/{name}"), known.iter().map(String::as_str));
            Unresolved::Service { namespace: namespace.clone(), name: name.clone(), near }
        })
    }
}

/// The ports of a Service that are asked for.
fn chosen<'s>(
    service: &'s Service,
    (namespace, name): (&SmolStr, &SmolStr),
    port: &PortAsk,
) -> Result<Vec<&'s ServicePort>, Unresolved> {
    let PortAsk::One(number, protocols) = port else { return Ok(service.ports.iter().collect()) };
    let asked = |own: &&ServicePort| own.port == Some(*number) && protocols.contains(&own.protocol);
    let chosen: Vec<&ServicePort> = service.ports.iter().filter(asked).collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let has = service.ports.iter().filter_map(|own| Some(format!("{}/{}", own.port?, protocol_word(own.protocol))));
    let has = has.collect::<Vec<_>>().join(", ");
    let (namespace, name) = (namespace.clone(), name.clone());
    Err(Unresolved::ServicePort { namespace, name, port: port.to_string(), has })
}

/// What reaches a pod through a port of a Service; `None` where that cannot be known.
fn traffic(port: &ServicePort, pod: &Identity) -> Option<Traffic> {
    Some(Traffic { protocol: port.protocol, port: target(port, pod)? })
}

/// The number behind a port of a Service at one of its pods.
pub(crate) fn target(port: &ServicePort, pod: &Identity) -> Option<u16> {
    match port.target {
        PortMatch::Range(first, _) => Some(first),
        PortMatch::Named(name, _) => {
            pod.ports.iter().find(|own| own.name == name && own.protocol == port.protocol)?.number
        }
        PortMatch::All | PortMatch::Unknown => None,
    }
}

/// Whether a container of a pod says that it listens on a port.
fn declares(world: &World, pod: &Identity, number: u16) -> bool {
    let bodies = pod.workloads.iter().map(|&workload| &world.object(world.workload(workload).object).body);
    let templates = bodies.filter_map(|body| if let Body::Workload(template) = body { Some(template) } else { None });
    let mut ports = templates.flat_map(|template| template.listening()).flat_map(|container| container.ports.values());
    ports.any(|port| port.container_port.get() == Some(&i64::from(number)))
}

/// A Service that leads from a number to other numbers, where no Service of the pods, and no port that they declare, has
/// the number itself: whoever asked for it most likely meant the Service.
pub(crate) fn detour<'w>(inquiry: &Inquiry<'w>, identity: IdentityId, traffic: Traffic) -> Option<(&'w Service, u16)> {
    let world: &'w World = inquiry.world();
    let pod = world.identity(identity);
    let speaks = |protocol: Protocol| protocol == traffic.protocol;
    if declares(world, pod, traffic.port) {
        return None;
    }
    let own = world.services.iter().filter(|service| service.namespace == pod.namespace);
    let before = own.filter(|service| {
        service.selector.is_some_and(|selector| inquiry.engine.selected(selector).get(identity).is_yes())
    });
    let mut found = None;
    for service in before {
        for port in service.ports.iter().filter(|port| speaks(port.protocol)) {
            let leads = target(port, pod)?;
            if leads == traffic.port {
                return None;
            } else if port.port == Some(traffic.port) && found.is_none() {
                found = Some((service, leads));
            }
        }
    }
    found
}
