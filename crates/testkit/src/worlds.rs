//! Random small worlds as text: who is there, policies of every kind, the agent's configuration, flows.
//!
//! As wide as semantics: every kind of peer and port, both tiers, every knob, and the faults for which the agent refuses a
//! policy. What has no fixed answer (semantics §0.1, `selector-key-twice`) and what the engine's library cannot be asked
//! (ICMP type 0, Services) is left out.

mod admin;
mod cilium;
mod members;
mod network_policy;
mod ports;
mod selectors;

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::universe::Universe;
use crate::vectors::{Config, Flow};

pub use members::{Cast, CidrGroup};

/// A random world.
#[derive(Clone, Debug)]
pub struct World {
    /// Which.
    pub name: String,
    /// How the agent is configured.
    pub config: Config,
    /// Who is there.
    pub cast: Cast,
    /// The policies, each with a name of its own.
    pub policies: Vec<Value>,
    /// What is asked.
    pub flows: Vec<Flow>,
}

/// Which engine a world is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum For {
    /// Cilium: NetworkPolicy, its own kinds, ClusterNetworkPolicy.
    Cilium,
    /// The API: NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy.
    Upstream,
}

/// How large a world is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// At most so many policies.
    pub policies: usize,
    /// So many flows.
    pub flows: usize,
    /// Whether policies may hold faults for which they are refused.
    pub faults: bool,
}

impl World {
    /// The world of a seed: always the same.
    pub fn random(seed: u64, engine: For, size: Size) -> Self {
        let mut dice = Dice::new(seed);
        let config = if engine == For::Cilium { config(&mut dice) } else { Config::default() };
        let cast = Cast::random(&mut dice, &config);
        let count = dice.between(1, size.policies);
        let mut policies: Vec<Value> = (0..count).map(|at| policy(&mut dice, engine, &cast, size.faults, at)).collect();
        // There is one BaselineAdminNetworkPolicy in a cluster.
        let mut baselines = 0;
        policies.retain(|policy| {
            let baseline = policy["kind"] == "BaselineAdminNetworkPolicy";
            baselines += usize::from(baseline);
            !baseline || baselines == 1
        });
        let flows = (0..size.flows).map(|_| flow(&mut dice, &cast)).collect();
        Self { name: format!("seed-{seed}"), config, cast, policies, flows }
    }

    /// The universe of its cast.
    pub fn universe(&self) -> Universe {
        Universe::new(self.cast.people.clone(), self.config.cluster.as_deref().unwrap_or("default"))
    }

    /// The policies and groups as one text.
    pub fn text(&self) -> String {
        text(self.policies.iter().chain(&self.cast.group_objects()))
    }
}

/// Objects as YAML documents.
pub fn text<'a>(objects: impl Iterator<Item = &'a Value>) -> String {
    objects.map(document).collect::<Vec<_>>().join("---\n")
}

/// An object as a YAML document.
pub fn document(object: &Value) -> String {
    serde_yaml::to_string(object).unwrap_or_else(|error| panic!("{object}: {error}"))
}

fn config(dice: &mut Dice) -> Config {
    let mut config = Config::default();
    let modes: [&[&str]; 3] = [&["nodes"], &["pods"], &["pods", "nodes"]];
    match dice.roll(100) {
        0..55 => return config,
        55..60 => config.mode = Some("always".into()),
        60..62 => config.mode = Some("never".into()),
        62..68 => config.any_cluster = true,
        68..73 => config.allow_localhost = Some("policy".into()),
        73..80 => config.cidr_match_mode = dice.one(&modes).iter().map(|&mode| mode.to_owned()).collect(),
        80..85 => config.host_firewall = true,
        85..91 => config.node_selector_labels = true,
        91..94 => config.extended_ip_protocols = true,
        94..97 => config.ipv4_only = true,
        _ => config.no_non_default_deny = true,
    }
    // Some of them together.
    config.any_cluster |= dice.percent(15);
    config.node_selector_labels |= dice.percent(15);
    config.host_firewall |= dice.percent(15);
    if dice.percent(10) {
        config.mode = Some("always".into());
    }
    if dice.percent(20) {
        config.cluster = Some("alpha".into());
    }
    config
}

fn policy(dice: &mut Dice, engine: For, cast: &Cast, faults: bool, at: usize) -> Value {
    let name = format!("{}{at}", dice.one(&["a", "m", "z"]));
    let kind = match (engine, dice.roll(100)) {
        (For::Cilium, 0..25) | (For::Upstream, 0..60) => return network_policy::random(dice, cast, faults, &name),
        (For::Cilium, 25..58) => "CiliumNetworkPolicy",
        (For::Cilium, 58..86) => "CiliumClusterwideNetworkPolicy",
        (For::Cilium, _) | (For::Upstream, 60..72) => "ClusterNetworkPolicy",
        (For::Upstream, 72..88) => "AdminNetworkPolicy",
        (For::Upstream, _) => "BaselineAdminNetworkPolicy",
    };
    if kind.starts_with("Cilium") {
        cilium::random(dice, cast, faults, kind, &name)
    } else {
        admin::random(dice, engine, cast, faults, kind, &name)
    }
}

fn flow(dice: &mut Dice, cast: &Cast) -> Flow {
    let names: Vec<&String> = cast.people.keys().collect();
    let pods: Vec<&String> = names.iter().copied().filter(|name| name.contains('/')).collect();
    let among = if dice.percent(60) { &pods } else { &names };
    let from = *dice.one(among);
    let own = from.contains('/') && !from.contains(':');
    let among = if !own || dice.percent(60) { &pods } else { &names };
    let to = *dice.one(among);
    let protocol =
        *dice.one(&["TCP", "TCP", "TCP", "TCP", "TCP", "UDP", "UDP", "UDP", "SCTP", "ICMP", "ICMPv6", "GRE"]);
    let port = match protocol {
        "ICMP" | "ICMPv6" => *dice.one(&[8, 3, 128, 1, 135, 255]),
        "GRE" => 1,
        _ => *dice.one(&[53, 53, 80, 80, 443, 8080, 8080, 8081, 8085, 9090, 1, 22, 5353, 65535]),
    };
    Flow {
        from: from.clone(),
        to: to.clone(),
        protocol: protocol.to_owned(),
        port,
        egress: None,
        ingress: None,
        named_tcp: std::collections::BTreeMap::new(),
        named_udp: std::collections::BTreeMap::new(),
    }
}

/// A list of so many made things.
fn list(dice: &mut Dice, least: usize, most: usize, mut make: impl FnMut(&mut Dice) -> Value) -> Value {
    let count = dice.between(least, most);
    (0..count).map(|_| make(dice)).collect()
}

/// Name, namespace and spec around a policy.
fn object(api: &str, kind: &str, name: &str, namespace: Option<&str>, spec: &Value) -> Value {
    let mut metadata = json!({"name": name});
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    json!({"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec})
}
