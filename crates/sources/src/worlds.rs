//! Which files describe one cluster together (design §1.1).
//!
//! All files are one world, unless the same object stands in two folders, neither inside the other: then the folders
//! below their nearest common ancestor are worlds of their own, and everything outside of them is shared. Each section of
//! a Markdown file is a world by itself.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_manifest::{Field, Object};

/// What is never split: a file, or a section of a Markdown file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unit<'a> {
    /// The path as typed, joined with `/`.
    pub path: &'a str,
    /// The heading of the section, for Markdown.
    pub section: Option<&'a str>,
    /// The objects in it that can be told from others.
    pub names: Vec<Name<'a>>,
}

/// What the API server knows an object by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name<'a> {
    /// The kind.
    pub kind: &'a str,
    /// The API group.
    pub group: &'a str,
    /// The namespace; empty for cluster-scoped kinds.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
}

/// A part of the input that is one cluster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct World {
    /// The folder it lies in (`.` is all of them), or the file and heading of a Markdown section. No two are the same.
    pub name: String,
    /// Its units, as indices into what was divided, in their order. A unit may be in several worlds.
    pub units: Vec<usize>,
}

/// The worlds, and the folder of each unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Division {
    /// The worlds; together they hold every unit.
    pub worlds: Vec<World>,
    /// A number for each unit: objects that name no namespace share an unknown one where the number is the same.
    pub folders: Vec<u32>,
    /// The path of each number, without `.` and `a/..`, joined with `/`; empty for the folder that all paths start from.
    pub paths: Vec<String>,
}

impl<'a> Name<'a> {
    /// The name of an object. `None` where it has none, or where its namespace is not known: `default_namespace` is that of
    /// objects that do not say.
    pub fn of(object: &'a Object, default_namespace: Option<&'a str>) -> Option<Self> {
        let namespace = match &object.meta.namespace {
            _ if object.kind.cluster_scoped() => "",
            Field::Set(namespace, _) => namespace,
            Field::Absent | Field::Null(_) => default_namespace?,
            Field::Unknown(_) | Field::Invalid(_) => return None,
        };
        Some(Self { kind: &object.kind_name, group: object.group(), namespace, name: object.name()? })
    }
}

/// A path without `.` and `a/..`, so that two ways to one file are one text.
pub fn plain(path: &str) -> String {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let mut steps = folder(path);
    steps.push(name);
    steps.join("/")
}

type Folder<'a> = Vec<&'a str>;

/// Splits units into worlds.
pub fn divide(units: &[Unit<'_>]) -> Division {
    let folders: Vec<Folder<'_>> = units.iter().map(|unit| folder(unit.path)).collect();
    let splits = splits(units, &folders);
    let mut cells: BTreeMap<Folder<'_>, Vec<usize>> = BTreeMap::new();
    let mut sections: Vec<World> = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        match unit.section {
            None => cells.entry(cell(&folders[at], &splits)).or_default().push(at),
            Some(heading) => sections.push(World { name: section_name(unit.path, heading), units: vec![at] }),
        }
    }
    let mut worlds = leaves(&cells);
    worlds.extend(sections);
    number_equal_names(&mut worlds);
    let (folders, paths) = number_folders(units, &folders);
    Division { worlds, folders, paths }
}

/// The folder of a path in steps; `.` and `a/..` are gone.
fn folder(path: &str) -> Folder<'_> {
    let mut steps: Folder<'_> = Vec::new();
    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
    for (at, step) in above.split('/').enumerate() {
        match step {
            "." => {}
            "" if at > 0 || !path.starts_with('/') => {}
            ".." if steps.last().is_some_and(|last| !matches!(*last, "" | "..")) => {
                steps.pop();
            }
            _ => steps.push(step),
        }
    }
    steps
}

/// The folders whose children are worlds of their own.
fn splits<'a>(units: &[Unit<'a>], folders: &[Folder<'a>]) -> BTreeSet<Folder<'a>> {
    let plain = units.iter().zip(folders).filter(|(unit, _)| unit.section.is_none());
    let mut named: Vec<(Name<'_>, &Folder<'_>)> =
        plain.flat_map(|(unit, folder)| unit.names.iter().map(move |name| (*name, folder))).collect();
    named.sort_unstable();
    named.dedup();
    // Sorted, the folders of one name lie as in a walk of the tree: neighbours meet at every branching there is.
    let pairs = named.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    pairs.filter_map(|pair| branching(pair[0].1, pair[1].1)).collect()
}

/// The nearest common ancestor of two folders; `None` where one is inside the other.
fn branching<'a>(one: &Folder<'a>, other: &Folder<'a>) -> Option<Folder<'a>> {
    let common = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    (common < one.len() && common < other.len()).then(|| one[..common].to_vec())
}

/// The innermost folder around (or at) `folder` that is a child of a split one; the empty path where there is none.
fn cell<'a>(folder: &Folder<'a>, splits: &BTreeSet<Folder<'a>>) -> Folder<'a> {
    let depth = (0..folder.len()).rev().find(|&depth| splits.contains(&folder[..depth]));
    depth.map_or_else(Vec::new, |depth| folder[..=depth].to_vec())
}

/// A world for each cell that holds no other; it has the units of all cells around it.
fn leaves(cells: &BTreeMap<Folder<'_>, Vec<usize>>) -> Vec<World> {
    let mut worlds = Vec::new();
    let mut sorted = cells.keys().peekable();
    while let Some(cell) = sorted.next() {
        if sorted.peek().is_some_and(|next| next.starts_with(cell)) {
            continue;
        }
        let around = (0..=cell.len()).filter_map(|depth| cells.get(&cell[..depth]));
        let mut units: Vec<usize> = around.flatten().copied().collect();
        units.sort_unstable();
        worlds.push(World { name: folder_name(cell), units });
    }
    worlds
}

fn folder_name(folder: &Folder<'_>) -> String {
    match folder.as_slice() {
        [] => ".".to_owned(),
        [""] => "/".to_owned(),
        steps => steps.join("/"),
    }
}

fn section_name(path: &str, heading: &str) -> String {
    if heading.is_empty() { path.to_owned() } else { format!("{path}: {heading}") }
}

/// The second section of one heading is called `heading (2)`.
fn number_equal_names(worlds: &mut [World]) {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for world in worlds {
        let count = counts.entry(world.name.clone()).or_default();
        let plain = world.name.clone();
        *count += 1;
        if *count > 1 {
            world.name = format!("{plain} ({count})");
        }
        while !taken.insert(world.name.clone()) {
            *count += 1;
            world.name = format!("{plain} ({count})");
        }
    }
}

/// Folders are numbered in their order; each section of a Markdown file is a folder of its own.
fn number_folders(units: &[Unit<'_>], folders: &[Folder<'_>]) -> (Vec<u32>, Vec<String>) {
    let keys = || units.iter().zip(folders).enumerate();
    let key = |(at, (unit, folder)): (usize, (&Unit<'_>, _))| (folder, unit.section.map(|_| at));
    let distinct: BTreeSet<(&Folder<'_>, Option<usize>)> = keys().map(key).collect();
    let paths = distinct.iter().map(|(folder, _)| folder.join("/")).collect();
    let numbers: BTreeMap<_, u32> = distinct.into_iter().zip(0..).collect();
    (keys().map(|unit| numbers[&key(unit)]).collect(), paths)
}
