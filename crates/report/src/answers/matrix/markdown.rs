//! The matrix as Markdown: a list of connections for a page or a pull request.

use std::io::{self, Write};

use ringfence_questions::{Edge, Matrix, Tip};

use super::{said, told};
use crate::answers::groups::{names, noun};

/// For pages: one row for each edge of the graph.
pub fn markdown(matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    let graph = matrix.graph();
    let tip = |tip: Tip| match tip {
        Tip::Everybody => format!("*every {}*", noun(matrix.by)),
        Tip::Node(at) => escaped(&names(matrix, &graph.nodes[at].groups)),
    };
    writeln!(out, "| from | to | ports |\n|---|---|---|")?;
    for edge in &graph.edges {
        writeln!(out, "| {} | {} | {} |", tip(edge.from), tip(edge.to), escaped(&ports(matrix, edge)))?;
    }
    for node in &graph.nodes {
        let own = escaped(&names(matrix, &node.groups));
        if let Some(link) = &node.within {
            writeln!(out, "| {own} | *itself* | {} |", escaped(&said(link)))?;
        }
        if let Some(link) = &node.among {
            writeln!(out, "| {own} | *each other* | {} |", escaped(&said(link)))?;
        }
    }
    Ok(())
}

fn ports(matrix: &Matrix, edge: &Edge) -> String {
    let except =
        if edge.except.is_empty() { String::new() } else { format!(", except {}", names(matrix, &edge.except)) };
    format!("{}{except}", told(edge))
}

/// Text in a cell of a table: nothing in it is markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' | '*' | '_' | '`' | '\\' | '[' | ']' | '#' | '~' | '!' | '@' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}
