//! Scenarios as worlds: the endpoints become manifests where users would write manifests, and are described by their
//! labels where they would not.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a universe of another form is a fault of the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use ringfence_cluster::{
    CLUSTER, Cni, Input, Knobs, NAMESPACE, NAMESPACE_LABELS, NamedPort, Protocol, SERVICE_ACCOUNT, Version, World,
};
use ringfence_engine::{Described, Endpoint};
use ringfence_manifest::Object;

use ringfence_text::FileId;
use serde_json::Value;

use crate::vectors::{self, Config, Flow, Identity, Scenario};

/// Who takes part in the flows of a file.
#[derive(Clone, Debug)]
pub struct Universe {
    people: BTreeMap<String, Person>,
    cluster: String,
    pods: Vec<Arc<Object>>,
}

/// An endpoint.
#[derive(Clone, Default, Debug)]
pub struct Person {
    /// Its labels as the engine writes them: `k8s:app=front`, `reserved:host`, `cidr:10.0.0.1/32`.
    pub labels: Vec<String>,
    /// Labels that it has where nodes are told apart by theirs.
    pub node_labels: Vec<String>,
    /// The DNS names that its address was the answer for.
    pub names: Vec<String>,
    /// Whether the names are only known from labels of FQDN selectors: they then say which selectors, in which spelling,
    /// had given the address a label.
    pub names_are_labels: bool,
    /// Its named ports: protocol, name, number.
    pub ports: Vec<(String, String, u64)>,
    /// Whether policies are enforced at it, under some configuration.
    pub enforced: bool,
}

impl Universe {
    /// That of the random (`random`) or wider (`wide`) scenarios.
    pub fn of_file(which: &str) -> Self {
        Self::of_value(&vectors::universe(which))
    }

    /// That of a file of this form.
    pub fn of_value(file: &Value) -> Self {
        let people = file["identities"].as_array().unwrap().iter().map(|one| Person::of_file(one, file));
        Self::new(people.collect(), file["cluster"].as_str().unwrap_or("default"))
    }

    /// That of identities whose labels are all there is.
    pub fn of_identities(identities: &[Identity]) -> Self {
        Self::new(identities.iter().map(|one| (one.name.clone(), Person::of_identity(one))).collect(), "default")
    }

    /// With the identities that a scenario adds or changes.
    pub fn with(&self, scenario: &Scenario) -> Self {
        let mut people = self.people.clone();
        let extra = scenario.extra_identities.iter();
        people.extend(extra.map(|one| (one.name.clone(), Person::of_identity(one))));
        Self::new(people, &self.cluster)
    }

    /// With the named ports that a flow carries for its destination.
    pub fn with_ports_of(&self, flow: &Flow) -> Self {
        let mut people = self.people.clone();
        people.get_mut(&flow.to).unwrap().ports = named(&flow.named_tcp, &flow.named_udp);
        Self::new(people, &self.cluster)
    }

    /// Whether the file says of an endpoint that policies are enforced at it.
    pub fn enforces(&self, name: &str) -> bool {
        self.people[name].enforced
    }

    /// That of these endpoints, by the names that flows have for them.
    pub fn new(people: BTreeMap<String, Person>, cluster: &str) -> Self {
        let manifests = manifests(&people, cluster);
        Self { pods: objects(&manifests, 0), people, cluster: cluster.to_owned() }
    }

    /// The endpoints, by the names that flows have for them.
    pub fn people(&self) -> &BTreeMap<String, Person> {
        &self.people
    }

    /// The manifests of the pods and their namespaces.
    pub fn manifests(&self) -> &[Arc<Object>] {
        &self.pods
    }

    /// The same as text.
    pub fn manifests_text(&self) -> String {
        manifests(&self.people, &self.cluster)
    }

    /// The name of the own cluster.
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// The world of a scenario for one version.
    pub fn world(&self, scenario: &Scenario, version: Version) -> World {
        let policies = objects(&scenario.policies, 1);
        let objects = self.pods.iter().chain(&policies).map(|object| (Arc::clone(object), 0)).collect();
        let default_namespace = Some("default".into());
        let knobs = Knobs { cni: Some(Cni::Cilium), default_namespace, ..scenario.config.knobs(version) };
        World::build(&Input { objects, ..Input::default() }, &knobs)
    }

