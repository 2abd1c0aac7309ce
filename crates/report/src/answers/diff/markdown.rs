//! `diff` as a comment of a pull request: a line, and tables.

use std::io::{self, Write};

use ringfence_cluster::WorkloadId;
use ringfence_questions::{Change, ChangeKind};

use super::super::{Scene, phrase};
use super::names::short;
use super::words::{self, cause, kind, ports, spots, summary};
use super::{Compared, Comparison};

/// Longer tables are folded away.
const OPEN: usize = 15;
/// How many rows a table has: a comment holds 65,536 characters.
const ROWS: usize = 100;
/// How many places of a cause are told.
const PLACES: usize = 3;

/// For a pull request.
pub fn markdown(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**Network policy**: {}.", summary(comparison))?;
    for (names, side) in [(&comparison.only_old, comparison.old), (&comparison.only_new, comparison.new)] {
        for name in names {
            writeln!(out, "\nWorld {} is only in {}: it is not compared.", code(name), code(side))?;
        }
    }
    for compared in &comparison.worlds {
        if !compared.diff.is_empty() && !compared.name.is_empty() {
            writeln!(out, "\n### World {}", code(&compared.name))?;
        }
        for of in [ChangeKind::Opened, ChangeKind::Closed, ChangeKind::Changed, ChangeKind::Uncertain] {
            connections(compared, of, out)?;
        }
        workloads(&compared.new, &compared.diff.appeared, &capital(words::appeared(compared)), out)?;
        workloads(&compared.old, &compared.diff.gone, "Gone workloads", out)?;
        if let Some(beside) = compared.beside.as_ref().and_then(words::beside) {
            writeln!(out, "\n{}.", capital(&beside))?;
        }
    }
    Ok(())
}

fn connections(compared: &Compared<'_>, of: ChangeKind, out: &mut dyn Write) -> io::Result<()> {
    let changes: Vec<&Change> = compared.diff.changes.iter().filter(|change| change.kind() == of).collect();
    let rows = changes.iter().map(|change| {
        let (from, to) = (short(compared, &change.sources), short(compared, &change.destinations));
        let causes = change.causes.iter().map(|&at| because(compared, at)).collect::<Vec<_>>().join("<br>");
        format!("| {} | {} | {} | {causes} |", cell(&from), cell(&to), cell(&ports(change)))
    });
    let count = changes.iter().map(|change| compared.connections(change)).sum();
    let title = match of {
        ChangeKind::Uncertain => format!("Uncertain: {}", words::unseen(compared)),
        known => capital(kind(known)),
    };
    let title = format!("{title} ({})", phrase::count(count, "connection"));
    table(&title, "| from | to | ports | because of |\n|---|---|---|---|", rows.collect(), out)
}

fn because(compared: &Compared<'_>, at: usize) -> String {
    let told = &compared.diff.causes[at];
    let places: Vec<String> = spots(compared, told, PLACES).iter().map(|place| code(place)).collect();
    let places = if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) };
    format!("{}{places}", cell(&cause(compared, told)))
}

fn workloads(scene: &Scene<'_>, ids: &[WorkloadId], title: &str, out: &mut dyn Write) -> io::Result<()> {
    let world = scene.inquiry.world();
    let row = |&id: &WorkloadId| {
        let workload = world.workload(id);
        let object = world.object(workload.object);
        let at = scene.at(object.place);
        let at = if at.is_empty() { at } else { code(&at) };
        format!("| {} {} | {at} |", cell(&object.kind_name), code(&world.workload_text(workload)))
    };
    let title = format!("{title} ({})", ids.len());
    table(&title, "| workload | |\n|---|---|", ids.iter().map(row).collect(), out)
}

/// A table under a title, folded away where it is long.
fn table(title: &str, head: &str, mut rows: Vec<String>, out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let long = rows.len() > OPEN;
    let left = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    if long {
        writeln!(out, "\n<details><summary>{title}</summary>\n")?;
    } else {
        writeln!(out, "\n#### {title}\n")?;
    }
    writeln!(out, "{head}")?;
    rows.iter().try_for_each(|row| writeln!(out, "{row}"))?;
    if left > 0 {
        writeln!(out, "\nand {left} more rows; `--format json` lists them")?;
    }
    if long { writeln!(out, "\n</details>") } else { Ok(()) }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A text that shows as it is in a cell; what stands between backticks stays code.
fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        inside ^= letter == '`';
        match letter {
            '|' => escaped.push_str("\\|"),
            '\n' | '\r' => escaped.push(' '),
            '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '~' if !inside => escaped.extend(['\\', letter]),
            other => escaped.push(other),
        }
    }
    escaped
}

fn code(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect();
    format!("`{}`", plain.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_their_cell() {
        assert_eq!(cell("a|b <img> `x_*|`\n_"), "a\\|b \\<img\\> `x_*\\|` \\_");
        assert_eq!(code("a`b|c"), "`a b\\|c`");
        assert_eq!(capital("opened"), "Opened");
    }
}
