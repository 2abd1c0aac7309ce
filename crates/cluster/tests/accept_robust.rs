//! Whatever stands in a policy: judging it never panics, and the API server keeps from the agent what it refuses.

#![allow(clippy::expect_used, reason = "a test may panic")]

use proptest::prelude::*;
use ringfence_cluster::{Cni, Dialect, Knobs, RefusedBy, Stage, Version, accept};
use ringfence_manifest::{Data, Entry, Kind, Map, Object, Place, Shape, Value};
use ringfence_text::{FileId, Span};
use smol_str::SmolStr;

const KINDS: [(Kind, &str); 6] = [
    (Kind::NetworkPolicy, "networking.k8s.io/v1"),
    (Kind::CiliumNetworkPolicy, "cilium.io/v2"),
    (Kind::CiliumClusterwideNetworkPolicy, "cilium.io/v2"),
    (Kind::AdminNetworkPolicy, "policy.networking.k8s.io/v1alpha1"),
    (Kind::BaselineAdminNetworkPolicy, "policy.networking.k8s.io/v1alpha1"),
    (Kind::ClusterNetworkPolicy, "policy.networking.k8s.io/v1alpha2"),
];

const TEXTS: &[&str] = &[
    "",
    "a",
    "app",
    "80",
    "0",
    "010",
    "65536",
    "99999999999999999999",
    "80-90",
    "http",
    "TCP",
    "ANY",
    "GRE",
    "tcp",
    "In",
    "Exists",
    "10.0.0.0/8",
    "10.0.0.0/0",
    "::/0",
    "2001:db8::/129",
    "10.0.0.0/999",
    "/",
    "x/y/z",
    "a:b:c",
    ":",
    "all",
    "world",
    "Ingress",
    "**.a",
    "*",
    "a?b",
    "EchoReply",
    "00",
    "IPv6",
    "ä",
    "\u{0}",
    "(",
    "[",
    "[[:",
    "a{",
    "a{1,",
    "\\",
    "[\\",
    "(?",
    "a**",
    "Deny",
    "Accept",
];

/// Choices that never run out.
struct Dice<'a>(&'a [u8], usize);

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        let byte = self.0.get(self.1 % self.0.len().max(1)).copied().unwrap_or(0);
        self.1 += 1;
        (usize::from(byte) + self.1 / self.0.len().max(1)) % sides
    }
}

fn place() -> Place {
    Place::new(FileId(0), Span::new(0, 0))
}

fn value(data: Data) -> Value {
    Value { place: place(), data }
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    let entry = |(key, value): (&str, Value)| Entry { key: SmolStr::new(key), key_place: place(), value };
    value(Data::Map(Map { entries: entries.into_iter().map(entry).collect(), open: false }))
}

fn text(dice: &mut Dice<'_>) -> &'static str {
    TEXTS[dice.roll(TEXTS.len())]
}

/// A value that mostly has the shape.
fn generate(shape: &Shape, dice: &mut Dice<'_>, depth: usize) -> Value {
    match dice.roll(24) {
        0 => return value(Data::Null),
        1 => return value(Data::Unknown),
        2 => return value(Data::Int(i64::MIN)),
        3 => return value(Data::List(vec![value(Data::Null)])),
        4 => return map(vec![]),
        _ => {}
    }
    match shape {
        Shape::Integer => value(Data::Int([-1, 0, 1, 80, 70_000, i64::MAX][dice.roll(6)])),
        Shape::Boolean => value(Data::Bool(dice.roll(2) == 0)),
        Shape::IntOrString if dice.roll(2) == 0 => value(Data::Int(80)),
        Shape::String | Shape::IntOrString | Shape::Any => value(Data::String(text(dice).into())),
        Shape::List(item) => {
            let len = if dice.roll(20) == 0 { 42 } else { dice.roll(3) };
            value(Data::List((0..len).map(|_| generate(item, dice, depth + 1)).collect()))
        }
        Shape::Map(item) => map((0..dice.roll(3)).map(|_| (text(dice), generate(item, dice, depth + 1))).collect()),
        Shape::Object(fields) => {
            let rare = if depth > 6 { 6 } else { 2 };
            let some: Vec<_> = fields.iter().filter(|_| dice.roll(rare) == 0).collect();
            map(some.into_iter().map(|(key, shape)| (*key, generate(shape, dice, depth + 1))).collect())
        }
    }
}

fn policy(kind: Kind, api_version: &str, dice: &mut Dice<'_>) -> Object {
    let shape = kind.shape().expect("a policy kind has a shape");
    let mut body = match generate(&shape, dice, 0).data {
        Data::Map(map) => map,
        _ => Map::default(),
    };
    body.entries.retain(|entry| matches!(entry.key.as_str(), "spec" | "specs" | "metadata"));
    for (key, text) in [("apiVersion", api_version), ("kind", kind.name())] {
        let value = value(Data::String(text.into()));
        body.entries.push(Entry { key: key.into(), key_place: place(), value });
    }
    Object::read(value(Data::Map(body)), 0).expect("apiVersion and kind are there")
}

proptest! {
    #[test]
    fn no_policy_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 1..400), flags in any::<bool>()) {
        for (kind, api_version) in KINDS {
            let object = policy(kind, api_version, &mut Dice(&bytes, 0));
            for version in [Version::new(1, 16, 15), Version::new(1, 18, 10), Version::NEWEST, Version::new(1, 21, 0)] {
                for cni in [Cni::Cilium, Cni::Upstream] {
                    let dialect = Dialect { cni, guessed: false };
                    let knobs = |stage| Knobs {
                        version, stage, node_selector_labels: Some(flags), l7_proxy: flags, extended_protocols: Some(flags), ..Knobs::default()
                    };
                    let both = accept::rejections(&object, &knobs(Stage::ApiServerAndAgent), dialect);
                    let agent = accept::rejections(&object, &knobs(Stage::Agent), dialect);
                    prop_assert!(agent.iter().all(|one| one.by == RefusedBy::Agent));
                    prop_assert!(both.windows(2).all(|pair| pair[0].by == pair[1].by));
                    prop_assert!(cni == Cni::Cilium || agent.is_empty());
                    prop_assert!(both.iter().chain(&agent).all(|one| !one.reason.is_empty()));
                }
            }
        }
    }
}
