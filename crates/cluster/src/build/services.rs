//! Services: whom they stand for, and which ports of the pods their own lead to.

use ringfence_manifest::kinds::service::{ServicePort as Written, ServiceSpec};
use ringfence_manifest::{Body, Field, IntOrString, Labels};

use super::Builder;
use crate::filter::identity_relevant;
use crate::{
    NamespaceId, ObjectId, Operator, PortMatch, Protocol, Requirement, Selector, SelectorId, Service, ServiceId,
    ServicePort,
};

impl Builder<'_> {
    pub(super) fn services(&mut self) {
        for (id, object, _) in self.objects() {
            if let (Body::Service(spec), Some(namespace)) = (&object.body, self.home(id)) {
                let service = ServiceId(self.world.services.len() as u32);
                let made = self.service(id, namespace, spec);
                self.world.services.push(made);
                if let Some(name) = object.name() {
                    self.parts.services.insert((namespace, name.into()), service);
                }
            }
        }
    }

    fn service(&mut self, object: ObjectId, namespace: NamespaceId, spec: &Field<ServiceSpec>) -> Service {
        let changed = self.is_doubtful(object) || spec.is_unknown() || spec.is_invalid();
        let selector = if changed {
            Some(self.selector(Selector { uncertain: true, ..Selector::default() }))
        } else {
            spec.get().and_then(|spec| self.service_selector(namespace, &spec.selector))
        };
        let ports = spec.get().map_or(&[][..], |spec| spec.ports.items());
        let ports = ports.iter().filter_map(Field::get).map(|port| self.service_port(port)).collect();
        Service { object, namespace, selector, ports }
    }

    fn service_selector(&mut self, namespace: NamespaceId, labels: &Field<Labels>) -> Option<SelectorId> {
        let hidden = labels.is_unknown() || labels.is_invalid();
        let written = labels.get().map_or(&[][..], |labels| &labels.entries);
        if !hidden && written.is_empty() {
            return None;
        }
        let mut selector = Selector { requirements: vec![self.in_namespace(namespace)], uncertain: hidden };
        selector.uncertain |= labels.get().is_some_and(|labels| labels.open);
        for label in written {
            // A Service sees every pod label; identities in Cilium carry only some.
            if self.is_cilium() && !identity_relevant(&label.key) {
                selector.uncertain = true;
                continue;
            }
            let value = self.label_value(&label.value);
            let key = self.pod_key(&label.key);
            selector.requirements.push(Requirement { key, operator: Operator::In(vec![value]), injected: false });
        }
        Some(self.selector(selector))
    }

    fn service_port(&mut self, port: &Written) -> ServicePort {
        let own = port.port.get().and_then(|&number| u16::try_from(number).ok());
        let target = match &port.target_port {
            Field::Set(IntOrString::Int(number), _) => single(u16::try_from(*number).ok()),
            Field::Set(IntOrString::Name(name), _) => PortMatch::Named(self.intern(name), None),
            Field::Unknown(_) | Field::Invalid(_) => PortMatch::Unknown,
            Field::Absent | Field::Null(_) => single(own),
        };
        let protocol = match &port.protocol {
            Field::Set(name, _) if name == "UDP" => Protocol::Udp,
            Field::Set(name, _) if name == "SCTP" => Protocol::Sctp,
            Field::Unknown(_) | Field::Invalid(_) => Protocol::Unknown,
            _ => Protocol::Tcp,
        };
        let node_port = port.node_port.get().and_then(|&number| u16::try_from(number).ok());
        let name = port.name.get().cloned();
        ServicePort { name, port: own, target, protocol, node_port, place: port.place }
    }
}

fn single(port: Option<u16>) -> PortMatch {
    port.map_or(PortMatch::Unknown, |port| PortMatch::Range(port, port))
}
