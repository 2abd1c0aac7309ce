//! `ringfence matrix`: which groups of endpoints talk to which.

use std::io::{self, Write};

use ringfence_questions::connlist::Connlist;
use ringfence_report::{Style, answers};

use crate::args::{Matrix, MatrixFormat};
use crate::ask::Asked;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output::{Terminal, note};

/// How an answer is put into words.
type Writer = fn(&answers::Scene<'_>, &ringfence_questions::Matrix, &mut dyn Write, Style) -> io::Result<()>;

/// Answers for all pairs of groups.
pub(crate) fn run(args: &Matrix, terminal: &Terminal) -> Result<Exit, Failure> {
    let write: Writer = match args.format {
        MatrixFormat::Text => answers::matrix::text,
        MatrixFormat::Json => |scene, matrix, out, _| answers::matrix::json(scene, matrix, out),
        MatrixFormat::Csv => |_, matrix, out, _| answers::matrix::csv(matrix, out),
        MatrixFormat::Markdown => |_, matrix, out, _| answers::matrix::markdown(matrix, out),
        MatrixFormat::Connlist => return list(args, terminal),
    };
    let asked = Asked::read(&args.asking)?;
    let exit = asked.ask(
        |inquiry| Ok(inquiry.matrix(args.by.into())),
        |scene, matrix| {
            terminal.write(None, |out, style| write(scene, &matrix, out, style))?;
            Ok(Exit::Clean)
        },
    )?;
    Ok(asked.end(exit, terminal))
}

/// Lists every pair of workloads as other tools do: what no file shows is not there.
fn list(args: &Matrix, terminal: &Terminal) -> Result<Exit, Failure> {
    let asked = Asked::read_as(&args.asking, Connlist::knobs)?;
    let exit = asked.ask(
        |inquiry| Ok(Connlist::of(inquiry.engine())),
        |_, connections| {
            terminal.write(None, |out, _| ringfence_report::connlist(&connections, out))?;
            let unsure = connections.unsure.len();
            if unsure > 0 && !args.asking.reading.quiet {
                let pairs = if unsure == 1 { "1 pair".to_owned() } else { format!("{unsure} pairs") };
                note(&format!("note: of {pairs} not every port can be known; only what is sure is listed"));
            }
            Ok(Exit::Clean)
        },
    )?;
    Ok(asked.end(exit, terminal))
}
