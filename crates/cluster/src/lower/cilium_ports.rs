//! The ports of an item of a Cilium policy, and what is asked above them (semantics §2.2, §2.4).

use ringfence_manifest::kinds::cilium::{
    Item, L7Rules, Listener, PortProtocol, PortRule as Written, Ports, TlsContext,
};
use ringfence_manifest::{Field, List};
use smol_str::SmolStr;

use super::cidr::unreadable;
use super::fqdn::patterns;
use super::icmp;
use crate::accept::port::{is_service_name, parse_uint16};
use crate::build::Builder;
use crate::{Direction, DnsPattern, L4, L7, Parser, PortMatch, PortRule, Protocol, Symbol, Tri};

impl Builder<'_> {
    /// The ports, and whether the item has an element of `toPorts` or `icmps` at all.
    pub(super) fn cilium_ports<I: Item>(&mut self, item: &I, direction: Direction) -> (L4, Tri) {
        let given = match item.ports() {
            Ports::Allow(list) => given(list),
            Ports::Deny(list) => given(list),
        };
        let given = given.or(self::given(item.icmps()));
        if given.is_no() {
            return (L4::Any, given);
        }
        let mut l4 = L4::Ports(Vec::new());
        match item.ports() {
            Ports::Allow(list) => {
                let parsers: Vec<Parser> = list.items().iter().map(|rule| self.parser(rule.get())).collect();
                self.add_ports(list, |rule| &rule.ports, &parsers, direction, &mut l4);
            }
            Ports::Deny(list) => self.add_ports(list, |rule| &rule.ports, &[], direction, &mut l4),
        }
        icmp::add(item.icmps(), &mut l4);
        (l4, given)
    }

    fn add_ports<T>(
        &mut self,
        list: &Field<List<T>>,
        ports: fn(&T) -> &Field<List<PortProtocol>>,
        parsers: &[Parser],
        direction: Direction,
        l4: &mut L4,
    ) {
        if unreadable(list).is_some() {
            *l4 = L4::Unknown;
        }
        for (at, rule) in list.items().iter().enumerate() {
            let parser = parsers.get(at).copied().unwrap_or_default();
            match rule {
                Field::Set(rule, _) => self.add_rule(ports(rule), parser, direction, l4),
                Field::Unknown(_) | Field::Invalid(_) => *l4 = L4::Unknown,
                // `- ` alone is an element without ports: nothing.
                Field::Absent | Field::Null(_) => {}
            }
        }
    }

    fn add_rule(&mut self, ports: &Field<List<PortProtocol>>, parser: Parser, direction: Direction, l4: &mut L4) {
        if unreadable(ports).is_some() || ports.items().iter().any(|port| unreadable(port).is_some()) {
            *l4 = L4::Unknown;
        }
        let rules: Vec<PortRule> = ports.values().map(|port| self.cilium_port(port, parser, direction)).collect();
        if let L4::Ports(all) = l4 {
            all.extend(rules);
        }
    }

    fn cilium_port(&mut self, port: &PortProtocol, parser: Parser, direction: Direction) -> PortRule {
        let protocol = protocol(&port.protocol);
        let matched = match &port.port {
            Field::Set(text, _) => self.port_match(text, port, direction),
            Field::Absent | Field::Null(_) => self.absent_port(protocol),
            _ => PortMatch::Unknown,
        };
        PortRule { protocol, port: matched, parser, place: port.place }
    }

    fn port_match(&mut self, text: &str, port: &PortProtocol, direction: Direction) -> PortMatch {
        // An end that is no number of 16 bits is cut to 16 bits (semantics §2.5.11).
        let end = match &port.end_port {
            Field::Unknown(_) | Field::Invalid(_) => return PortMatch::Unknown,
            end => end.get().map_or(0, |number| number.rem_euclid(1 << 16) as u16),
        };
        if text.is_empty() {
            return self.absent_port(protocol(&port.protocol));
        }
        if is_service_name(text) {
            let end = (end > 0 && direction == Direction::Ingress).then_some(end);
            return PortMatch::Named(self.intern(&text.to_ascii_lowercase()), end);
        }
        match parse_uint16(text) {
            Err(_) => PortMatch::Unknown,
            Ok(0) if end > 0 && !self.world.knobs.version.at_least(1, 19) => PortMatch::Range(0, end),
            Ok(0) => PortMatch::All,
            Ok(number) => PortMatch::Range(number, end.max(number)),
        }
    }

    /// No port: all of them for protocols without ports, and wherever extended protocols are on (semantics §2.5.10).
    fn absent_port(&self, protocol: Protocol) -> PortMatch {
        let portless = !matches!(protocol, Protocol::Any | Protocol::Tcp | Protocol::Udp | Protocol::Sctp);
        if portless || self.world.knobs.extended_protocols == Some(true) { PortMatch::All } else { PortMatch::Unknown }
    }

    fn parser(&mut self, rule: Option<&Written>) -> Parser {
        let Some(rule) = rule else { return Parser::default() };
        Parser {
            http: rule.rules.get().is_some_and(has_http),
            dns: rule.rules.get().is_some_and(has_dns),
            server_names: !rule.server_names.items().is_empty(),
            terminating: rule.terminating_tls.get().map(|tls| self.tls(tls)),
            originating: rule.originating_tls.get().map(|tls| self.tls(tls)),
            listener: rule.listener.get().map(|listener| self.listener(listener)),
        }
    }

    fn tls(&mut self, tls: &TlsContext) -> Symbol {
        let secret = tls.secret.get();
        let namespace = secret.and_then(|secret| secret.namespace.get());
        let name = secret.and_then(|secret| secret.name.get());
        let parts = [namespace, name, tls.trusted_ca.get(), tls.certificate.get(), tls.private_key.get()];
        let parts: Vec<&str> = parts.into_iter().map(|part| part.map_or("", SmolStr::as_str)).collect();
        self.intern(&parts.join("\n"))
    }

    fn listener(&mut self, listener: &Listener) -> (Symbol, i64) {
        let config = listener.envoy_config.get();
        let kind = config.and_then(|config| config.kind.get());
        let name = config.and_then(|config| config.name.get());
        let parts = [kind, name, listener.name.get()].map(|part| part.map_or("", SmolStr::as_str));
        (self.intern(&parts.join("\n")), listener.priority.get().copied().unwrap_or(0))
    }
}

