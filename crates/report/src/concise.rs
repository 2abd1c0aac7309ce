//! One line a finding, in the shape that editors and `grep` know.

use std::io;

use crate::{Report, clean, world};

/// `path:line:column: severity[rule] message`.
pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in report.findings {
        let label = &finding.primary;
        let at = report.files.position(label.file, label.span.start);
        let path = clean::line(report.files.path(label.file));
        let message = clean::line(&finding.message);
        let world = world::of(report, finding).map(|world| format!(" (only in {})", clean::line(world)));
        let world = world.unwrap_or_default();
        writeln!(out, "{path}:{}:{}: {}[{}] {message}{world}", at.line, at.column, finding.severity, finding.rule)?;
    }
    Ok(())
}
