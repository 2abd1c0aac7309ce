//! What each kind of policy says: one rule for each item of its lists (semantics §2, §3, §8).

use serde_json::Value;

use super::labels::{self, CLUSTER, NAMESPACE, NAMESPACE_LABEL, Selector, requirement, selector};
use super::peers::{Peer, Peers};
use super::ports::{Number, Port, Ports};
use super::{Action, Reference};

/// §8.1: the tiers, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tier {
    Admin,
    Normal,
    Baseline,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub tier: Tier,
    /// Of the policy, then of the rule in it.
    pub priority: (i64, usize),
    pub action: Action,
    pub ingress: bool,
    /// Whether it stands under a `nodeSelector`.
    pub node: bool,
    pub namespace: Option<String>,
    pub subject: Selector,
    pub peers: Peers,
    pub ports: Ports,
    /// Whether it isolates its subjects (§4.1).
    pub isolates: bool,
    /// The agent's key of the policy, and the place of the rule in it.
    pub key: String,
    pub index: usize,
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Reference<'_> {
    pub fn rules_of(&self, policies: &[&Value]) -> Vec<Rule> {
        let of = |policy: &&Value| match text(&policy["kind"]) {
            "NetworkPolicy" => self.network_policy(policy),
            "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy" => self.cilium(policy),
            _ => self.admin(policy),
        };
        policies.iter().flat_map(of).collect()
    }

    /// §6.2: selectors reach the own cluster, unless they name one or the agent is told otherwise.
    fn in_cluster(&self, mut selector: Selector) -> Selector {
        if !self.upstream && !self.config.any_cluster && !labels::names(&selector, |key| key == CLUSTER) {
            selector.push(requirement("k8s", CLUSTER, "In", &[self.cluster()]));
        }
        selector
    }

    // NetworkPolicy (§3)

    fn network_policy(&self, policy: &Value) -> Vec<Rule> {
        let (spec, namespace) = (&policy["spec"], text(&policy["metadata"]["namespace"]));
        let mut subject = labels::kubernetes(&spec["podSelector"], "");
        subject.push(requirement("k8s", NAMESPACE, "In", &[namespace]));
        let types: Vec<&str> = items(&spec["policyTypes"]).iter().map(text).collect();
        let mut rules = Vec::new();
        for (ingress, list, peers) in [(true, "ingress", "from"), (false, "egress", "to")] {
            let list = items(&spec[list]);
            let (named, rule_list): (bool, &[Value]) = if self.upstream {
                // §3.1: without types Ingress, and Egress where it has rules; rules of other directions do not count.
                let default = types.is_empty() && (ingress || !list.is_empty());
                let named = default || types.contains(&if ingress { "Ingress" } else { "Egress" });
                (named, if named { list } else { &[] })
            } else {
                // §3.2: the types are only asked where the list is empty.
                let egress = types.contains(&"Egress");
                (if ingress { types.contains(&"Ingress") || !egress } else { egress }, list)
            };
            let base = Rule {
                tier: Tier::Normal,
                priority: (0, 0),
                action: Action::Allow,
                ingress,
                node: false,
                namespace: Some(namespace.to_owned()),
                subject: subject.clone(),
                peers: Peers::Nobody,
                ports: Ports::All,
                isolates: true,
                key: format!("netpol/{namespace}/{}", text(&policy["metadata"]["name"])),
                index: 0,
            };
            if rule_list.is_empty() && named {
                rules.push(base.clone());
            }
            for (index, rule) in rule_list.iter().enumerate() {
                let written = items(&rule[peers]);
                let of = || written.iter().map(|peer| self.np_peer(peer, namespace)).collect();
                let peers = if written.is_empty() { Peers::Anyone } else { Peers::Of(of()) };
                rules.push(Rule { peers, ports: np_ports(&rule["ports"]), index, ..base.clone() });
            }
        }
        rules
    }

    /// §3.1: the members of an element are ANDed.
    fn np_peer(&self, peer: &Value, namespace: &str) -> Peer {
        if peer["ipBlock"].is_object() {
            return range(&peer["ipBlock"], false);
        }
        let mut found = labels::kubernetes(&peer["podSelector"], "");
        if peer["namespaceSelector"].is_object() {
            found.extend(namespaces(&peer["namespaceSelector"]));
        } else {
            // §3.2: put over whatever the author says of the namespace.
            found = labels::confine(found, namespace);
        }
        Peer::Labels(self.in_cluster(found))
    }

    // CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy (§2, §4, §6)

    fn cilium(&self, policy: &Value) -> Vec<Rule> {
        let namespace = policy["metadata"]["namespace"].as_str();
        let name = text(&policy["metadata"]["name"]);
        let key = namespace.map_or(format!("ccnp//{name}"), |namespace| format!("cnp/{namespace}/{name}"));
        let specs = [&policy["spec"]].into_iter().filter(|spec| spec.is_object()).chain(items(&policy["specs"]));
        let mut rules: Vec<Rule> = specs.flat_map(|spec| self.cilium_spec(spec, namespace)).collect();
        for (index, rule) in rules.iter_mut().enumerate() {
            (rule.key, rule.index) = (key.clone(), index);
        }
        rules
    }

    fn cilium_spec(&self, spec: &Value, namespace: Option<&str>) -> Vec<Rule> {
        let node = spec["nodeSelector"].is_object();
        let written = selector(&spec[if node { "nodeSelector" } else { "endpointSelector" }]);
        // §6.6: any mention of this key takes the guard from the peers.
        let guarded = !written.iter().any(|one| one.source == "reserved" && one.key == "init");
        let subject = match namespace {
            Some(namespace) => labels::confine(written, namespace),
            None => written,
        };
        let mut rules = Vec::new();
        for (section, ingress, action) in [
            ("ingress", true, Action::Allow),
            ("ingressDeny", true, Action::Deny),
            ("egress", false, Action::Allow),
            ("egressDeny", false, Action::Deny),
        ] {
            // §4.1: any item isolates, unless `enableDefaultDeny` says no and the agent listens.
            let switch = &spec["enableDefaultDeny"][if ingress { "ingress" } else { "egress" }];
            let isolates = switch != &Value::Bool(false) || self.config.no_non_default_deny;
            for item in items(&spec[section]) {
                let (peers, ports) = self.cilium_item(item, ingress, namespace, guarded);
                rules.push(Rule {
                    tier: Tier::Normal,
                    priority: (0, 0),
                    action,
                    ingress,
                    node,
                    namespace: namespace.map(str::to_owned),
                    subject: subject.clone(),
                    peers,
                    ports,
                    isolates,
                    key: String::new(),
                    index: 0,
                });
            }
        }
        rules
    }

    /// §2.1: what is missing, empty or there makes the difference between nobody and everybody.
    fn cilium_item(&self, item: &Value, ingress: bool, namespace: Option<&str>, guarded: bool) -> (Peers, Ports) {
        let of = |kind: &str| &item[format!("{}{kind}", if ingress { "from" } else { "to" })];
        let ports = cilium_ports(item);
        let empty = |kind: &str| of(kind).as_array().is_some_and(Vec::is_empty);
        if ["Endpoints", "Entities", "CIDR", "CIDRSet", "Nodes"].into_iter().any(empty) {
            return (Peers::Nobody, ports);
        }
        let mut peers = Vec::new();
        for endpoint in items(of("Endpoints")) {
            peers.push(Peer::Labels(self.endpoints(selector(endpoint), namespace, guarded)));
        }
        for entity in items(of("Entities")) {
            peers.push(Peer::Entity(text(entity).to_owned()));
        }
        for cidr in items(of("CIDR")) {
            peers.push(range(&serde_json::json!({"cidr": cidr}), false));
        }
        for rule in items(of("CIDRSet")) {
            if let Some(name) = rule["cidrGroupRef"].as_str() {
                peers.push(Peer::GroupNamed(name.to_owned()));
            } else if rule["cidrGroupSelector"].is_object() {
                peers.push(Peer::GroupOf(selector(&rule["cidrGroupSelector"])));
            } else {
                peers.push(range(rule, false));
            }
        }
        for node in items(of("Nodes")) {
            // §5.8: remote nodes only.
            let mut found = self.in_cluster(selector(node));
            found.push(requirement("reserved", "remote-node", "Exists", &[]));
            peers.push(Peer::Labels(found));
        }
        for fqdn in items(of("FQDNs")) {
            let plain = |value: &Value| text(value).to_lowercase().trim_end_matches('.').to_owned();
            match (fqdn["matchName"].as_str(), fqdn["matchPattern"].as_str()) {
                (Some(_), _) => peers.push(Peer::Name(plain(&fqdn["matchName"]))),
                (_, Some(_)) => peers.push(Peer::Pattern(plain(&fqdn["matchPattern"]))),
                // `{}` is accepted and matches nothing (§5.7).
                _ => peers.push(Peer::Entity("none".into())),
            }
        }
        let peers = match (peers.is_empty(), &ports) {
            (true, Ports::All) => Peers::Nobody,
            (true, _) => Peers::Anyone,
            _ => Peers::Of(peers),
        };
        (peers, ports)
    }

    /// §6.2.
    fn endpoints(&self, mut found: Selector, namespace: Option<&str>, guarded: bool) -> Selector {
        if found.iter().any(|one| one.source == "reserved") {
            return found;
        }
        if !labels::names(&found, |key| key == NAMESPACE) {
            let by_label = labels::names(&found, |key| key.starts_with(NAMESPACE_LABEL));
            match namespace {
                Some(namespace) if !by_label => found.push(requirement("k8s", NAMESPACE, "In", &[namespace])),
                None if guarded => found.push(requirement("k8s", NAMESPACE, "Exists", &[])),
                _ => {}
            }
        }
        self.in_cluster(found)
    }

    // ClusterNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy (§8)

    fn admin(&self, policy: &Value) -> Vec<Rule> {
        let (spec, kind) = (&policy["spec"], text(&policy["kind"]));
        let baseline = kind == "BaselineAdminNetworkPolicy" || spec["tier"] == "Baseline";
        let mut rules = Vec::new();
        for (ingress, list, peers) in [(true, "ingress", "from"), (false, "egress", "to")] {
            for (index, rule) in items(&spec[list]).iter().enumerate() {
                let action = match text(&rule["action"]) {
                    "Deny" => Action::Deny,
                    "Pass" => Action::Pass,
                    _ => Action::Allow,
                };
                let of = items(&rule[peers]).iter().flat_map(|peer| self.admin_peer(peer));
                let base = Rule {
                    tier: if baseline { Tier::Baseline } else { Tier::Admin },
                    priority: (spec["priority"].as_i64().unwrap_or_default(), index),
                    action,
                    ingress,
                    node: false,
                    namespace: None,
                    subject: admin_pods(&spec["subject"]),
                    peers: Peers::Of(of.collect()),
                    ports: admin_ports(rule),
                    isolates: false,
                    key: format!("kcnp//{}", text(&policy["metadata"]["name"])),
                    index,
                };
                // §8.2: names need their DNS, which the agent lets through by itself.
                if !self.upstream && items(&rule[peers]).iter().any(|peer| peer["domainNames"].is_array()) {
                    let dns = |protocol: &str, name: &str| Port {
                        protocol: protocol.into(),
                        number: Number::Named(name.into()),
                        end: None,
                    };
                    let servers = vec![requirement("k8s", "k8s-app", "In", &["kube-dns"])];
                    let ports =
                        ["TCP", "UDP", "SCTP"].into_iter().flat_map(|one| [dns(one, "dns"), dns(one, "dns-tcp")]);
                    let peers = Peers::Of(vec![Peer::Labels(self.in_cluster(servers))]);
                    rules.push(Rule { peers, ports: Ports::Of(ports.collect()), ..base.clone() });
                }
                rules.push(base);
            }
        }
        rules
    }

    fn admin_peer(&self, peer: &Value) -> Vec<Peer> {
        if peer["networks"].is_array() {
            let of = |cidr: &Value| range(&serde_json::json!({"cidr": cidr}), true);
            items(&peer["networks"]).iter().map(of).collect()
        } else if peer["domainNames"].is_array() {
            // §8.1: `*.` is one or more labels.
            let of = |name: &Value| match text(name).strip_prefix("*.") {
                Some(rest) => Peer::Pattern(format!("**.{rest}")),
                None => Peer::Name(text(name).to_owned()),
            };
            items(&peer["domainNames"]).iter().map(of).collect()
        } else if peer["nodes"].is_object() {
            let mut found = self.in_cluster(selector(&peer["nodes"]));
            found.push(requirement("reserved", "remote-node", "Exists", &[]));
            vec![Peer::Labels(found)]
        } else if peer["pods"].is_object() {
            // §8.2: pods are those of the own cluster, namespaces those of any.
            vec![Peer::Labels(self.in_cluster(admin_pods(peer)))]
        } else {
            vec![Peer::Labels(admin_pods(peer))]
        }
    }
}

