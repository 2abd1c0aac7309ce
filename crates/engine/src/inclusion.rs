//! Whether what one policy says includes what another says, whatever pods there are: set algebra over selectors, peers
//! and ports.
//!
//! "Included" is a proof: it holds in every world. "Not included" only means that no proof was found.

use ipnet::IpNet;
use ringfence_cluster::{
    Cni, DnsPattern, Entity, Entry, Operator, PeerKind, PortMatch, PortRule, Protocol, Requirement, SelectorId, Source,
    Symbol, World,
};

/// The algebra of one world's policies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inclusion<'w> {
    world: &'w World,
    /// Whether a named port opens a range somewhere: then entries of one name are not apart (semantics §2.5.1).
    named_ranges: bool,
}

impl<'w> Inclusion<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        let ranges = |rule: &PortRule| matches!(rule.port, PortMatch::Named(_, Some(_)));
        let named_ranges = world.entries.iter().flat_map(Entry::port_rules).any(ranges);
        Self { world, named_ranges }
    }

    /// Whether everybody whom `inner` applies to, `outer` applies to.
    pub(crate) fn subjects(self, inner: &Entry, outer: &Entry) -> bool {
        let same_rule = inner.policy == outer.policy && inner.spec == outer.spec;
        let scope = outer.scope.is_none() || outer.scope == inner.scope;
        inner.node == outer.node && scope && (same_rule || self.selectors(inner.subject, outer.subject))
    }

    /// Whether everything that one selector matches, the other matches.
    fn selectors(self, inner: SelectorId, outer: SelectorId) -> bool {
        let (inner, outer) = (self.world.selector(inner), self.world.selector(outer));
        let known = !inner.uncertain && !outer.uncertain && outer.requirements.iter().all(is_known);
        let implied = |wanted: &Requirement| inner.requirements.iter().any(|given| implies(given, wanted));
        known && outer.requirements.iter().all(implied)
    }

    /// Whether every peer of one kind is a peer of the other; `None` is everybody.
    pub(crate) fn peers(self, inner: Option<&PeerKind>, outer: Option<&PeerKind>) -> bool {
        use PeerKind::{Cidr, Endpoints, Fqdn, Nodes};
        let Some(outer) = outer.filter(|outer| **outer != PeerKind::Entity(Entity::All)) else { return true };
        let Some(inner) = inner else { return false };
        match (inner, outer) {
            (Endpoints(inner), Endpoints(outer)) | (Nodes(inner), Nodes(outer)) => self.selectors(*inner, *outer),
            (PeerKind::Entity(inner), PeerKind::Entity(outer)) => inner == outer || wider(*inner).contains(outer),
            (Fqdn(inner), Fqdn(outer)) => inner == outer && *inner != DnsPattern::Unknown,
            (Fqdn(_), PeerKind::Entity(Entity::World)) => true,
            (Cidr { .. }, PeerKind::Entity(Entity::World)) => self.ranges_are_outside(),
            (
                Cidr { net: inner, except: inner_holes, includes_cluster: inner_pods },
                Cidr { net: outer, except: outer_holes, includes_cluster: outer_pods },
            ) => {
                // To Cilium the range of everything is the one that never matches nodes (semantics §7.2).
                let same = outer.prefix_len() > 0 || inner.prefix_len() == 0;
                (same || self.ranges_are_outside() || self.world.dialect.cni == Cni::Upstream)
                    && (*outer_pods || !*inner_pods)
                    && ranges((inner, inner_holes), (outer, outer_holes))
            }
            _ => false,
        }
    }

    /// Whether ranges match nothing inside the cluster.
    fn ranges_are_outside(self) -> bool {
        let mode = self.world.knobs.cidr_match_mode;
        self.world.dialect.cni == Cni::Cilium && !mode.nodes && !mode.pods
    }

    /// Whether one rule's ports are ports of the other; `None` is every port of every protocol.
    pub(crate) fn ports(self, inner: Option<&PortRule>, outer: Option<&PortRule>) -> bool {
        let Some(outer) = outer else { return true };
        let Some(inner) = inner else { return false };
        let protocol = match outer.protocol {
            Protocol::Unknown => false,
            Protocol::Any => matches!(inner.protocol, Protocol::Any | Protocol::Tcp | Protocol::Udp | Protocol::Sctp),
            own => own == inner.protocol,
        };
        let port = match (inner.port, outer.port) {
            (PortMatch::Unknown, _) | (_, PortMatch::Unknown) => false,
            (PortMatch::Named(..), _) if self.named_ranges => false,
            (_, PortMatch::All) => true,
            (PortMatch::Range(first, last), PortMatch::Range(from, until)) => from <= first && last <= until,
            (PortMatch::Named(inner, None), PortMatch::Named(outer, None)) => inner == outer && !inner.is_variable(),
            _ => false,
        };
        protocol && port
    }
}

/// The entities that include one, others than itself and `all` (semantics §7.1).
pub(crate) fn wider(entity: Entity) -> &'static [Entity] {
    use Entity::{Cluster, ClusterMesh, Health, Host, Ingress, Init, KubeApiserver, RemoteNode, Unmanaged, World};
    match entity {
        Entity::WorldIpv4 | Entity::WorldIpv6 => &[World],
        Host | RemoteNode | Init | Ingress | Health | Unmanaged | KubeApiserver => &[Cluster, ClusterMesh],
        Cluster => &[ClusterMesh],
        _ => &[],
    }
}

/// Whether a requirement says what it asks. Placeholders share one symbol, whatever stands for them; only the namespace
/// that the engine adds has one of its own.
fn is_known(requirement: &Requirement) -> bool {
    requirement.injected || values(requirement).iter().all(|value| !value.is_variable())
}

/// Whether labels that fulfil one requirement fulfil the other.
fn implies(given: &Requirement, wanted: &Requirement) -> bool {
    use Operator::{DoesNotExist, Exists, In, NotIn};
    let same = given.key == wanted.key;
    // A key without a source is fulfilled by a label of any source, and broken by one of any.
    let found = same || wanted.key.source == Source::Any && wanted.key.name == given.key.name;
    match (&given.operator, &wanted.operator) {
        (In(given), In(wanted)) => found && subset(given, wanted),
        (In(_) | Exists, Exists) => found,
        // Under a key without a source there may be a second value.
        (In(held), NotIn(barred)) => same && given.key.source != Source::Any && disjoint(held, barred),
        (NotIn(given), NotIn(wanted)) => same && subset(wanted, given),
        (DoesNotExist, NotIn(_) | DoesNotExist) => same,
        _ => false,
    }
}

fn values(requirement: &Requirement) -> &[Symbol] {
    match &requirement.operator {
        Operator::In(values) | Operator::NotIn(values) => values,
        Operator::Exists | Operator::DoesNotExist => &[],
    }
}

/// Both are sorted.
fn subset(inner: &[Symbol], outer: &[Symbol]) -> bool {
    inner.iter().all(|value| outer.binary_search(value).is_ok())
}

fn disjoint(one: &[Symbol], other: &[Symbol]) -> bool {
    one.iter().all(|value| !value.is_variable() && other.binary_search(value).is_err())
}

/// Whether one range, its holes left out, lies in the other.
fn ranges((inner, inner_holes): (&IpNet, &[IpNet]), (outer, outer_holes): (&IpNet, &[IpNet])) -> bool {
    let apart = |hole: &IpNet| !hole.contains(inner) && !inner.contains(hole);
    let left_out = |hole: &IpNet| inner_holes.iter().any(|own| own.contains(hole));
    outer.contains(inner) && outer_holes.iter().all(|hole| apart(hole) || left_out(hole))
}
