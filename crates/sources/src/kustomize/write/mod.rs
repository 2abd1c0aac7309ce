//! Objects as YAML, as kustomize writes them: keys in order, two spaces a step, quotes where they are needed.
//!
//! The layout is that of go-yaml v2, through which kustomize writes; so what is written here can be compared line by line.

mod float;
mod key_order;
mod scalar;

use std::fmt::Write as _;

use ringfence_manifest::{Data, Entry, Place, Value};

use scalar::{Context, write_string};

/// Writes an object. `note` gives the comment that stands behind a value, if any: where it comes from, say.
pub fn write(value: &Value, note: &dyn Fn(Place) -> Option<String>) -> String {
    let mut writer = Writer { out: String::new(), note };
    match &value.data {
        Data::Map(map) if !map.entries.is_empty() => writer.mapping(&map.entries, 0),
        Data::List(items) if !items.is_empty() => writer.list(items, 0),
        _ => writer.scalar(value, 0),
    }
    writer.out
}

struct Writer<'n> {
    out: String,
    note: &'n dyn Fn(Place) -> Option<String>,
}

impl Writer<'_> {
    /// The entries of a mapping; the first one goes where the text is now.
    fn mapping(&mut self, entries: &[Entry], indent: usize) {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.sort_by(|one, other| key_order::compare(&one.key, &other.key));
        for (at, entry) in sorted.into_iter().enumerate() {
            if at > 0 {
                self.indent(indent);
            }
            write_string(&mut self.out, &entry.key, Context { indent, key: true });
            self.out.push(':');
            match &entry.value.data {
                Data::Map(map) if !map.entries.is_empty() => {
                    self.out.push('\n');
                    self.indent(indent + 2);
                    self.mapping(&map.entries, indent + 2);
                }
                Data::List(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.indent(indent);
                    self.list(items, indent);
                }
                _ => {
                    self.out.push(' ');
                    self.scalar(&entry.value, indent + 2);
                }
            }
        }
    }

    /// The items of a list; the first dash goes where the text is now.
    fn list(&mut self, items: &[Value], indent: usize) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.indent(indent);
            }
            self.out.push_str("- ");
            match &item.data {
                Data::Map(map) if !map.entries.is_empty() => self.mapping(&map.entries, indent + 2),
                Data::List(items) if !items.is_empty() => self.list(items, indent + 2),
                _ => self.scalar(item, indent + 2),
            }
        }
    }

    /// What goes on one line, or on lines indented by `indent`; with its comment and the line break.
    fn scalar(&mut self, value: &Value, indent: usize) {
        let start = self.out.len();
        // Writing to a string cannot fail.
        let _ = match &value.data {
            Data::Null | Data::Unknown => self.out.write_str("null"),
            Data::Bool(truth) => write!(self.out, "{truth}"),
            Data::Int(number) => write!(self.out, "{number}"),
            Data::Float(number) => self.out.write_str(&float::shown(*number)),
            Data::List(_) => self.out.write_str("[]"),
            Data::Map(_) => self.out.write_str("{}"),
            Data::String(text) => {
                write_string(&mut self.out, text, Context { indent, key: false });
                Ok(())
            }
        };
        self.comment(value.place, start);
    }

    /// Ends a scalar that begins at `start`. The comment of a block text stands behind its `|`.
    fn comment(&mut self, place: Place, start: usize) {
        let note = (self.note)(place).map(|note| format!(" # {note}")).unwrap_or_default();
        let block = self.out[start..].starts_with('|');
        let at = self.out[start..].find('\n').filter(|_| block).map_or(self.out.len(), |line| start + line);
        self.out.insert_str(at, &note);
        if !block {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}
