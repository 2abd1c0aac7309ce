//! Which of the repositories that Applications name is this one.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_manifest::Value;

use super::generate;
use crate::roots::object;
use crate::roots::repository::{Repository, inside};

/// The URLs of this repository, as far as they can be told.
///
/// No file says what its repository is called. It is the one whose paths are here: the URL with the most of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::roots) struct Home {
    urls: BTreeSet<String>,
}

impl Home {
    /// Counts the paths of Applications and ApplicationSets.
    pub(in crate::roots) fn of<'v>(objects: impl Iterator<Item = &'v Value>, repository: &Repository<'_>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for object in objects {
            for (url, path) in paths(object) {
                let path = inside(path);
                let is_here = !path.is_empty()
                    && (repository.folder(&path).is_some()
                        || generate::directories(&path, repository).next().is_some());
                *counts.entry(normal(url)).or_default() += usize::from(is_here);
            }
        }
        let most = counts.values().copied().max().filter(|most| *most > 0);
        Self { urls: counts.into_iter().filter(|(_, count)| Some(*count) == most).map(|(url, _)| url).collect() }
    }

    /// Whether a URL is that of this repository.
    pub(super) fn is(&self, url: &str) -> bool {
        self.urls.contains(&normal(url))
    }
}

/// The URLs that an object names, each with a path.
pub(in crate::roots) fn paths(object: &Value) -> Vec<(&str, &str)> {
    let spec = |path: &'static [&'static str]| object.at(path);
    let mut sources: Vec<&Value> = object::items(object, &["spec", "sources"]).iter().collect();
    sources.extend(spec(&["spec", "source"]));
    sources.extend(spec(&["spec", "template", "spec", "source"]));
    let mut found: Vec<(&str, &str)> = sources.into_iter().filter_map(|source| pair(source, source)).collect();
    for generator in object::items(object, &["spec", "generators"]) {
        let Some(git) = generator.at(&["git"]) else { continue };
        found.extend(object::items(git, &["directories"]).iter().filter_map(|item| pair(git, item)));
    }
    found
}

fn pair<'v>(source: &'v Value, item: &'v Value) -> Option<(&'v str, &'v str)> {
    Some((object::text(source, &["repoURL"])?, object::text(item, &["path"])?))
}

/// A URL without what does not tell repositories apart: `git@host:a/b.git` is `https://host/a/b`.
fn normal(url: &str) -> String {
    let bare = url.split("://").last().unwrap_or(url);
    let bare = bare.rsplit_once('@').map_or(bare, |(_, host)| host);
    let bare = bare.trim_end_matches('/');
    bare.strip_suffix(".git").unwrap_or(bare).replacen(':', "/", 1).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_many_urls() {
        for url in ["https://x.test/A/b.git", "git@x.test:a/b.git", "ssh://git@x.test/a/b", "https://u:p@x.test/a/b/"] {
            assert_eq!(normal(url), "x.test/a/b", "{url}");
        }
    }
}
