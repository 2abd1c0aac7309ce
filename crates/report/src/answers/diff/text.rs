//! `diff` for people: what changed, below what did it.

use std::io::{self, Write};

use ringfence_cluster::WorkloadId;
use ringfence_questions::{Change, ChangeKind};

use super::super::{Scene, phrase};
use super::names::short;
use super::words::{self, cause, kind, ports, spots, summary};
use super::{Compared, Comparison};
use crate::Style;

/// How many lines stand below one cause.
const LINES: usize = 30;
/// How many places of a cause are told.
const PLACES: usize = 4;

/// For people.
pub fn text(comparison: &Comparison<'_>, out: &mut dyn Write, style: Style) -> io::Result<()> {
    writeln!(out, "{}", summary(comparison))?;
    for (names, side) in [(&comparison.only_old, comparison.old), (&comparison.only_new, comparison.new)] {
        for name in names {
            writeln!(out, "world `{name}` is only in `{side}`: it is not compared")?;
        }
    }
    for world in &comparison.worlds {
        if !world.diff.is_empty() {
            whole(world, out, style)?;
        }
        beside(world, out)?;
    }
    Ok(())
}

/// What only the cluster has: workloads are many and nobody's fault, policies are named.
fn beside(compared: &Compared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some((beside, heading)) = compared.beside.as_ref().and_then(|one| Some((one, words::beside(one)?))) else {
        return Ok(());
    };
    writeln!(out, "\n{heading}")?;
    let (scene, world) = (&compared.new, compared.new.inquiry.world());
    for &id in beside.policies.iter().take(LINES) {
        let place = world.object(world.policy(id).object).place;
        writeln!(out, "  {}  {}", phrase::policy(id, world), scene.at(place))?;
    }
    let left = beside.policies.len().saturating_sub(LINES);
    if left > 0 { writeln!(out, "  and {left} more; `--format json` lists them") } else { Ok(()) }
}

fn whole(compared: &Compared<'_>, out: &mut dyn Write, style: Style) -> io::Result<()> {
    if !compared.name.is_empty() {
        writeln!(out, "\nworld `{}`", compared.name)?;
    }
    for (causes, changes) in compared.groups(|kind| kind != ChangeKind::Uncertain) {
        group(compared, causes, &changes, out, style)?;
    }
    let uncertain = compared.groups(|kind| kind == ChangeKind::Uncertain);
    if !uncertain.is_empty() {
        writeln!(out, "\nuncertain: {}", words::unseen(compared))?;
    }
    for (causes, changes) in uncertain {
        group(compared, causes, &changes, out, style)?;
    }
    workloads(&compared.new, &compared.diff.appeared, words::appeared(compared), out)?;
    workloads(&compared.old, &compared.diff.gone, "gone workloads", out)
}

fn group(
    compared: &Compared<'_>,
    causes: &[usize],
    changes: &[&Change],
    out: &mut dyn Write,
    style: Style,
) -> io::Result<()> {
    writeln!(out)?;
    for &at in causes {
        let told = &compared.diff.causes[at];
        let places = spots(compared, told, PLACES);
        let places = if places.is_empty() { String::new() } else { format!("  {}", places.join(", ")) };
        writeln!(out, "{}{places}", cause(compared, told))?;
    }
    for change in changes.iter().take(LINES) {
        let word = format!("{:<9}", kind(change.kind()));
        let word = painted(&word, change.kind(), style);
        let (from, to) = (short(compared, &change.sources), short(compared, &change.destinations));
        writeln!(out, "  {word} {from} -> {to}  {}", ports(change))?;
    }
    let left = changes.len().saturating_sub(LINES);
    if left > 0 { writeln!(out, "  and {left} more; `--format json` lists them") } else { Ok(()) }
}

fn painted(word: &str, kind: ChangeKind, style: Style) -> String {
    let colour = match kind {
        ChangeKind::Opened => "32",
        ChangeKind::Closed => "31",
        ChangeKind::Changed | ChangeKind::Uncertain => "33",
    };
    if style.colour { format!("\u{1b}[{colour}m{word}\u{1b}[0m") } else { word.to_owned() }
}

fn workloads(scene: &Scene<'_>, ids: &[WorkloadId], heading: &str, out: &mut dyn Write) -> io::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}")?;
    let world = scene.inquiry.world();
    for &id in ids {
        let workload = world.workload(id);
        let object = world.object(workload.object);
        writeln!(out, "  {} {}  {}", object.kind_name, world.workload_text(workload), scene.at(object.place))?;
    }
    Ok(())
}
