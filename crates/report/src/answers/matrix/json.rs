//! The matrix as JSON, described by `docs/schema/matrix.schema.json`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ringfence_questions::{Cell, GroupKind, Matrix, Reason};
use serde::Serialize;

use crate::answers::Scene;
use crate::answers::can::quantity;
use crate::answers::groups::noun;
use crate::answers::model::{self, EndJson, EntryJson, VERSION};
use crate::answers::partners::{ReasonJson, reason};

#[derive(Serialize)]
struct MatrixJson<'m> {
    version: u32,
    question: &'static str,
    by: &'static str,
    groups: Vec<GroupJson<'m>>,
    cells: Vec<CellJson>,
}

#[derive(Serialize)]
struct GroupJson<'m> {
    name: &'m str,
    kind: &'static str,
    members: Vec<EndJson>,
}

#[derive(Serialize)]
struct CellJson {
    source: usize,
    destination: usize,
    connections: &'static str,
    pairs: &'static str,
    ports: BTreeMap<&'static str, String>,
    half_open: HalfOpenJson,
    reasons: Vec<ReasonsJson>,
    decided_by: Vec<EntryJson>,
}

#[derive(Serialize)]
struct HalfOpenJson {
    pairs: usize,
    ports: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct ReasonsJson {
    egress: Option<ReasonJson>,
    ingress: Option<ReasonJson>,
}

/// For programs: every group, and every cell that somebody decides.
pub fn json(scene: &Scene<'_>, matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    let groups = matrix.groups.iter().map(|group| GroupJson {
        name: &group.name,
        kind: kind(group.kind),
        members: group.members.iter().map(|end| model::end(scene, end)).collect(),
    });
    let ids = 0..matrix.groups.len();
    let pairs = ids.clone().flat_map(|from| ids.clone().map(move |to| (from, to)));
    let cells = pairs.filter_map(|(from, to)| Some(cell(scene, from, to, matrix.cell(from, to)?)));
    let document = MatrixJson {
        version: VERSION,
        question: "matrix",
        by: noun(matrix.by),
        groups: groups.collect(),
        cells: cells.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn cell(scene: &Scene<'_>, source: usize, destination: usize, cell: &Cell) -> CellJson {
    let reasons = |one: &Reason| ReasonsJson {
        egress: one.egress.as_ref().map(reason),
        ingress: one.ingress.as_ref().map(reason),
    };
    CellJson {
        source,
        destination,
        connections: quantity(cell.connections),
        pairs: quantity(cell.pairs),
        ports: model::ports(&cell.ports),
        half_open: HalfOpenJson { pairs: cell.half_open.count, ports: model::ports(&cell.half_open.ports) },
        reasons: cell.reasons.iter().map(reasons).collect(),
        decided_by: cell.deciding.iter().map(|&id| model::entry(scene, id)).collect(),
    }
}

const fn kind(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Pods => "pods",
        GroupKind::Special => "special",
        GroupKind::Addresses => "addresses",
        GroupKind::DnsName => "dns-name",
    }
}
