//! Which files roots may bring after all, though nothing here shows that they do.

use ringfence_sources::kustomize::What as Kustomize;
use ringfence_sources::plain;
use ringfence_sources::roots::{Note, Root, What};

use crate::builds::{Builds, hides_objects, refuses};
use crate::context::Cx;

/// What roots may reach beyond what was built.
pub(crate) enum Unseen {
    /// Any file.
    Anything,
    /// Files whose path contains one of the first as a run of folders, and files below one of the second.
    Paths { runs: Vec<String>, below: Vec<String> },
}

impl Unseen {
    /// What the roots of a run may reach.
    pub(crate) fn of(builds: &Builds<'_>, cx: &Cx<'_>) -> Self {
        let (mut runs, mut below) = (Vec::new(), Vec::new());
        for root in builds.roots() {
            for note in root.build.notes.iter().filter(|note| hides_objects(note)) {
                match &note.what {
                    What::NotFilledIn { .. } | What::Generator { .. } | What::Build(Kustomize::Unseen { .. }) => {
                        return Self::Anything;
                    }
                    What::NoFolder { .. } if root.brought_by.is_none() => return Self::Anything,
                    // It may be this repository, under another name; a plugin or a chart reads its own folder.
                    What::OtherRepository { .. } | What::NotBuilt { .. } | What::Helm => runs.extend(paths(root)),
                    What::Build(Kustomize::Plugin { .. }) => below.push(folder_of(note, cx)),
                    What::Build(Kustomize::Remote { url }) => runs.extend(path_in(url)),
                    // What is broken may be meant to bring what lies around it.
                    _ if refuses(note) => below.push(folder_of(note, cx)),
                    _ => {}
                }
            }
        }
        Self::Paths { runs, below }
    }

    /// Whether some root may reach a file.
    pub(crate) fn covers(&self, path: &str) -> bool {
        let Self::Paths { runs, below } = self else { return true };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let has_run = |run: &String| format!("/{folder}/").contains(&format!("/{run}/"));
        let is_below = |top: &String| format!("{folder}/").starts_with(&format!("{top}/")) || top.is_empty();
        runs.iter().any(|run| run.is_empty() || has_run(run)) || below.iter().any(is_below)
    }
}

/// The folders that a root names, without dots; all of its repository is "".
fn paths(root: &Root) -> Vec<String> {
    let text = |path: &[&str]| root.object.at(path).and_then(|value| value.as_str());
    let own = [text(&["spec", "path"]), text(&["spec", "source", "path"])];
    let sources = root.object.at(&["spec", "sources"]).and_then(|list| list.as_list()).unwrap_or_default();
    let several = sources.iter().filter_map(|source| source.at(&["path"])?.as_str());
    let named: Vec<&str> = own.into_iter().flatten().chain(several).collect();
    let is_chart = root.object.at(&["spec", "source", "chart"]).is_some();
    match named[..] {
        // A chart of a registry brings nothing from here.
        [] if is_chart || !sources.is_empty() => Vec::new(),
        [] => vec![String::new()],
        _ => named.into_iter().map(steps).collect(),
    }
}

fn steps(path: &str) -> String {
    path.split('/').filter(|step| !matches!(*step, "" | "." | "..")).collect::<Vec<_>>().join("/")
}

/// The folder that the address of a remote base names inside its repository, if it names one.
fn path_in(url: &str) -> Option<String> {
    let bare = url.split('?').next().unwrap_or(url);
    let bare = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let path = match bare.split_once("//") {
        Some((_, path)) => steps(path),
        // Host, owner, repository, and then the folder.
        None => bare.split('/').skip(3).collect::<Vec<_>>().join("/"),
    };
    (!path.is_empty()).then_some(path)
}

/// The folder of the file that a note is about.
fn folder_of(note: &Note, cx: &Cx<'_>) -> String {
    let path = cx.document(note.place.file).map(|document| plain(&document.path)).unwrap_or_default();
    path.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_remote_base_is_found() {
        for (url, path) in [
            ("https://github.com/team/fleet//apps/web?ref=v1", Some("apps/web")),
            ("github.com/team/fleet/apps?ref=main", Some("apps")),
            ("https://github.com/team/fleet", None),
            ("git@github.com:team/fleet.git//base", Some("base")),
        ] {
            assert_eq!(path_in(url).as_deref(), path, "{url}");
        }
    }

    #[test]
    fn a_run_of_folders_is_whole_folders() {
        let unseen = Unseen::Paths { runs: vec!["apps/web".to_owned()], below: vec!["infra".to_owned()] };
        assert!(unseen.covers("deploy/apps/web/policy.yaml"));
        assert!(unseen.covers("infra/a/policy.yaml"));
        assert!(!unseen.covers("deploy/apps/website/policy.yaml"));
        assert!(!unseen.covers("infra2/policy.yaml"));
    }
}
