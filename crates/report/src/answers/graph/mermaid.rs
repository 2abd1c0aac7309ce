//! Mermaid, which GitHub and GitLab draw in Markdown.

use std::io::{self, Write};

use super::picture::{Arrow, Look, Picture, ShapeKind};

/// Writes the picture as a flowchart. The legend is a subgraph, since a flowchart has no legends.
pub(super) fn write(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    for shape in &picture.shapes {
        let label = lines(&shape.lines);
        match shape.kind {
            ShapeKind::Pods => writeln!(out, "  {}[\"{label}\"]", shape.id)?,
            ShapeKind::Outside | ShapeKind::Everybody => writeln!(out, "  {}([\"{label}\"])", shape.id)?,
        }
    }
    let mut looks: Vec<Look> = Vec::new();
    for arrow in &picture.arrows {
        let Arrow { from, to, look, .. } = *arrow;
        let (from, to) = (&picture.shapes[from].id, &picture.shapes[to].id);
        writeln!(out, "  {from} {}|\"{}\"| {to}", line(look), lines(&arrow.lines))?;
        looks.push(look);
    }
    if !picture.legend.is_empty() {
        writeln!(out, "  subgraph legend")?;
        for (at, (look, meaning)) in picture.legend.iter().enumerate() {
            writeln!(out, "    l{at}a[\" \"] {}|\"{}\"| l{at}b[\" \"]", line(*look), escaped(meaning))?;
            looks.push(*look);
        }
        writeln!(out, "  end")?;
    }
    for (look, style) in [(Look::Accident, "stroke:#c2410c"), (Look::Unknown, "stroke-dasharray:1 4")] {
        let which: Vec<String> =
            looks.iter().enumerate().filter(|(_, own)| **own == look).map(|(at, _)| at.to_string()).collect();
        if !which.is_empty() {
            writeln!(out, "  linkStyle {} {style}", which.join(","))?;
        }
    }
    if picture.shapes.iter().any(|shape| shape.kind == ShapeKind::Everybody) {
        writeln!(out, "  style everybody stroke-dasharray:5 3")?;
    }
    Ok(())
}

const fn line(look: Look) -> &'static str {
    match look {
        Look::Open | Look::Accident => "-->",
        Look::Unknown | Look::HalfOpen => "-.->",
    }
}

fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br/>")
}

/// Text in quotes. Everything that could be markup, a quote or an entity is written by its number, as Mermaid has it:
/// `#34;`.
fn escaped(text: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '/' | '.' | ',' | ':' | '+' | '?' | '(' | ')' | '…');
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if plain(c) {
            escaped.push(c);
        } else {
            escaped.extend(["#", &u32::from(c).to_string(), ";"]);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(escaped("shop/web-1: 80,443"), "shop/web-1: 80,443");
        assert_eq!(escaped("\"]<b>#;`"), "#34;#93;#60;b#62;#35;#59;#96;");
        assert_eq!(escaped("a\nb|end"), "a#10;b#124;end");
    }
}
