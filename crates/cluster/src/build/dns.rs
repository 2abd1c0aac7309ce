//! The stand-in for cluster DNS, where the input declares no DNS pods (design §1.1).

use super::Builder;
use super::identities::Traits;
use crate::{Identity, LabelSet, NamedPort, NamespaceId, Protocol, Tri};

/// Namespaces that DNS runs in.
const NAMESPACES: [&str; 2] = ["kube-system", "openshift-dns"];

impl Builder<'_> {
    pub(super) fn dns_stand_in(&mut self) {
        if self.world.knobs.complete.workloads || self.declares_dns() {
            return;
        }
        let namespace = self.namespace(NAMESPACES[0]);
        let mut labels = LabelSet::open();
        let (key, value) = (self.k8s("k8s-app"), self.intern("kube-dns"));
        labels.insert(key, Some(value));
        self.add_namespace(&mut labels, namespace);
        let (udp, tcp) = (self.intern("dns"), self.intern("dns-tcp"));
        let number = Some(53);
        let mut ports = vec![
            NamedPort { name: udp, protocol: Protocol::Udp, number },
            NamedPort { name: tcp, protocol: Protocol::Tcp, number },
        ];
        ports.sort();
        let id = self.identity(Traits { namespace, labels, ports, open_ports: true });
        self.world.identities[id.0 as usize].dns_stand_in = true;
    }

    /// Whether the input has DNS pods: labelled as such, or behind a Service that answers on port 53.
    fn declares_dns(&self) -> bool {
        let homes: Vec<NamespaceId> = NAMESPACES.iter().filter_map(|name| self.find_namespace(name)).collect();
        let pods = || self.world.identities.iter().filter(|pod| !pod.representative && homes.contains(&pod.namespace));
        let services = self.world.services.iter().filter(|service| homes.contains(&service.namespace));
        let answering = services.filter(|service| service.ports.iter().any(|port| port.port == Some(53)));
        let selectors: Vec<_> = answering.filter_map(|service| service.selector).collect();
        pods().any(|pod| self.is_labelled_dns(pod))
            || selectors.into_iter().any(|selector| {
                let selector = self.world.selector(selector);
                pods().any(|pod| selector.matches(&pod.labels, &self.world.symbols) == Tri::Yes)
            })
    }

    fn is_labelled_dns(&self, pod: &Identity) -> bool {
        let symbols = &self.world.symbols;
        let wanted = symbols.find("kube-dns");
        pod.labels.iter().any(|(key, value)| symbols.text(key.name) == "k8s-app" && value.is_some() && value == wanted)
    }
}
