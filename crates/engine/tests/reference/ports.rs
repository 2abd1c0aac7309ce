//! Whether the ports of a rule include what is sent (semantics §2.2).

use ringfence_testkit::vectors::Flow;

use super::rules::Rule;
use super::{Party, Reference};

/// The ports of a rule.
#[derive(Clone, Debug)]
pub enum Ports {
    /// None are given: every port of every protocol, ICMP too (§2.1).
    All,
    /// Any of these.
    Of(Vec<Port>),
}

#[derive(Clone, Debug)]
pub struct Port {
    /// Upper case; `ANY` is TCP, UDP and SCTP.
    pub protocol: String,
    pub number: Number,
    /// The last port of a range.
    pub end: Option<u16>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Number {
    All,
    One(u16),
    Named(String),
}

impl Reference<'_> {
    pub fn includes(
        &self,
        rule: &Rule,
        rules: &[&Rule],
        subject: &Party<'_>,
        peer: &Party<'_>,
        ingress: bool,
        flow: &Flow,
    ) -> bool {
        let Ports::Of(ports) = &rule.ports else { return true };
        ports.iter().any(|port| {
            has_protocol(port, flow)
                && match &port.number {
                    // §2.2: `"0"` is every port. §2.5.5: so is ICMP type 0. GRE and the like have none.
                    Number::All => true,
                    Number::One(number) => (*number..=port.end.unwrap_or(*number).max(*number)).contains(&flow.port),
                    // §2.2: ingress, the subject's own; egress, the destination's.
                    Number::Named(name) if ingress => {
                        let end = if self.upstream { None } else { first_end(rules, name, flow) };
                        is_named(subject, name, end, flow)
                    }
                    Number::Named(name) => is_named(peer, name, None, flow),
                }
        })
    }
}

fn has_protocol(port: &Port, flow: &Flow) -> bool {
    let sent = flow.protocol.to_ascii_uppercase();
    port.protocol == sent || port.protocol == "ANY" && ["TCP", "UDP", "SCTP"].contains(&sent.as_str())
}

/// §2.5.1: the first `endPort` in merge order holds for every rule with that name: the order of tier, priority, the
/// policy's key, the item.
fn first_end(rules: &[&Rule], name: &str, flow: &Flow) -> Option<u16> {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| (rule.tier, rule.priority, rule.key.clone(), rule.index));
    let ports = rules.iter().flat_map(|rule| match &rule.ports {
        Ports::Of(ports) => ports.as_slice(),
        Ports::All => &[],
    });
    let mut named = ports.filter(|port| port.number == Number::Named(name.to_owned()) && has_protocol(port, flow));
    named.next().and_then(|port| port.end)
}

fn is_named(party: &Party<'_>, name: &str, end: Option<u16>, flow: &Flow) -> bool {
    party.person.ports.iter().any(|(protocol, own, number)| {
        let number = u16::try_from(*number).unwrap_or_default();
        *protocol == flow.protocol && own == name && (number..=end.unwrap_or(number).max(number)).contains(&flow.port)
    })
}
