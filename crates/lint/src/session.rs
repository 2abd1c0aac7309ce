//! The session itself: what it holds, and what a change costs.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use ringfence_cluster::{Cni, World};
use ringfence_diagnostics::{Applicability, Finding};
use ringfence_manifest::Place;
use ringfence_rules::Document;
use ringfence_sources::Content;
use ringfence_text::{FileId, Files};

use crate::apply::{Applied, Running, applied};
use crate::findings::{findings, name_subjects};
use crate::fingerprint::fingerprints;
use crate::ground::{Ground, Stands};
use crate::library::{Changed, Library, Pending};
use crate::plan::Plan;
use crate::run::{Worlds, build, guess, judge};
use crate::summary::summary;
use crate::{Config, Outcome, Supposition, suppress};

/// Files and a configuration, to be linted as often as they change.
///
/// Two sessions that hold the same files under the same configuration give the same outcome, whatever each of them went
/// through before.
#[derive(Default)]
pub struct Session {
    config: Config,
    pending: Pending,
    library: Library,
    worlds: Worlds,
    ground: Ground,
    /// Paths that nobody put in: they were asked for.
    borrowed: BTreeSet<String>,
    /// What is built from the files; `None` where something has changed since.
    plan: Option<Plan>,
    files: Arc<Files>,
    progress: Option<Box<Progress>>,
}

/// Told how much is done, and of how much.
type Progress = dyn FnMut(usize, usize) + Send;

impl Session {
    /// A session without files, under the default configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes by another configuration from now on.
    pub fn configure(&mut self, config: Config) {
        if self.config != config {
            self.config = config;
            self.plan = None;
            self.worlds.clear();
            self.library.files.iter_mut().for_each(|file| file.local = None);
        }
    }

    /// The configuration it goes by.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Says where the session works: the absolute path of the top of the repository, and the folder below it that paths are
    /// seen from. Until then every path is taken to be seen from the top.
    pub fn stand(&mut self, top: &str, here: &str) {
        self.ground.stand(top, here);
        self.plan = None;
    }

    /// Lets the session ask what stands at paths that it holds no file of, when a kustomization names them. They are seen from
    /// the top, joined with `/`. Manifests that are found that way belong to the session from then on.
    pub fn on_absent(&mut self, look: impl FnMut(&str) -> Stands + Send + 'static) {
        self.ground.look(Box::new(look));
        self.plan = None;
    }

    /// Takes a file in, or its new text. `path` is as typed, joined with `/`; standard input is `<stdin>`. A path that ends in
    /// `.md` is Markdown.
    pub fn put(&mut self, path: &str, text: &str) {
        self.put_content(path, Content::Text(text.to_owned()));
    }

    /// The same for a file that may not be text at all.
    pub fn put_content(&mut self, path: &str, content: Content) {
        self.borrowed.remove(path);
        if self.library.holds(path, &content) {
            self.pending.remove(path);
        } else {
            self.pending.insert(path.to_owned(), Some(content));
        }
    }

    /// Forgets a file.
    pub fn drop(&mut self, path: &str) {
        if self.library.position(path).is_ok() {
            self.pending.insert(path.to_owned(), None);
        } else {
            self.pending.remove(path);
        }
    }

    /// Calls `progress` during [`Session::lint`] with how many steps are done and how many there are, as far as is known.
    pub fn on_progress(&mut self, progress: impl FnMut(usize, usize) + Send + 'static) {
        self.progress = Some(Box::new(progress));
    }

    /// What is wrong with the files now.
    pub fn lint(&mut self) -> Outcome {
        self.refresh();
        let plan = self.plan.get_or_insert_default();
        let (mut found, documents) =
            (findings(&self.worlds, &self.library, plan, &self.config), &self.library.documents);
        let mut suppressions: Vec<_> = self.library.files.iter().flat_map(|file| file.suppressions.clone()).collect();
        let rules = self.config.selection.rules();
        lend(&mut found, &self.library, &self.borrowed);
        suppress::apply(&mut found, &mut suppressions, |rule| rules.contains(rule));
        found.sort_by(|a, b| order(a).cmp(&order(b)));
        name_subjects(&mut found, &self.library, &self.worlds);
        let fingerprints = fingerprints(&found, |finding| document(documents, finding.primary.file));
        for finding in &mut found {
            renumber(finding, documents);
        }
        let summary = summary(&self.library, plan, &self.worlds, &found, &self.files, &self.config);
        Outcome { findings: found, fingerprints, files: Arc::clone(&self.files), summary }
    }

    /// The worlds of the files, by name, for questions. Nothing is linted.
    pub fn worlds(&mut self) -> Vec<(String, World)> {
        self.worlds_supposing(&Supposition::default())
    }

    /// The same, some things supposed to be otherwise.
    pub fn worlds_supposing(&mut self, supposition: &Supposition) -> Vec<(String, World)> {
        self.read();
        self.plan();
        build(&self.library, self.plan.get_or_insert_default(), &self.config, supposition)
    }

    /// The worlds of the files beside those of a running cluster, each applied over it. Nothing is linted.
    pub fn worlds_over(&mut self, running: &Running) -> Vec<Applied> {
        self.read();
        self.plan();
        applied(&self.library, self.plan.get_or_insert_default(), &self.config, running)
    }

