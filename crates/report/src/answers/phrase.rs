//! The words for the parts of an answer: policies, entries, ports, reasons.

use ringfence_cluster::{Entry, L4, PolicyId, PortMatch, PortRule, Protocol, ReleaseId, Tri, World};
use ringfence_engine::{Ports, Traffic};
use ringfence_questions::{Grant, protocol_word};

/// A policy with its kind: `NetworkPolicy shop/db`.
pub(crate) fn policy(id: PolicyId, world: &World) -> String {
    let policy = world.policy(id);
    format!("{} `{}`", policy.kind.name(), world.policy_text(policy))
}

/// A release by the object that makes it: ``HelmRelease `shop/db` ``.
pub(crate) fn release(id: ReleaseId, world: &World) -> String {
    let release = world.release(id);
    format!("{} `{}`", world.object(release.object).kind_name, world.release_text(release))
}

/// Which item of a policy an entry is: `ingress[0]`; the section alone where the list is empty.
pub(crate) fn item(entry: &Entry, world: &World) -> String {
    let several = world.entries_of(world.policy(entry.policy)).any(|(_, other)| other.spec > 0);
    let spec = if several { format!("specs[{}].", entry.spec) } else { String::new() };
    match entry.item {
        Some(item) => format!("{spec}{}[{item}]", entry.section.key()),
        None => format!("{spec}{}", entry.section.key()),
    }
}

/// What is sent: `5432/TCP`; of ICMP the type.
pub(crate) fn traffic(traffic: Traffic) -> String {
    let word = protocol_word(traffic.protocol);
    if matches!(traffic.protocol, Protocol::Icmp | Protocol::Icmpv6) {
        format!("{word} type {}", traffic.port)
    } else {
        format!("{}/{word}", traffic.port)
    }
}

/// The ports of each protocol: `TCP 80,443; UDP all`; `every port`, `no port`.
pub(crate) fn ports(ports: &[(Protocol, Ports)]) -> String {
    let open: Vec<&(Protocol, Ports)> = ports.iter().filter(|(_, ports)| !ports.is_none()).collect();
    if open.is_empty() {
        "no port".to_owned()
    } else if open.len() == ALL_PROTOCOLS && open.iter().all(|(_, ports)| ports.is_all()) {
        "every port".to_owned()
    } else {
        let texts: Vec<String> =
            open.iter().map(|(protocol, ports)| format!("{} {ports}", protocol_word(*protocol))).collect();
        texts.join("; ")
    }
}

/// TCP, UDP, SCTP, ICMP and ICMPv6.
const ALL_PROTOCOLS: usize = 5;

/// The ports that an entry is about: `TCP 5432`, `port "http"`, `every port`.
pub(crate) fn entry_ports(entry: &Entry, world: &World) -> String {
    match &entry.l4 {
        L4::Any => "every port".to_owned(),
        L4::Unknown => "ports that the files do not tell".to_owned(),
        L4::Ports(rules) if rules.is_empty() => "no port".to_owned(),
        L4::Ports(rules) => {
            let mut texts: Vec<String> = rules.iter().map(|rule| port_rule(rule, world)).collect();
            texts.dedup();
            texts.join(", ")
        }
    }
}

fn port_rule(rule: &PortRule, world: &World) -> String {
    let protocol = match rule.protocol {
        Protocol::Any => "any protocol",
        other => protocol_word(other),
    };
    match rule.port {
        PortMatch::All => format!("{protocol}, every port"),
        PortMatch::Range(first, last) if first == last => format!("{protocol} {first}"),
        PortMatch::Range(first, last) => format!("{protocol} {first}-{last}"),
        PortMatch::Named(name, _) => format!("{protocol} `{}`", world.symbols.text(name)),
        PortMatch::Unknown => format!("{protocol}, a port that the files do not tell"),
    }
}

/// Why a half lets a connection through.
pub(crate) fn grant(grant: &Grant) -> String {
    match grant {
        Grant::AccessLabel(key) => format!("access label `{key}`"),
        Grant::Profile(_, value) => format!("profile `{value}`"),
        Grant::Baseline => "baseline".to_owned(),
        Grant::Hatch(key) => format!("escape hatch `{key}`"),
        Grant::Own => "own policy".to_owned(),
        Grant::Clusterwide => "clusterwide policy".to_owned(),
        Grant::Accident => "by accident: no policy isolates it".to_owned(),
        Grant::OwnNode => "its own node".to_owned(),
        Grant::NotEnforced => "not enforced here".to_owned(),
    }
}

/// The name of a grant for programs.
pub(crate) const fn grant_word(grant: &Grant) -> &'static str {
    match grant {
        Grant::AccessLabel(_) => "access-label",
        Grant::Profile(..) => "profile",
        Grant::Baseline => "baseline",
        Grant::Hatch(_) => "hatch",
        Grant::Own => "own-policy",
        Grant::Clusterwide => "clusterwide-policy",
        Grant::Accident => "accident",
        Grant::OwnNode => "own-node",
        Grant::NotEnforced => "not-enforced",
    }
}

/// `yes`, `no`, `unknown`.
pub(crate) const fn tri(value: Tri) -> &'static str {
    match value {
        Tri::Yes => "yes",
        Tri::No => "no",
        Tri::Unknown => "unknown",
    }
}

/// `1 pair`, `2 pairs`.
pub(crate) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
