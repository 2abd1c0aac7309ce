//! The knobs of semantics §11: which engine, which version, and how it is configured.

use std::fmt;
use std::str::FromStr;

use ringfence_manifest::Object;
use smol_str::SmolStr;

/// A Cilium version. `1.20` means 1.20.2 and `1.18` means 1.18.10, as everywhere in this project.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version {
    /// The first number.
    pub major: u16,
    /// The second.
    pub minor: u16,
    /// The third.
    pub patch: u16,
}

/// What enforces policies in the cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cni {
    /// Cilium.
    Cilium,
    /// Anything that enforces NetworkPolicy as its API documents it.
    Upstream,
}

/// Whose meaning verdicts have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dialect {
    /// Which.
    pub cni: Cni,
    /// Whether nobody said so and it was guessed from the kinds of policy in the input.
    pub guessed: bool,
}

/// Whether the API server stands before the agent (semantics §11).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Only the agent, as the recorded verdicts of the engine were made.
    Agent,
    /// The API server prunes and refuses first: what users have.
    ApiServerAndAgent,
}

/// `enable-policy` (semantics §4.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the values of the flag")]
pub enum EnforcementMode {
    Default,
    Always,
    Never,
}

/// `policy-cidr-match-mode` (semantics §7.2).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CidrMatchMode {
    /// CIDRs match nodes.
    pub nodes: bool,
    /// CIDRs match pods (1.20.2 and later).
    pub pods: bool,
}

/// Which classes of objects the input holds whole (semantics §11). Where one is not whole, what is missing is unknown,
/// not absent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "one for each class")]
pub struct Complete {
    /// Namespaces.
    pub namespaces: bool,
    /// Pods and what makes them. If not, each namespace is judged alone (design §1.1).
    pub workloads: bool,
    /// Services.
    pub services: bool,
    /// CiliumCIDRGroups.
    pub cidr_groups: bool,
    /// Policies. If not, "not isolated" and "nothing allows it" are unknown.
    pub policies: bool,
}

/// A namespace that exists outside the input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct External {
    /// Its name.
    pub name: SmolStr,
    /// Labels it is known to have. It may have more.
    pub labels: Vec<(SmolStr, SmolStr)>,
}

/// How the cluster is configured: defaults are those of the newest release.
#[derive(Clone, PartialEq, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the agent")]
pub struct Knobs {
    /// `None`: Cilium where any Cilium policy is seen, else upstream.
    pub cni: Option<Cni>,
    /// What the whole input of a command looks like, where `cni` says nothing: its worlds are never of two dialects.
    pub guess: Option<Cni>,
    /// The version of Cilium.
    pub version: Version,
    /// Who refuses policies.
    pub stage: Stage,
    /// `enable-policy`.
    pub mode: EnforcementMode,
    /// `cluster-name`.
    pub cluster: SmolStr,
    /// `policy-default-local-cluster=false`: selectors reach pods of every cluster (semantics §6.2). `None` is the
    /// version's default.
    pub any_cluster: Option<bool>,
    /// `policy-cidr-match-mode`.
    pub cidr_match_mode: CidrMatchMode,
    /// `enable-ipv4`.
    pub ipv4: bool,
    /// `enable-ipv6`.
    pub ipv6: bool,
    /// `enable-host-firewall`.
    pub host_firewall: bool,
    /// `allow-localhost`: `always` under Kubernetes, unless set to `policy`.
    pub allow_localhost: bool,
    /// `enable-node-selector-labels`, off where nobody set it. `None` is unknown: a policy that is written for it is taken as a
    /// sign that it is on.
    pub node_selector_labels: Option<bool>,
    /// `enable-non-default-deny-policies`.
    pub non_default_deny: bool,
    /// `enable-icmp-rules`.
    pub icmp_rules: bool,
    /// `enable-l7-proxy`.
    pub l7_proxy: bool,
    /// `enable-extended-ip-protocols`, off where nobody set it. `None` is unknown, as above.
    pub extended_protocols: Option<bool>,
    /// `enable-k8s-cluster-network-policy`.
    pub cluster_network_policy: bool,
    /// Upstream: whether an `ipBlock` matches pods of known address.
    pub ip_block_matches_pods: bool,
    /// Upstream: whether a policy selects pods on their node's network by their labels, as it does others. The API leaves
    /// it open; most engines take them for the node (semantics §3.1).
    pub selects_host_network: bool,
    /// What the input holds whole.
    pub complete: Complete,
    /// Namespaces that exist outside the input.
    pub external: Vec<External>,
    /// The namespace of objects that name none; `None`: an unknown one, shared by a folder.
    pub default_namespace: Option<SmolStr>,
}

impl Cni {
    /// What objects look like: Cilium where one of them is Cilium's own.
    pub fn guess<'o>(objects: impl IntoIterator<Item = &'o Object>) -> Self {
        let seen = objects.into_iter().any(|object| object.group() == "cilium.io");
        if seen { Self::Cilium } else { Self::Upstream }
    }
}

impl Complete {
    /// A repository: it holds all policies, and of the rest perhaps a part.
    pub const REPOSITORY: Self =
        Self { namespaces: false, workloads: false, services: false, cidr_groups: false, policies: true };
    /// A live cluster, or a recorded scenario.
    pub const ALL: Self = Self { namespaces: true, workloads: true, services: true, cidr_groups: true, policies: true };
}

impl Version {
    /// The newest release.
    pub const NEWEST: Self = Self::new(1, 20, 2);

    /// A version by its three numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Whether it is this minor release or a later one.
    pub fn at_least(self, major: u16, minor: u16) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl FromStr for Version {
    type Err = String;

    /// Reads `1.20` or `1.20.2`; a leading `v` does no harm. Without the third number the one this project measured is
    /// taken.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no version: write it as `1.20` or `1.20.2`");
        let mut numbers = text.trim_start_matches('v').split('.').map(|part| part.parse::<u16>().map_err(|_| wrong()));
        let mut next = || numbers.next().transpose();
        let (major, minor) = (next()?.ok_or_else(wrong)?, next()?.ok_or_else(wrong)?);
        let measured = match (major, minor) {
            (1, 20) => 2,
            (1, 18 | 17) => 10,
            (1, 16) => 15,
            _ => 0,
        };
        let patch = next()?.unwrap_or(measured);
        if next()?.is_some() { Err(wrong()) } else { Ok(Self::new(major, minor, patch)) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            cni: None,
            guess: None,
            version: Version::NEWEST,
            stage: Stage::ApiServerAndAgent,
            mode: EnforcementMode::Default,
            cluster: SmolStr::new_static("default"),
            any_cluster: None,
            cidr_match_mode: CidrMatchMode::default(),
            ipv4: true,
            ipv6: true,
            host_firewall: false,
            allow_localhost: true,
            node_selector_labels: None,
            non_default_deny: true,
            icmp_rules: true,
            l7_proxy: true,
            extended_protocols: None,
            cluster_network_policy: false,
            ip_block_matches_pods: false,
            selects_host_network: false,
            complete: Complete::REPOSITORY,
            external: Vec::new(),
            default_namespace: None,
        }
    }
}

impl Knobs {
    /// Whether selectors without a cluster label reach pods of every cluster (semantics §6.2, §0.1).
    pub fn reaches_any_cluster(&self) -> bool {
        self.any_cluster.unwrap_or(!self.version.at_least(1, 19))
    }
}
