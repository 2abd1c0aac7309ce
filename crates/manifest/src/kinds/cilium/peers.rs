//! Who an item speaks of (semantics §7): one item may hold one kind of peers only.

use smol_str::SmolStr;

use crate::{Field, LabelSelector, Labels, List, Value};

/// The peers of an item, by the same names for both directions and both verdicts.
#[derive(Clone, Copy, Debug)]
pub struct Peers<'a> {
    /// `fromEndpoints`, `toEndpoints`.
    pub endpoints: &'a Field<List<LabelSelector>>,
    /// `fromRequires`, `toRequires`.
    pub requires: &'a Field<List<Value>>,
    /// `fromCIDR`, `toCIDR`.
    pub cidr: &'a Field<List<SmolStr>>,
    /// `fromCIDRSet`, `toCIDRSet`.
    pub cidr_set: &'a Field<List<CidrRule>>,
    /// `fromEntities`, `toEntities`.
    pub entities: &'a Field<List<SmolStr>>,
    /// `fromGroups`, `toGroups`.
    pub groups: &'a Field<List<GroupPeer>>,
    /// `fromNodes`, `toNodes`.
    pub nodes: &'a Field<List<LabelSelector>>,
    /// `toServices`.
    pub services: &'a Field<List<ServicePeer>>,
    /// `toFQDNs`.
    pub fqdns: &'a Field<List<FqdnSelector>>,
}

view! {
    /// One element of `fromCIDRSet` or `toCIDRSet`: exactly one of the range, the group and the selector.
    pub struct CidrRule {
        /// A range of addresses.
        cidr: SmolStr = "cidr",
        /// The name of a CiliumCIDRGroup.
        cidr_group_ref: SmolStr = "cidrGroupRef",
        /// CiliumCIDRGroups by their labels.
        cidr_group_selector: LabelSelector = "cidrGroupSelector",
        /// The holes.
        except: List<SmolStr> = "except",
    }

    /// One element of `toServices`.
    pub struct ServicePeer {
        /// A service by name.
        k8s_service: ServiceReference = "k8sService",
        /// Services by their labels.
        k8s_service_selector: ServiceSelector = "k8sServiceSelector",
    }

    /// A service by name.
    pub struct ServiceReference {
        /// Its name.
        service_name: SmolStr = "serviceName",
        /// Its namespace; absent is the policy's.
        namespace: SmolStr = "namespace",
    }

    /// Services by their labels.
    pub struct ServiceSelector {
        /// The labels.
        selector: LabelSelector = "selector",
        /// Their namespace; absent is every namespace.
        namespace: SmolStr = "namespace",
    }

    /// One element of `toFQDNs`: exactly one of both.
    pub struct FqdnSelector {
        /// A name, as it is.
        match_name: SmolStr = "matchName",
        /// A name with `*`.
        match_pattern: SmolStr = "matchPattern",
    }

    /// One element of `fromGroups` or `toGroups`.
    pub struct GroupPeer {
        /// Security groups of AWS.
        aws: AwsGroup = "aws",
    }

    /// Security groups of AWS.
    pub struct AwsGroup {
        /// By their labels.
        labels: Labels = "labels",
        /// By their numbers.
        security_groups_ids: List<SmolStr> = "securityGroupsIds",
        /// By their names.
        security_groups_names: List<SmolStr> = "securityGroupsNames",
        /// The region they stand in.
        region: SmolStr = "region",
    }
}
