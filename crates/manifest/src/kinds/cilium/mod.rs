//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy of `cilium.io/v2` (semantics §2, §6, §7).

mod items;
mod peers;
mod ports;

use smol_str::SmolStr;

use crate::{Field, LabelSelector, List};

pub use items::{EgressDenyRule, EgressRule, IngressDenyRule, IngressRule, Item, Ports};
pub use peers::{AwsGroup, CidrRule, FqdnSelector, GroupPeer, Peers, ServicePeer, ServiceReference, ServiceSelector};
pub use ports::{
    Authentication, DenyPortRule, DnsRule, EnvoyConfig, HeaderMatch, HttpRule, IcmpField, IcmpRule, L7Rules, Listener,
    PortProtocol, PortRule, Secret, TlsContext,
};

/// A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy. One bad rule rejects all of them (semantics §1).
#[derive(Clone, PartialEq, Debug)]
pub struct CiliumPolicy {
    /// Whether it is a CiliumClusterwideNetworkPolicy.
    pub clusterwide: bool,
    /// One rule.
    pub spec: Field<Rule>,
    /// Further rules: they hold beside `spec`.
    pub specs: Field<List<Rule>>,
}

impl CiliumPolicy {
    /// The rules of `spec` and `specs` that can be read.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.spec.get().into_iter().chain(self.specs.values())
    }
}

view! {
    /// One rule: a subject, and what may come and go.
    pub struct Rule {
        /// The subjects: pods of the namespace (of all namespaces, if clusterwide). `{}` is all of them.
        endpoint_selector: LabelSelector = "endpointSelector",
        /// The subjects of a host policy: nodes. Clusterwide policies only.
        node_selector: LabelSelector = "nodeSelector",
        /// What may come in. An item `{}` allows nothing and isolates.
        ingress: List<IngressRule> = "ingress",
        /// What must not come in, whatever is allowed.
        ingress_deny: List<IngressDenyRule> = "ingressDeny",
        /// What may go out. An item `{}` allows nothing and isolates.
        egress: List<EgressRule> = "egress",
        /// What must not go out, whatever is allowed.
        egress_deny: List<EgressDenyRule> = "egressDeny",
        /// Whether the rule isolates its subjects.
        enable_default_deny: DefaultDeny = "enableDefaultDeny",
        /// Marks on the rule itself: no effect on a verdict.
        labels: List<OriginLabel> = "labels",
        /// Free text.
        description: SmolStr = "description",
        /// What the flow log says of this rule.
        log: Log = "log",
    }

    /// Whether the rule isolates its subjects, per direction. Absent is: yes, where the direction has an item (semantics §4.1).
    pub struct DefaultDeny {
        /// For what comes in.
        ingress: bool = "ingress",
        /// For what goes out.
        egress: bool = "egress",
    }

    /// A mark on a rule.
    pub struct OriginLabel {
        /// The key.
        key: SmolStr = "key",
        /// The source, as `k8s`.
        source: SmolStr = "source",
        /// The value.
        value: SmolStr = "value",
    }

    /// What the flow log says of a rule.
    pub struct Log {
        /// Free text of up to 32 characters.
        value: SmolStr = "value",
    }
}
