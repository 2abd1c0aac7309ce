//! The `ringfence` command: a thin shell over `ringfence_lint::Session`.
//!
//! The report goes to standard output and nothing else does; progress, notes and errors of operation go to standard error.
//! What went wrong with the command itself is a [`Failure`]; what is wrong with a manifest is a finding, never an error.

mod args;
mod around;
mod ask;
mod build;
mod can;
mod check;
mod completions;
mod config;
mod diff;
mod drift;
mod errors;
mod exit;
mod expect;
mod explain;
mod fix;
mod git;
mod graph;
mod input;
mod live;
mod markdown;
mod matrix;
mod output;
mod partners;
mod progress;
mod roots;
mod rules;
mod side;
mod what_if;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, WhoCanVerb};
use errors::Failure;
use exit::Exit;
use output::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(cli.color);
    run(&cli.command, &terminal).unwrap_or_else(|failure| terminal.failed(&failure)).into()
}

fn run(command: &Command, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        Command::Check(check) => check::run(check, terminal),
        Command::Can(can) => can::run(can, terminal),
        Command::WhoCan(who_can) => match &who_can.verb {
            WhoCanVerb::Reach(reach) => partners::who_can_reach(reach, terminal),
        },
        Command::Reach(reach) => partners::reach(reach, terminal),
        Command::Diff(diff) => diff::run(diff, terminal),
        Command::Test(test) => expect::run(test, terminal),
        Command::Build(build) => build::run(build, terminal),
        Command::Matrix(matrix) => matrix::run(matrix, terminal),
        Command::Graph(graph) => graph::run(graph, terminal),
        Command::Roots(roots) => roots::run(roots, terminal),
        Command::Rules(rules) => rules::run(rules, terminal),
        Command::Explain(explain) => explain::run(explain, terminal),
        Command::Completions(completions) => completions::run(completions, terminal),
    }
}
