//! AdminNetworkPolicy and BaselineAdminNetworkPolicy of `policy.networking.k8s.io/v1alpha1` (semantics §8.1).

use smol_str::SmolStr;

use crate::{LabelSelector, List};

view! {
    /// The `spec` of an AdminNetworkPolicy.
    pub struct AdminSpec {
        /// 0 to 1000; the lower is asked first.
        priority: i64 = "priority",
        /// Whom it speaks about.
        subject: Subject = "subject",
        /// What may or must not come in, in order: the first match decides.
        ingress: List<IngressRule> = "ingress",
        /// What may or must not go out, in order: the first match decides.
        egress: List<EgressRule> = "egress",
    }

    /// The `spec` of a BaselineAdminNetworkPolicy: there is one in a cluster, named `default`.
    pub struct BaselineSpec {
        /// Whom it speaks about.
        subject: Subject = "subject",
        /// What may or must not come in, in order: the first match decides.
        ingress: List<IngressRule> = "ingress",
        /// What may or must not go out, in order: the first match decides.
        egress: List<EgressRule> = "egress",
    }

    /// Whom a policy of an administrator speaks about: exactly one of both.
    pub struct Subject {
        /// All pods of namespaces.
        namespaces: LabelSelector = "namespaces",
        /// Pods of namespaces.
        pods: NamespacedPods = "pods",
    }

    /// Pods of namespaces.
    pub struct NamespacedPods {
        /// The namespaces.
        namespace_selector: LabelSelector = "namespaceSelector",
        /// The pods in them.
        pod_selector: LabelSelector = "podSelector",
    }

    /// One element of `ingress`.
    pub struct IngressRule {
        /// A name for people.
        name: SmolStr = "name",
        /// `Allow`, `Deny`, `Pass` (not in a baseline).
        action: SmolStr = "action",
        /// The sources: at least one.
        from: List<IngressPeer> = "from",
        /// The ports. Absent is every port; `[]` is left open by the API.
        ports: List<Port> = "ports",
    }

    /// One element of `egress`.
    pub struct EgressRule {
        /// A name for people.
        name: SmolStr = "name",
        /// `Allow`, `Deny`, `Pass` (not in a baseline).
        action: SmolStr = "action",
        /// The destinations: at least one.
        to: List<EgressPeer> = "to",
        /// The ports. Absent is every port; `[]` is left open by the API.
        ports: List<Port> = "ports",
    }

    /// A source: exactly one of both.
    pub struct IngressPeer {
        /// All pods of namespaces.
        namespaces: LabelSelector = "namespaces",
        /// Pods of namespaces.
        pods: NamespacedPods = "pods",
    }

    /// A destination: exactly one of these.
    pub struct EgressPeer {
        /// All pods of namespaces.
        namespaces: LabelSelector = "namespaces",
        /// Pods of namespaces.
        pods: NamespacedPods = "pods",
        /// Nodes by their labels (experimental channel).
        nodes: LabelSelector = "nodes",
        /// Ranges of addresses, in the cluster too (experimental channel).
        networks: List<SmolStr> = "networks",
        /// Names (experimental channel; `Allow` only).
        domain_names: List<SmolStr> = "domainNames",
    }

    /// One element of `ports`: exactly one of these.
    pub struct Port {
        /// One port.
        port_number: PortNumber = "portNumber",
        /// The name of a container port; the protocol is the container port's.
        named_port: SmolStr = "namedPort",
        /// A range of ports.
        port_range: PortRange = "portRange",
    }

    /// One port.
    pub struct PortNumber {
        /// `TCP` (the default), `UDP`, `SCTP`.
        protocol: SmolStr = "protocol",
        /// 1 to 65535.
        port: i64 = "port",
    }

    /// A range of ports, both ends in.
    pub struct PortRange {
        /// `TCP` (the default), `UDP`, `SCTP`.
        protocol: SmolStr = "protocol",
        /// The first port.
        start: i64 = "start",
        /// The last port.
        end: i64 = "end",
    }
}
