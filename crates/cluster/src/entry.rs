//! Entries: what every item of every policy becomes (semantics §2).

use ipnet::IpNet;
use ringfence_manifest::Place;
use smol_str::SmolStr;

use crate::{NamespaceId, PolicyId, SelectorId, Symbol, Tri};

/// An entry of [`crate::World::entries`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntryId(pub u32);

/// One item of a policy's list, or the isolation that a policy without items brings.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The policy.
    pub policy: PolicyId,
    /// Which element of `specs` (or `spec`, 0).
    pub spec: u32,
    /// The list.
    pub section: Section,
    /// Which item of the list; `None` where the list is empty and the entry only isolates.
    pub item: Option<u32>,
    /// The item, or what stands for it.
    pub place: Place,
    /// The tier (semantics §8).
    pub tier: Tier,
    /// The order within the tier: priority, then index; smaller first. Zero outside ClusterNetworkPolicy and friends.
    pub priority: (u32, u32),
    /// What it does with what it matches.
    pub verdict: Verdict,
    /// Seen from the subject.
    pub direction: Direction,
    /// Whether the subject is a node (`nodeSelector`), not pods.
    pub node: bool,
    /// Who it applies to.
    pub subject: SelectorId,
    /// Where the subject's selector stands.
    pub subject_place: Option<Place>,
    /// The namespace it is confined to; `None` for clusterwide kinds. The subject's selector asks for it too:
    /// [`crate::World::in_scope`] compares namespaces of which one may be unknown.
    pub scope: Option<NamespaceId>,
    /// The peers.
    pub l3: L3,
    /// The ports.
    pub l4: L4,
    /// What is looked at above the ports. It never changes the L4 verdict.
    pub l7: L7,
    /// The mode of `authentication`, where it asks for one (semantics §7.3).
    pub authentication: Option<Symbol>,
    /// Whether it isolates its subjects in its direction (semantics §4.1).
    pub default_deny: Tri,
}

/// The list an item stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Section {
    /// `ingress`
    Ingress,
    /// `ingressDeny`
    IngressDeny,
    /// `egress`
    Egress,
    /// `egressDeny`
    EgressDeny,
}

/// Seen from the subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// What comes in.
    Ingress,
    /// What goes out.
    Egress,
}

/// Which tier decides first (semantics §8.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tier {
    /// AdminNetworkPolicy, ClusterNetworkPolicy of tier Admin.
    Admin,
    /// NetworkPolicy and the Cilium kinds.
    Normal,
    /// BaselineAdminNetworkPolicy, ClusterNetworkPolicy of tier Baseline.
    Baseline,
}

/// What an entry does with what it matches. Ordered as equal priorities are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// No, whatever else allows it in the tier.
    Deny,
    /// Yes.
    Allow,
    /// Leave it to the next tier.
    Pass,
}

/// The peers of an entry.
#[derive(Clone, PartialEq, Debug)]
pub enum L3 {
    /// Nobody: `{}` in a Cilium policy, `fromEndpoints: []` (semantics §2.1).
    Nothing,
    /// Everybody, inside and outside the cluster.
    Anyone,
    /// Any of these.
    Peers(Vec<Peer>),
    /// It cannot be known from here.
    Unknown,
}

/// One peer.
#[derive(Clone, PartialEq, Debug)]
pub struct Peer {
    /// Who.
    pub kind: PeerKind,
    /// Where it stands.
    pub place: Place,
}

/// Who a peer is.
#[derive(Clone, PartialEq, Debug)]
pub enum PeerKind {
    /// Pods (and, for Cilium, whatever else carries the labels).
    Endpoints(SelectorId),
    /// A Cilium entity (semantics §7.1).
    Entity(Entity),
    /// Addresses (semantics §7.2).
    Cidr {
        /// The range, host bits masked.
        net: IpNet,
        /// The holes.
        except: Vec<IpNet>,
        /// Whether blocks match pods and nodes too: `networks` of the admin kinds upstream (semantics §8.1).
        includes_cluster: bool,
    },
    /// A name outside the cluster (semantics §5.7).
    Fqdn(DnsPattern),
    /// Nodes by their labels (semantics §5.8).
    Nodes(SelectorId),
    /// It selects nobody: a group, service or range that surely is not there.
    Nobody,
    /// It cannot be known from here.
    Unknown,
}

/// The entities of Cilium.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "named as in the policy; semantics §7.1 says what each selects")]
pub enum Entity {
    All,
    World,
    WorldIpv4,
    WorldIpv6,
    Cluster,
    ClusterMesh,
    Host,
    RemoteNode,
    KubeApiserver,
    Init,
    Ingress,
    Health,
    Unmanaged,
    None,
}

