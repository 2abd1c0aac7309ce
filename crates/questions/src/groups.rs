//! The groups that a matrix is made of: pods by namespace, profile or workload, and what is outside the cluster.

use std::collections::BTreeMap;

use ringfence_cluster::{Entity, NamespaceId};

use crate::ends::{End, Who};
use crate::inquiry::Inquiry;
use crate::name::Name;
use crate::resolve::{addresses, dns_end, special};

/// By what pods are grouped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Grouping {
    /// By their namespace.
    #[default]
    Namespace,
    /// By the profile that their namespace has.
    Profile,
    /// By what makes them.
    Workload,
}

/// Endpoints that are shown as one.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// What it is.
    pub kind: GroupKind,
    /// What a person calls it: `payments`, `profile standard`, `10.0.0.0/8`.
    pub name: String,
    /// The endpoints. Never empty.
    pub members: Vec<End>,
}

/// What a group is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum GroupKind {
    /// Pods.
    Pods,
    /// A node, or the API server.
    Special,
    /// Addresses outside the cluster.
    Addresses,
    /// A DNS name: only a destination.
    DnsName,
}

/// What every cluster has beside pods.
const SPECIAL: [Entity; 3] = [Entity::Host, Entity::RemoteNode, Entity::KubeApiserver];

impl Inquiry<'_> {
    /// The groups of pods, by name, then what is outside.
    pub(crate) fn groups(&self, by: Grouping) -> Vec<Group> {
        let mut groups = match by {
            Grouping::Namespace => self.by_name(|id| self.world().namespace_text(id).to_owned()),
            Grouping::Profile => self.by_name(|id| self.profile(id)),
            Grouping::Workload => self.workloads(),
        };
        groups.extend(SPECIAL.map(|entity| Group::one(GroupKind::Special, self, special(entity))));
        groups.extend(self.addresses());
        groups.extend(self.names().into_iter().map(|name| Group::one(GroupKind::DnsName, self, dns_end(name))));
        groups
    }

    /// Namespaces with pods, those of the same name together.
    fn by_name(&self, name: impl Fn(NamespaceId) -> String) -> Vec<Group> {
        let mut groups: BTreeMap<String, Vec<End>> = BTreeMap::new();
        for (id, _) in self.world().namespace_ids() {
            let pods = self.pods_of(id);
            if !pods.is_empty() {
                groups.entry(name(id)).or_default().extend(pods);
            }
        }
        groups.into_iter().map(|(name, members)| Group { kind: GroupKind::Pods, name, members }).collect()
    }

    fn workloads(&self) -> Vec<Group> {
        let pods = self.world().namespace_ids().flat_map(|(id, _)| self.pods_of(id));
        let mut groups: Vec<Group> = pods.map(|end| Group::one(GroupKind::Pods, self, end)).collect();
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        groups
    }

    /// The profile of a namespace in words: a label that is not there is none, one that cannot be seen is unknown.
    fn profile(&self, id: NamespaceId) -> String {
        let world = self.world();
        let label = |key: &str| world.namespace_labels(id).find(|(own, _)| *own == key).map(|(_, value)| value);
        let labels = &world.namespace(id).labels;
        match self.blueprint.profiles().find_map(label) {
            Some(Some(value)) => format!("profile {value}"),
            Some(None) => "profile unknown".to_owned(),
            None if labels.open_pod || labels.open_namespace => "profile unknown".to_owned(),
            None => "no profile".to_owned(),
        }
    }

    /// The internet, and ranges outside of it that some policy that counts names.
    fn addresses(&self) -> Vec<Group> {
        let mut ranges = self.ranges();
        ranges.sort_unstable();
        ranges.dedup();
        let private = ranges.into_iter().filter_map(|range| {
            let members = self.engine.alike(self.private_blocks([range])).into_iter().map(addresses).collect();
            Group::of(GroupKind::Addresses, range.to_string(), members)
        });
        let everywhere = Group::of(GroupKind::Addresses, Name::Internet.to_string(), self.internet());
        everywhere.into_iter().chain(private).collect()
    }
}

impl Group {
    fn one(kind: GroupKind, inquiry: &Inquiry<'_>, end: End) -> Self {
        Self { kind, name: end.who.text(inquiry.world()), members: vec![end] }
    }

    fn of(kind: GroupKind, name: String, members: Vec<End>) -> Option<Self> {
        (!members.is_empty()).then_some(Self { kind, name, members })
    }

    /// Whether connections can come from it.
    pub fn is_source(&self) -> bool {
        self.kind != GroupKind::DnsName
    }

    /// Whether some of it is pods that the files do not show.
    pub fn has_unseen(&self) -> bool {
        self.members.iter().any(|end| matches!(end.who, Who::Release(_) | Who::OtherPods(_) | Who::DnsStandIn(_)))
    }
}
