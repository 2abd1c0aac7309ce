//! Where text goes: the report to standard output, everything else to standard error, each with its own colours.

use std::env;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};
use ringfence_report::Style;

use crate::args::Colour;
use crate::errors::{self, Failure};
use crate::exit::Exit;
use crate::input::shown;

/// The widest that prose is wrapped to: longer lines are hard to read.
const WIDEST: usize = 120;

/// What is known of the two streams.
#[derive(Debug)]
pub(crate) struct Terminal {
    /// How the report is written to standard output.
    pub(crate) style: Style,
    /// Whether errors have colours.
    errors: bool,
}

impl Terminal {
    /// Colours as asked for; by the usual variables where it is left to us.
    pub(crate) fn new(colour: Colour) -> Self {
        let auto = |choice: ColorChoice| match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => choice != ColorChoice::Never,
        };
        let style = Style { colour: auto(AutoStream::choice(&io::stdout())), width: width() };
        Self { style, errors: auto(AutoStream::choice(&io::stderr())) }
    }

    /// Shows an error. That standard error is closed is nothing that could be said anywhere.
    pub(crate) fn error(&self, failure: &Failure) {
        let mut text = Vec::new();
        let _ = errors::write(failure, &mut text, self.errors);
        let _ = io::stderr().lock().write_all(&text);
    }

    /// Shows an error that ends the run.
    pub(crate) fn failed(&self, failure: &Failure) -> Exit {
        self.error(failure);
        Exit::Failed
    }

    /// Writes to standard output, or to a file.
    pub(crate) fn write(
        &self,
        file: Option<&Path>,
        write: impl FnOnce(&mut dyn Write, Style) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let Some(path) = file else {
            let mut out = BufWriter::new(io::stdout().lock());
            let written = write(&mut out, self.style).and_then(|()| out.flush());
            return quietly(written).map_err(|source| Failure::Write { path: "standard output".into(), source });
        };
        let plain = Style { colour: false, ..self.style };
        let create = || {
            let mut out = BufWriter::new(File::create(path)?);
            write(&mut out, plain)?;
            out.flush()
        };
        create().map_err(|source| Failure::Write { path: shown(path), source })
    }
}

/// A reader that has seen enough, such as `head`, is no error.
fn quietly(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The columns of the terminal; 0 where there is none, so that files and pipes do not depend on who looks.
fn width() -> usize {
    if !io::stdout().is_terminal() {
        return 0;
    }
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.or_else(measured).unwrap_or_default().min(WIDEST)
}

/// Writes a line for the person at the terminal to standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