/// `{}` is every namespace: whatever has one (§3.2).
fn namespaces(value: &Value) -> Selector {
    let found = labels::kubernetes(value, NAMESPACE_LABEL);
    if found.is_empty() { vec![requirement("k8s", NAMESPACE, "Exists", &[])] } else { found }
}

fn admin_pods(value: &Value) -> Selector {
    if value["namespaces"].is_object() {
        return namespaces(&value["namespaces"]);
    }
    let pods = &value["pods"];
    [namespaces(&pods["namespaceSelector"]), labels::kubernetes(&pods["podSelector"], "")].concat()
}

/// §7.2: host bits do not count.
fn range(block: &Value, networks: bool) -> Peer {
    let net = |value: &Value| text(value).parse::<ipnet::IpNet>().map(|net| net.trunc());
    let except = items(&block["except"]).iter().filter_map(|hole| net(hole).ok()).collect();
    match net(&block["cidr"]) {
        Ok(net) => Peer::Range { net, except, networks },
        Err(_) => Peer::Entity("none".into()),
    }
}

/// §3.1: TCP where nothing is said; no port is every port of the protocol.
fn np_ports(list: &Value) -> Ports {
    let port = |port: &Value| Port {
        protocol: port["protocol"].as_str().unwrap_or("TCP").to_owned(),
        number: match &port["port"] {
            Value::Null => Number::All,
            Value::String(name) => Number::Named(name.to_lowercase()),
            number => Number::One(number.as_u64().and_then(|number| u16::try_from(number).ok()).unwrap_or_default()),
        },
        end: port["endPort"].as_u64().and_then(|end| u16::try_from(end).ok()),
    };
    if items(list).is_empty() { Ports::All } else { Ports::Of(items(list).iter().map(port).collect()) }
}

