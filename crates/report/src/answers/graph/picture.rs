//! What all drawings show: boxes and arrows with their words, whatever they are drawn with.

use ringfence_cluster::Protocol;
use ringfence_engine::Ports;
use ringfence_questions::{Edge, Graph, GroupKind, Link, Matrix, Node, Reason, State, Tip};

use crate::answers::groups::{name, names, noun};
use crate::answers::matrix::{said, short, told};
use crate::answers::{Scene, phrase};
use crate::clean;

/// How many groups a box names before it counts the rest.
const NAMED: usize = 6;
/// The longest line in a box or at an arrow.
const LINE: usize = 26;
/// The most lines at an arrow.
const LINES: usize = 3;

/// Boxes and arrows.
pub(super) struct Picture {
    /// What it shows.
    pub(super) title: String,
    pub(super) shapes: Vec<Shape>,
    pub(super) arrows: Vec<Arrow>,
    /// The kinds of arrows that are there, with their meaning.
    pub(super) legend: Vec<(Look, &'static str)>,
}

/// A box.
pub(super) struct Shape {
    /// Stable as long as the graph is the same: `n3`.
    pub(super) id: String,
    pub(super) kind: ShapeKind,
    /// Its label.
    pub(super) lines: Vec<String>,
    /// Everything about it.
    pub(super) title: String,
}

/// What a box is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum ShapeKind {
    Pods,
    Outside,
    Everybody,
}

/// An arrow.
pub(super) struct Arrow {
    /// `e7`.
    pub(super) id: String,
    /// Which of the boxes.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) look: Look,
    /// Its label: the ports.
    pub(super) lines: Vec<String>,
    /// The same in full, with what is special about it.
    pub(super) says: String,
    /// Why: one reason for each half.
    pub(super) reasons: Vec<String>,
    /// The items of policies that decide, with their places.
    pub(super) items: Vec<String>,
}

/// How an arrow is drawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Look {
    /// Let through.
    Open,
    /// Let through because no policy isolates either end.
    Accident,
    /// Perhaps.
    Unknown,
    /// One end only.
    HalfOpen,
}

impl Look {
    const LEGEND: [(Self, &'static str); 4] = [
        (Self::Open, "may connect, on these ports"),
        (Self::Accident, "may connect because no policy isolates either end"),
        (Self::Unknown, "unknown: it depends on what the files do not show"),
        (Self::HalfOpen, "half open: one end allows it, the other does not"),
    ];

    /// The name, as classes and tables have it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accident => "accident",
            Self::Unknown => "unknown",
            Self::HalfOpen => "half-open",
        }
    }

    fn of(link: &Link) -> Self {
        match link.state {
            State::Open if link.is_accident() => Self::Accident,
            State::Open => Self::Open,
            State::Unknown => Self::Unknown,
            State::HalfOpen => Self::HalfOpen,
        }
    }
}

impl Picture {
    pub(super) fn of(scene: &Scene<'_>, matrix: &Matrix) -> Self {
        let graph = matrix.graph();
        let noun = noun(matrix.by);
        let mut drawn = Vec::new();
        let mut shapes = Vec::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            // What is outside is only of interest where something comes from or goes there.
            if node.kind == GroupKind::Pods || graph.edges.iter().any(|edge| edge.touches(at)) {
                drawn.push(Tip::Node(at));
                shapes.push(shape(format!("n{at}"), matrix, node));
            }
        }
        if graph.edges.iter().any(|edge| edge.from == Tip::Everybody || edge.to == Tip::Everybody) {
            drawn.push(Tip::Everybody);
            let lines = vec![format!("every {noun}")];
            let title = format!("every {noun}, but those that an arrow excepts");
            shapes.push(Shape { id: "everybody".to_owned(), kind: ShapeKind::Everybody, lines, title });
        }
        let index = |tip: Tip| drawn.iter().position(|other| *other == tip);
        let arrows: Vec<Arrow> = graph
            .edges
            .iter()
            .enumerate()
            .filter_map(|(at, edge)| {
                Some(arrow(format!("e{at}"), (index(edge.from)?, index(edge.to)?), scene, matrix, edge))
            })
            .collect();
        let legend =
            Look::LEGEND.into_iter().filter(|(look, _)| arrows.iter().any(|arrow| arrow.look == *look)).collect();
        Self { title: title(&graph, noun), shapes, arrows, legend }
    }
}

