//! Where boxes and arrows go: a layered layout, from left to right, by `dugong`.

use dugong::graphlib::{Graph, GraphOptions};
use dugong::{EdgeLabel, GraphLabel, NodeLabel, RankDir};

use super::picture::Picture;

/// The height of a line of text, in the units of the picture.
pub(super) const LINE: f64 = 16.0;
/// What is left free around the text in a box.
const PADDING: f64 = 12.0;
/// The least distance between boxes of one layer, between arrows, between layers.
const BETWEEN: [f64; 3] = [22.0, 12.0, 46.0];
/// The room at the edge of the picture.
const MARGIN: f64 = 16.0;

/// A point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A rectangle, by its centre.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Area {
    pub(super) centre: Point,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The places of everything.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// For each box.
    pub(super) shapes: Vec<Area>,
    /// For each arrow: the points it passes, and where its label is.
    pub(super) arrows: Vec<(Vec<Point>, Area)>,
}

impl Layout {
    pub(super) fn of(picture: &Picture) -> Self {
        let mut graph = graph(picture);
        // It refuses only what a graph of our making cannot be; without places everything lies at the corner.
        let _ = dugong::layout(&mut graph);
        let shapes = picture.shapes.iter().map(|shape| area(graph.node(&shape.id), &shape.lines)).collect();
        let arrows = picture.arrows.iter().map(|arrow| {
            let ends = (&picture.shapes[arrow.from].id, &picture.shapes[arrow.to].id);
            let label = graph.edge(ends.0, ends.1, Some(&arrow.id));
            let points = label.map(|label| label.points.iter().map(|point| Point { x: point.x, y: point.y }).collect());
            let (width, height) = size(&arrow.lines);
            let centre =
                label.and_then(|label| Some(Point { x: label.x?, y: label.y? })).unwrap_or(Point { x: 0.0, y: 0.0 });
            (points.unwrap_or_default(), Area { centre, width, height })
        });
        let mut layout = Self { arrows: arrows.collect(), shapes, width: 0.0, height: 0.0 };
        layout.fit();
        layout
    }

    /// Moves everything so that nothing lies outside, and measures it.
    fn fit(&mut self) {
        let areas = self.shapes.iter().chain(self.arrows.iter().map(|(_, area)| area));
        let corners = areas.flat_map(|area| {
            let (x, y) = (area.width / 2.0, area.height / 2.0);
            [(area.centre.x - x, area.centre.y - y), (area.centre.x + x, area.centre.y + y)]
        });
        let points = self.arrows.iter().flat_map(|(points, _)| points).map(|point| (point.x, point.y));
        let (mut least, mut most) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        for (x, y) in corners.chain(points) {
            least = (least.0.min(x), least.1.min(y));
            most = (most.0.max(x), most.1.max(y));
        }
        if most.0 < least.0 {
            return;
        }
        let moved = |point: &mut Point| {
            point.x += MARGIN - least.0;
            point.y += MARGIN - least.1;
        };
        self.shapes.iter_mut().for_each(|area| moved(&mut area.centre));
        for (points, area) in &mut self.arrows {
            points.iter_mut().for_each(moved);
            moved(&mut area.centre);
        }
        self.width = most.0 - least.0 + 2.0 * MARGIN;
        self.height = most.1 - least.1 + 2.0 * MARGIN;
    }
}

fn graph(picture: &Picture) -> Graph<NodeLabel, EdgeLabel, GraphLabel> {
    let mut graph = Graph::new(GraphOptions { directed: true, multigraph: true, compound: false });
    let [nodesep, edgesep, ranksep] = BETWEEN;
    graph.set_graph(GraphLabel { rankdir: RankDir::LR, nodesep, edgesep, ranksep, ..GraphLabel::default() });
    for shape in &picture.shapes {
        let (width, height) = box_size(&shape.lines);
        graph.set_node(&shape.id, NodeLabel { width, height, ..NodeLabel::default() });
    }
    for arrow in &picture.arrows {
        let (width, height) = size(&arrow.lines);
        let label = EdgeLabel { width, height, weight: 1.0, ..EdgeLabel::default() };
        let ends = (&picture.shapes[arrow.from].id, &picture.shapes[arrow.to].id);
        graph.set_edge_named(ends.0, ends.1, Some(&arrow.id), Some(label));
    }
    graph
}

fn area(label: Option<&NodeLabel>, lines: &[String]) -> Area {
    let (width, height) = box_size(lines);
    let centre = label.and_then(|label| Some(Point { x: label.x?, y: label.y? }));
    Area { centre: centre.unwrap_or(Point { x: 0.0, y: 0.0 }), width, height }
}

fn box_size(lines: &[String]) -> (f64, f64) {
    let (width, height) = size(lines);
    (width + 2.0 * PADDING, height + 1.2 * PADDING)
}

/// The room that lines of text take, on the safe side: fonts differ.
fn size(lines: &[String]) -> (f64, f64) {
    let width = lines.iter().map(|line| line.chars().map(advance).sum::<f64>()).fold(0.0, f64::max);
    (width, LINE * number(lines.len()))
}

/// How far a character of the label font goes.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'l' | 'j' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '/' | '(' | ')' | ' ' | '\'' => 4.6,
        'm' | 'w' | 'M' | 'W' | '@' => 11.5,
        'A'..='Z' | '+' | '#' | '…' => 9.2,
        _ if c.is_ascii() => 7.4,
        _ => 13.0,
    }
}

/// A count as a length. No picture has more parts than fit.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