/// §2.1, §2.2: an element without ports is nothing; no element is everything.
fn cilium_ports(item: &Value) -> Ports {
    let (ports, icmps) = (items(&item["toPorts"]), items(&item["icmps"]));
    if ports.is_empty() && icmps.is_empty() {
        return Ports::All;
    }
    let numbers = ports.iter().flat_map(|element| items(&element["ports"])).map(cilium_port);
    let types = icmps.iter().flat_map(|element| items(&element["fields"])).map(|field| {
        let v6 = field["family"] == "IPv6";
        let number = match &field["type"] {
            Value::Number(number) => number.as_u64().unwrap_or_default(),
            name => match (text(name), v6) {
                ("EchoRequest", false) => 8,
                ("DestinationUnreachable", false) => 3,
                ("EchoRequest", true) => 128,
                (other, _) => panic!("{other}: no type that worlds have"),
            },
        };
        let number = if number == 0 { Number::All } else { Number::One(u16::try_from(number).unwrap_or(u16::MAX)) };
        Port { protocol: if v6 { "ICMPV6" } else { "ICMP" }.into(), number, end: None }
    });
    Ports::Of(numbers.chain(types).collect())
}

/// §2.2: a leading zero is octal, a name is lower case, `"0"` is every port.
fn cilium_port(port: &Value) -> Port {
    let written = text(&port["port"]);
    let octal = written.len() > 1 && written.starts_with('0');
    let number = if octal { u16::from_str_radix(written, 8).ok() } else { written.parse().ok() };
    let number = match number {
        Some(0) => Number::All,
        Some(number) => Number::One(number),
        None => Number::Named(written.to_lowercase()),
    };
    let protocol = port["protocol"].as_str().unwrap_or("ANY").to_uppercase();
    Port { protocol, number, end: port["endPort"].as_u64().and_then(|end| u16::try_from(end).ok()) }
}

