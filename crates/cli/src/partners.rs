//! `ringfence who-can reach` and `ringfence reach`: everybody at the other end.

use ringfence_report::answers;

use crate::args::{AnswerFormat, Reach, WhoCanReach};
use crate::ask::Asked;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output::Terminal;

/// Who can reach an end.
pub(crate) fn who_can_reach(args: &WhoCanReach, terminal: &Terminal) -> Result<Exit, Failure> {
    let asked = Asked::read(&args.asking)?;
    let exit = asked.ask(
        |inquiry| Ok(inquiry.who_can_reach(inquiry.destination(&args.destination)?)),
        |scene, partners| write(scene, &partners, args.format, terminal),
    )?;
    Ok(asked.end(exit, terminal))
}

/// Whom an end can reach.
pub(crate) fn reach(args: &Reach, terminal: &Terminal) -> Result<Exit, Failure> {
    let asked = Asked::read(&args.asking)?;
    let exit = asked.ask(
        |inquiry| Ok(inquiry.reach(inquiry.source(&args.source)?)),
        |scene, partners| write(scene, &partners, args.format, terminal),
    )?;
    Ok(asked.end(exit, terminal))
}

fn write(
    scene: &answers::Scene<'_>,
    partners: &ringfence_questions::Partners,
    format: AnswerFormat,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    terminal.write(None, |out, style| match format {
        AnswerFormat::Text => answers::partners::text(scene, partners, out, style),
        AnswerFormat::Json => answers::partners::json(scene, partners, out),
    })?;
    Ok(Exit::Clean)
}