    /// The endpoint that flows call by a name.
    pub fn endpoint(&self, name: &str, scenario: &Scenario, world: &World) -> Endpoint {
        let person = &self.people[name];
        // An address that is not given matters only where ranges match pods; then its absence is part of the answer.
        let by_address = scenario.config.cidr_match_mode.iter().any(|mode| mode == "pods");
        if person.namespace(&self.cluster).is_some() && (!by_address || person.address().is_some()) {
            return self.pod(name, person, world);
        }
        let labels = person.labels_under(&scenario.config);
        let ports = if name == "init" { self.shared_ports() } else { person.ports.clone() };
        let ports = named_ports(&ports, world);
        let described = Described::new(labels.iter().map(String::as_str), world).with_ports(ports);
        let counts = |name: &&String| !person.names_are_labels || scenario.policies.contains(name.as_str());
        let names = person.names.iter().filter(counts).map(|name| name.as_str().into());
        Endpoint::Described(Box::new(described.named(names)))
    }

    /// The named ports that all pods have: where they are the same for all, one table served every endpoint.
    fn shared_ports(&self) -> Vec<(String, String, u64)> {
        let mut tables =
            self.people.values().filter(|one| one.namespace(&self.cluster).is_some()).map(|one| &one.ports);
        let first = tables.next().cloned().unwrap_or_default();
        if tables.all(|table| *table == first) { first } else { Vec::new() }
    }

    fn pod(&self, name: &str, person: &Person, world: &World) -> Endpoint {
        let own = pod_name(&self.people, name);
        let named = |object| world.object(object).name() == Some(own.as_str());
        let workload = world.workloads.iter().find(|workload| named(workload.object)).expect("a pod is a workload");
        let identity = workload.identity.expect("no pod is on the host's network");
        match person.address() {
            Some(address) => Endpoint::PodAt(identity, address),
            None => Endpoint::Pods(identity),
        }
    }
}

impl Person {
    fn of_file(one: &Value, file: &Value) -> (String, Self) {
        let texts = |list: &Value| -> Vec<String> {
            list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let name = one["name"].as_str().unwrap().to_owned();
        let labels = texts(&one["identity_labels"]);
        let answered = file["fqdns"][&name]["name"].as_str();
        let names = answered.map_or_else(|| names_of(&labels), |full| vec![full.to_owned()]);
        let names_are_labels = answered.is_none();
        let tables = file["pods"][&name]["namedPorts"].as_object().into_iter().flatten();
        let ports = tables.flat_map(|(protocol, table)| {
            let ports = table.as_object().into_iter().flatten();
            ports.map(move |(name, number)| (protocol.clone(), name.clone(), number.as_u64().unwrap()))
        });
        let node_labels = texts(&one["more_labels_with_nodeSelectorLabels"]);
        let enforced = one["enforced"] == true || one["enforced_with"].is_string();
        (name, Self { labels, node_labels, names, names_are_labels, ports: ports.collect(), enforced })
    }

    fn of_identity(one: &Identity) -> Self {
        let (labels, ports) = (one.labels.clone(), named(&one.named_tcp, &one.named_udp));
        let names_are_labels = one.answers.is_empty();
        let names = if names_are_labels { names_of(&labels) } else { one.answers.clone() };
        let node_labels = one.node_labels.clone();
        Self { labels, node_labels, names, names_are_labels, ports, enforced: one.endpoint }
    }

    /// Its labels under a configuration.
    pub fn labels_under(&self, config: &Config) -> Vec<String> {
        let more = if config.node_selector_labels { &self.node_labels[..] } else { &[] };
        let single = |label: &String| match label.as_str() {
            "reserved:world-ipv4" if config.ipv4_only => "reserved:world".to_owned(),
            label => label.to_owned(),
        };
        self.labels.iter().chain(more).map(single).collect()
    }

    fn label<'a>(&'a self, key: &'a str) -> Option<&'a str> {
        self.labels.iter().find_map(|label| label.strip_prefix("k8s:")?.strip_prefix(key)?.strip_prefix('='))
    }

    /// Its namespace, if it is a pod of the cluster.
    fn namespace(&self, cluster: &str) -> Option<&str> {
        self.label(NAMESPACE).filter(|_| self.label(CLUSTER).is_none_or(|own| own == cluster))
    }

    fn address(&self) -> Option<std::net::IpAddr> {
        let range = self.labels.iter().find_map(|label| label.strip_prefix("cidr:"))?;
        range.split_once('/')?.0.parse().ok()
    }

    /// Labels of the pod itself.
    fn own_labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let given =
            |key: &str| key.starts_with(NAMESPACE_LABELS) || [NAMESPACE, CLUSTER, SERVICE_ACCOUNT].contains(&key);
        let pairs = self.labels.iter().filter_map(|label| label.strip_prefix("k8s:")?.split_once('='));
        pairs.filter(move |(key, _)| !given(key))
    }

