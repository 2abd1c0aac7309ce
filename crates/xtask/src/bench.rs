//! `cargo xtask bench`: what the pipeline costs, stage by stage and as a whole process, as a table.
//!
//! Release builds, generated inputs, medians of five runs. Machines are noisy: compare ratios between runs on one machine,
//! not seconds between machines. With `--instructions` the whole process is counted by callgrind as well, where it is
//! installed: the same number each time.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use ringfence_testkit::shapes::Shape;

use crate::suites::has;
use crate::workspace::{root, target};

/// How often a process is run.
const RUNS: usize = 5;

/// One run of a process.
struct Run {
    wall: Duration,
    /// The most memory it held, in KiB.
    peak: Option<u64>,
}

/// Runs the benchmark and prints the table.
pub(crate) fn run(args: &[&str]) -> ExitCode {
    match table(args.contains(&"--instructions")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn table(instructions: bool) -> Result<(), String> {
    cargo(&["build", "--release", "--quiet", "--package", "ringfence-cli"])?;
    let stages = cargo(&["bench", "--quiet", "--package", "ringfence-testkit", "--bench", "stages"])?;
    println!("{:<40} {:>10} {:>10}", "stage, in one process", "ms", "MB/s");
    for line in stages.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        match cells.as_slice() {
            [stage, time, speed] => println!("{stage:<40} {time:>10} {speed:>10}"),
            _ if line.starts_with('#') => println!("{line}"),
            _ => {}
        }
    }
    let folder = generated()?;
    println!("\n{:<40} {:>10} {:>10}", "whole process", "wall ms", "peak MiB");
    for (name, arguments) in [
        ("ringfence --version (start-up)", vec!["--version".to_owned()]),
        (
            "ringfence check examples/seed-architecture",
            vec!["check".into(), path(&root().join("examples/seed-architecture"))],
        ),
        ("ringfence check (generated 5 MB)", vec!["check".into(), path(&folder)]),
    ] {
        let run = median(&arguments)?;
        let peak = run.peak.map_or_else(|| "-".to_owned(), |kib| (kib / 1024).to_string());
        println!("{name:<40} {:>10.1} {peak:>10}", run.wall.as_secs_f64() * 1e3);
        if instructions {
            println!("{:<40} {:>10}", "  instructions", count(&arguments)?);
        }
    }
    Ok(())
}

/// The generated repository on disk.
fn generated() -> Result<PathBuf, String> {
    let folder = target().join("bench/five-megabytes");
    for (name, text) in Shape::FIVE_MEGABYTES.files() {
        let path = folder.join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.map_err(|problem| format!("{}: {problem}", path.display()))?;
    }
    Ok(folder)
}

fn median(arguments: &[String]) -> Result<Run, String> {
    let mut runs = (0..RUNS).map(|_| once(arguments)).collect::<Result<Vec<Run>, String>>()?;
    runs.sort_by_key(|run| run.wall);
    Ok(runs.swap_remove(RUNS / 2))
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
