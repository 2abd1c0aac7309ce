//! What sets of ends are called: each by its name, or, where there are many, by their namespaces.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_engine::Block;
use ringfence_questions::{Who, address_name};

use super::Compared;

/// How many ends are named one by one.
const NAMED: usize = 4;
/// How many parts a name of many ends has.
const PARTS: usize = 6;
/// The word for all public addresses.
const INTERNET: &str = "internet";

/// The name of each end; all addresses together have one.
pub(super) fn names(compared: &Compared<'_>, ends: &[usize]) -> Vec<String> {
    parts(compared, ends).into_iter().map(|(_, name)| name).collect()
}

/// The names of ends, many of them in short.
pub(super) fn short(compared: &Compared<'_>, ends: &[usize]) -> String {
    let parts = parts(compared, ends);
    if parts.len() <= NAMED {
        return parts.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ");
    }
    let mut spoken = by_namespace(compared, parts);
    let left = spoken.len().saturating_sub(PARTS + 1);
    if left > 0 {
        spoken.truncate(PARTS);
        spoken.push(format!("and {} more", left + 1));
    }
    spoken.join(", ")
}

/// Each end by its namespace, if it is in one, and its name.
fn parts(compared: &Compared<'_>, ends: &[usize]) -> Vec<(Option<String>, String)> {
    let world = compared.new.inquiry.world();
    let (mut parts, mut blocks): (Vec<(Option<String>, String)>, Vec<Block>) = (Vec::new(), Vec::new());
    let internet = &compared.diff.internet;
    let own: BTreeSet<usize> = ends.iter().copied().collect();
    let whole_internet = !internet.is_empty() && internet.iter().all(|end| own.contains(end));
    for &end in ends {
        let who = &compared.diff.ends[end].new.who;
        match who {
            Who::Addresses(..) if whole_internet && compared.diff.is_internet(end) => {}
            Who::Addresses(_, own) => blocks.extend_from_slice(own),
            _ => {
                let namespace = who.namespace(world).map(|id| world.namespace_text(id).to_owned());
                parts.push((namespace, who.text(world)));
            }
        }
    }
    parts.extend(whole_internet.then(|| (None, INTERNET.to_owned())));
    if !blocks.is_empty() {
        parts.push((None, address_name(&joined(blocks)).to_string()));
    }
    parts
}

/// Neighbours as one.
fn joined(mut blocks: Vec<Block>) -> Vec<Block> {
    blocks.sort_unstable();
    let mut joined: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match joined.last_mut() {
            Some(last) if last.touches(&block) => last.last = block.last,
            _ => joined.push(block),
        }
    }
    joined
}

/// Pods as so many of their namespace.
fn by_namespace(compared: &Compared<'_>, parts: Vec<(Option<String>, String)>) -> Vec<String> {
    let mut pods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut others = Vec::new();
    for (namespace, name) in parts {
        match namespace {
            Some(namespace) => pods.entry(namespace).or_default().push(name),
            None => others.push(name),
        }
    }
    let all = everybody(compared);
    if pods.len() > 1 && all.iter().all(|(name, count)| pods.get(name).is_some_and(|names| names.len() == *count)) {
        return [vec!["every pod".to_owned()], others].concat();
    }
    let spoken = pods.into_iter().map(|(namespace, mut names)| match names.len() {
        1 => names.swap_remove(0),
        count if all.get(&namespace) == Some(&count) => format!("all pods of {namespace}"),
        count => format!("{count} workloads of {namespace}"),
    });
    spoken.chain(others).collect()
}

/// How many ends each namespace has.
fn everybody(compared: &Compared<'_>) -> BTreeMap<String, usize> {
    let world = compared.new.inquiry.world();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for namespace in compared.diff.ends.iter().filter_map(|end| end.new.who.namespace(world)) {
        *counts.entry(world.namespace_text(namespace).to_owned()).or_default() += 1;
    }
    counts
}
