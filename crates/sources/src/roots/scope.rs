//! Where a repository of Flux or Argo CD begins, when it lies inside of the files that are looked at.
//!
//! Paths in Kustomizations and Applications are seen from the top of their repository. That is not always the top of all
//! files: examples, tests and copies have one of their own. It is the outermost folder around an object from which the
//! path of the object leads anywhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_manifest::Value;
use ringfence_text::FileId;
use ringfence_yaml::Tree;

use super::repository::Repository;
use super::search::{self, Candidate};
use super::{argo, flux};
use crate::kustomize::{Files, Found, path};

/// A repository among the files: what lies below its top, but for the repositories inside of it.
pub(super) struct Scope {
    pub(super) top: String,
    /// Their paths are seen from the top.
    pub(super) candidates: Vec<Candidate>,
    /// The tops of those inside.
    inner: Vec<String>,
}

/// The repositories that candidates are written for, outermost first.
pub(super) fn scopes(candidates: &[Candidate], repository: &Repository<'_>, declares: bool) -> Vec<Scope> {
    let tops = tops(candidates, repository, declares);
    let scope = |top: &String| {
        let is_inner = |other: &&String| *other != top && path::is_below(other, top);
        let inner = tops.iter().filter(is_inner).cloned().collect();
        let mut scope = Scope { top: top.clone(), candidates: Vec::new(), inner };
        let own = candidates.iter().filter_map(|candidate| {
            Some(Candidate { path: scope.seen(&candidate.path)?.to_owned(), value: candidate.value.clone() })
        });
        scope.candidates = own.collect();
        scope
    };
    tops.iter().map(scope).collect()
}

impl Scope {
    /// A path as seen from its top; `None` where it is none of its own.
    fn seen<'p>(&self, path: &'p str) -> Option<&'p str> {
        let own = path::is_below(path, &self.top) && !self.inner.iter().any(|inner| path::is_below(path, inner));
        own.then(|| path[self.top.len()..].trim_start_matches('/'))
    }

    /// The files of a repository as seen from its top.
    pub(super) fn files<'f>(&self, repository: &Repository<'f>) -> Below<'f> {
        Below { files: repository.files(), top: self.top.clone() }
    }

    /// Its paths as seen from its top.
    pub(super) fn paths<'r>(&'r self, repository: &'r Repository<'_>) -> impl Iterator<Item = &'r str> {
        repository.paths().iter().filter_map(|(path, _)| self.seen(path))
    }
}

/// The tops of the repositories that candidates are written for, outermost first. The top of all files is one of them
/// where it cannot be told, or where the configuration `declares` roots.
fn tops(candidates: &[Candidate], repository: &Repository<'_>, declares: bool) -> BTreeSet<String> {
    let mut tops: BTreeSet<String> = BTreeSet::new();
    let mut open = Vec::new();
    for candidate in candidates {
        match top_of(candidate, repository) {
            Some(top) => {
                tops.insert(top);
            }
            None => open.push(candidate.path.as_str()),
        }
    }
    let homeless = open.into_iter().any(|own| !tops.iter().any(|top| path::is_below(own, top)));
    if declares || homeless {
        tops.insert(String::new());
    }
    tops
}

fn top_of(candidate: &Candidate, repository: &Repository<'_>) -> Option<String> {
    let wanted = wanted(&candidate.value);
    let leads = |top: &str| wanted.iter().any(|path| leads_anywhere(top, path, repository));
    let folder = candidate.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let ends = folder.match_indices('/').map(|(at, _)| at).chain((!folder.is_empty()).then_some(folder.len()));
    let mut around = std::iter::once(0).chain(ends).map(|end| &folder[..end]);
    around.find(|top| leads(top)).map(ToOwned::to_owned)
}

/// The paths that an object names, but for those that are everywhere.
fn wanted(value: &Value) -> Vec<String> {
    let paths = match search::tool(value) {
        Some(super::Tool::Flux) if flux::is_assembled(value) => Vec::new(),
        Some(super::Tool::Flux) => vec![flux::path(value)],
        _ => argo::paths(value).into_iter().map(|(_, path)| super::repository::inside(path)).collect(),
    };
    paths.into_iter().filter(|path| !path.is_empty() && !super::object::is_open(path)).collect()
}