fn title(graph: &Graph, noun: &str) -> String {
    let pods = graph.nodes.iter().filter(|node| node.kind == GroupKind::Pods);
    format!("who may talk to whom: {}", phrase::count(pods.map(|node| node.groups.len()).sum(), noun))
}

fn shape(id: String, matrix: &Matrix, node: &Node) -> Shape {
    let count = node.groups.len();
    let pods = node.kind == GroupKind::Pods;
    let mut lines: Vec<String> = Vec::new();
    if count > 1 {
        let noun = if pods { noun(matrix.by) } else { "other end" };
        lines.push(format!("{}:", phrase::count(count, noun)));
    }
    let named = if count <= NAMED { count } else { NAMED - 1 };
    lines.extend(node.groups.iter().take(named).map(|&group| clip(&name(matrix, group))));
    if count > named {
        lines.push(format!("and {} more", count - named));
    }
    let mut title = names(matrix, &node.groups);
    for (what, link) in [("within", &node.within), ("each other", &node.among)] {
        let Some(link) = link else { continue };
        title.extend(["; ", what, ": ", &said(link)]);
        if count > 1 && what == "each other" {
            lines.push(clip(&format!("each other: {}", short(&link.ports))));
        }
    }
    Shape { id, kind: if pods { ShapeKind::Pods } else { ShapeKind::Outside }, lines, title }
}

fn arrow(id: String, (from, to): (usize, usize), scene: &Scene<'_>, matrix: &Matrix, edge: &Edge) -> Arrow {
    let mut says = told(edge);
    let mut lines = port_lines(&edge.link.ports);
    if edge.differing {
        lines.push("of each its own".to_owned());
    }
    if !edge.except.is_empty() {
        says.extend(["; except ", &names(matrix, &edge.except)]);
        lines.push(format!("except {}", edge.except.len()));
    }
    Arrow {
        id,
        from,
        to,
        look: Look::of(&edge.link),
        lines,
        says,
        reasons: edge.link.reasons.iter().map(reason).collect(),
        items: edge.link.deciding.iter().map(|&id| item(scene, id)).collect(),
    }
}

fn reason(reason: &Reason) -> String {
    let half = |grant: &Option<_>| grant.as_ref().map_or_else(|| "unknown".to_owned(), phrase::grant);
    clean::line(&format!("out: {}; in: {}", half(&reason.egress), half(&reason.ingress))).into_owned()
}

/// `CiliumNetworkPolicy shop/db ingress[0] deploy/db.yaml:12`
fn item(scene: &Scene<'_>, id: ringfence_cluster::EntryId) -> String {
    let world = scene.inquiry.world();
    let entry = world.entry(id);
    let text =
        format!("{} {} {}", phrase::policy(entry.policy, world), phrase::item(entry, world), scene.at(entry.place));
    clean::line(&text).replace('`', "").trim_end().to_owned()
}

/// The ports in lines that fit at an arrow.
fn port_lines(ports: &[(Protocol, Ports)]) -> Vec<String> {
    let all = short(ports);
    let mut lines: Vec<String> = all.split("; ").map(clip).collect();
    if lines.len() > LINES {
        lines.truncate(LINES - 1);
        lines.push("…".to_owned());
    }
    lines
}

/// A line that does not fit loses its end.
fn clip(text: &str) -> String {
    if text.chars().count() <= LINE {
        return text.to_owned();
    }
    text.chars().take(LINE - 1).chain(['…']).collect()
}
