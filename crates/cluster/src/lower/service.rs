//! `toServices`: the backends of services as peers (semantics §5.9).

use ringfence_manifest::kinds::cilium::{ServicePeer, ServiceReference, ServiceSelector};
use ringfence_manifest::{Field, Place};
use smol_str::SmolStr;

use crate::build::Builder;
use crate::{LabelSet, NamespaceId, Peer, PeerKind, Selector, ServiceId, Tri};

/// In which namespaces a service is looked for.
enum Where {
    Any,
    In(NamespaceId),
    Unknown,
}

impl Builder<'_> {
    pub(super) fn service_peer(&mut self, peer: &ServicePeer, peers: &mut Vec<Peer>) {
        match &peer.k8s_service {
            Field::Set(reference, _) => self.service_by_name(reference, peers),
            Field::Absent | Field::Null(_) => {}
            _ => peers.push(Peer { kind: PeerKind::Unknown, place: peer.place }),
        }
        match &peer.k8s_service_selector {
            Field::Set(selector, _) => self.services_by_label(selector, peers),
            Field::Absent | Field::Null(_) => {}
            _ => peers.push(Peer { kind: PeerKind::Unknown, place: peer.place }),
        }
    }

    fn place_of_services(&mut self, namespace: &Field<SmolStr>) -> Where {
        match namespace {
            Field::Set(name, _) if !name.is_empty() => {
                let id = self.namespace(name);
                self.mention(id);
                Where::In(id)
            }
            Field::Unknown(_) | Field::Invalid(_) => Where::Unknown,
            _ => Where::Any,
        }
    }

    fn service_by_name(&mut self, reference: &ServiceReference, peers: &mut Vec<Peer>) {
        let place = reference.place;
        let within = self.place_of_services(&reference.namespace);
        let (Some(name), Where::Any | Where::In(_)) = (reference.service_name.get(), &within) else {
            return peers.push(Peer { kind: PeerKind::Unknown, place });
        };
        let found: Vec<ServiceId> = match within {
            Where::In(namespace) => self.parts.services.get(&(namespace, name.clone())).copied().into_iter().collect(),
            _ => self.services_named(name),
        };
        let all = matches!(within, Where::In(_)) && !found.is_empty();
        for service in found {
            self.backends(service, place, peers);
        }
        if !all {
            self.unseen_services(place, peers);
        }
    }

    fn services_named(&self, name: &str) -> Vec<ServiceId> {
        let services = self.world.services.iter().zip(0..);
        let named = services.filter(|(service, _)| self.world.object(service.object).name() == Some(name));
        named.map(|(_, at)| ServiceId(at)).collect()
    }

    fn services_by_label(&mut self, wanted: &ServiceSelector, peers: &mut Vec<Peer>) {
        let place = wanted.place;
        let within = self.place_of_services(&wanted.namespace);
        let parts = self.parts_of(&wanted.selector, Self::cilium_key);
        let id = self.compiled(parts);
        let selector = self.world.selector(id).clone();
        for at in 0..self.world.services.len() {
            let home = self.world.services[at].namespace;
            let inside = match within {
                Where::Any => Tri::Yes,
                Where::In(namespace) => self.world.same_namespace(namespace, home),
                Where::Unknown => Tri::Unknown,
            };
            let matched = self.service_matches(ServiceId(at as u32), &selector).and(inside);
            match matched {
                Tri::Yes => self.backends(ServiceId(at as u32), place, peers),
                Tri::Unknown => peers.push(Peer { kind: PeerKind::Unknown, place }),
                Tri::No => {}
            }
        }
        self.unseen_services(place, peers);
    }

    fn service_matches(&mut self, service: ServiceId, selector: &Selector) -> Tri {
        let id = self.world.service(service).object;
        let object = self.world.objects[id.0 as usize].clone();
        let changed = self.is_doubtful(id);
        let labels: LabelSet = self.labels(&object.meta.labels, changed, Self::k8s);
        selector.matches(&labels, &self.world.symbols)
    }

    /// The pods behind a service; addresses that someone else put behind it are not known here.
    fn backends(&mut self, service: ServiceId, place: Place, peers: &mut Vec<Peer>) {
        let Some(pods) = self.world.service(service).selector else {
            return peers.push(Peer { kind: PeerKind::Unknown, place });
        };
        let mut selector = self.world.selector(pods).clone();
        if !self.world.knobs.reaches_any_cluster() {
            let own = self.in_own_cluster();
            selector.requirements.push(own);
        }
        let kind = PeerKind::Endpoints(self.selector(selector));
        peers.push(Peer { kind, place });
    }

    /// Services that the input does not hold may be meant too.
    fn unseen_services(&self, place: Place, peers: &mut Vec<Peer>) {
        if !self.world.knobs.complete.services {
            peers.push(Peer { kind: PeerKind::Unknown, place });
        }
    }
}
