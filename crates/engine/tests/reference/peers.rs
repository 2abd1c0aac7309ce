//! Whether the peers of a rule include somebody (semantics §7).

use std::net::IpAddr;

use ipnet::IpNet;
use ringfence_testkit::worlds::CidrGroup;

use super::labels::{Selector, matches};
use super::rules::Rule;
use super::{Party, Reference};

/// The peers of a rule.
#[derive(Clone, Debug)]
pub enum Peers {
    /// `{}`, or an empty list (§2.1).
    Nobody,
    /// Only ports are given (§2.1).
    Anyone,
    /// Any of these.
    Of(Vec<Peer>),
}

#[derive(Clone, Debug)]
pub enum Peer {
    Labels(Selector),
    Entity(String),
    Range { net: IpNet, except: Vec<IpNet>, networks: bool },
    GroupNamed(String),
    GroupOf(Selector),
    Name(String),
    Pattern(String),
}

impl Reference<'_> {
    pub fn reaches(&self, rule: &Rule, party: &Party<'_>) -> bool {
        match &rule.peers {
            Peers::Nobody => false,
            Peers::Anyone => true,
            Peers::Of(peers) => peers.iter().any(|peer| self.is(peer, party)),
        }
    }

    fn is(&self, peer: &Peer, party: &Party<'_>) -> bool {
        match peer {
            // Upstream labels are those of pods.
            Peer::Labels(_) if self.upstream && party.namespace().is_none() => false,
            Peer::Labels(selector) => matches(selector, &party.labels),
            Peer::Entity(entity) => self.is_entity(entity, party),
            Peer::Range { net, except, networks } => self.in_range(*net, except, *networks, party),
            Peer::GroupNamed(name) => {
                self.exposes_address(party, 32) && groups_of(self.groups, party).iter().any(|group| group.name == *name)
            }
            Peer::GroupOf(selector) => self.in_group_of(selector, party),
            Peer::Name(name) => party.is_world() && party.person.names.iter().any(|own| own == name),
            Peer::Pattern(pattern) => {
                party.is_world() && party.person.names.iter().any(|own| matches_pattern(pattern, own))
            }
        }
    }

    /// §7.1.
    fn is_entity(&self, entity: &str, party: &Party<'_>) -> bool {
        let is = |name: &str| party.has(&format!("reserved:{name}"));
        let members = ["host", "remote-node", "init", "ingress", "health", "unmanaged", "kube-apiserver"];
        let in_cluster = || members.into_iter().any(is) || party.is_pod_of(self.cluster());
        match entity {
            "all" => true,
            "none" => false,
            "world" => party.is_world(),
            "cluster" => in_cluster(),
            "cluster-mesh" => in_cluster() || party.namespace().is_some(),
            other => is(other),
        }
    }

    /// §7.2: whose address ranges see. Upstream (§3.1) an `ipBlock` means nobody in the cluster.
    fn exposes_address(&self, party: &Party<'_>, prefix: u8) -> bool {
        let mode = |name: &str| self.config.cidr_match_mode.iter().any(|mode| mode == name);
        if party.is_world() {
            true
        } else if self.upstream {
            false
        } else if party.is_node() {
            mode("nodes") && (prefix > 0 || mode("pods"))
        } else {
            party.namespace().is_some() && mode("pods")
        }
    }

    /// §7.2: inside the range and in none of its holes. The identity of all that no range covers is in the whole world.
    fn in_range(&self, net: IpNet, except: &[IpNet], networks: bool, party: &Party<'_>) -> bool {
        // §8.1: upstream `networks` are all addresses, those of pods too.
        let exposed = self.exposes_address(party, net.prefix_len()) || self.upstream && networks;
        if !exposed || self.config.ipv4_only && net.addr().is_ipv6() {
            return false;
        }
        match party.address() {
            Some(address) => net.contains(&address) && !except.iter().any(|hole| hole.contains(&address)),
            None => net.prefix_len() == 0 && net.addr().is_ipv6() == party.has("reserved:world-ipv6"),
        }
    }

    /// §2.5.4: by the labels of the groups that an address is in.
    fn in_group_of(&self, selector: &Selector, party: &Party<'_>) -> bool {
        if selector.is_empty() {
            return true;
        }
        let groups = groups_of(self.groups, party);
        let labels = groups.iter().flat_map(|group| &group.labels).map(|(key, value)| format!("k8s:{key}={value}"));
        self.exposes_address(party, 0) && matches(selector, &labels.collect::<Vec<_>>())
    }
}

fn groups_of<'g>(groups: &'g [CidrGroup], party: &Party<'_>) -> Vec<&'g CidrGroup> {
    let inside = |address: IpAddr, cidr: &String| cidr.parse::<IpNet>().is_ok_and(|net| net.contains(&address));
    let Some(address) = party.address() else { return Vec::new() };
    groups.iter().filter(|group| group.cidrs.iter().any(|cidr| inside(address, cidr))).collect()
}

/// §5.7: `*` is any part of one label; `**.` in front is one or more labels; `*` alone is every name.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    if ["*", "**", "*."].contains(&pattern) {
        return true;
    }
    if let Some(rest) = pattern.strip_prefix("**.") {
        return name.match_indices('.').any(|(at, _)| at > 0 && matches_text(rest, &name[at + 1..]));
    }
    matches_text(pattern, name)
}

fn matches_text(pattern: &str, name: &str) -> bool {
    match pattern.chars().next() {
        None => name.is_empty(),
        Some('*') => {
            let part = name.find('.').unwrap_or(name.len());
            (0..=part).any(|taken| matches_text(&pattern[1..], &name[taken..]))
        }
        Some(letter) => name.strip_prefix(letter).is_some_and(|rest| matches_text(&pattern[1..], rest)),
    }
}
