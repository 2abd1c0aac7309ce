//! HTML: the picture and all connections as a table, in one file that needs no network.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::picture::Picture;
use super::svg;
use super::xml::escaped;

/// How the picture looks, alone as well as here.
const PICTURE: &str = include_str!("svg.css");
/// How the page looks.
const STYLE: &str = include_str!("page.css");
/// What it does: pan, zoom, highlight, search. Data is in the elements; nothing of it is in the script.
const SCRIPT: &str = include_str!("page.js");

/// Writes the page.
pub(super) fn write(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let title = escaped(&picture.title);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'\">\n<title>{title}</title>\n<style>\n{PICTURE}{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>{title}</h1>\n<label>Search <input id=\"search\" type=\"search\" placeholder=\"a name or a port\" \
         autocomplete=\"off\"></label>\n<button id=\"reset\" type=\"button\">Fit</button></header>\n\
         <main><div id=\"stage\">\n{}</div>\n{}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        svg::drawing(picture, ""),
        table(picture),
    )
}

fn table(picture: &Picture) -> String {
    let mut table = String::from(
        "<table id=\"edges\">\n<caption>Connections</caption>\n<thead><tr><th>From</th><th>To</th><th>Ports</th>\
         <th>State</th><th>Why</th><th>Decided by</th></tr></thead>\n<tbody>\n",
    );
    for arrow in &picture.arrows {
        let (from, to) = (&picture.shapes[arrow.from], &picture.shapes[arrow.to]);
        let _ = writeln!(
            table,
            "<tr id=\"row-{}\" class=\"{}\" data-edge=\"{}\" data-from=\"{}\" data-to=\"{}\"><td>{}</td><td>{}</td>\
             <td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            arrow.id,
            arrow.look.word(),
            arrow.id,
            from.id,
            to.id,
            escaped(&from.title),
            escaped(&to.title),
            escaped(&arrow.says),
            arrow.look.word(),
            list(&arrow.reasons),
            list(&arrow.items),
        );
    }
    table.push_str("</tbody>\n</table>\n");
    table
}

/// Items one under the other; many are folded away.
fn list(items: &[String]) -> String {
    const SHOWN: usize = 3;
    let all = |items: &[String]| items.iter().map(|item| escaped(item)).collect::<Vec<_>>().join("<br>");
    if items.len() <= SHOWN {
        return all(items);
    }
    let (first, rest) = items.split_at(SHOWN - 1);
    format!("{}<details><summary>{} more</summary>{}</details>", all(first), rest.len(), all(rest))
}
