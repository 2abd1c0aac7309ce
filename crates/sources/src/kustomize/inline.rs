//! Text inside a kustomization that is YAML itself: the places in it are those of the kustomization.

use ringfence_manifest::{Data, Place, Scalars, Value, Whole, documents};
use ringfence_text::Span;
use ringfence_yaml::parse;

/// The documents in the text of a scalar. `file` is the text of the file around it.
pub(super) fn read(scalar: &Value, file: &str, scalars: Scalars) -> Vec<Whole> {
    let Some(text) = scalar.as_str() else { return Vec::new() };
    let map = Map::new(scalar.place.span, file, text);
    let place = |place: Place| match &map {
        Some(map) => Place { span: map.span(place.span), ..place },
        None => scalar.place,
    };
    let mut wholes = documents(&parse(text), scalar.place.file, scalars);
    for whole in &mut wholes {
        whole.place = place(whole.place);
        if let Ok(value) = &mut whole.value {
            relocate(value, &place);
        }
    }
    wholes
}

fn relocate(value: &mut Value, place: &dyn Fn(Place) -> Place) {
    value.place = place(value.place);
    match &mut value.data {
        Data::List(items) => items.iter_mut().for_each(|item| relocate(item, place)),
        Data::Map(map) => {
            for entry in &mut map.entries {
                entry.key_place = place(entry.key_place);
                relocate(&mut entry.value, place);
            }
        }
        _ => {}
    }
}

/// From bytes of a block text to bytes of its file. Texts in quotes have none: every place in them is the whole text.
struct Map {
    /// Where each line begins: inside, and in the file behind its indent.
    lines: Vec<(u32, u32)>,
    end: u32,
}

impl Map {
    fn new(span: Span, file: &str, text: &str) -> Option<Self> {
        let raw = span.slice(file);
        if !raw.starts_with('|') {
            return None;
        }
        let mut at = span.start + raw.find('\n')? as u32 + 1;
        let body = &raw[raw.find('\n')? + 1..];
        let indent = indent(body, text)?;
        let mut inside = 0;
        let mut lines = Vec::new();
        for (written, read) in body.split_inclusive('\n').zip(text.split_inclusive('\n')) {
            lines.push((inside, at + indent.min(written.trim_end_matches('\n').len() as u32)));
            inside += read.len() as u32;
            at += written.len() as u32;
        }
        Some(Self { lines, end: span.end })
    }

    fn byte(&self, byte: u32) -> u32 {
        let line = self.lines.partition_point(|(inside, _)| *inside <= byte);
        let Some((inside, outside)) = line.checked_sub(1).and_then(|line| self.lines.get(line)) else {
            return self.end;
        };
        (outside + byte - inside).min(self.end)
    }

    fn span(&self, span: Span) -> Span {
        Span::new(self.byte(span.start), self.byte(span.end))
    }
}

/// How far the lines of a block text are indented.
fn indent(body: &str, text: &str) -> Option<u32> {
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut lines = body.lines().zip(text.lines());
    let (written, read) = lines.find(|(written, _)| !written.trim().is_empty())?;
    Some(blanks(written).checked_sub(blanks(read))? as u32)
}

#[cfg(test)]
mod tests {
    use ringfence_text::FileId;

    use super::*;

    fn places(file: &str) -> Vec<String> {
        let tree = parse(file);
        let outer = documents(&tree, FileId(0), Scalars::Settings).remove(0).value.unwrap();
        let inner = read(outer.at(&["patch"]).unwrap(), file, Scalars::Objects).remove(0).value.unwrap();
        let map = inner.as_map().unwrap();
        map.entries.iter().map(|entry| entry.value.place.span.slice(file).to_owned()).collect()
    }

    #[test]
    fn places_in_a_block_are_those_of_the_file() {
        assert_eq!(places("a: 1\npatch: |-\n  x: one\n\n  y: [2]\nz: 1\n"), ["one", "[2]"]);
        assert_eq!(places("patch: |\n    x: é\n    y:  drei\n"), ["é", "drei"]);
    }

    #[test]
    fn places_in_quotes_are_all_of_it() {
        assert_eq!(places("patch: \"x: 1\"\n"), ["\"x: 1\""]);
    }
}
