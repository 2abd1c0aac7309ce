//! Each stage of the one way through, on a generated repository: `cargo xtask bench` runs it and prints its lines.
//!
//! `--shape NAME` says which repository, else the one of five megabytes. A line is `stage<TAB>milliseconds<TAB>megabytes a
//! second`, or `rule<TAB>name<TAB>milliseconds` of the ten that take longest. Each stage is run several times, the largest
//! repositories less often; the median counts, because machines are noisy.

#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark prints megabytes a second")]

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ringfence_cluster::blueprint::Blueprint;
use ringfence_cluster::{Input, Knobs, World};
use ringfence_engine::Engine;
use ringfence_lint::Session;
use ringfence_manifest::{Object, read};
use ringfence_rules::{Builds, Document, Options, Part, RULES, Scene};
use ringfence_testkit::shapes::Shape;
use ringfence_text::FileId;
use smol_str::SmolStr;

/// How many of the slowest rules are shown.
const SLOWEST: usize = 10;

type Files = Vec<(String, String)>;

fn main() {
    let shape = shape();
    let files = shape.files();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let bench = Bench { megabytes: bytes as f64 / 1e6, runs: if bytes > 20_000_000 { 1 } else { 5 } };
    println!("# {}: {} files, {:.1} MB", shape.name, files.len(), bench.megabytes);
    bench.stages(&files);
    bench.whole(&files);
}

/// The shape that the arguments name.
fn shape() -> Shape {
    let arguments: Vec<String> = std::env::args().collect();
    let name = arguments.iter().position(|argument| argument == "--shape").and_then(|at| arguments.get(at + 1));
    name.and_then(|name| Shape::named(name)).unwrap_or(Shape::FIVE_MEGABYTES)
}

struct Bench {
    megabytes: f64,
    runs: usize,
}

impl Bench {
    fn show(&self, stage: &str, took: Duration) {
        println!("{stage}\t{:.1}\t{:.1}", took.as_secs_f64() * 1e3, self.megabytes / took.as_secs_f64());
    }

    /// Each stage by itself, on one thread, as the session goes through them.
    fn stages(&self, files: &Files) {
        let (took, documents) = self.median(|| documents(files));
        self.show("parse", took);
        let (took, objects) = self.median(|| objects(&documents));
        self.show("objects", took);
        let input = input(&documents, objects);
        let (took, world) = self.median(|| World::build(&input, &Knobs::default()));
        self.show("world", took);
        let (took, engine) = self.median(|| Engine::new(&world));
        self.show("engine", took);
        let options = Options::default();
        let (took, blueprint) = self.median(|| Blueprint::of(&world, &options.labels));
        self.show("blueprint", took);
        let (coverage, told) = (OnceLock::new(), OnceLock::new());
        let builds = Builds::default();
        let scene = Scene {
            builds: &builds,
            world: &world,
            engine: &engine,
            documents: &documents,
            options: &options,
            blueprint: &blueprint,
            coverage: &coverage,
            told: &told,
        };
        self.rules(scene, &input);
    }

    fn rules(&self, scene: Scene<'_>, input: &Input) {
        let (mut all, mut costs) = (Duration::ZERO, Vec::new());
        for entry in RULES.iter().filter(|entry| entry.rule.group.on_by_default()) {
            let (took, _) = self.median(|| {
                let mut findings = Vec::new();
                let objects = input.objects.iter().map(|(object, _)| &**object);
                entry.run(scene, scene.documents.iter(), objects, &mut findings);
                findings
            });
            all += took;
            costs.push((took, entry.rule.name));
        }
        self.show("rules", all);
        costs.sort_unstable();
        for (took, rule) in costs.iter().rev().take(SLOWEST) {
            println!("rule\t{rule}\t{:.1}", took.as_secs_f64() * 1e3);
        }
    }

    /// What a front end asks for: all of it, and once more after one change.
    fn whole(&self, files: &Files) {
        let (took, mut warm) = self.median(|| {
            let mut session = session(files);
            session.lint();
            session
        });
        self.show("check", took);
        let (path, text) = &files[files.len() / 2];
        let mut edits = 0;
        let (took, _) = self.median(|| {
            edits += 1;
            warm.put(path, &format!("{text}\n# edit {edits}\n"));
            warm.lint()
        });
        self.show("check again after one change", took);
    }

    /// The median time of a stage, and what its last run made.
    fn median<T>(&self, mut stage: impl FnMut() -> T) -> (Duration, T) {
        let mut run = || {
            let begun = Instant::now();
            let made = stage();
            (begun.elapsed(), made)
        };
        let (first, mut made) = run();
        let mut times = vec![first];
        while times.len() < self.runs {
            let (took, next) = run();
            made = next;
            times.push(took);
        }
        times.sort_unstable();
        (times[times.len() / 2], made)
    }
}

fn documents(files: &Files) -> Vec<Document> {
    let document = |(at, (path, text)): (usize, &(String, String))| Document {
        file: FileId(at as u32),
        path: path.clone(),
        parts: vec![Part { tree: ringfence_yaml::parse(text), base: 0, obscured: Vec::new() }],
        markdown: false,
        refused: None,
    };
    files.iter().enumerate().map(document).collect()
}

fn objects(documents: &[Document]) -> Vec<(FileId, Arc<Object>)> {
    let objects = |document: &Document| {
        let read = read(&document.parts[0].tree, document.file, 0);
        let file = document.file;
        read.objects.into_iter().map(move |object| (file, Arc::new(object)))
    };
    documents.iter().flat_map(objects).collect()
}

fn input(documents: &[Document], objects: Vec<(FileId, Arc<Object>)>) -> Input {
    let folder = |document: &Document| document.path.rsplit_once('/').map_or("", |(above, _)| above).to_owned();
    let all: BTreeSet<String> = documents.iter().map(folder).collect();
    let folders: Vec<SmolStr> = all.iter().map(SmolStr::new).collect();
    let number = |file: FileId| {
        let own = folder(&documents[file.0 as usize]);
        folders.binary_search_by(|folder| folder.as_str().cmp(&own)).unwrap_or_default() as u32
    };
    let objects = objects.into_iter().map(|(file, object)| (object, number(file))).collect();
    Input { objects, ..Input::default() }
}

fn session(files: &Files) -> Session {
    let mut session = Session::new();
    for (path, text) in files {
        session.put(path, text);
    }
    session
}