    /// What enforces the policies, as far as the files look like it.
    pub fn guess(&mut self) -> Cni {
        self.read();
        self.plan();
        guess(&self.library)
    }

    /// How many objects there are, and whether some documents may hold others that cannot be seen.
    pub fn holds(&mut self) -> (usize, bool) {
        self.read();
        self.plan();
        let units = || self.library.files.iter().flat_map(|file| &file.units);
        (units().map(|unit| unit.objects.len()).sum(), units().any(|unit| !unit.obscured.is_empty()))
    }

    /// Where a place of one of the worlds stands in its file. `None` where no file is behind it.
    pub fn locate(&self, place: Place) -> Option<Location> {
        let at = self.library.documents.binary_search_by_key(&place.file, |document| document.file).ok()?;
        let start = self.files.position(FileId(at as u32), place.used_at().start);
        let path = self.library.documents[at].path.clone();
        Some(Location { path, line: start.line, column: start.column })
    }

    /// Reads what is new. Returns how many steps that took.
    fn read(&mut self) -> usize {
        let pending = std::mem::take(&mut self.pending);
        let mut steps =
            Steps { done: 0, total: pending.len() + self.worlds.len().max(1), told: self.progress.as_deref_mut() };
        if !pending.is_empty() {
            let paths: Vec<String> = pending.keys().cloned().collect();
            let changed = self.library.update(pending, &mut || steps.step());
            update_files(&mut self.files, &self.library, changed, &paths);
            self.ground.forget();
            self.plan = None;
        }
        steps.done
    }

    /// Builds what there is to build, unless nothing has changed. What is found on the way is read, too.
    fn plan(&mut self) {
        while self.plan.is_none() {
            let plan = Plan::of(&self.library, &self.borrowed, &self.config, &mut self.ground);
            for (path, text) in self.ground.manifests() {
                self.put(&path, &text);
                self.borrowed.insert(path);
            }
            if self.pending.is_empty() {
                self.plan = Some(plan);
            } else {
                self.read();
            }
        }
    }

    /// Reads what is new and judges the worlds it touches.
    fn refresh(&mut self) {
        let read = self.read();
        self.plan();
        let plan = self.plan.get_or_insert_default();
        let mut steps = Steps { done: read, total: read, told: self.progress.as_deref_mut() };
        let known = std::mem::take(&mut self.worlds);
        self.worlds = judge(&mut self.library, plan, &self.config, known, &mut |worlds| {
            steps.total = read + worlds;
            steps.step();
        });
    }
}

/// What nobody put in is not mended: other builds may go by it, too.
fn lend(findings: &mut [Finding], library: &Library, borrowed: &BTreeSet<String>) {
    let is_borrowed = |file| library.document(file).is_some_and(|document| borrowed.contains(&document.path));
    for fix in findings.iter_mut().filter(|_| !borrowed.is_empty()).flat_map(|finding| &mut finding.fixes) {
        if fix.edits.iter().any(|edit| is_borrowed(edit.file)) {
            fix.applicability = Applicability::Suggestion;
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.library.documents.iter().map(|document| &document.path);
        f.debug_struct("Session").field("files", &paths.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// A place in a file, for people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Location {
    /// The path as typed.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in Unicode scalars, from 1.
    pub column: u32,
}

struct Steps<'p> {
    done: usize,
    total: usize,
    told: Option<&'p mut Progress>,
}

impl Steps<'_> {
    fn step(&mut self) {
        self.done += 1;
        self.total = self.total.max(self.done);
        if let Some(progress) = &mut self.told {
            progress(self.done, self.total);
        }
    }
}

/// The texts for the report: lines are found again only where a text changed.
fn update_files(files: &mut Arc<Files>, library: &Library, changed: Changed, paths: &[String]) {
    match changed {
        Changed::Texts => {
            let files = Arc::make_mut(files);
            for at in paths.iter().filter_map(|path| library.position(path).ok()) {
                files.replace(FileId(at as u32), Arc::clone(&library.files[at].text));
            }
        }
        Changed::Files => {
            let mut all = Files::new();
            for (document, file) in library.documents.iter().zip(&library.files) {
                all.add(document.path.as_str(), Arc::clone(&file.text));
            }
            *files = Arc::new(all);
        }
    }
}

/// Path, start, rule; then what is left to tell equals apart.
fn order(finding: &Finding) -> (FileId, u32, &'static str, u32, &str) {
    let at = &finding.primary;
    (at.file, at.span.start, finding.rule, at.span.end, &finding.message)
}

fn document(documents: &[Document], file: FileId) -> Option<&Document> {
    let at = documents.binary_search_by_key(&file, |document| document.file).ok()?;
    Some(&documents[at])
}

/// From the numbers of the library to those of the report's files.
fn renumber(finding: &mut Finding, documents: &[Document]) {
    let dense = |file: &mut FileId| {
        let at = documents.binary_search_by_key(file, |document| document.file);
        *file = FileId(at.unwrap_or(documents.len()) as u32);
    };
    dense(&mut finding.primary.file);
    finding.labels.iter_mut().for_each(|label| dense(&mut label.file));
    finding.fixes.iter_mut().flat_map(|fix| &mut fix.edits).for_each(|edit| dense(&mut edit.file));
}
