//! `ringfence explain`: what a rule is about.

use std::io::{self, Write};

use ringfence_lint::Selector;
use ringfence_report::Style;
use ringfence_rules::{Rule, resolve_name};

use crate::args::Explain;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::markdown;
use crate::output::Terminal;

/// Writes the documentation of a rule.
pub(crate) fn run(args: &Explain, terminal: &Terminal) -> Result<Exit, Failure> {
    let rule = find(&args.rule)?;
    terminal.write(None, |out, style| write(rule, out, style))?;
    Ok(Exit::Clean)
}

/// The rule of a name or of one of its other names.
fn find(name: &str) -> Result<&'static Rule, Failure> {
    if let Some(rule) = resolve_name(name) {
        return Ok(rule);
    }
    Selector::parse(name)?;
    Err(Failure::Group { name: name.to_owned() })
}

fn write(rule: &Rule, out: &mut dyn Write, style: Style) -> io::Result<()> {
    let off = if rule.group.on_by_default() { "" } else { ", off by default" };
    let fix = rule.fix.as_str();
    let text = format!(
        "# {}\n\n{}{off} · {} · confidence {} · fix: {fix} · since {}\n\n{}",
        rule.name,
        rule.group.as_str(),
        rule.severity,
        rule.confidence,
        rule.since,
        rule.markdown()
    );
    out.write_all(markdown::plain(&text, style.colour).as_bytes())
}
