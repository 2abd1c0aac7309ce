//! Who is in a random world: namespaces, pods, nodes, addresses, and what else the agent gives an identity.

use std::collections::BTreeMap;

use ringfence_cluster::{CLUSTER, NAMESPACE, NAMESPACE_LABELS, SERVICE_ACCOUNT};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::universe::Person;
use crate::vectors::Config;

/// Who is there.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// Endpoints by their names; a pod is `namespace/pod`.
    pub people: BTreeMap<String, Person>,
    /// Namespaces with their labels.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// Groups of addresses.
    pub groups: Vec<CidrGroup>,
}

/// A CiliumCIDRGroup.
#[derive(Clone, Debug)]
pub struct CidrGroup {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its ranges.
    pub cidrs: Vec<String>,
}

/// Labels that pods may have.
pub(super) const POD_LABELS: [(&str, &str); 11] = [
    ("app", "front"),
    ("app", "api"),
    ("app", "db"),
    ("tier", "web"),
    ("tier", "db"),
    ("app.kubernetes.io/name", "shop"),
    ("k8s-app", "kube-dns"),
    ("role", "public"),
    ("role", ""),
    ("zone", "a"),
    ("example.com/data", "card"),
];

/// Labels that namespaces may have.
pub(super) const NAMESPACE_LABELS_USED: [(&str, &str); 6] = [
    ("team", "red"),
    ("team", "blue"),
    ("env", "prod"),
    ("env", ""),
    ("policy.example.com/profile", "open"),
    ("policy.example.com/enforcement", "disabled"),
];

/// Namespaces that may be there.
pub(super) const NAMESPACES: [&str; 4] = ["web", "shop", "data", "kube-system"];

const ADDRESSES: [&str; 8] = [
    "10.1.2.3",
    "10.64.3.9",
    "8.8.8.8",
    "192.168.7.9",
    "169.254.169.254",
    "2001:db8::7",
    "2001:db8:a::5",
    "2a00:1450::1",
];

/// Address and name.
const NAMED: [(&str, &str); 3] =
    [("198.51.100.7", "api.example.com"), ("198.51.100.8", "a.b.example.com"), ("198.51.100.9", "example.com")];

impl Cast {
    pub(super) fn random(dice: &mut Dice, config: &Config) -> Self {
        let mut cast = Self::default();
        for name in dice.some(&NAMESPACES, 2, 4) {
            let labels = dice.some(&NAMESPACE_LABELS_USED, 0, 3).into_iter();
            let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let own = [("kubernetes.io/metadata.name".to_owned(), name.to_owned())];
            cast.namespaces.insert(name.to_owned(), labels.chain(own).collect());
        }
        let cluster = config.cluster.clone().unwrap_or_else(|| "default".to_owned());
        for number in 0..dice.between(3, 6) {
            cast.pod(dice, number, &cluster);
        }
        cast.remote_pod(dice);
        cast.special(&cluster);
        cast.outside(dice, config);
        if dice.percent(35) {
            cast.groups = groups(dice);
        }
        cast
    }

    /// The groups as objects.
    pub fn group_objects(&self) -> Vec<Value> {
        let object = |group: &CidrGroup| {
            json!({
                "apiVersion": "cilium.io/v2", "kind": "CiliumCIDRGroup",
                "metadata": {"name": group.name, "labels": group.labels},
                "spec": {"externalCIDRs": group.cidrs},
            })
        };
        self.groups.iter().map(object).collect()
    }

    fn pod(&mut self, dice: &mut Dice, number: usize, cluster: &str) {
        let namespaces: Vec<String> = self.namespaces.keys().cloned().collect();
        let namespace = dice.one(&namespaces).clone();
        let own: BTreeMap<_, _> = dice.some(&POD_LABELS, 0, 4).into_iter().collect();
        let account = *dice.one(&["default", "default", "api"]);
        let mut labels = self.labels_in(&namespace, account, cluster);
        labels.extend(own.iter().map(|(key, value)| format!("k8s:{key}={value}")));
        // Equal labels would be one identity: the number tells pods apart.
        labels.push(format!("k8s:pod=p{number}"));
        labels.push(format!("cidr:10.200.0.{}/32", number + 2));
        let person = Person { labels, ports: named_ports(dice), enforced: true, ..Person::default() };
        self.people.insert(format!("{namespace}/p{number}"), person);
    }

    fn labels_in(&self, namespace: &str, account: &str, cluster: &str) -> Vec<String> {
        let mut labels = vec![
            format!("k8s:{NAMESPACE}={namespace}"),
            format!("k8s:{SERVICE_ACCOUNT}={account}"),
            format!("k8s:{CLUSTER}={cluster}"),
        ];
        let own = self.namespaces.get(namespace).into_iter().flatten();
        labels.extend(own.map(|(key, value)| format!("k8s:{NAMESPACE_LABELS}{key}={value}")));
        labels
    }

