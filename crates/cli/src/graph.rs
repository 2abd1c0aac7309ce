//! `ringfence graph`: the same as `matrix`, drawn.

use ringfence_report::answers::graph::{self, GraphFormat};

use crate::args::{Drawing, Graph};
use crate::ask::Asked;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output::Terminal;

/// Draws who talks to whom.
pub(crate) fn run(args: &Graph, terminal: &Terminal) -> Result<Exit, Failure> {
    let asked = Asked::read(&args.asking)?;
    let format = match args.format {
        Drawing::Dot => GraphFormat::Dot,
        Drawing::Mermaid => GraphFormat::Mermaid,
        Drawing::Svg => GraphFormat::Svg,
        Drawing::Html => GraphFormat::Html,
    };
    let exit = asked.ask(
        |inquiry| Ok(inquiry.matrix(args.by.into())),
        |scene, matrix| {
            terminal.write(args.output.as_deref(), |out, _| graph::draw(format, scene, &matrix, out))?;
            Ok(Exit::Clean)
        },
    )?;
    Ok(asked.end(exit, terminal))
}