fn leads_anywhere(top: &str, wanted: &str, repository: &Repository<'_>) -> bool {
    let Some(path) = path::join(top, wanted) else { return false };
    repository.folder(&path).is_some() || path.contains('*') && argo::directories(&path, repository).next().is_some()
}

/// Files as seen from a folder among them.
pub(super) struct Below<'f> {
    files: &'f dyn Files,
    top: String,
}

impl Files for Below<'_> {
    fn find(&self, path: &str) -> Found {
        if self.top.is_empty() {
            return self.files.find(path);
        }
        let whole = if path.is_empty() { self.top.clone() } else { format!("{}/{path}", self.top) };
        match self.files.find(&whole) {
            Found::Link(to) if path::is_below(&to, &self.top) => {
                Found::Link(to[self.top.len()..].trim_start_matches('/').to_owned())
            }
            Found::Link(_) => Found::Outside,
            found => found,
        }
    }

    fn above(&self) -> Found {
        if self.top.is_empty() { self.files.above() } else { Found::Outside }
    }

    fn text(&self, file: FileId) -> Arc<str> {
        self.files.text(file)
    }

    fn tree(&self, file: FileId) -> Option<&Tree> {
        self.files.tree(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kustomize::FileMap;
    use crate::roots::find;

    const FLUX: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
                        metadata: {name: apps, namespace: flux-system}\n\
                        spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}\n";
    const ARGO: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n\
                        metadata: {name: all, namespace: argocd}\n\
                        spec:\n  generators: [{git: {repoURL: 'https://x.test/r', directories: [{path: overlays/*}]}}]\n\
                        \x20 template:\n    metadata: {name: '{{path.basename}}'}\n    spec:\n      \
                        source: {repoURL: 'https://x.test/r', path: '{{path}}'}\n      \
                        destination: {namespace: shop, server: 'https://kubernetes.default.svc'}\n";
    const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";

    fn found(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let files: FileMap = files.iter().copied().collect();
        let repository = Repository::new(&files, files.paths().map(ToOwned::to_owned).collect::<Vec<_>>());
        let found = find(&repository, &[]);
        let root = |root: &crate::roots::Root| format!("{}: {}", root.name, root.build.objects.len());
        (found.roots.iter().map(root).collect(), found.scopes)
    }

    #[test]
    fn a_repository_may_lie_inside_of_another() {
        let (roots, scopes) = found(&[
            ("examples/flux/clusters/a/apps.yaml", FLUX),
            ("examples/flux/apps/c.yaml", OBJECT),
            ("examples/argo/all.yaml", ARGO),
            ("examples/argo/overlays/dev/c.yaml", OBJECT),
            ("deploy/c.yaml", OBJECT),
        ]);
        assert_eq!(scopes, ["examples/argo", "examples/flux"]);
        assert_eq!(roots, ["cluster/argocd/all: 1", "cluster/argocd/dev: 1", "a/flux-system/apps: 1"]);
    }

    #[test]
    fn the_outermost_folder_that_fits_is_the_top() {
        let (roots, scopes) = found(&[("x/f.yaml", FLUX), ("x/apps/c.yaml", OBJECT), ("apps/c.yaml", OBJECT)]);
        assert_eq!(scopes, [""]);
        assert_eq!(roots, ["x/flux-system/apps: 1"]);
    }

    #[test]
    fn clusters_of_two_repositories_are_told_apart() {
        let (roots, _) = found(&[
            ("one/clusters/a/apps.yaml", FLUX),
            ("one/apps/c.yaml", OBJECT),
            ("two/clusters/a/apps.yaml", FLUX),
            ("two/apps/c.yaml", OBJECT),
        ]);
        assert_eq!(roots, ["a/flux-system/apps: 1", "two/a/flux-system/apps: 1"]);
    }

    #[test]
    fn where_nothing_can_be_built_no_file_is_managed() {
        let (roots, scopes) = found(&[("docs/f.yaml", FLUX), ("deploy/c.yaml", OBJECT)]);
        assert_eq!((roots.len(), scopes.len()), (1, 0));
    }
}
