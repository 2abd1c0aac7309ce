//! Which pods answer DNS queries for the cluster (design §1.1, the DNS profile).

use crate::{Identity, IdentityId, NamespaceId, World};

/// Namespaces that DNS runs in.
pub(crate) const HOMES: [&str; 2] = ["kube-system", "openshift-dns"];

impl World {
    /// The DNS pods of the cluster: labelled as such, or behind a Service that answers on port 53, in a namespace that
    /// DNS runs in. Where the input declares none, the stand-in.
    pub fn dns_servers(&self) -> Vec<IdentityId> {
        // The builder asks too, before names are indexed.
        let is_home = |id: &NamespaceId| self.namespace_name(*id).is_some_and(|name| HOMES.contains(&name));
        let homes: Vec<NamespaceId> = self.namespace_ids().map(|(id, _)| id).filter(is_home).collect();
        let services = self.services.iter().filter(|service| homes.contains(&service.namespace));
        let answering = services.filter(|service| service.ports.iter().any(|port| port.port == Some(53)));
        let selectors: Vec<_> = answering.filter_map(|service| service.selector).map(|id| self.selector(id)).collect();
        let behind =
            |pod: &Identity| selectors.iter().any(|selector| selector.matches(&pod.labels, &self.symbols).is_yes());
        let serves = |pod: &Identity| {
            !pod.representative && homes.contains(&pod.namespace) && (self.is_labelled_dns(pod) || behind(pod))
        };
        self.identity_ids().filter(|(_, pod)| pod.dns_stand_in || serves(pod)).map(|(id, _)| id).collect()
    }

    fn is_labelled_dns(&self, pod: &Identity) -> bool {
        let Some(wanted) = self.symbols.find("kube-dns") else { return false };
        pod.labels.iter().any(|(key, value)| self.symbols.text(key.name) == "k8s-app" && value == Some(wanted))
    }
}
