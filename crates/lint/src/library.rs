//! The files of the session in the order of their paths, each with a number that has the same order.
//!
//! Numbers have gaps between them, so that a new file rarely changes the number of another: places in objects that were read
//! before stay true, and whoever sorts by place sorts by path, whatever the order in which the files came.

use std::collections::BTreeMap;

use ringfence_rules::Document;
use ringfence_sources::Content;
use ringfence_text::FileId;

use crate::file::{File, Loadable, load};
use crate::parallel;

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

    /// The document of a number.
    pub(crate) fn document(&self, file: FileId) -> Option<&Document> {
        Some(&self.documents[self.at(file)?])
    }

    /// What was made of the file of a number.
    pub(crate) fn file(&self, file: FileId) -> Option<&File> {
        Some(&self.files[self.at(file)?])
    }

    fn at(&self, file: FileId) -> Option<usize> {
        self.documents.binary_search_by_key(&file, |document| document.file).ok()
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
        let jobs = pending.into_iter().filter_map(|(path, content)| {
            let at = self.position(&path).ok()?;
            Some((at, Job { id: self.documents[at].file, content: Loadable::Fresh(content?), path }))
        });
        let (places, jobs): (Vec<usize>, Vec<Job>) = jobs.unzip();
        for (at, loaded) in places.into_iter().zip(self.load(jobs, progress)) {
            (self.documents[at], self.files[at]) = loaded;
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
        let (mut kept, mut jobs) = (Vec::with_capacity(ids.len()), Vec::new());
        for ((path, (old, content)), id) in all.into_iter().zip(ids) {
            kept.push(match content {
                Loadable::Renumbered(document, file) if old == Some(id) => Some((document, file)),
                content => {
                    jobs.push(Job { path, content, id });
                    None
                }
            });
        }
        let mut loaded = self.load(jobs, progress).into_iter();
        let all = kept.into_iter().filter_map(|kept| kept.or_else(|| loaded.next()));
        (self.documents, self.files) = all.unzip();
    }

    /// Reads files. Versions are given afterwards, in the order of the files, whichever was read first.
    fn load(&mut self, jobs: Vec<Job>, progress: &mut dyn FnMut()) -> Vec<(Document, File)> {
        let mut loaded = parallel::map(jobs, AT_ONCE, |job| load(&job.path, job.content, job.id), progress);
        for unit in loaded.iter_mut().flat_map(|(_, file)| &mut file.units) {
            self.versions += 1;
            unit.version = self.versions;
        }
        loaded
    }
}

/// A file to read.
struct Job {
    path: String,
    content: Loadable,
    id: FileId,
}

/// How many files a thread reads before it asks for more.
const AT_ONCE: usize = 16;

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
