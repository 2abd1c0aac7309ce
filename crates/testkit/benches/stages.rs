//! Each stage of the one way through, on a generated repository: `cargo xtask bench` runs it and prints its lines.
//!
//! A line is `stage<TAB>milliseconds<TAB>megabytes a second`. Each stage is run five times; the median counts, because
//! machines are noisy.

use std::time::{Duration, Instant};

use ringfence_lint::Session;
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
    show("put (parse and read objects)", median(|| session(&files).1));
    let lint = median_of(|| {
        let (mut session, _) = session(&files);
        let begun = Instant::now();
        let findings = session.lint().findings.len();
        (begun.elapsed(), findings)
    });
    show("lint (worlds, engine, rules)", lint);
    let (mut warm, _) = session(&files);
    warm.lint();
    let edited = files[files.len() / 2].clone();
    let again = median_of(|| {
        let begun = Instant::now();
        warm.put(&edited.0, &format!("{}\n# edited {:?}\n", edited.1, begun));
        (begun.elapsed() + lint_time(&mut warm), 0)
    });
    show("lint again after one change", again);
}

fn lint_time(session: &mut Session) -> Duration {
    let begun = Instant::now();
    session.lint();
    begun.elapsed()
}

fn session(files: &[(String, String)]) -> (Session, usize) {
    let mut session = Session::new();
    for (path, text) in files {
        session.put(path, text);
    }
    (session, files.len())
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
