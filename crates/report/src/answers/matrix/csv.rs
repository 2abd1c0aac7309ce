//! The matrix as CSV (RFC 4180): one line for each cell that somebody decides.

use std::io::{self, Write};

use ringfence_questions::Matrix;

use super::short;
use crate::answers::can::quantity;
use crate::answers::groups::name;

/// For spreadsheets.
pub fn csv(matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "source,destination,connections,pairs,ports,half_open_pairs,half_open_ports")?;
    for from in 0..matrix.groups.len() {
        for to in 0..matrix.groups.len() {
            let Some(cell) = matrix.cell(from, to) else { continue };
            let half_open = if cell.half_open.count > 0 { short(&cell.half_open.ports) } else { String::new() };
            let ports = if cell.ports.is_empty() { String::new() } else { short(&cell.ports) };
            let count = cell.half_open.count.to_string();
            let (source, destination) = (name(matrix, from), name(matrix, to));
            let fields = [
                source.as_str(),
                &destination,
                quantity(cell.connections),
                quantity(cell.pairs),
                &ports,
                &count,
                &half_open,
            ];
            writeln!(out, "{}", fields.map(field).join(","))?;
        }
    }
    Ok(())
}

/// A field, in quotes where it must be. What a spreadsheet would take for a formula begins with an apostrophe.
fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_quoted_and_are_no_formulas() {
        assert_eq!(field("shop"), "shop");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("=1+1"), "'=1+1");
    }
}
