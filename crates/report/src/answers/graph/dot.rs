//! DOT, for Graphviz.

use std::io::{self, Write};

use super::picture::{Look, Picture, ShapeKind};

/// Writes the picture as a digraph, with a legend as a cluster of its own.
pub(super) fn write(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph ringfence {{")?;
    writeln!(out, "  graph [rankdir=LR, label={}, labelloc=t, fontname=\"sans-serif\"];", quoted(&picture.title))?;
    writeln!(out, "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];")?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=9];")?;
    for shape in &picture.shapes {
        let kind = match shape.kind {
            ShapeKind::Pods => "",
            ShapeKind::Outside => ", shape=ellipse, style=solid",
            ShapeKind::Everybody => ", style=\"rounded,dashed\", penwidth=2",
        };
        let label = lines(&shape.lines);
        writeln!(out, "  {} [label={label}, tooltip={}{kind}];", shape.id, quoted(&shape.title))?;
    }
    for arrow in &picture.arrows {
        let (from, to) = (&picture.shapes[arrow.from].id, &picture.shapes[arrow.to].id);
        let (label, tooltip) = (lines(&arrow.lines), quoted(&arrow.says));
        writeln!(out, "  {from} -> {to} [label={label}, tooltip={tooltip}{}];", look(arrow.look))?;
    }
    legend(picture, out)?;
    writeln!(out, "}}")
}

fn legend(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    if picture.legend.is_empty() {
        return Ok(());
    }
    writeln!(out, "  subgraph cluster_legend {{\n    label=\"legend\"; fontsize=10; style=dotted;")?;
    writeln!(out, "    node [shape=plaintext, style=solid, fontsize=9];")?;
    for (at, (kind, meaning)) in picture.legend.iter().enumerate() {
        writeln!(out, "    legend{at} [label=\"\"]; legend{at}_text [label={}];", quoted(meaning))?;
        writeln!(out, "    legend{at} -> legend{at}_text [label=\"\"{}];", look(*kind))?;
    }
    writeln!(out, "  }}")
}

const fn look(look: Look) -> &'static str {
    match look {
        Look::Open => "",
        Look::Accident => ", color=\"#c2410c\", fontcolor=\"#c2410c\"",
        Look::Unknown => ", style=dotted",
        Look::HalfOpen => ", style=dashed, arrowhead=empty",
    }
}

/// Lines as one label.
fn lines(lines: &[String]) -> String {
    format!("\"{}\"", lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\\n"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Text in a quoted string. Graphviz reads `\N` and entities in labels.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn nothing_ends_the_string_and_nothing_is_read_as_a_name_of_graphviz() {
        assert_eq!(quoted("a\"b"), "\"a\\\"b\"");
        assert_eq!(quoted("\\N &lt;\n\\\""), "\"\\\\N &amp;lt;\\n\\\\\\\"\"");
    }
}