/// What an item asks above its ports, over all elements of `toPorts`. Denying items have no such thing.
pub(super) fn l7<I: Item>(item: &I) -> L7 {
    let mut l7 = L7::default();
    let Ports::Allow(list) = item.ports() else { return l7 };
    for rule in list.values() {
        l7.tls |= !rule.server_names.items().is_empty()
            || !rule.listener.is_nil()
            || !rule.terminating_tls.is_nil()
            || !rule.originating_tls.is_nil();
        if let Some(rules) = rule.rules.get() {
            add_rules(rules, &mut l7);
        }
    }
    l7
}

fn add_rules(rules: &L7Rules, l7: &mut L7) {
    if has_http(rules) {
        l7.http = true;
        l7.place.get_or_insert(rules.place);
    }
    if has_dns(rules) {
        l7.place.get_or_insert(rules.place);
        let names = l7.dns.get_or_insert_default();
        if unreadable(&rules.dns).is_some() {
            names.push(DnsPattern::Unknown);
        }
        for item in rules.dns.items() {
            match item {
                Field::Set(rule, _) => names.extend(patterns(&rule.match_name, &rule.match_pattern)),
                _ => names.push(DnsPattern::Unknown),
            }
        }
    }
}

/// An empty list is no rule at all (semantics §7.3).
fn has_http(rules: &L7Rules) -> bool {
    !rules.http.is_nil() && !rules.http.is_empty_list()
}

fn has_dns(rules: &L7Rules) -> bool {
    !rules.dns.is_nil() && !rules.dns.is_empty_list()
}

fn given<T>(list: &Field<List<T>>) -> Tri {
    if unreadable(list).is_some() { Tri::Unknown } else { (!list.items().is_empty()).into() }
}

/// A protocol; none is any that has ports.
fn protocol(written: &Field<SmolStr>) -> Protocol {
    let name = match written {
        Field::Absent | Field::Null(_) => return Protocol::Any,
        Field::Set(name, _) => name.to_ascii_uppercase(),
        _ => return Protocol::Unknown,
    };
    match name.as_str() {
        "" | "ANY" => Protocol::Any,
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        "SCTP" => Protocol::Sctp,
        "VRRP" => Protocol::Vrrp,
        "IGMP" => Protocol::Igmp,
        "GRE" => Protocol::Gre,
        "IPIP" => Protocol::Ipip,
        "IPV6" => Protocol::Ipv6,
        "ESP" => Protocol::Esp,
        "AH" => Protocol::Ah,
        _ => Protocol::Unknown,
    }
}
