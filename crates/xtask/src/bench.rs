//! `cargo xtask bench`: what the pipeline costs, stage by stage and as a whole process, as a table.
//!
//! Release builds, generated inputs, medians of five runs, of one where the input is large. Machines are noisy: compare
//! ratios between runs on one machine, not seconds between machines. `--shape NAME` runs one of the shapes of
//! `testkit/src/shapes.rs`; without it all run but the largest, and the questions to the engine too: one connection, a
//! matrix, one change. `gitops` is a repository of Flux, only run as a whole. With `--instructions` the whole process is counted by callgrind as well, where it is installed: the
//! same number each time.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use ringfence_testkit::shapes::{Shape, gitops};

use crate::suites::has;
use crate::workspace::{root, target};

/// How often a process is run.
const RUNS: usize = 5;
/// From so many namespaces or workloads on, once.
const LARGE: usize = 2_000;
/// Of about ten files each.
const APPLICATIONS: usize = 1_000;
/// The worlds that questions are asked about.
const ASKED: [&str; 2] = ["deep", "change"];

/// One run of a process.
struct Run {
    wall: Duration,
    /// The most memory it held, in KiB.
    peak: Option<u64>,
}

/// Runs the benchmark and prints the table.
pub(crate) fn run(args: &[&str]) -> ExitCode {
    match shapes(args).and_then(|shapes| table(&shapes, args.contains(&"--instructions"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The shape that is asked for; else all that take seconds.
fn shapes(args: &[&str]) -> Result<Vec<Shape>, String> {
    let Some(at) = args.iter().position(|arg| *arg == "--shape") else {
        return Ok(Shape::ALL.into_iter().filter(|shape| shape.name != Shape::XXL.name).collect());
    };
    if args.get(at + 1) == Some(&"gitops") {
        return Ok(Vec::new());
    }
    let names = || [Shape::ALL.map(|shape| shape.name).join(", "), "gitops".to_owned()].join(", ");
    let shape = args.get(at + 1).and_then(|name| Shape::named(name));
    Ok(vec![shape.ok_or_else(|| format!("`--shape` takes one of {}", names()))?])
}

fn table(shapes: &[Shape], instructions: bool) -> Result<(), String> {
    cargo(&["build", "--release", "--quiet", "--package", "ringfence-cli"])?;
    for shape in shapes {
        stages(*shape)?;
    }
    println!("\n{:<44} {:>10} {:>10}", "whole process", "wall ms", "peak MiB");
    if shapes.len() > 1 {
        process("ringfence --version (start-up)", &["--version".to_owned()], RUNS, instructions)?;
        let example = path(&root().join("examples/seed-architecture"));
        process("ringfence check examples/seed-architecture", &["check".into(), example], RUNS, instructions)?;
    }
    for shape in shapes {
        let arguments = ["check".into(), path(&generated(*shape)?)];
        let large = shape.namespaces.max(shape.workloads) >= LARGE;
        process(&format!("ringfence check ({})", shape.name), &arguments, if large { 1 } else { RUNS }, instructions)?;
    }
    if shapes.len() != 1 {
        let arguments = ["check".into(), path(&written("gitops", gitops(APPLICATIONS))?)];
        process("ringfence check (gitops, 10,000 files)", &arguments, RUNS, instructions)?;
    }
    if shapes.len() > 1 { questions() } else { Ok(()) }
}

/// What questions to the engine cost, of so many at once.
fn questions() -> Result<(), String> {
    println!("\n{:<44} {:>10} {:>10}", "question", "ms", "for");
    for world in ASKED {
        let bench = ["bench", "--quiet", "--package", "ringfence-testkit", "--bench", "questions", "--", world];
        for line in cargo(&bench)?.lines().filter(|line| !line.starts_with('#')) {
            if let [world, question, median, _, count] = line.split('\t').collect::<Vec<_>>().as_slice() {
                println!("{:<44} {median:>10} {count:>10}", format!("{world}: {question}"));
            }
        }
    }
    Ok(())
}

/// The stages of one shape, in one process, and its slowest rules.
fn stages(shape: Shape) -> Result<(), String> {
    let bench =
        ["bench", "--quiet", "--package", "ringfence-testkit", "--bench", "stages", "--", "--shape", shape.name];
    println!("{:<44} {:>10} {:>10}", "stage, in one process", "ms", "MB/s");
    for line in cargo(&bench)?.lines() {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["rule", rule, time] => println!("  {rule:<42} {time:>10}"),
            [stage, time, speed] => println!("{stage:<44} {time:>10} {speed:>10}"),
            _ if line.starts_with('#') => println!("{line}"),
            _ => {}
        }
    }
    Ok(())
}

fn process(name: &str, arguments: &[String], runs: usize, instructions: bool) -> Result<(), String> {
    let run = median(arguments, runs)?;
    let peak = run.peak.map_or_else(|| "-".to_owned(), |kib| (kib / 1024).to_string());
    println!("{name:<44} {:>10.1} {peak:>10}", run.wall.as_secs_f64() * 1e3);
    if instructions {
        println!("{:<44} {:>10}", "  instructions", count(arguments)?);
    }
    Ok(())
}

/// A generated repository on disk.
fn generated(shape: Shape) -> Result<PathBuf, String> {
    written(shape.name, shape.files())
}

fn written(name: &str, files: Vec<(String, String)>) -> Result<PathBuf, String> {
    let folder = target().join("bench").join(name);
    // What another version of the shape left would be read too.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    }
    for (name, text) in files {
        let path = folder.join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.map_err(|problem| format!("{}: {problem}", path.display()))?;
    }
    Ok(folder)
}

fn median(arguments: &[String], times: usize) -> Result<Run, String> {
    let mut runs = (0..times).map(|_| once(arguments)).collect::<Result<Vec<Run>, String>>()?;
    runs.sort_by_key(|run| run.wall);
    Ok(runs.swap_remove(times / 2))
}

/// Runs the binary once. The peak comes from the system's own accounting, through a shell that waits for nothing else.
fn once(arguments: &[String]) -> Result<Run, String> {
    let begun = Instant::now();
    let child = Command::new(binary()).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|problem| format!("{}: {problem}", binary().display()))?;
    let mut peak = None;
    let status = Path::new("/proc").join(child.id().to_string()).join("status");
    loop {
        peak = high_water(&status).or(peak);
        if child.try_wait().map_err(|problem| problem.to_string())?.is_some() {
            return Ok(Run { wall: begun.elapsed(), peak });
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}

/// `VmHWM` of a process: the most memory it held so far, in KiB.
fn high_water(status: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}

/// Instructions of a whole run, as callgrind counts them.
fn count(arguments: &[String]) -> Result<String, String> {
    if !has("valgrind") {
        return Ok("valgrind is missing".into());
    }
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary())
        .args(arguments)
        .output()
        .map_err(|problem| problem.to_string())?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let counted = text.lines().find_map(|line| line.split("Collected : ").nth(1)).map(str::to_owned);
    counted.ok_or_else(|| format!("callgrind counted nothing:\n{text}"))
}

fn binary() -> PathBuf {
    target().join("release/ringfence")
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn cargo(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("cargo").current_dir(root()).args(arguments).stderr(Stdio::inherit()).output();
    let output = output.map_err(|problem| format!("cargo: {problem}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("cargo {}", arguments.join(" ")))
    }
}
