//! NetworkPolicy of `networking.k8s.io/v1` (semantics §3).

use smol_str::SmolStr;

use crate::{IntOrString, LabelSelector, List};

view! {
    /// The `spec` of a NetworkPolicy.
    pub struct NetworkPolicySpec {
        /// The subjects: pods of the policy's namespace. `{}` is all of them.
        pod_selector: LabelSelector = "podSelector",
        /// `Ingress`, `Egress`. Absent or empty: `Ingress`, and `Egress` too if `egress` has an item.
        policy_types: List<SmolStr> = "policyTypes",
        /// What may come in.
        ingress: List<IngressRule> = "ingress",
        /// What may go out.
        egress: List<EgressRule> = "egress",
    }

    /// One element of `ingress`: these peers AND these ports.
    pub struct IngressRule {
        /// The sources. Absent or empty is everyone.
        from: List<Peer> = "from",
        /// The ports of the subject. Absent or empty is every port.
        ports: List<Port> = "ports",
    }

    /// One element of `egress`: these peers AND these ports.
    pub struct EgressRule {
        /// The destinations. Absent or empty is everyone.
        to: List<Peer> = "to",
        /// The ports of the destination. Absent or empty is every port.
        ports: List<Port> = "ports",
    }

    /// One element of `from` or `to`: its members are ANDed, elements are ORed.
    pub struct Peer {
        /// Pods, of the policy's namespace unless `namespaceSelector` stands beside it.
        pod_selector: LabelSelector = "podSelector",
        /// Namespaces by their labels.
        namespace_selector: LabelSelector = "namespaceSelector",
        /// Addresses outside the cluster.
        ip_block: IpBlock = "ipBlock",
    }

    /// A range of addresses with holes.
    pub struct IpBlock {
        /// The range, as `10.0.0.0/8`.
        cidr: SmolStr = "cidr",
        /// The holes: strictly inside the range.
        except: List<SmolStr> = "except",
    }

    /// One element of `ports`.
    pub struct Port {
        /// `TCP` (the default), `UDP` or `SCTP`.
        protocol: SmolStr = "protocol",
        /// A number, or the name of a container port. Absent is every port of the protocol.
        port: IntOrString = "port",
        /// The last port of a range that begins at `port`, which must then be a number.
        end_port: i64 = "endPort",
    }
}
