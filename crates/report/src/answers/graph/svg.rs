//! SVG: one picture, for light and dark, with titles for those who do not see it.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::layout::{Area, LINE, Layout, Point, number};
use super::picture::{Arrow, Look, Picture, Shape, ShapeKind};
use super::xml::escaped;

/// Colours and fonts.
const STYLE: &str = include_str!("svg.css");
/// The room for the title above and for each line of the legend below.
const HEAD: f64 = 34.0;
const LEGEND_LINE: f64 = 20.0;
/// The least width: the legend must fit.
const NARROWEST: f64 = 460.0;

/// Writes the picture as a file.
pub(super) fn write(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let style = format!("<style>\n{STYLE}</style>\n");
    write!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", drawing(picture, &style))
}

/// The element alone, as a page holds it; `style` is its own style sheet, if any.
pub(super) fn drawing(picture: &Picture, style: &str) -> String {
    let layout = Layout::of(picture);
    let width = layout.width.max(NARROWEST).ceil();
    let legend = LEGEND_LINE * number(picture.legend.len());
    let height = (HEAD + layout.height + legend + 8.0).ceil();
    let title = escaped(&picture.title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"graph\" role=\"img\" aria-labelledby=\"graph-title\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <title id=\"graph-title\">{title}</title>\n{style}"
    );
    svg.push_str("<defs>\n");
    for look in [Look::Open, Look::Accident, Look::Unknown, Look::HalfOpen] {
        let _ = writeln!(svg, "{}", marker(look));
    }
    let _ = writeln!(svg, "</defs>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>");
    let _ = writeln!(
        svg,
        "<text class=\"head\" x=\"16\" y=\"24\">{title}</text>\n<g id=\"view\" transform=\"translate(0 {HEAD})\">"
    );
    for (arrow, (points, area)) in picture.arrows.iter().zip(&layout.arrows) {
        svg.push_str(&line(picture, arrow, points, area.centre));
    }
    for (shape, area) in picture.shapes.iter().zip(&layout.shapes) {
        svg.push_str(&shape_of(shape, *area));
    }
    for (arrow, (_, area)) in picture.arrows.iter().zip(&layout.arrows) {
        svg.push_str(&label(picture, arrow, *area));
    }
    svg.push_str("</g>\n");
    svg.push_str(&legend_of(picture, HEAD + layout.height));
    svg.push_str("</svg>\n");
    svg
}

fn marker(look: Look) -> String {
    let word = look.word();
    format!(
        "<marker id=\"tip-{word}\" class=\"{word}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 1 L9 5 L0 9 z\"/></marker>"
    )
}

fn line(picture: &Picture, arrow: &Arrow, points: &[Point], label: Point) -> String {
    let (word, (from, to)) = (arrow.look.word(), ends(picture, arrow));
    format!(
        "<g class=\"edge {word}\" id=\"{}\" data-from=\"{from}\" data-to=\"{to}\"><title>{}</title>\
         <path d=\"{}\" marker-end=\"url(#tip-{word})\"/></g>\n",
        arrow.id,
        escaped(&told(picture, arrow)),
        path(points, label),
    )
}

/// Labels are drawn last: no arrow goes through the words of another.
fn label(picture: &Picture, arrow: &Arrow, area: Area) -> String {
    let (from, to) = ends(picture, arrow);
    let (x, y) = (area.centre.x - area.width / 2.0 - 2.0, area.centre.y - area.height / 2.0);
    let mut label = format!(
        "<g class=\"label {}\" data-edge=\"{}\" data-from=\"{from}\" data-to=\"{to}\"><title>{}</title>\
         <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\"/>",
        arrow.look.word(),
        arrow.id,
        escaped(&told(picture, arrow)),
        area.width + 4.0,
        area.height,
    );
    label.push_str(&text(&arrow.lines, area.centre));
    label.push_str("</g>\n");
    label
}

fn ends<'p>(picture: &'p Picture, arrow: &Arrow) -> (&'p str, &'p str) {
    (&picture.shapes[arrow.from].id, &picture.shapes[arrow.to].id)
}

/// An arrow in one sentence.
fn told(picture: &Picture, arrow: &Arrow) -> String {
    let name = |at: usize| picture.shapes[at].lines.join(" ");
    format!("{} → {}: {}", name(arrow.from), name(arrow.to), arrow.says)
}

fn shape_of(shape: &Shape, area: Area) -> String {
    let (kind, round) = match shape.kind {
        ShapeKind::Pods => ("pods", 6.0),
        ShapeKind::Outside => ("outside", area.height / 2.0),
        ShapeKind::Everybody => ("everybody", area.height / 2.0),
    };
    let round = f64::min(round, 16.0);
    format!(
        "<g class=\"node {kind}\" id=\"{}\"><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
         height=\"{:.1}\" rx=\"{round:.1}\"/>{}</g>\n",
        shape.id,
        escaped(&shape.title),
        area.centre.x - area.width / 2.0,
        area.centre.y - area.height / 2.0,
        area.width,
        area.height,
        text(&shape.lines, area.centre),
    )
}

/// Lines of text around a point.
fn text(lines: &[String], centre: Point) -> String {
    let mut text = String::new();
    let top = centre.y - LINE * (number(lines.len()) - 1.0) / 2.0 + 4.0;
    for (at, line) in lines.iter().enumerate() {
        let y = top + LINE * number(at);
        let _ = write!(text, "<text x=\"{:.1}\" y=\"{y:.1}\">{}</text>", centre.x, escaped(line));
    }
    text
}

/// A smooth line through the room that the layout left for it, and through its own label.
fn path(points: &[Point], label: Point) -> String {
    let Some(first) = points.first() else { return String::new() };
    let near = |point: &Point| (point.x - label.x).hypot(point.y - label.y);
    let inner = 1..points.len().saturating_sub(1);
    let split = inner.min_by(|&one, &other| near(&points[one]).total_cmp(&near(&points[other])));
    let mut path = format!("M{:.1} {:.1}", first.x, first.y);
    match split {
        Some(at) => {
            path.push_str(&spline(&[&points[..at], &[label]].concat()));
            path.push_str(&spline(&[&[label], &points[at + 1..]].concat()));
        }
        None => path.push_str(&spline(points)),
    }
    path
}

/// A B-spline of points, which stays among them; the pen is at the first.
fn spline(points: &[Point]) -> String {
    let [_, middle @ .., last] = points else { return String::new() };
    let mut path = String::new();
    for (at, point) in middle.iter().enumerate() {
        let next = middle.get(at + 1);
        let (x, y) = next.map_or((last.x, last.y), |next| (point.x.midpoint(next.x), point.y.midpoint(next.y)));
        let _ = write!(path, " Q{:.1} {:.1} {x:.1} {y:.1}", point.x, point.y);
    }
    if middle.is_empty() {
        let _ = write!(path, " L{:.1} {:.1}", last.x, last.y);
    }
    path
}

fn legend_of(picture: &Picture, top: f64) -> String {
    let mut legend = String::from("<g id=\"legend\">\n");
    for (at, (look, meaning)) in picture.legend.iter().enumerate() {
        let y = top + LEGEND_LINE * (number(at) + 0.5);
        let word = look.word();
        let _ = writeln!(
            legend,
            "<g class=\"edge {word}\"><path d=\"M16 {y:.1} L60 {y:.1}\" marker-end=\"url(#tip-{word})\"/></g>\
             <text class=\"key\" x=\"70\" y=\"{:.1}\">{}</text>",
            y + 4.0,
            escaped(meaning)
        );
    }
    legend.push_str("</g>\n");
    legend
}
