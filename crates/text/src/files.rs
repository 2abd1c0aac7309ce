//! The files of a run: what a [`FileId`] stands for.

use std::sync::{Arc, OnceLock};

use crate::{FileId, LineIndex, Position, Span};

/// Every text of a run, under the path that its reader typed or found.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: Vec<File>,
}

/// One text, with its lines found once, when they are first asked for: most files of a run are never shown.
#[derive(Clone, Debug)]
pub struct File {
    path: String,
    text: Arc<str>,
    index: OnceLock<LineIndex>,
}

impl Files {
    /// No file yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Take a text in. `path` is as typed, joined with `/`; standard input is `<stdin>`.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(File::new(path.into(), text.into()));
        id
    }

    /// Put a new text in the place of `id`: what an editor does. An `id` of another set is ignored.
    pub fn replace(&mut self, id: FileId, text: impl Into<Arc<str>>) {
        if let Some(file) = self.files.get_mut(id.0 as usize) {
            *file = File::new(std::mem::take(&mut file.path), text.into());
        }
    }

    /// The file of `id`; none where `id` comes from another set.
    pub fn get(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)
    }

    /// The path of `id`; empty where `id` comes from another set.
    pub fn path(&self, id: FileId) -> &str {
        self.get(id).map_or("", File::path)
    }

    /// Line and column of `byte` in `id`; the very start where `id` comes from another set.
    pub fn position(&self, id: FileId, byte: u32) -> Position {
        self.get(id).map_or(Position { line: 1, column: 1 }, |file| file.position(byte))
    }

    /// All files with their ids, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &File)> {
        self.files.iter().enumerate().map(|(i, file)| (FileId(i as u32), file))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl File {
    fn new(path: String, text: Arc<str>) -> Self {
        Self { path, text, index: OnceLock::new() }
    }

    /// The path as typed, joined with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Where its lines start.
    pub fn index(&self) -> &LineIndex {
        self.index.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of `byte`; see [`LineIndex::position`] for bytes that do not fit.
    pub fn position(&self, byte: u32) -> Position {
        self.index().position(byte, &self.text)
    }

    /// The bytes of `line` (from 0) without its line break, as a span. Empty past the end.
    pub fn line(&self, line: u32) -> Span {
        let range = self.index().line_range(line, &self.text);
        let kept = self.text[range.clone()].trim_end_matches(['\n', '\r']).len();
        Span::new(range.start as u32, (range.start + kept) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_answer_by_id() {
        let mut files = Files::new();
        let a = files.add("a.yaml", "kind: Pod\r\nspec: {}\n");
        let b = files.add("<stdin>", "");
        assert_eq!((files.path(a), files.path(b), files.len()), ("a.yaml", "<stdin>", 2));
        assert_eq!(files.position(a, 11), Position { line: 2, column: 1 });
        assert_eq!(files.get(a).map(|f| f.line(0).slice(f.text())), Some("kind: Pod"));
        assert_eq!(files.get(b).map(|f| f.line(4)), Some(Span::empty(0)));
    }

    #[test]
    fn a_replaced_text_keeps_its_path_and_finds_its_lines_anew() {
        let mut files = Files::new();
        let id = files.add("a.yaml", "x");
        files.replace(id, "x\ny");
        assert_eq!((files.path(id), files.position(id, 2).line), ("a.yaml", 2));
    }

    #[test]
    fn an_unknown_id_is_no_panic() {
        let files = Files::new();
        assert_eq!((files.path(FileId(3)), files.position(FileId(3), 9).line), ("", 1));
    }
}
