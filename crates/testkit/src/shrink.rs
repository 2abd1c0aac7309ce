//! The smallest policies that still show something: parts are taken away as long as it stays.

use serde_json::Value;

use crate::worlds::World;

/// Takes parts of a world away while `shows` says that what was seen is still there: flows but one, policies, endpoints,
/// groups, and at last parts of policies.
pub fn world(mut world: World, shows: &mut dyn FnMut(&World) -> bool) -> World {
    let flows = world.flows.clone();
    for flow in flows {
        let less = World { flows: vec![flow], ..world.clone() };
        if shows(&less) {
            world = less;
            break;
        }
    }
    loop {
        let before = weight(&world);
        world = without_policies(world, shows);
        world = without_members(world, shows);
        world = with_less_policies(world, shows);
        if weight(&world) == before {
            return world;
        }
    }
}

fn weight(world: &World) -> usize {
    world.policies.iter().map(|policy| paths(policy).len()).sum::<usize>() + world.cast.people.len()
}

fn without_policies(mut world: World, shows: &mut dyn FnMut(&World) -> bool) -> World {
    for at in (0..world.policies.len()).rev() {
        let mut less = world.clone();
        less.policies.remove(at);
        if shows(&less) {
            world = less;
        }
    }
    world
}

fn without_members(mut world: World, shows: &mut dyn FnMut(&World) -> bool) -> World {
    let asked = |world: &World, name: &str| world.flows.iter().any(|flow| flow.from == name || flow.to == name);
    let mut less = world.clone();
    less.cast.groups.clear();
    let names: Vec<String> = less.cast.people.keys().cloned().collect();
    for name in names.iter().filter(|name| !asked(&world, name)) {
        less.cast.people.remove(name);
    }
    if weight(&less) != weight(&world) && shows(&less) {
        world = less;
    }
    world
}

fn with_less_policies(mut world: World, shows: &mut dyn FnMut(&World) -> bool) -> World {
    for at in 0..world.policies.len() {
        // Larger parts come first; a path whose part went with another's finds nothing.
        for path in paths(&world.policies[at]) {
            let mut less = world.clone();
            if remove(&mut less.policies[at], &path) && shows(&less) {
                world = less;
            }
        }
    }
    world
}

/// A step down: a key, or the number of an item counted from the end, so that it stays when later ones go.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

/// The ways to all parts that may be taken away: the last items of lists first, parts before what is in them.
fn paths(policy: &Value) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    for part in ["spec", "specs"] {
        if let Some(value) = policy.get(part) {
            walk(value, &mut vec![Step::Key(part.to_owned())], &mut all);
        }
    }
    all.sort_by_key(Vec::len);
    all
}

fn walk(value: &Value, path: &mut Vec<Step>, all: &mut Vec<Vec<Step>>) {
    // A policy without its `spec` is another matter.
    if path.len() > 1 {
        all.push(path.clone());
    }
    let mut descend = |step: Step, value: &Value| {
        path.push(step);
        walk(value, path, all);
        path.pop();
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| descend(Step::Key(key.clone()), value)),
        Value::Array(items) => items.iter().enumerate().rev().for_each(|(at, value)| descend(Step::Item(at), value)),
        _ => {}
    }
}

/// Takes a part away; whether there was one.
fn remove(value: &mut Value, path: &[Step]) -> bool {
    match (value, path) {
        (Value::Object(fields), [Step::Key(key)]) => fields.remove(key).is_some(),
        (Value::Array(items), [Step::Item(at)]) if *at < items.len() => {
            items.remove(*at);
            true
        }
        (Value::Object(fields), [Step::Key(key), rest @ ..]) => {
            fields.get_mut(key).is_some_and(|value| remove(value, rest))
        }
        (Value::Array(items), [Step::Item(at), rest @ ..]) => {
            items.get_mut(*at).is_some_and(|value| remove(value, rest))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::{For, Size};

    #[test]
    fn only_what_shows_it_is_left() {
        let size = Size { policies: 6, flows: 10, faults: true };
        let shows = |world: &World| world.policies.iter().any(|policy| policy.to_string().contains("\"port\":\"443\""));
        let found = (0..200).map(|seed| World::random(seed, For::Cilium, size)).find(shows);
        let small = world(found.unwrap_or_else(|| panic!("no world has the port")), &mut |world| shows(world));
        assert_eq!((small.policies.len(), small.flows.len()), (1, 1));
        let text = small.policies[0].to_string();
        assert!(shows(&small) && !text.contains("Selector") && text.matches("port").count() <= 3, "{text}");
    }
}
