//! The items of `ingress`, `ingressDeny`, `egress` and `egressDeny` (semantics §2.1).
//!
//! Each is one kind of peers AND one kind of ports; deny items have no L7 and no authentication, and no `toFQDNs`.

use smol_str::SmolStr;

use super::{Authentication, CidrRule, DenyPortRule, FqdnSelector, GroupPeer, IcmpRule, Peers, PortRule, ServicePeer};
use crate::{Field, LabelSelector, List, Place, Value};

view! {
    /// One element of `ingress`.
    pub struct IngressRule {
        /// Pods and other endpoints. A given but empty list is no one.
        from_endpoints: List<LabelSelector> = "fromEndpoints",
        /// Removed in 1.19: not one item is accepted.
        from_requires: List<Value> = "fromRequires",
        /// Addresses outside the cluster.
        from_cidr: List<SmolStr> = "fromCIDR",
        /// Addresses outside the cluster, with holes, or by group.
        from_cidr_set: List<CidrRule> = "fromCIDRSet",
        /// Well-known identities.
        from_entities: List<SmolStr> = "fromEntities",
        /// Groups of a cloud.
        from_groups: List<GroupPeer> = "fromGroups",
        /// Nodes by their labels.
        from_nodes: List<LabelSelector> = "fromNodes",
        /// The ports of the subject. Absent or empty is every port and ICMP.
        to_ports: List<PortRule> = "toPorts",
        /// ICMP types.
        icmps: List<IcmpRule> = "icmps",
        /// Mutual authentication.
        authentication: Authentication = "authentication",
    }

    /// One element of `ingressDeny`.
    pub struct IngressDenyRule {
        /// Pods and other endpoints. A given but empty list is no one.
        from_endpoints: List<LabelSelector> = "fromEndpoints",
        /// Removed in 1.19: not one item is accepted.
        from_requires: List<Value> = "fromRequires",
        /// Addresses outside the cluster.
        from_cidr: List<SmolStr> = "fromCIDR",
        /// Addresses outside the cluster, with holes, or by group.
        from_cidr_set: List<CidrRule> = "fromCIDRSet",
        /// Well-known identities.
        from_entities: List<SmolStr> = "fromEntities",
        /// Groups of a cloud.
        from_groups: List<GroupPeer> = "fromGroups",
        /// Nodes by their labels.
        from_nodes: List<LabelSelector> = "fromNodes",
        /// The ports of the subject. Absent or empty is every port and ICMP.
        to_ports: List<DenyPortRule> = "toPorts",
        /// ICMP types.
        icmps: List<IcmpRule> = "icmps",
    }

    /// One element of `egress`.
    pub struct EgressRule {
        /// Pods and other endpoints. A given but empty list is no one.
        to_endpoints: List<LabelSelector> = "toEndpoints",
        /// Removed in 1.19: not one item is accepted.
        to_requires: List<Value> = "toRequires",
        /// Addresses outside the cluster.
        to_cidr: List<SmolStr> = "toCIDR",
        /// Addresses outside the cluster, with holes, or by group.
        to_cidr_set: List<CidrRule> = "toCIDRSet",
        /// Well-known identities.
        to_entities: List<SmolStr> = "toEntities",
        /// Groups of a cloud.
        to_groups: List<GroupPeer> = "toGroups",
        /// Nodes by their labels.
        to_nodes: List<LabelSelector> = "toNodes",
        /// The backends of services. An empty list, or a service that is missing, leaves the item open to any peer on its ports.
        to_services: List<ServicePeer> = "toServices",
        /// Addresses that names resolved to, as the DNS proxy saw.
        to_fqdns: List<FqdnSelector> = "toFQDNs",
        /// The ports of the destination. Absent or empty is every port and ICMP.
        to_ports: List<PortRule> = "toPorts",
        /// ICMP types.
        icmps: List<IcmpRule> = "icmps",
        /// Mutual authentication.
        authentication: Authentication = "authentication",
    }

    /// One element of `egressDeny`.
    pub struct EgressDenyRule {
        /// Pods and other endpoints. A given but empty list is no one.
        to_endpoints: List<LabelSelector> = "toEndpoints",
        /// Removed in 1.19: not one item is accepted.
        to_requires: List<Value> = "toRequires",
        /// Addresses outside the cluster.
        to_cidr: List<SmolStr> = "toCIDR",
        /// Addresses outside the cluster, with holes, or by group.
        to_cidr_set: List<CidrRule> = "toCIDRSet",
        /// Well-known identities.
        to_entities: List<SmolStr> = "toEntities",
        /// Groups of a cloud.
        to_groups: List<GroupPeer> = "toGroups",
        /// Nodes by their labels.
        to_nodes: List<LabelSelector> = "toNodes",
        /// The backends of services. An empty list, or a service that is missing, leaves the item open to any peer on its ports.
        to_services: List<ServicePeer> = "toServices",
        /// The ports of the destination. Absent or empty is every port and ICMP.
        to_ports: List<DenyPortRule> = "toPorts",
        /// ICMP types.
        icmps: List<IcmpRule> = "icmps",
    }
}

