//! `ringfence can`: whether connections are let through, and what lets or does not let them.

use ringfence_questions::Quantity;
use ringfence_report::answers;

use crate::args::{AnswerFormat, Can};
use crate::ask::Asked;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output::Terminal;

/// Answers for two ends.
pub(crate) fn run(args: &Can, terminal: &Terminal) -> Result<Exit, Failure> {
    let asked = Asked::read(&args.asking)?;
    let exit = asked.ask(
        |inquiry| Ok(inquiry.can(inquiry.source(&args.source)?, inquiry.destination(&args.destination)?)),
        |scene, can| {
            terminal.write(None, |out, style| match args.format {
                AnswerFormat::Text => answers::can::text(scene, &can, args.all, out, style),
                AnswerFormat::Json => answers::can::json(scene, &can, out),
            })?;
            Ok(exit(can.quantity))
        },
    )?;
    Ok(asked.end(exit, terminal))
}

/// All is a yes; some and none are not.
const fn exit(quantity: Quantity) -> Exit {
    match quantity {
        Quantity::All => Exit::Clean,
        Quantity::Some | Quantity::None => Exit::Found,
        Quantity::Unknown => Exit::Unknown,
    }
}
