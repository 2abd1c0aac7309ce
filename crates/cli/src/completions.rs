//! `ringfence completions`: scripts that complete commands in a shell.

use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output::Terminal;

/// Writes the script of a shell.
pub(crate) fn run(args: &Completions, terminal: &Terminal) -> Result<Exit, Failure> {
    // The generator panics where its writer fails, so it gets one that cannot.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ringfence", &mut script);
    terminal.write(None, |out, _| out.write_all(&script))?;
    Ok(Exit::Clean)
}
