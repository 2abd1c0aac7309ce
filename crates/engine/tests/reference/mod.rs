//! The specification, written to be read: who may talk to whom, one clause after the other, with plain loops over the
//! policies as they are written.
//!
//! It shares nothing with what it is held against: it reads the policies' own fields, knows endpoints by their labels,
//! and has no identities, no entries, no sets. What it leaves to others: which policies are refused (it is told), rules
//! above the ports that conflict (semantics §2.5.7), and what cannot be known.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its own part")]

mod labels;
mod peers;
mod ports;
mod rules;

use ringfence_testkit::universe::Person;
use ringfence_testkit::vectors::{Config, Flow};
use ringfence_testkit::worlds::CidrGroup;
use serde_json::Value;

use rules::{Rule, Tier};

/// What the specification is asked about.
pub struct Reference<'a> {
    pub config: &'a Config,
    pub upstream: bool,
    pub groups: &'a [CidrGroup],
    rules: Vec<Rule>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    Deny,
    Allow,
    Pass,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    Allow,
    Deny,
    NotEnforced,
}

/// An endpoint, by its labels under the configuration.
#[derive(Clone, Debug)]
pub struct Party<'a> {
    pub name: &'a str,
    pub person: &'a Person,
    pub labels: Vec<String>,
}

impl Party<'_> {
    pub fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|own| own == label)
    }

    pub fn namespace(&self) -> Option<&str> {
        self.labels.iter().find_map(|label| label.strip_prefix("k8s:io.kubernetes.pod.namespace="))
    }

    pub fn is_world(&self) -> bool {
        self.labels.iter().any(|label| label.starts_with("reserved:world"))
    }

    pub fn is_node(&self) -> bool {
        self.has("reserved:host") || self.has("reserved:remote-node")
    }

    pub fn address(&self) -> Option<std::net::IpAddr> {
        let range = self.labels.iter().find_map(|label| label.strip_prefix("cidr:"))?;
        range.split_once('/')?.0.parse().ok()
    }

    fn is_pod_of(&self, cluster: &str) -> bool {
        self.has(&format!("k8s:{}={cluster}", labels::CLUSTER)) && self.namespace().is_some()
    }
}

impl<'a> Reference<'a> {
    /// What these policies say, of which nobody refuses any.
    pub fn new(config: &'a Config, upstream: bool, groups: &'a [CidrGroup], policies: &[&Value]) -> Self {
        let silent = Self { config, upstream, groups, rules: Vec::new() };
        let rules = silent.rules_of(policies);
        Self { rules, ..silent }
    }

    pub fn cluster(&self) -> &str {
        self.config.cluster.as_deref().unwrap_or("default")
    }

    /// Semantics §10 `side`, step by step.
    pub fn side(&self, subject: &Party<'_>, peer: &Party<'_>, ingress: bool, flow: &Flow) -> Answer {
        // 0: where policies are enforced.
        if !self.enforces(subject) {
            return Answer::NotEnforced;
        }
        // §3.1: traffic to and from the own node is always allowed.
        if self.upstream && peer.has("reserved:host") {
            return Answer::Allow;
        }
        // 2: enforcement is off, even for denies (§4.2).
        if self.config.mode.as_deref() == Some("never") {
            return Answer::Allow;
        }
        // 3: the rules of this direction that select the subject.
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| applies(rule, subject, ingress)).collect();
        // 4: what isolates without any rule (§4.2, §4.4).
        let forced = self.config.mode.as_deref() == Some("always")
            || subject
                .labels
                .iter()
                .any(|label| ["reserved:init", "k8s:init"].contains(&label.split('=').next().unwrap_or_default()));
        let forced = forced && !self.upstream;
        // 5: no rule at all.
        if rules.is_empty() {
            return if forced { Answer::Deny } else { Answer::Allow };
        }
        // 6: isolated.
        let isolated = forced || rules.iter().any(|rule| rule.isolates);
        // 8: the rules that match peer and port.
        let mut matching: Vec<&Rule> = rules
            .iter()
            .copied()
            .filter(|rule| self.reaches(rule, peer) && self.includes(rule, &rules, subject, peer, ingress, flow))
            .collect();
        // 9: in order; Pass skips the rest of its tier, the first other decides.
        matching.sort_by_key(|rule| (rule.tier, rule.priority, rule.action));
        let mut skipped = None;
        for rule in matching {
            // §8.1, upstream: whoever a NetworkPolicy selects never comes to the Baseline tier.
            if self.upstream && rule.tier == Tier::Baseline && isolated {
                return Answer::Deny;
            }
            match rule.action {
                _ if skipped == Some(rule.tier) => {}
                Action::Pass => skipped = Some(rule.tier),
                Action::Allow => return Answer::Allow,
                Action::Deny => return Answer::Deny,
            }
        }
        // 7 and 10: allow-localhost (§4.5), then the default.
        let own_node = ingress && !self.upstream && peer.has("reserved:host") && !subject.has("reserved:host");
        if !isolated || own_node && self.config.allow_localhost.as_deref() != Some("policy") {
            Answer::Allow
        } else {
            Answer::Deny
        }
    }

    /// §4.3, §4.6: pods of the own cluster, and in Cilium health, ingress, init, and with its firewall the host.
    fn enforces(&self, subject: &Party<'_>) -> bool {
        if subject.is_pod_of(self.cluster()) {
            return true;
        }
        let special = ["reserved:health", "reserved:ingress", "reserved:init"].iter().any(|label| subject.has(label));
        !self.upstream && (special || subject.has("reserved:host") && self.config.host_firewall)
    }
}

/// §4.3: `nodeSelector` means the host alone, every other selector all but the host.
fn applies(rule: &Rule, subject: &Party<'_>, ingress: bool) -> bool {
    rule.ingress == ingress
        && rule.node == subject.has("reserved:host")
        && rule.namespace.as_deref().is_none_or(|namespace| subject.namespace() == Some(namespace))
        && labels::matches(&rule.subject, &subject.labels)
}