/// A DNS name or pattern, lower case, without the trailing dot.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DnsPattern {
    /// `matchName`
    Name(SmolStr),
    /// `matchPattern`
    Pattern(SmolStr),
    /// A placeholder stands there.
    Unknown,
}

/// The ports of an entry.
#[derive(Clone, PartialEq, Debug)]
pub enum L4 {
    /// Every port of every protocol, ICMP included.
    Any,
    /// Any of these; none is nothing.
    Ports(Vec<PortRule>),
    /// It cannot be known from here.
    Unknown,
}

/// One port, range, name or ICMP type.
#[derive(Clone, PartialEq, Debug)]
pub struct PortRule {
    /// The protocol.
    pub protocol: Protocol,
    /// The ports (for ICMP: the types).
    pub port: PortMatch,
    /// What its `toPorts` element asks above the ports.
    pub parser: Parser,
    /// Where it stands.
    pub place: Place,
}

/// What an element of `toPorts` asks above its ports, as far as two of them can conflict (semantics §2.4, §2.5.7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Parser {
    /// There are HTTP rules.
    pub http: bool,
    /// There are DNS rules.
    pub dns: bool,
    /// There are `serverNames`.
    pub server_names: bool,
    /// The `terminatingTLS`, as text.
    pub terminating: Option<Symbol>,
    /// The `originatingTLS`, as text.
    pub originating: Option<Symbol>,
    /// The listener, as text, and its priority.
    pub listener: Option<(Symbol, i64)>,
}

/// A protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "the names of the protocols")]
pub enum Protocol {
    /// TCP, UDP and SCTP, but not ICMP: what Cilium means by `ANY` and by no protocol (semantics §2.2).
    Any,
    Tcp,
    Udp,
    Sctp,
    Icmp,
    Icmpv6,
    Vrrp,
    Igmp,
    Gre,
    Ipip,
    Ipv6,
    Esp,
    Ah,
    /// A placeholder.
    Unknown,
}

/// Which ports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PortMatch {
    /// All of them.
    All,
    /// From the first to the last, both in.
    Range(u16, u16),
    /// The number that the pod gives this name; with an end, up to there (semantics §2.2, §2.5.1).
    Named(Symbol, Option<u16>),
    /// A placeholder.
    Unknown,
}

/// What an entry asks above the ports.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct L7 {
    /// `rules.dns`, where there is such a rule: the names it lets through.
    pub dns: Option<Vec<DnsPattern>>,
    /// Whether there is a `rules.http`.
    pub http: bool,
    /// Whether `serverNames`, a listener or TLS settings are there.
    pub tls: bool,
    /// Where the rules stand.
    pub place: Option<Place>,
}

impl Entry {
    /// The peers that it lists; none where it says everybody, nobody, or what cannot be known.
    pub fn peers(&self) -> &[Peer] {
        match &self.l3 {
            L3::Peers(peers) => peers,
            _ => &[],
        }
    }

    /// The port rules that it spells out; none where it leaves ports open, or they cannot be known.
    pub fn port_rules(&self) -> &[PortRule] {
        match &self.l4 {
            L4::Ports(rules) => rules,
            L4::Any | L4::Unknown => &[],
        }
    }

    /// Whether it lets something through, rather than only isolating.
    pub fn allows_something(&self) -> bool {
        let nobody = |peer: &Peer| matches!(peer.kind, PeerKind::Nobody | PeerKind::Entity(Entity::None));
        self.verdict == Verdict::Allow
            && match &self.l3 {
                L3::Nothing => false,
                L3::Anyone | L3::Unknown => true,
                L3::Peers(peers) => !peers.iter().all(nobody),
            }
    }

    /// Whether it lets everything through in its direction.
    pub fn allows_everything(&self) -> bool {
        let anyone = match &self.l3 {
            L3::Anyone => true,
            L3::Peers(peers) => peers.iter().any(|peer| peer.kind == PeerKind::Entity(Entity::All)),
            _ => false,
        };
        anyone && self.l4 == L4::Any && matches!(self.section, Section::Ingress | Section::Egress)
    }
}

impl Section {
    /// The key in the manifest.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::IngressDeny => "ingressDeny",
            Self::Egress => "egress",
            Self::EgressDeny => "egressDeny",
        }
    }

    /// The direction it is about.
    pub const fn direction(self) -> Direction {
        match self {
            Self::Ingress | Self::IngressDeny => Direction::Ingress,
            Self::Egress | Self::EgressDeny => Direction::Egress,
        }
    }
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The word for messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// The other one.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Ingress => Self::Egress,
            Self::Egress => Self::Ingress,
        }
    }
}
