//! `ringfence matrix`: which groups of endpoints talk to which.

use ringfence_report::answers;

use crate::args::{Matrix, MatrixFormat};
use crate::ask::Asked;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output::Terminal;

/// Answers for all pairs of groups.
pub(crate) fn run(args: &Matrix, terminal: &Terminal) -> Result<Exit, Failure> {
    let asked = Asked::read(&args.asking)?;
    let exit = asked.ask(
        |inquiry| Ok(inquiry.matrix(args.by.into())),
        |scene, matrix| {
            terminal.write(None, |out, style| match args.format {
                MatrixFormat::Text => answers::matrix::text(scene, &matrix, out, style),
                MatrixFormat::Json => answers::matrix::json(scene, &matrix, out),
                MatrixFormat::Csv => answers::matrix::csv(&matrix, out),
                MatrixFormat::Markdown => answers::matrix::markdown(&matrix, out),
            })?;
            Ok(Exit::Clean)
        },
    )?;
    Ok(asked.end(exit, terminal))
}
