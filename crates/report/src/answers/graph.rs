//! `graph`, drawn: DOT and Mermaid for other programs, SVG and a page of HTML by ourselves.

mod dot;
mod html;
mod layout;
mod mermaid;
mod picture;
mod svg;
mod xml;

use std::io::{self, Write};

use ringfence_questions::Matrix;

use self::picture::Picture;
use super::Scene;

/// What a graph is drawn as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum GraphFormat {
    /// Graphviz.
    Dot,
    /// A flowchart that GitHub and GitLab draw in Markdown.
    Mermaid,
    /// A picture.
    Svg,
    /// A page of its own: the picture, a search, the connections as a table.
    Html,
}

/// Draws the graph of a matrix. The same matrix gives the same bytes; the only error is that of `out`.
pub fn draw(format: GraphFormat, scene: &Scene<'_>, matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    let picture = Picture::of(scene, matrix);
    match format {
        GraphFormat::Dot => dot::write(&picture, out),
        GraphFormat::Mermaid => mermaid::write(&picture, out),
        GraphFormat::Svg => svg::write(&picture, out),
        GraphFormat::Html => html::write(&picture, out),
    }
}
