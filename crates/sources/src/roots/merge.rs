//! Folders of roots that turn out to be one cluster.
//!
//! Roots in two folders may go to two clusters or to one; nothing but a folder `clusters/<name>` says so. What tells is
//! what they bring: of one cluster no object is brought twice.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_text::FileId;

use super::Root;
use super::object::Id;

/// Namespaces are brought by everybody who needs them.
const SHARED: &str = "Namespace";

/// Gives clusters of which only the folder is known one name, as far as they bring different objects.
pub(super) fn merge(roots: &mut [Root], begins: &mut BTreeSet<(String, FileId)>, guessed: &[String]) {
    let mut merged: Vec<(Vec<&str>, BTreeSet<Id>)> = Vec::new();
    for name in guessed {
        let own = objects(roots, name);
        match merged.iter_mut().find(|(_, others)| others.is_disjoint(&own)) {
            Some((names, others)) => {
                names.push(name);
                others.extend(own);
            }
            None => merged.push((vec![name], own)),
        }
    }
    let taken: BTreeSet<&str> = roots.iter().map(|root| root.cluster.as_str()).collect();
    let alone = merged.len() == 1 && !taken.contains("cluster");
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (group, _) in merged.into_iter().filter(|(group, _)| group.len() > 1) {
        let name = if alone { "cluster" } else { group[0] };
        names.extend(group.iter().map(|old| ((*old).to_owned(), name.to_owned())));
    }
    for root in roots.iter_mut() {
        if let Some(name) = names.get(&root.cluster) {
            root.call(name);
        }
    }
    let renamed = |(cluster, file)| (names.get(&cluster).cloned().unwrap_or(cluster), file);
    *begins = std::mem::take(begins).into_iter().map(renamed).collect();
}

fn objects(roots: &[Root], cluster: &str) -> BTreeSet<Id> {
    let own = roots.iter().filter(|root| root.cluster == cluster);
    let objects =
        own.flat_map(|root| root.build.objects.iter().map(|object| Id::of(&object.value)).chain([root.id.clone()]));
    objects.filter(|id| id.kind != SHARED).collect()
}

#[cfg(test)]
mod tests {
    use crate::kustomize::FileMap;
    use crate::roots::{Repository, find};

    fn application(name: &str, path: &str) -> String {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  \
             source: {{repoURL: 'https://x.test/r', path: {path}}}\n  destination: {{namespace: shop}}\n"
        )
    }

    fn object(name: &str) -> String {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
    }

    fn roots(files: &[(&str, String)]) -> Vec<String> {
        let files: FileMap = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let repository = Repository::new(&files, files.paths().map(ToOwned::to_owned).collect::<Vec<_>>());
        let root = |root: &crate::roots::Root| format!("{}: {}", root.name, root.build.objects.len());
        find(&repository, &[]).roots.iter().map(root).collect()
    }

    #[test]
    fn folders_that_bring_different_things_are_one_cluster() {
        let files = [
            ("argo-data/app.yaml", application("db", "apps/db")),
            ("argo-front/app.yaml", application("web", "apps/web")),
            ("apps/db/c.yaml", object("db")),
            ("apps/web/c.yaml", object("web")),
        ];
        assert_eq!(roots(&files), ["cluster/argocd/db: 1", "cluster/argocd/web: 1"]);
    }

    #[test]
    fn folders_that_bring_the_same_are_two() {
        let files = [
            ("dev/app.yaml", application("web-dev", "apps/web")),
            ("prod/app.yaml", application("web-prod", "apps/web")),
            ("apps/web/c.yaml", object("web")),
        ];
        assert_eq!(roots(&files), ["dev/argocd/web-dev: 1", "prod/argocd/web-prod: 1"]);
    }

    #[test]
    fn sets_bring_the_sets_below_what_they_make() {
        let set = |name: &str, folders: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  \
                 generators: [{{git: {{repoURL: 'https://x.test/r', directories: [{{path: {folders}}}]}}}}]\n  template:\n    \
                 metadata: {{name: '{name}-{{{{path.basename}}}}'}}\n    spec:\n      \
                 source: {{repoURL: 'https://x.test/r', path: '{{{{path}}}}'}}\n      destination: {{namespace: shop}}\n"
            )
        };
        let files = [
            ("top.yaml", set("top", "sets/*")),
            ("sets/front/set.yaml", set("front", "apps/*")),
            ("apps/web/c.yaml", object("web")),
        ];
        let clusters = ["argocd/top: 1", "argocd/top-front: 1", "argocd/front: 1", "argocd/front-web: 1"];
        assert_eq!(roots(&files), clusters.map(|root| format!("cluster/{root}")));
    }

    #[test]
    fn a_base_of_roots_is_applied_by_nobody() {
        let overlay = |stage: &str| {
            format!(
                "resources: [../base]\npatches:\n- target: {{kind: Application}}\n  patch: |-\n    \
                 - {{op: replace, path: /spec/source/path, value: apps/{stage}}}\n"
            )
        };
        let files = [
            ("base/kustomization.yaml", "resources: [app.yaml]\n".to_owned()),
            ("base/app.yaml", application("shop", "apps/base")),
            ("dev/kustomization.yaml", overlay("dev")),
            ("prod/kustomization.yaml", overlay("prod")),
            ("apps/base/c.yaml", object("c")),
            ("apps/dev/c.yaml", object("c")),
            ("apps/prod/c.yaml", object("c")),
            ("apps/prod/d.yaml", object("d")),
        ];
        assert_eq!(roots(&files), ["dev/argocd/shop: 1", "prod/argocd/shop: 2"]);
    }
}
