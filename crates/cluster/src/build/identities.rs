//! From workloads to identities (semantics §5.1).

use ringfence_manifest::kinds::workload::{ContainerPort, Workload as Template};
use ringfence_manifest::{Body, Field, Kind, Object};
use smol_str::SmolStr;

use super::Builder;
use crate::filter::identity_relevant;
use crate::{
    CLUSTER, Identity, IdentityId, Key, LabelSet, NAMESPACE, NAMESPACE_LABELS, NamedPort, NamespaceId, ObjectId,
    Protocol, SERVICE_ACCOUNT, Source, Workload, WorkloadId,
};

/// What policies tell pods apart by.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Traits {
    pub(super) namespace: NamespaceId,
    pub(super) labels: LabelSet,
    pub(super) ports: Vec<NamedPort>,
    pub(super) open_ports: bool,
}

impl Builder<'_> {
    pub(super) fn workloads(&mut self) {
        for (id, object, _) in self.objects() {
            if let (Body::Workload(template), Some(namespace)) = (&object.body, self.home(id)) {
                self.workload(id, object, template, namespace);
            }
        }
    }

    fn workload(&mut self, object: ObjectId, source: &Object, template: &Template, namespace: NamespaceId) {
        let workload = WorkloadId(self.world.workloads.len() as u32);
        let identity = self.traits_of(object, source, template, namespace).map(|traits| self.identity(traits));
        if let Some(identity) = identity {
            self.world.identities[identity.0 as usize].workloads.push(workload);
        }
        let labels_place = template.labels.at().map(|at| at.value);
        self.world.workloads.push(Workload { object, namespace, identity, labels_place });
        // A pod of the node says nothing about the other pods of its namespace, but it is one of them.
        self.world.namespaces[namespace.0 as usize].has_workload = true;
    }

    /// What a workload's pods are told apart by; `None` for those on the node's network.
    pub(super) fn traits_of(
        &mut self,
        id: ObjectId,
        object: &Object,
        template: &Template,
        namespace: NamespaceId,
    ) -> Option<Traits> {
        let changed = self.is_doubtful(id);
        let host_network = template.host_network.get() == Some(&true) && !changed;
        let as_others = self.world.knobs.selects_host_network && !self.is_cilium();
        if host_network && !as_others {
            return None;
        }
        let mut labels = self.pod_labels(template, changed);
        self.add_made_by_controllers(&mut labels, object);
        self.add_service_account(&mut labels, template, changed);
        self.add_namespace(&mut labels, namespace);
        let (ports, hidden) = self.ports(template);
        Some(Traits { namespace, labels, ports, open_ports: hidden || changed || object.fragment })
    }

    /// The number of an identity; pods that no policy can tell apart share it.
    pub(super) fn identity(&mut self, traits: Traits) -> IdentityId {
        if let Some(&id) = self.parts.identities.get(&traits) {
            return id;
        }
        let id = IdentityId(self.world.identities.len() as u32);
        self.world.identities.push(Identity {
            namespace: traits.namespace,
            labels: traits.labels.clone(),
            ports: traits.ports.clone(),
            open_ports: traits.open_ports,
            workloads: Vec::new(),
            representative: false,
            dns_stand_in: false,
            release: None,
        });
        self.parts.identities.insert(traits, id);
        id
    }

    fn pod_labels(&mut self, template: &Template, changed: bool) -> LabelSet {
        let labels = self.labels(&template.labels, changed, Self::pod_key);
        if !self.is_cilium() {
            return labels;
        }
        let symbols = &self.world.symbols;
        let kept = labels.iter().filter(|(key, _)| identity_relevant(symbols.text(key.name)));
        let mut filtered = LabelSet::new(kept);
        filtered.open_pod = labels.open_pod;
        filtered
    }

    /// The key of a pod label. Outside Cilium a pod may have a label that only looks like one of Cilium's own; it gets
    /// a source that nothing else has.
    pub(crate) fn pod_key(&mut self, key: &str) -> Key {
        let looks_own = key == NAMESPACE || key.starts_with("io.cilium.k8s.");
        let source = if looks_own && !self.is_cilium() { Source::Other(self.intern("pod")) } else { Source::K8s };
        Key { source, name: self.intern(key) }
    }

    /// Labels that controllers give to pods beside those of the template.
    fn add_made_by_controllers(&mut self, labels: &mut LabelSet, object: &Object) {
        let (named, unnamed): (&[&str], &[&str]) = match object.kind {
            Kind::Job => (&["job-name", "batch.kubernetes.io/job-name"], &["controller-uid"]),
            Kind::CronJob => (&[], &["job-name", "batch.kubernetes.io/job-name", "controller-uid"]),
            Kind::Deployment => (&[], &["pod-template-hash"]),
            Kind::DaemonSet => (&[], &["controller-revision-hash", "pod-template-generation"]),
            Kind::StatefulSet => {
                let index = "apps.kubernetes.io/pod-index";
                (&[], &["controller-revision-hash", "statefulset.kubernetes.io/pod-name", index])
            }
            _ => (&[], &[]),
        };
        for key in named.iter().chain(unnamed) {
            if self.is_cilium() && !identity_relevant(key) {
                continue;
            }
            let name = object.name().filter(|_| named.contains(key)).map(|name| self.intern(name));
            let key = self.k8s(key);
            if labels.values(key).next().is_none() {
                labels.insert(key, name);
            }
        }
    }

    fn add_service_account(&mut self, labels: &mut LabelSet, template: &Template, changed: bool) {
        let name = match &template.service_account {
            _ if changed => None,
            Field::Set(name, _) if !name.is_empty() => Some(self.intern(name)),
            Field::Unknown(_) | Field::Invalid(_) => None,
            _ => Some(self.intern("default")),
        };
        let key = self.k8s(SERVICE_ACCOUNT);
        labels.insert(key, name);
    }

    /// The labels that pods have because of where they are: name and labels of the namespace, name of the cluster.
    pub(super) fn add_namespace(&mut self, labels: &mut LabelSet, namespace: NamespaceId) {
        if !self.parts.inherited.contains_key(&namespace) {
            let inherited = self.inherited(namespace);
            self.parts.inherited.insert(namespace, inherited);
        }
        let inherited = &self.parts.inherited[&namespace];
        inherited.iter().for_each(|(key, value)| labels.insert(key, value));
        labels.open_namespace = inherited.open_namespace;
    }

    fn inherited(&mut self, namespace: NamespaceId) -> LabelSet {
        let own = self.world.namespace(namespace).labels.clone();
        let mut labels = LabelSet::default();
        labels.open_namespace = own.open_namespace;
        for (key, value) in own.iter() {
            let name = format!("{NAMESPACE_LABELS}{}", self.world.symbols.text(key.name));
            labels.insert(self.k8s(&name), value);
        }
        let name = self.name_of(namespace);
        labels.insert(self.k8s(NAMESPACE), Some(name));
        let cluster = self.world.knobs.cluster.clone();
        let cluster = self.intern(&cluster);
        labels.insert(self.k8s(CLUSTER), Some(cluster));
        labels
    }

    /// The named ports over all containers, and whether there may be others.
    fn ports(&mut self, template: &Template) -> (Vec<NamedPort>, bool) {
        let mut hidden = unreadable(&template.containers) || unreadable(&template.init_containers);
        let mut ports = Vec::new();
        for container in template.listening() {
            hidden |= unreadable(&container.ports);
            for port in container.ports.values() {
                hidden |= port.name.is_unknown();
                ports.extend(self.named_port(port));
            }
        }
        ports.sort();
        ports.dedup();
        (ports, hidden)
    }

    fn named_port(&mut self, port: &ContainerPort) -> Option<NamedPort> {
        let name = port.name.get().filter(|name| !name.is_empty())?;
        let protocol = match port.protocol.get().map(SmolStr::as_str) {
            Some("UDP") => Protocol::Udp,
            Some("SCTP") => Protocol::Sctp,
            None if port.protocol.is_unknown() => Protocol::Unknown,
            _ => Protocol::Tcp,
        };
        let number = port.container_port.get().and_then(|&number| u16::try_from(number).ok());
        Some(NamedPort { name: self.intern(name), protocol, number })
    }

    /// A pod for each namespace that may hold some that we do not see (design §1.1).
    pub(super) fn representatives(&mut self) {
        for at in 0..self.world.namespaces.len() {
            let namespace = NamespaceId(at as u32);
            if self.world.namespaces[at].complete() || !self.is_mentioned(namespace) {
                continue;
            }
            let mut labels = LabelSet::open();
            self.add_namespace(&mut labels, namespace);
            let id = IdentityId(self.world.identities.len() as u32);
            self.world.namespaces[at].representative = Some(id);
            self.world.identities.push(Identity {
                namespace,
                labels,
                ports: Vec::new(),
                open_ports: true,
                workloads: Vec::new(),
                representative: true,
                dns_stand_in: false,
                release: None,
            });
        }
    }
}

/// Whether a list may have items that we do not see.
fn unreadable<T>(list: &Field<Vec<Field<T>>>) -> bool {
    let item_hidden = |item: &Field<T>| item.is_unknown() || item.is_invalid();
    list.is_unknown() || list.is_invalid() || list.items().iter().any(item_hidden)
}
