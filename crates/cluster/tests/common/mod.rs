//! Small worlds from YAML text.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses its part")]

use std::sync::Arc;

use ringfence_cluster::{Cni, Complete, Entry, Input, Knobs, Operator, Requirement, SelectorId, Source, World};
use ringfence_manifest::read;
use ringfence_text::FileId;

/// The objects of a text, each document in the folder that a comment `# folder: N` in it names (else 0).
pub fn input(text: &str) -> Input {
    let mut input = Input::default();
    for document in text.split("\n---\n") {
        let folder = document.split("# folder: ").nth(1).and_then(|rest| rest.lines().next());
        let folder = folder.map_or(0, |number| number.trim().parse().unwrap());
        let tree = ringfence_yaml::parse(document);
        let manifests = read(&tree, FileId(0), 0);
        assert!(manifests.obscured.is_empty(), "unreadable: {document}");
        input.objects.extend(manifests.objects.into_iter().map(|object| (Arc::new(object), folder)));
    }
    input
}

pub fn world(text: &str) -> World {
    World::build(&input(text), &Knobs::default())
}

pub fn world_of(cni: Cni, text: &str) -> World {
    World::build(&input(text), &Knobs { cni: Some(cni), ..Knobs::default() })
}

pub fn complete(text: &str) -> World {
    World::build(&input(text), &Knobs { complete: Complete::ALL, ..Knobs::default() })
}

/// A selector with everything that the engine adds, as `k8s:app=web any:tier in [a b]`, sorted by key; `?` is a value
/// that cannot be known.
pub fn full(world: &World, selector: SelectorId) -> String {
    let selector = world.selector(selector);
    let mut parts: Vec<String> = selector.requirements.iter().map(|each| requirement(world, each)).collect();
    parts.sort();
    if selector.uncertain {
        parts.push("uncertain".to_owned());
    }
    parts.join(" & ")
}

fn requirement(world: &World, requirement: &Requirement) -> String {
    let source = match requirement.key.source {
        Source::Any => "any",
        Source::K8s => "k8s",
        Source::Reserved => "reserved",
        Source::Cidr => "cidr",
        Source::CidrGroup => "cidrgroup",
        Source::Fqdn => "fqdn",
        Source::Node => "node",
        Source::Other(_) => "other",
    };
    let name = world.symbols.text(requirement.key.name).replace("io.kubernetes.pod.namespace", "NS");
    let name = name.replace("io.cilium.k8s.policy.cluster", "CLUSTER");
    let name = name.replace("io.cilium.k8s.namespace.labels.", "NSL/");
    let list = |values: &[ringfence_cluster::Symbol]| {
        let texts: Vec<&str> =
            values.iter().map(|&value| if value.is_variable() { "?" } else { world.symbols.text(value) }).collect();
        texts.join(" ")
    };
    match &requirement.operator {
        Operator::In(values) => format!("{source}:{name}={}", list(values)),
        Operator::NotIn(values) => format!("{source}:{name}!={}", list(values)),
        Operator::Exists => format!("{source}:{name}"),
        Operator::DoesNotExist => format!("!{source}:{name}"),
    }
}

/// The entries of the only policy of a world.
pub fn entries(world: &World) -> &[Entry] {
    assert_eq!(world.policies.len(), 1, "one policy");
    &world.entries
}
