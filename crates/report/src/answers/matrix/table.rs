//! The table of symbols: one for each cell, in blocks of columns as wide as the terminal.

use std::io::{self, Write};

use ringfence_questions::{Cell, Matrix, Quantity};

use crate::Style;
use crate::answers::groups::{brief, is_brief, names};

/// The columns of text where nobody says how many there are.
const WIDTH: usize = 100;
/// The longest name that is written in full.
const NAME: usize = 28;
/// What a column takes.
const COLUMN: usize = 3;

/// The symbols, in the order of the legend.
const LEGEND: [(char, &str); 6] = [
    ('#', "everything"),
    ('+', "every pair, on some ports"),
    ('~', "some pairs"),
    ('?', "unknown: it depends on what the files do not show"),
    ('/', "half open: one end allows it, the other does not"),
    ('.', "nothing"),
];

/// The table, its legend, and the groups that share a row.
pub(super) fn write(matrix: &Matrix, folded: &[Vec<usize>], out: &mut dyn Write, style: Style) -> io::Result<()> {
    let labels: Vec<String> = folded.iter().map(|class| clip(&brief(matrix, class))).collect();
    let name = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    let number = folded.len().to_string().len();
    let width = if style.width == 0 { WIDTH } else { style.width };
    let columns = (width.saturating_sub(number + name + 2) / COLUMN).max(1);
    let ids: Vec<usize> = (0..folded.len()).collect();
    let mut used = String::new();
    for block in ids.chunks(columns) {
        let heads: String = block.iter().map(|id| format!("{:>COLUMN$}", id + 1)).collect();
        writeln!(out, "{:1$}{heads}", "", number + name + 2)?;
        for (id, label) in labels.iter().enumerate() {
            let cells: String = block.iter().map(|&to| symbol(cell(matrix, folded, id, to))).collect();
            used.push_str(&cells);
            let cells: String = cells.chars().map(|symbol| format!("{symbol:>COLUMN$}")).collect();
            writeln!(out, "{}", format!("{:>number$} {label:<name$} {cells}", id + 1).trim_end())?;
        }
        writeln!(out)?;
    }
    for (symbol, meaning) in LEGEND.iter().filter(|(symbol, _)| used.contains(*symbol)) {
        writeln!(out, "{symbol} {meaning}")?;
    }
    for (id, class) in folded.iter().enumerate().filter(|(_, class)| !is_brief(class)) {
        let all = format!("{} is {}", id + 1, names(matrix, class));
        writeln!(out, "{}", style.wrap(&all, 2).replace('\n', "\n  "))?;
    }
    writeln!(out)
}

/// The cell of two classes; within one, that of its members to each other, else to themselves.
fn cell<'m>(matrix: &'m Matrix, folded: &[Vec<usize>], from: usize, to: usize) -> Option<&'m Cell> {
    let destination = if from == to { *folded[to].last()? } else { folded[to][0] };
    matrix.cell(folded[from][0], destination)
}

/// What is known of a cell, as one character. What is not asked is blank.
fn symbol(cell: Option<&Cell>) -> char {
    let Some(cell) = cell else { return ' ' };
    match (cell.connections, cell.pairs) {
        (Quantity::All, _) => '#',
        (_, Quantity::All) => '+',
        (_, Quantity::Some) => '~',
        (_, Quantity::Unknown) => '?',
        (_, Quantity::None) if cell.half_open.count > 0 => '/',
        (_, Quantity::None) => '.',
    }
}

/// A name that does not fit loses its end.
fn clip(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}