/// What the four kinds of items have in common, so that lowering is written once.
pub trait Item {
    /// Where the item stands.
    fn place(&self) -> Place;
    /// Its peers.
    fn peers(&self) -> Peers<'_>;
    /// Its ports.
    fn ports(&self) -> Ports<'_>;
    /// Its ICMP types.
    fn icmps(&self) -> &Field<List<IcmpRule>>;
    /// Its authentication: deny items have none.
    fn authentication(&self) -> Option<&Field<Authentication>> {
        None
    }
}

/// The `toPorts` of an item.
#[derive(Clone, Copy, Debug)]
pub enum Ports<'a> {
    /// Of an allowing item.
    Allow(&'a Field<List<PortRule>>),
    /// Of a denying item.
    Deny(&'a Field<List<DenyPortRule>>),
}

static NO_SERVICES: Field<List<ServicePeer>> = Field::Absent;
static NO_FQDNS: Field<List<FqdnSelector>> = Field::Absent;

/// Declares an item: its ports, its peers in the order of [`Peers`], and what only some items have.
macro_rules! item {
    (@or $item:ident, $none:ident) => { &$none };
    (@or $item:ident, $none:ident, $field:ident) => { &$item.$field };
    ($name:ident: $ports:ident,
     $endpoints:ident $requires:ident $cidr:ident $cidr_set:ident $entities:ident $groups:ident $nodes:ident
     $(, services $services:ident)? $(, fqdns $fqdns:ident)? $(, authentication $authentication:ident)?) => {
        impl Item for $name {
            fn place(&self) -> Place {
                self.place
            }

            fn peers(&self) -> Peers<'_> {
                Peers {
                    endpoints: &self.$endpoints,
                    requires: &self.$requires,
                    cidr: &self.$cidr,
                    cidr_set: &self.$cidr_set,
                    entities: &self.$entities,
                    groups: &self.$groups,
                    nodes: &self.$nodes,
                    services: item!(@or self, NO_SERVICES $(, $services)?),
                    fqdns: item!(@or self, NO_FQDNS $(, $fqdns)?),
                }
            }

            fn ports(&self) -> Ports<'_> {
                Ports::$ports(&self.to_ports)
            }

            fn icmps(&self) -> &Field<List<IcmpRule>> {
                &self.icmps
            }

            $(fn authentication(&self) -> Option<&Field<Authentication>> {
                Some(&self.$authentication)
            })?
        }
    };
}

item!(IngressRule: Allow,
    from_endpoints from_requires from_cidr from_cidr_set from_entities from_groups from_nodes,
    authentication authentication);
item!(IngressDenyRule: Deny,
    from_endpoints from_requires from_cidr from_cidr_set from_entities from_groups from_nodes);
item!(EgressRule: Allow,
    to_endpoints to_requires to_cidr to_cidr_set to_entities to_groups to_nodes,
    services to_services, fqdns to_fqdns, authentication authentication);
item!(EgressDenyRule: Deny,
    to_endpoints to_requires to_cidr to_cidr_set to_entities to_groups to_nodes,
    services to_services);
