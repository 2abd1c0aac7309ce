//! Worlds from texts, and questions as people type them.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(dead_code, reason = "each test uses a part")]

use ringfence_cluster::blueprint::{Blueprint, LabelKeys};
use ringfence_cluster::{Input, Knobs, World};
use ringfence_engine::Engine;
use ringfence_questions::{Can, Inquiry, Resources, Unresolved};
use ringfence_testkit::universe::objects;

/// The world of some YAML.
pub(crate) fn world(text: &str) -> World {
    world_with(text, &Knobs::default())
}

/// The same under other knobs.
pub(crate) fn world_with(text: &str, knobs: &Knobs) -> World {
    let objects = objects(text, 0).into_iter().map(|object| (object, 0)).collect();
    World::build(&Input { objects, ..Input::default() }, knobs)
}

/// Asks something of a world.
pub(crate) fn ask<T>(world: &World, resources: &Resources, question: impl FnOnce(Inquiry<'_>) -> T) -> T {
    let engine = Engine::new(world);
    let labels = LabelKeys::default();
    let blueprint = Blueprint::of(world, &labels);
    question(Inquiry::new(&engine, &blueprint, resources))
}

/// `can SOURCE DESTINATION`.
pub(crate) fn can(world: &World, source: &str, destination: &str) -> Result<Can, Unresolved> {
    ask(world, &Resources::default(), |inquiry| {
        let source = inquiry.source(&source.parse().unwrap())?;
        let destination = inquiry.destination(&destination.parse().unwrap())?;
        Ok(inquiry.can(source, destination))
    })
}

/// A Deployment with one named port.
pub(crate) fn deployment(namespace: &str, name: &str, port: u16) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: c, image: i, ports: [{{name: main, containerPort: {port}}}]}}]}}\n"
    )
}
