//! Kustomizations that no other one uses: what somebody builds by hand, or a pipeline does.

use std::collections::BTreeSet;

use ringfence_text::FileId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::repository::Repository;
use crate::kustomize::{Build, Builder, Effect, Found, NAMES, Note, Options, What, path};

/// A kustomization that nothing here uses, built.
#[derive(Clone, Debug)]
pub struct Standalone {
    /// The folder that it stands in.
    pub folder: String,
    /// Its own file.
    pub file: FileId,
    /// Whether it is a component: then whoever uses it elsewhere may change its objects.
    pub component: bool,
    /// What comes of it.
    pub build: Build,
}

/// A kustomization and those that it uses.
struct Node {
    folder: String,
    file: FileId,
    component: bool,
    /// Those that it uses, and the files that it names.
    uses: Vec<usize>,
    names: Vec<FileId>,
}

/// Builds the kustomizations that are not used by another one, folder by folder; files that `is_taken` are left out. Of
/// those that use each other, the first counts as unused.
pub fn standalone(repository: &Repository<'_>, is_taken: &dyn Fn(FileId) -> bool) -> Vec<Standalone> {
    // Who builds by hand may let it read files of other folders.
    let mut builder = Builder::new(repository.files(), Options { outside: true });
    let nodes = nodes(repository, &mut builder, is_taken);
    tops(&nodes).into_iter().map(|at| build(&nodes[at], &mut builder)).collect()
}

/// The same for those that any of some files come into.
pub(super) fn built_from(repository: &Repository<'_>, files: &FxHashSet<FileId>) -> Vec<Standalone> {
    let mut builder = Builder::new(repository.files(), Options { outside: true });
    let nodes = nodes(repository, &mut builder, &|_| false);
    let comes_in = |top: &usize| {
        let mut reached = vec![false; nodes.len()];
        reach(*top, &nodes, &mut reached);
        let names = nodes.iter().zip(reached).filter(|(_, reached)| *reached).flat_map(|(node, _)| &node.names);
        names.into_iter().any(|file| files.contains(file))
    };
    let tops: Vec<usize> = tops(&nodes).into_iter().filter(comes_in).collect();
    tops.into_iter().map(|at| build(&nodes[at], &mut builder)).collect()
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Standalone {
    let mut build = builder.build(&node.folder).unwrap_or_else(|what| refused(node.file, what));
    if node.component {
        build.objects.iter_mut().for_each(|object| object.doubtful = true);
    }
    Standalone { folder: node.folder.clone(), file: node.file, component: node.component, build }
}

fn refused(file: FileId, what: What) -> Build {
    let place = crate::kustomize::start_of(file);
    Build { notes: vec![Note { place, what, effect: Effect::Objects }], read: [file].into(), objects: Vec::new() }
}

fn nodes(repository: &Repository<'_>, builder: &mut Builder<'_>, is_taken: &dyn Fn(FileId) -> bool) -> Vec<Node> {
    let mut written: Vec<(Node, Vec<String>)> = Vec::new();
    for (path, file) in repository.paths() {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if is_taken(*file) || !NAMES.contains(&name) {
            continue;
        }
        // Of several in one folder, the build will say so: once.
        let known = written.last().is_some_and(|(node, _)| node.folder == folder);
        let (component, uses) = match builder.kustomization_in(folder) {
            _ if known => continue,
            Ok((_, Some(own), _)) => {
                let keys = ["resources", "bases", "components"].into_iter();
                let texts = keys.flat_map(|key| own.texts(key)).map(|text| text.text.to_string());
                (own.component, texts.collect())
            }
            // A file of this name that is something else: a Kustomization of Flux, say.
            Ok((_, None, _)) => continue,
            Err(_) => (false, Vec::new()),
        };
        let node = Node { folder: folder.to_owned(), file: *file, component, uses: Vec::new(), names: Vec::new() };
        written.push((node, uses));
    }
    let places: FxHashMap<String, usize> =
        written.iter().enumerate().map(|(at, (node, _))| (node.folder.clone(), at)).collect();
    let resolve = |(mut node, texts): (Node, Vec<String>)| {
        for path in texts.iter().filter_map(|text| path::join(&node.folder, text)) {
            match repository.files().find(&path) {
                Found::File(file) => node.names.push(file),
                _ => node.uses.extend(repository.folder(&path).and_then(|folder| places.get(&folder).copied())),
            }
        }
        node
    };
    written.into_iter().map(resolve).collect()
}

fn tops(nodes: &[Node]) -> Vec<usize> {
    let used: BTreeSet<usize> = nodes
        .iter()
        .enumerate()
        .flat_map(|(at, node)| node.uses.iter().copied().filter(move |used| *used != at))
        .collect();
    let mut reached = vec![false; nodes.len()];
    let mut tops = Vec::new();
    let unused = (0..nodes.len()).filter(|at| !used.contains(at));
    for at in unused.chain(0..nodes.len()) {
        if !reached[at] {
            tops.push(at);
            reach(at, nodes, &mut reached);
        }
    }
    tops.sort_unstable();
    tops
}

fn reach(from: usize, nodes: &[Node], reached: &mut [bool]) {
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend(&nodes[at].uses);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kustomize::FileMap;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: FileMap = files.iter().copied().collect();
        let repository = Repository::new(&files, files.paths().map(ToOwned::to_owned).collect::<Vec<_>>());
        let all = standalone(&repository, &|_| false);
        let shown = |one: &Standalone| {
            let doubtful = one.build.objects.iter().any(|object| object.doubtful);
            format!("{}: {}{}", one.folder, one.build.objects.len(), if doubtful { " doubtful" } else { "" })
        };
        all.iter().map(shown).collect()
    }

    const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";

    #[test]
    fn overlays_are_built_and_bases_are_not() {
        let files = [
            ("base/c.yaml", OBJECT),
            ("base/kustomization.yaml", "resources: [c.yaml]\n"),
            ("dev/kustomization.yaml", "resources: [../base]\n"),
            ("prod/kustomization.yml", "bases: [../base/]\ncomponents: [../parts]\n"),
            ("parts/kustomization.yaml", "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"),
        ];
        assert_eq!(found(&files), ["dev: 1", "prod: 1"]);
    }

    #[test]
    fn a_component_that_nobody_uses_here_may_be_changed_by_who_does() {
        let text = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [c.yaml]\n";
        assert_eq!(found(&[("parts/kustomization.yaml", text), ("parts/c.yaml", OBJECT)]), ["parts: 1 doubtful"]);
    }

    #[test]
    fn of_a_ring_one_is_built() {
        let files = [
            ("a/kustomization.yaml", "resources: [../b]\n"),
            ("b/kustomization.yaml", "resources: [../a, c.yaml]\n"),
            ("b/c.yaml", OBJECT),
        ];
        assert_eq!(found(&files), ["a: 1"]);
    }
}
