//! Which folders a kustomization or a Flux Kustomization reaches, as far as paths tell.
//!
//! A folder is the unit: a file of a reached folder counts as reached, whether or not it is listed. That says "unknown"
//! too often, never too rarely.

use std::collections::BTreeSet;

use ringfence_manifest::{Data, Tool, Value};
use rustc_hash::FxHashMap;

use crate::Input;

/// The folders of an input and the kustomizations in them.
pub(super) struct Folders<'i> {
    paths: Vec<String>,
    numbers: FxHashMap<String, u32>,
    kustomizations: FxHashMap<u32, Vec<&'i Value>>,
}

impl<'i> Folders<'i> {
    pub(super) fn of(input: &'i Input) -> Self {
        let paths: Vec<String> = input.folders.iter().map(|path| normal(path)).collect();
        let numbers = paths.iter().cloned().zip(0..).collect();
        let mut kustomizations: FxHashMap<u32, Vec<&Value>> = FxHashMap::default();
        for (object, folder) in &input.objects {
            if let (Some(Tool::Kustomization | Tool::KustomizeComponent), Some(value)) = (object.tool(), &object.value)
            {
                kustomizations.entry(*folder).or_default().push(value);
            }
        }
        Self { paths, numbers, kustomizations }
    }

    /// The folders that the kustomization of `folder` reaches, its own included.
    pub(super) fn below_kustomization(&self, folder: u32) -> BTreeSet<u32> {
        let mut reached = BTreeSet::new();
        let mut open = vec![folder];
        while let Some(folder) = open.pop() {
            if reached.insert(folder) {
                let values = self.kustomizations.get(&folder).into_iter().flatten();
                open.extend(values.flat_map(|value| self.mentioned(folder, value)));
            }
        }
        reached
    }

    /// The folders that a Flux Kustomization of this `path` reaches; `None` if the path is not in the input.
    pub(super) fn below_path(&self, path: &str) -> Option<BTreeSet<u32>> {
        let wanted = normal(path);
        let inside = |folder: &str| wanted.is_empty() || contains(folder, &wanted);
        let mut reached = BTreeSet::new();
        for (number, _) in self.paths.iter().enumerate().filter(|(_, folder)| inside(folder)) {
            reached.append(&mut self.below_kustomization(number as u32));
        }
        (!reached.is_empty()).then_some(reached)
    }

    fn mentioned(&self, folder: u32, value: &Value) -> Vec<u32> {
        let lists = ["resources", "bases", "components"];
        let entries = lists.iter().flat_map(|key| texts(value, key));
        entries.filter_map(|entry| self.resolve(folder, entry)).collect()
    }

    /// The folder that an entry leads to: itself, or the one that its file lies in.
    fn resolve(&self, folder: u32, entry: &str) -> Option<u32> {
        let base = self.paths.get(folder as usize)?;
        let target = normal(&format!("{base}/{entry}"));
        let parent = target.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.numbers.get(&target).or_else(|| self.numbers.get(parent)).copied()
    }
}

/// Whether a base stands elsewhere: a repository or an address.
pub(super) fn is_remote(entry: &str) -> bool {
    entry.contains("://") || entry.starts_with("git@") || entry.starts_with("github.com/") || entry.contains("?ref=")
}

/// The texts of a list.
pub(super) fn texts<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v str> + use<'v> {
    let items = value.at(&[key]).and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_str)
}

/// Whether a key is there with anything but null.
pub(super) fn given(value: &Value, key: &str) -> bool {
    value.at(&[key]).is_some_and(|value| value.data != Data::Null)
}

/// Whether `folder` is `part` or lies in it, wherever the repository begins.
fn contains(folder: &str, part: &str) -> bool {
    folder == part
        || folder.starts_with(&format!("{part}/"))
        || folder.ends_with(&format!("/{part}"))
        || folder.contains(&format!("/{part}/"))
}

/// A path without `.`, and without `..` where something stands before it.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
