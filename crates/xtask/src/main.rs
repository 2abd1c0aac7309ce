//! The chores of the project: `cargo xtask <chore>`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks on its streams")]

mod assets;
mod bench;
mod codegen;
mod conformance;
mod differential;
mod hooks;
mod kustomize;
mod schema;
mod suites;
mod test;
mod tidy;
mod tools;
mod workflows;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <chore>

chores:
  test [SUITE…]      all suites, or the named ones; seconds a suite and the ten slowest tests
  tidy               the invariants of ARCHITECTURE.md
  assets             builds kube-apiserver, kubectl and etcd for tests, once, and prints their folder
  bench [--shape NAME] [--instructions]
                     what the pipeline costs, as a table
  codegen [--check]  the table and the pages of the rules, from the files in rules/src/checks
  conformance [--universe FILE] [--cilium VERSION] FILE…
                     holds ours against recorded verdicts: handwritten `.json`, or `.jsonl` and `.jsonl.gz`
  differential [--scenarios N] [--seed S]
                     random worlds, decided by Cilium's own engine and by ours
  kustomize-diff DIR builds every kustomization below DIR both ways, the real one's and ours, and says what differs
  schema [--check]   field tables of the real policy kinds, in crates/manifest/schema";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test", rest @ ..] => test::run(rest),
        ["tidy"] => tidy::run(),
        ["assets"] => assets::run(),
        ["bench", rest @ ..] => bench::run(rest),
        ["codegen", rest @ ..] => codegen::run(rest),
        ["schema", rest @ ..] => schema::run(rest),
        ["differential", rest @ ..] => differential::run(rest),
        ["kustomize-diff", folder] => kustomize::run(folder),
        ["conformance", rest @ ..] => conformance::run(rest),
        _ => usage(),
    }
}

/// Says what there is, for an unknown chore or unknown arguments: exit code 2.
fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}