    fn namespace_labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels
            .iter()
            .filter_map(|label| label.strip_prefix("k8s:")?.strip_prefix(NAMESPACE_LABELS)?.split_once('='))
    }
}

fn named(tcp: &BTreeMap<String, u16>, udp: &BTreeMap<String, u16>) -> Vec<(String, String, u64)> {
    let ports = [("TCP", tcp), ("UDP", udp)].into_iter().flat_map(|(protocol, ports)| {
        ports.iter().map(move |(name, port)| (protocol.to_owned(), name.clone(), u64::from(*port)))
    });
    ports.collect()
}

fn named_ports(ports: &[(String, String, u64)], world: &World) -> Vec<NamedPort> {
    let port = |(own, name, number): &(String, String, u64)| {
        let name = world.symbols.find(name)?;
        Some(NamedPort { name, protocol: protocol(own), number: u16::try_from(*number).ok() })
    };
    ports.iter().filter_map(port).collect()
}

fn names_of(labels: &[String]) -> Vec<String> {
    labels.iter().filter_map(|label| label.strip_prefix("fqdn:")).map(str::to_owned).collect()
}

fn pod_name(people: &BTreeMap<String, Person>, name: &str) -> String {
    format!("pod-{}", people.keys().position(|own| own == name).unwrap())
}

fn manifests(people: &BTreeMap<String, Person>, cluster: &str) -> String {
    let mut text = String::new();
    let mut namespaces: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (name, person) in people {
        let Some(namespace) = person.namespace(cluster) else { continue };
        namespaces.entry(namespace).or_default().extend(person.namespace_labels());
        let account = person.label(SERVICE_ACCOUNT).unwrap_or("default");
        let labels: BTreeMap<_, _> = person.own_labels().collect();
        let ports: Vec<Value> = person.ports.iter().map(|(protocol, name, number)| {
            serde_json::json!({"name": name, "protocol": protocol, "containerPort": number})
        }).collect();
        let pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": pod_name(people, name), "namespace": namespace, "labels": labels},
            "spec": {"serviceAccountName": account, "containers": [{"name": "main", "image": "x", "ports": ports}]},
        });
        writeln!(text, "{pod}\n---").unwrap();
    }
    for (name, labels) in namespaces {
        let namespace = serde_json::json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels},
        });
        writeln!(text, "{namespace}\n---").unwrap();
    }
    text
}

/// The objects of a text.
pub fn objects(text: &str, file: u32) -> Vec<Arc<Object>> {
    let found = ringfence_manifest::read(&ringfence_yaml::parse(text), FileId(file), 0);
    found.objects.into_iter().map(Arc::new).collect()
}

/// A protocol by the name that flows have for it.
pub fn protocol(name: &str) -> Protocol {
    match name.to_ascii_uppercase().as_str() {
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        "SCTP" => Protocol::Sctp,
        "ICMP" => Protocol::Icmp,
        "ICMPV6" => Protocol::Icmpv6,
        "VRRP" => Protocol::Vrrp,
        "IGMP" => Protocol::Igmp,
        "GRE" => Protocol::Gre,
        "IPIP" => Protocol::Ipip,
        "IPV6" => Protocol::Ipv6,
        "ESP" => Protocol::Esp,
        "AH" => Protocol::Ah,
        other => panic!("no protocol: {other}"),
    }
}
