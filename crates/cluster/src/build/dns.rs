//! The stand-in for cluster DNS, where the input declares no DNS pods (design §1.1).

use super::Builder;
use super::identities::Traits;
use crate::dns::HOMES;
use crate::{LabelSet, NamedPort, Protocol};

impl Builder<'_> {
    pub(super) fn dns_stand_in(&mut self) {
        if self.world.knobs.complete.workloads || !self.world.dns_servers().is_empty() {
            return;
        }
        let namespace = self.namespace(HOMES[0]);
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
}
