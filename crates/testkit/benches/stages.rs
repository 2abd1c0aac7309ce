//! Each stage of the one way through, on a generated repository: `cargo xtask bench` runs it and prints its lines.
//!
//! A line is `stage<TAB>milliseconds<TAB>megabytes a second`. Each stage is run five times; the median counts, because
//! machines are noisy.

#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark prints megabytes a second")]

use std::time::{Duration, Instant};

use ringfence_cluster::{Knobs, World};
use ringfence_engine::Engine;
use ringfence_lint::{Config, Session};
use ringfence_questions::connlist::Connlist;
use ringfence_testkit::shapes::Shape;

fn main() {
    let files = Shape::FIVE_MEGABYTES.files();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let megabytes = bytes as f64 / 1e6;
    println!("# {} files, {megabytes:.1} MB", files.len());
    let show = |stage: &str, took: Duration| {
        println!("{stage}\t{:.1}\t{:.1}", took.as_secs_f64() * 1e3, megabytes / took.as_secs_f64());
    };
    show("parse", median(|| files.iter().map(|(_, text)| ringfence_yaml::parse(text).documents().count()).sum()));
    show("check (parse, objects, world, rules)", median(|| session(&files).lint().findings.len()));
    let mut pairs = session(&Shape::CONNECTIONS.files());
    pairs.configure(Config { knobs: Connlist::knobs(&Knobs::default()), ..Config::default() });
    let worlds = pairs.worlds();
    let took = median(|| connections(&worlds[0].1));
    println!("list of connections (500 x 500)\t{:.1}\t-", took.as_secs_f64() * 1e3);
    let mut warm = session(&files);
    warm.lint();
    let (path, text) = files[files.len() / 2].clone();
    let mut edits = 0;
    let again = median_of(|| {
        edits += 1;
        let begun = Instant::now();
        warm.put(&path, &format!("{text}\n# edit {edits}\n"));
        let findings = warm.lint().findings.len();
        (begun.elapsed(), findings)
    });
    show("check again after one change", again);
}

fn session(files: &[(String, String)]) -> Session {
    let mut session = Session::new();
    for (path, text) in files {
        session.put(path, text);
    }
    session
}

/// The bytes of the list of who may talk to whom.
fn connections(world: &World) -> usize {
    let mut text = Vec::new();
    let written = ringfence_report::connlist(&Connlist::of(&Engine::new(world)), &mut text);
    written.map_or(0, |()| text.len())
}

/// The median time of a stage; its result keeps the compiler from leaving it out.
fn median(stage: impl Fn() -> usize) -> Duration {
    median_of(|| {
        let begun = Instant::now();
        let result = stage();
        (begun.elapsed(), result)
    })
}

fn median_of(mut stage: impl FnMut() -> (Duration, usize)) -> Duration {
    let mut times: Vec<Duration> = (0..5).map(|_| std::hint::black_box(stage()).0).collect();
    times.sort();
    times[2]
}