/// §8.1: v1alpha2 names protocols, v1alpha1 ports; neither is everything.
fn admin_ports(rule: &Value) -> Ports {
    let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok()).unwrap_or_default();
    let any = |name: &Value| Port { protocol: "ANY".into(), number: Number::Named(text(name).to_owned()), end: None };
    let newer = |one: &Value| {
        let Some(protocol) = ["tcp", "udp", "sctp"].into_iter().find(|protocol| one[protocol].is_object()) else {
            return any(&one["destinationNamedPort"]);
        };
        let port = &one[protocol]["destinationPort"];
        let (first, end) = match (&port["range"], &port["number"]) {
            (Value::Null, Value::Null) => (Number::All, None),
            (Value::Null, one) => (Number::One(number(one)), None),
            (range, _) => (Number::One(number(&range["start"])), Some(number(&range["end"]))),
        };
        Port { protocol: protocol.to_uppercase(), number: first, end }
    };
    let older = |one: &Value| {
        let of = |value: &Value| value["protocol"].as_str().unwrap_or("TCP").to_owned();
        match (&one["portNumber"], &one["portRange"]) {
            (Value::Null, Value::Null) => any(&one["namedPort"]),
            (Value::Null, range) => Port {
                protocol: of(range),
                number: Number::One(number(&range["start"])),
                end: Some(number(&range["end"])),
            },
            (port, _) => Port { protocol: of(port), number: Number::One(number(&port["port"])), end: None },
        }
    };
    match (items(&rule["protocols"]), items(&rule["ports"])) {
        ([], []) => Ports::All,
        ([], older_list) => Ports::Of(older_list.iter().map(older).collect()),
        (list, _) => Ports::Of(list.iter().map(newer).collect()),
    }
}