    fn remote_pod(&mut self, dice: &mut Dice) {
        let namespaces: Vec<String> = self.namespaces.keys().cloned().collect();
        let namespace = dice.one(&namespaces).clone();
        let mut labels = self.labels_in(&namespace, "default", "beta");
        let own: BTreeMap<_, _> = dice.some(&POD_LABELS, 1, 3).into_iter().collect();
        labels.extend(own.iter().map(|(key, value)| format!("k8s:{key}={value}")));
        self.people.insert(format!("beta:{namespace}/r"), Person { labels, ..Person::default() });
    }

    /// The reserved identities. A node with labels of its own carries them as the flag for node labels has it.
    fn special(&mut self, cluster: &str) {
        for (name, enforced) in [("unmanaged", false), ("health", true), ("init", true), ("ingress", true)] {
            let labels = vec![format!("reserved:{name}")];
            self.people.insert(name.to_owned(), Person { labels, enforced, ..Person::default() });
        }
        let nodes: [(&str, &[&str], &str, &str); 3] = [
            ("host", &["host"], "172.31.0.10", "a"),
            ("remote-node", &["remote-node"], "172.31.0.11", "b"),
            ("kube-apiserver", &["kube-apiserver", "remote-node"], "172.31.0.13", "a"),
        ];
        for (name, reserved, address, zone) in nodes {
            let mut labels: Vec<String> = reserved.iter().map(|name| format!("reserved:{name}")).collect();
            labels.push(format!("cidr:{address}/32"));
            if name == "host" {
                labels.push(format!("k8s:zone={zone}"));
            }
            let node_labels = vec![format!("node:zone={zone}"), format!("k8s:{CLUSTER}={cluster}")];
            let person = Person { labels, node_labels, enforced: name == "host", ..Person::default() };
            self.people.insert(name.to_owned(), person);
        }
    }

    fn outside(&mut self, dice: &mut Dice, config: &Config) {
        let mut add = |name: String, address: Option<&str>, more: &[&str], names: Vec<String>| {
            let v6 = address.is_some_and(|address| address.contains(':')) || name == "world-ipv6";
            if v6 && config.ipv4_only {
                return;
            }
            let world = if v6 { "reserved:world-ipv6" } else { "reserved:world-ipv4" };
            let range = address.map(|address| format!("cidr:{address}/{}", if v6 { 128 } else { 32 }));
            let more = more.iter().map(|&label| label.to_owned());
            let labels = range.into_iter().chain(more).chain([world.to_owned()]).collect();
            self.people.insert(name, Person { labels, names, ..Person::default() });
        };
        add("world-ipv4".into(), None, &[], Vec::new());
        add("world-ipv6".into(), None, &[], Vec::new());
        add("external-kube-apiserver".into(), Some("34.1.1.1"), &["reserved:kube-apiserver"], Vec::new());
        for address in dice.some(&ADDRESSES, 2, 4) {
            add(format!("ip:{address}"), Some(address), &[], Vec::new());
        }
        for (address, name) in dice.some(&NAMED, 1, 2) {
            add(format!("fqdn:{name}"), Some(address), &[], vec![name.to_owned()]);
        }
    }
}

fn named_ports(dice: &mut Dice) -> Vec<(String, String, u64)> {
    let all = [
        ("TCP", "http", 8080),
        ("TCP", "metrics", 9090),
        ("UDP", "dns", 53),
        ("TCP", "dns-tcp", 53),
        ("UDP", "http", 8080),
    ];
    let mut ports: Vec<_> = dice.some(&all, 0, 3);
    if dice.percent(30) {
        ports.retain(|&(protocol, name, _)| (protocol, name) != ("TCP", "http"));
        ports.push(("TCP", "http", *dice.one(&[80, 8081, 65535])));
    }
    ports.into_iter().map(|(protocol, name, port)| (protocol.to_owned(), name.to_owned(), port)).collect()
}

fn groups(dice: &mut Dice) -> Vec<CidrGroup> {
    let ranges = ["10.1.0.0/16", "8.8.8.0/24", "192.168.0.0/16", "2001:db8::/32", "198.51.100.0/24"];
    let group = |dice: &mut Dice, name: &str| CidrGroup {
        name: name.to_owned(),
        labels: dice
            .some(&[("kind", "office"), ("site", "north"), ("site", "south")], 0, 2)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        cidrs: dice.some(&ranges, 1, 2).into_iter().map(str::to_owned).collect(),
    };
    // One range in two groups of different labels is their union in the agent: each range is in one group only.
    let mut groups = vec![group(dice, "office")];
    if dice.percent(50) {
        let mut second = group(dice, "vpn");
        second.cidrs.retain(|cidr| !groups[0].cidrs.contains(cidr));
        if !second.cidrs.is_empty() {
            groups.push(second);
        }
    }
    groups
}
