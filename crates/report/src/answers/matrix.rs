//! `matrix`, rendered: a table of symbols and the connections as a list; JSON, CSV, Markdown.

mod csv;
mod json;
mod markdown;
mod table;

pub use csv::csv;
pub use json::json;
pub use markdown::markdown;

use std::collections::BTreeMap;
use std::io::{self, Write};

use ringfence_cluster::{Protocol, Tri};
use ringfence_engine::Ports;
use ringfence_questions::{Edge, Graph, Link, Matrix, State, Tip, protocol_word};

use super::groups::{self, brief, is_brief, noun};
use super::{Scene, phrase};
use crate::Style;

/// The most classes that are shown as a table: a larger one is nothing that a person takes in.
const TABLE: usize = 80;

/// For people: the table, what its symbols and folded rows stand for, and the connections with their ports.
pub fn text(_: &Scene<'_>, matrix: &Matrix, out: &mut dyn Write, style: Style) -> io::Result<()> {
    let folded = matrix.folded();
    let groups = phrase::count(matrix.groups.len(), "group");
    if folded.len() > TABLE {
        writeln!(out, "{groups}, {} of them different: too many for a table\n", folded.len())?;
    } else {
        let note = if folded.len() < matrix.groups.len() {
            format!(", {} of them different", folded.len())
        } else {
            String::new()
        };
        writeln!(out, "{groups}{note}; connections go from the row to the column\n")?;
        table::write(matrix, &folded, out, style)?;
    }
    connections(matrix, &matrix.graph(), out, style)
}

/// The connections of a graph, those with the same source and ports in one line.
fn connections(matrix: &Matrix, graph: &Graph, out: &mut dyn Write, style: Style) -> io::Result<()> {
    if graph.edges.is_empty() && graph.nodes.iter().all(|node| node.within.is_none() && node.among.is_none()) {
        return writeln!(out, "no connection is let through");
    }
    writeln!(out, "connections")?;
    let mut lines: BTreeMap<(Tip, String), Vec<&Edge>> = BTreeMap::new();
    for edge in &graph.edges {
        lines.entry((edge.from, told(edge))).or_default().push(edge);
    }
    let tip = |tip: Tip| match tip {
        Tip::Everybody => format!("every {}", noun(matrix.by)),
        Tip::Node(at) => brief(matrix, &graph.nodes[at].groups),
    };
    let everybody_first = |tip: Tip| u8::from(tip != Tip::Everybody);
    let mut lines: Vec<_> = lines.into_iter().collect();
    lines.sort_by_key(|((from, _), edges)| (everybody_first(*from), *from, edges[0].to));
    for ((from, what), edges) in lines {
        for edge in edges.iter().filter(|edge| !edge.except.is_empty()) {
            writeln!(
                out,
                "  {} -> {}  {what}, except {}",
                tip(from),
                tip(edge.to),
                groups::names(matrix, &edge.except)
            )?;
        }
        let others: Vec<String> = edges.iter().filter(|edge| edge.except.is_empty()).map(|edge| tip(edge.to)).collect();
        if !others.is_empty() {
            writeln!(out, "  {} -> {}  {what}", tip(from), others.join("; "))?;
        }
    }
    inside(matrix, graph, out)?;
    members(matrix, graph.nodes.iter().map(|node| node.groups.as_slice()), out, style)
}

/// The connections within groups, and among groups that are one node.
fn inside(matrix: &Matrix, graph: &Graph, out: &mut dyn Write) -> io::Result<()> {
    for node in &graph.nodes {
        let brief = brief(matrix, &node.groups);
        if let Some(link) = &node.within {
            let each = if node.groups.len() > 1 { ", each" } else { "" };
            writeln!(out, "  within {brief}{each}  {}", said(link))?;
        }
        if let Some(link) = &node.among {
            writeln!(out, "  among {brief}  {}", said(link))?;
        }
    }
    Ok(())
}

/// Which groups those are that were only counted.
fn members<'c>(
    matrix: &Matrix,
    classes: impl Iterator<Item = &'c [usize]>,
    out: &mut dyn Write,
    style: Style,
) -> io::Result<()> {
    for (at, class) in classes.filter(|class| !is_brief(class)).enumerate() {
        if at == 0 {
            writeln!(out, "\nwhere")?;
        }
        let all = format!("{} is {}", brief(matrix, class), groups::names(matrix, class));
        writeln!(out, "  {}", style.wrap(&all, 4).replace('\n', "\n    "))?;
    }
    Ok(())
}

/// What an edge lets through.
pub(super) fn told(edge: &Edge) -> String {
    let said = said(&edge.link);
    if edge.differing { format!("{said}, of each its own") } else { said }
}

/// What a link lets through: ports, and what is special about it.
pub(super) fn said(link: &Link) -> String {
    let mut said = short(&link.ports);
    if link.in_part {
        said.push_str(" (some pairs)");
    }
    match link.state {
        State::Open if link.is_accident() => said.push_str(" (by accident: no policy isolates either end)"),
        State::Open => {}
        State::Unknown => said.push_str(" (perhaps)"),
        State::HalfOpen => said.push_str(" (half open: only one end allows it)"),
    }
    said
}

/// Ports in few words, protocols with the same ones together: `TCP+UDP 53; TCP 443`. Where every port may be let through,
/// those that surely are stand first: `TCP 10250; every other port?`.
pub(super) fn short(ports: &[(Protocol, Ports)]) -> String {
    let everything = ports.len() == PROTOCOLS && ports.iter().all(|(_, ports)| may_be_all(ports));
    let sure: Vec<(Protocol, Ports)> = ports.iter().map(|(protocol, ports)| (*protocol, surely(ports))).collect();
    if sure.len() == PROTOCOLS && sure.iter().all(|(_, ports)| ports.is_all()) {
        "every port".to_owned()
    } else if !everything {
        together(ports)
    } else if sure.iter().all(|(_, ports)| ports.is_none()) {
        "every port?".to_owned()
    } else {
        format!("{}; every other port?", together(&sure))
    }
}

/// TCP, UDP, SCTP, ICMP and ICMPv6.
const PROTOCOLS: usize = 5;

fn may_be_all(ports: &Ports) -> bool {
    matches!(ports.unsure().perhaps(), [(0 | 1, 255 | u16::MAX)])
}

fn surely(ports: &Ports) -> Ports {
    let intervals = ports.sure().iter();
    intervals.fold(Ports::default(), |sure, &(first, last)| sure.or(&Ports::interval(first, last, Tri::Yes)))
}

fn together(ports: &[(Protocol, Ports)]) -> String {
    let mut together: Vec<(Vec<&'static str>, String)> = Vec::new();
    for (protocol, ports) in ports.iter().filter(|(_, ports)| !ports.is_none()) {
        let (word, text) = (protocol_word(*protocol), ports.to_string());
        match together.iter_mut().find(|(_, same)| *same == text) {
            Some((words, _)) => words.push(word),
            None => together.push((vec![word], text)),
        }
    }
    together.iter().map(|(words, text)| format!("{} {text}", words.join("+"))).collect::<Vec<_>>().join("; ")
}
