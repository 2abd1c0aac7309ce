//! The files of the session in the order of their paths, each with a number that has the same order.
//!
//! Numbers have gaps between them, so that a new file rarely changes the number of another: places in objects that were read
//! before stay true, and whoever sorts by place sorts by path, whatever the order in which the files came.

use std::collections::BTreeMap;

use ringfence_rules::Document;
use ringfence_sources::Content;
use ringfence_text::FileId;

use crate::file::{File, Loadable, load};

/// All files, sorted by path.
#[derive(Debug, Default)]
pub(crate) struct Library {
    /// The trees, as rules see them.
    pub(crate) documents: Vec<Document>,
    /// What was made of each, in the same order.
    pub(crate) files: Vec<File>,
    versions: u64,
}

/// What an update did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Changed {
    /// Only texts of files that were there.
    Texts,
    /// Which files there are.
    Files,
}

/// A new content, or none: the file is gone.
pub(crate) type Pending = BTreeMap<String, Option<Content>>;

impl Library {
    /// Where a path stands, or would.
    pub(crate) fn position(&self, path: &str) -> Result<usize, usize> {
        self.documents.binary_search_by(|document| document.path.as_str().cmp(path))
    }

    /// Whether a path holds just this content.
    pub(crate) fn holds(&self, path: &str, content: &Content) -> bool {
        self.position(path).is_ok_and(|at| match (content, &self.documents[at].refused) {
            (Content::Text(text), None) => **text == *self.files[at].text,
            (Content::Refused { text, at, reason }, Some(old)) => {
                (text, at, reason) == (&old.text, &old.at, &old.reason)
            }
            _ => false,
        })
    }

    /// Takes changes in. `progress` is called after each file that was read.
    pub(crate) fn update(&mut self, pending: Pending, progress: &mut dyn FnMut()) -> Changed {
        let same_files = pending.iter().all(|(path, content)| content.is_some() && self.position(path).is_ok());
        if same_files {
            self.replace(pending, progress);
            return Changed::Texts;
        }
        self.merge(pending, progress);
        Changed::Files
    }

    fn replace(&mut self, pending: Pending, progress: &mut dyn FnMut()) {
        for (path, content) in pending {
            let (Ok(at), Some(content)) = (self.position(&path), content) else { continue };
            let id = self.documents[at].file;
            (self.documents[at], self.files[at]) = load(&path, Loadable::Fresh(content), id, &mut self.versions);
            progress();
        }
    }

    fn merge(&mut self, pending: Pending, progress: &mut dyn FnMut()) {
        let old = std::mem::take(&mut self.documents).into_iter().zip(std::mem::take(&mut self.files));
        let mut all: BTreeMap<String, (Option<FileId>, Loadable)> = old
            .map(|(document, file)| {
                (document.path.clone(), (Some(document.file), Loadable::Renumbered(document, file)))
            })
            .collect();
        for (path, content) in pending {
            match content {
                Some(content) => {
                    let id = all.get(&path).and_then(|(id, _)| *id);
                    all.insert(path, (id, Loadable::Fresh(content)));
                }
                None => {
                    all.remove(&path);
                }
            }
        }
        let ids = number(&all.values().map(|(id, _)| *id).collect::<Vec<_>>());
        for ((path, (old, content)), id) in all.into_iter().zip(ids) {
            let (document, file) = match content {
                Loadable::Renumbered(document, file) if old == Some(id) => (document, file),
                content => {
                    let loaded = load(&path, content, id, &mut self.versions);
                    progress();
                    loaded
                }
            };
            self.documents.push(document);
            self.files.push(file);
        }
    }
}

/// Numbers for files in their order: old ones keep theirs, new ones get numbers between. Where there is no room, all get
/// new ones.
fn number(old: &[Option<FileId>]) -> Vec<FileId> {
    fill(old).unwrap_or_else(|| fill(&vec![None; old.len()]).unwrap_or_default())
}

fn fill(old: &[Option<FileId>]) -> Option<Vec<FileId>> {
    let mut numbers = Vec::with_capacity(old.len());
    let mut after: u64 = 0;
    while numbers.len() < old.len() {
        let rest = &old[numbers.len()..];
        let fresh = rest.iter().take_while(|id| id.is_none()).count() as u64;
        let next = rest.iter().flatten().next().map_or(u64::from(u32::MAX), |id| u64::from(id.0));
        let step = (next - after) / (fresh + 1);
        if fresh > 0 && step == 0 {
            return None;
        }
        numbers.extend((1..=fresh).map(|at| FileId((after + at * step) as u32)));
        if (numbers.len()) < old.len() {
            numbers.push(FileId(next as u32));
            after = next;
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(old: &[Option<u32>]) -> Vec<u32> {
        number(&old.iter().map(|id| id.map(FileId)).collect::<Vec<_>>()).into_iter().map(|id| id.0).collect()
    }

    #[test]
    fn numbers_keep_the_order_and_the_old_ones() {
        assert_eq!(ids(&[]), [0; 0]);
        assert_eq!(ids(&[Some(7), Some(9)]), [7, 9]);
        assert_eq!(ids(&[Some(100), None, Some(200)]), [100, 150, 200]);
        assert_eq!(ids(&[None, None, Some(30)]), [10, 20, 30]);
        assert!(ids(&vec![None; 1000]).is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn without_room_all_are_numbered_anew() {
        let new = ids(&[Some(7), None, Some(8)]);
        assert!(new.is_sorted_by(|a, b| a < b) && new[0] != 7, "{new:?}");
        assert!(ids(&[None, Some(0)]).is_sorted_by(|a, b| a < b));
    }
}
