//! What rules about one file or one object say of it.
//!
//! They look at nothing else, so what they said stays true as long as the file does, whatever happens around it.

use std::sync::OnceLock;

use ringfence_cluster::blueprint::Blueprint;
use ringfence_cluster::{Input, Knobs, World};
use ringfence_diagnostics::Finding;
use ringfence_engine::Engine;
use ringfence_manifest::Object;
use ringfence_rules::{Builds, Check, Document, Entry, Options, Scene};

use crate::file::File;
use crate::library::Library;
use crate::parallel;

/// How many files a thread looks at before it asks for more.
const AT_ONCE: usize = 16;

/// What they said of a file.
#[derive(Debug)]
pub(crate) struct Local {
    /// Of the file as a whole.
    pub(crate) file: Vec<Finding>,
    /// Of the objects of each unit, in the order of the units.
    pub(crate) units: Vec<Vec<Finding>>,
}

/// Looks at every file that was not looked at yet.
pub(crate) fn examine(library: &mut Library, options: &Options, rules: &[&'static Entry]) {
    let rules = local(rules);
    let files = library.documents.iter().zip(&mut library.files).filter(|(_, file)| file.local.is_none());
    in_empty_world(options, |scene| {
        let look = |(document, file): (&Document, &mut File)| {
            let scene = Scene { documents: std::slice::from_ref(document), ..scene };
            file.local = Some(look(scene, document, file, &rules));
        };
        parallel::map(files.collect(), AT_ONCE, look, || {});
    });
}

/// What rules about one object say of some that are not as they stand in their files.
pub(crate) fn of_objects<'a>(
    objects: impl Iterator<Item = &'a Object>,
    documents: &[Document],
    options: &Options,
    rules: &[&'static Entry],
) -> Vec<Finding> {
    let (objects, rules): (Vec<&Object>, _) = (objects.collect(), local(rules));
    let mut findings = Vec::new();
    if objects.is_empty() {
        return findings;
    }
    in_empty_world(options, |scene| {
        for entry in &rules {
            let scene = Scene { documents, ..scene };
            entry.run(scene, std::iter::empty(), objects.iter().copied(), &mut findings);
        }
    });
    findings
}

/// What rules about builds say.
pub(crate) fn of_builds(
    builds: &Builds<'_>,
    documents: &[Document],
    options: &Options,
    rules: &[&'static Entry],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    in_empty_world(options, |scene| {
        let scene = Scene { documents, builds, ..scene };
        for entry in rules.iter().filter(|entry| matches!(entry.check, Check::Build(_))) {
            entry.run(scene, std::iter::empty(), std::iter::empty(), &mut findings);
        }
    });
    findings
}

fn local(rules: &[&'static Entry]) -> Vec<&'static Entry> {
    rules.iter().copied().filter(|entry| entry.check.is_local()).collect()
}

/// The world that they are shown is empty: a rule that looked at it would see nothing anywhere, not now this, now that.
fn in_empty_world(options: &Options, look: impl FnOnce(Scene<'_>)) {
    let world = World::build(&Input::default(), &Knobs::default());
    let engine = Engine::new(&world);
    let blueprint = Blueprint::of(&world, &options.labels);
    let (coverage, told) = (OnceLock::new(), OnceLock::new());
    let builds = Builds::default();
    look(Scene {
        world: &world,
        engine: &engine,
        documents: &[],
        options,
        blueprint: &blueprint,
        coverage: &coverage,
        told: &told,
        builds: &builds,
    });
}

fn look<'a>(scene: Scene<'a>, document: &'a Document, file: &'a File, rules: &[&'static Entry]) -> Local {
    let mut local = Local { file: Vec::new(), units: Vec::with_capacity(file.units.len()) };
    for entry in rules {
        entry.run(scene, std::iter::once(document), std::iter::empty(), &mut local.file);
    }
    for unit in &file.units {
        let mut findings = Vec::new();
        for entry in rules {
            entry.run(scene, std::iter::empty(), unit.objects.iter().map(|object| &**object), &mut findings);
        }
        local.units.push(findings);
    }
    local
}
