//! Which world a finding is about, where its place does not tell.

use ringfence_diagnostics::Finding;

use crate::Report;

/// The world, if there are several and only one of them has the finding. One that is called like the folder around the
/// place needs no mention.
pub(crate) fn of<'r>(report: &Report<'r>, finding: &'r Finding) -> Option<&'r str> {
    let world = finding.subject.as_ref().map(|subject| subject.world.as_str()).filter(|world| !world.is_empty())?;
    let path = report.files.path(finding.primary.file).trim_start_matches("./");
    let around = path.strip_prefix(world).is_some_and(|rest| rest.starts_with(['/', ':']) || rest.is_empty());
    (!around && world != ".").then_some(world)
}
