//! ClusterNetworkPolicy of `policy.networking.k8s.io/v1alpha2` (semantics §8).

use smol_str::SmolStr;

use super::admin::{IngressPeer, Subject};
use crate::{LabelSelector, List};

pub use super::admin::NamespacedPods;

view! {
    /// The `spec` of a ClusterNetworkPolicy.
    pub struct ClusterPolicySpec {
        /// `Admin` (before the policies of namespaces) or `Baseline` (after them).
        tier: SmolStr = "tier",
        /// 0 to 1000; the lower is asked first.
        priority: i64 = "priority",
        /// Whom it speaks about.
        subject: Subject = "subject",
        /// What may or must not come in, in order: the first match decides.
        ingress: List<IngressRule> = "ingress",
        /// What may or must not go out, in order: the first match decides.
        egress: List<EgressRule> = "egress",
    }

    /// One element of `ingress`.
    pub struct IngressRule {
        /// A name for people.
        name: SmolStr = "name",
        /// `Accept`, `Deny`, `Pass`.
        action: SmolStr = "action",
        /// The sources: at least one.
        from: List<IngressPeer> = "from",
        /// The protocols and ports. Absent is all of them.
        protocols: List<Protocol> = "protocols",
    }

    /// One element of `egress`.
    pub struct EgressRule {
        /// A name for people.
        name: SmolStr = "name",
        /// `Accept`, `Deny`, `Pass`.
        action: SmolStr = "action",
        /// The destinations: at least one.
        to: List<EgressPeer> = "to",
        /// The protocols and ports. Absent is all of them.
        protocols: List<Protocol> = "protocols",
    }

    /// A destination: exactly one of these.
    pub struct EgressPeer {
        /// All pods of namespaces.
        namespaces: LabelSelector = "namespaces",
        /// Pods of namespaces.
        pods: NamespacedPods = "pods",
        /// Nodes by their labels (experimental channel).
        nodes: LabelSelector = "nodes",
        /// Ranges of addresses: upstream in the cluster too, in Cilium outside only.
        networks: List<SmolStr> = "networks",
        /// Names (experimental channel; `Accept` only).
        domain_names: List<SmolStr> = "domainNames",
    }

    /// One element of `protocols`: exactly one of these.
    pub struct Protocol {
        /// TCP; `{}` is every port.
        tcp: DestinationPort = "tcp",
        /// UDP; `{}` is every port.
        udp: DestinationPort = "udp",
        /// SCTP; `{}` is every port.
        sctp: DestinationPort = "sctp",
        /// The name of a container port, of any protocol.
        destination_named_port: SmolStr = "destinationNamedPort",
    }

    /// The ports of one protocol.
    pub struct DestinationPort {
        /// The port or ports. Absent is every port.
        destination_port: PortMatch = "destinationPort",
    }

    /// A port or a range: exactly one of both.
    pub struct PortMatch {
        /// 1 to 65535.
        number: i64 = "number",
        /// A range of ports.
        range: PortRange = "range",
    }

    /// A range of ports, both ends in; the start lies below the end.
    pub struct PortRange {
        /// The first port.
        start: i64 = "start",
        /// The last port.
        end: i64 = "end",
    }
}
