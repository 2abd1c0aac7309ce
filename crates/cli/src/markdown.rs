//! The little Markdown that rules are documented in, as plain text for a terminal.

/// Bold, and back.
const BOLD: (&str, &str) = ("\u{1b}[1m", "\u{1b}[0m");

/// `text` without the marks of Markdown: headings stand out, examples are indented, links show where they lead.
pub(crate) fn plain(text: &str, colour: bool) -> String {
    let (on, off) = if colour { BOLD } else { ("", "") };
    let mut out = String::with_capacity(text.len());
    let mut fenced = false;
    for line in text.lines() {
        let shown = match (line.strip_prefix("```"), line.trim_start_matches('#')) {
            (Some(info), _) => {
                fenced = !fenced;
                fence(info).map(str::to_owned)
            }
            (None, _) if fenced && line.is_empty() => Some(String::new()),
            (None, _) if fenced => Some(format!("    {line}")),
            (None, heading) if heading.len() < line.len() => Some(format!("{on}{}{off}", heading.trim_start())),
            (None, _) => Some(links(line)),
        };
        if let Some(shown) = shown {
            out.push_str(&shown);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// What the first line of an example says about it.
fn fence(info: &str) -> Option<&str> {
    match info.split_whitespace().nth(1)? {
        "bad" => Some("  reported:"),
        "good" => Some("  not reported:"),
        other => Some(other),
    }
}

/// `[words](address)` as `words (address)`, and `<address>` as it is.
fn links(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, words, address, after)) = link(rest) {
        out.push_str(before);
        out.push_str(words);
        if words != address {
            out.extend([" (", address, ")"]);
        }
        rest = after;
    }
    out + rest
}

/// The first link of `text`: what is before it, its words, its address, and what is after it.
fn link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let middle = text.find("](")?;
    let start = text[..middle].rfind('[')?;
    let (address, after) = text[middle + 2..].split_once(')')?;
    Some((&text[..start], &text[start + 1..middle], address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_gone_and_examples_stand_in() {
        let text = "## What it does\n\nReports `x`, see [the docs](https://a.b/c).\n\n```yaml bad\na: 1\n\nb: 2\n```\n\n```yaml good\na: 2\n```\n";
        let plain = plain(text, false);
        assert_eq!(
            plain,
            "What it does\n\nReports `x`, see the docs (https://a.b/c).\n\n  reported:\n    a: 1\n\n    b: 2\n\n  not reported:\n    a: 2\n"
        );
    }

    #[test]
    fn brackets_that_are_no_link_stay() {
        assert_eq!(links("`ignore[rule]` (see) [a] b](c"), "`ignore[rule]` (see) [a] b](c");
        assert_eq!(links("[https://a](https://a) and [b](c)"), "https://a and b (c)");
        assert_eq!(links("- ]( and [a](b)"), "- ]( and [a](b)");
    }

    #[test]
    fn headings_are_bold_where_colours_are() {
        assert_eq!(plain("# a\ntext\n", true), "\u{1b}[1ma\u{1b}[0m\ntext\n");
    }
}
