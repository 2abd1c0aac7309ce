//! One file of the session: its trees, its objects, its suppressions, read once.

use std::sync::Arc;

use ringfence_cluster::GapReason;
use ringfence_manifest::{Head, Manifests, Object, Obscured, Place, Why, read, read_fragment};
use ringfence_rules::{Document, Part, Refused};
use ringfence_sources::{Content, is_markdown, markdown};
use ringfence_text::{FileId, Span};
use ringfence_yaml::parse;

use crate::local::Local;
use crate::suppress::{Suppression, collect};

/// What was made of a file, beside its [`Document`].
#[derive(Debug)]
pub(crate) struct File {
    /// The text, or as much of it as can be shown.
    pub(crate) text: Arc<str>,
    /// Its objects: all of them, or those of each section of a Markdown file.
    pub(crate) units: Vec<Unit>,
    /// How many documents are in it.
    pub(crate) documents: usize,
    /// Pieces of Markdown that were passed over.
    pub(crate) skipped: Vec<Place>,
    /// What silences findings in it.
    pub(crate) suppressions: Vec<Suppression>,
    /// What rules about a file or an object say, once they were asked.
    pub(crate) local: Option<Local>,
}

/// What belongs to one world together.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// The heading of a section of Markdown.
    pub(crate) section: Option<String>,
    /// The objects.
    pub(crate) objects: Vec<Arc<Object>>,
    /// Documents whose objects cannot be seen.
    pub(crate) obscured: Vec<Obscured>,
    /// Never the same for two contents or two numbers of a file; given by the [`Library`](crate::library::Library).
    pub(crate) version: u64,
}

/// Where a file's content comes from.
pub(crate) enum Loadable {
    /// A new text, or none.
    Fresh(Content),
    /// What was read before, under another number.
    Renumbered(Document, File),
}

/// Reads a file under a number.
pub(crate) fn load(path: &str, content: Loadable, id: FileId) -> (Document, File) {
    let (text, parts, refused) = match content {
        Loadable::Fresh(Content::Text(text)) => {
            let (text, parts) = parse_parts(path, text);
            (text, parts, None)
        }
        Loadable::Fresh(Content::Refused { text, at, reason }) => {
            (Arc::from(text.as_str()), Vec::new(), Some(Refused { text, at, reason }))
        }
        Loadable::Renumbered(document, file) => (file.text, document.parts, document.refused),
    };
    let mut document = Document { file: id, path: path.to_owned(), parts, markdown: is_markdown(path), refused };
    let file = examine(&mut document, text);
    (document, file)
}

fn parse_parts(path: &str, text: String) -> (Arc<str>, Vec<Part>) {
    let part = |text: &str, base| Part { tree: parse(text), base, obscured: Vec::new() };
    if is_markdown(path) {
        let parts =
            markdown::blocks(&text).iter().map(|block| part(block.span.slice(&text), block.span.start)).collect();
        return (text.into(), parts);
    }
    let part = part(&text, 0);
    // The tree keeps the text: no need for a second copy.
    (part.tree.shared_text(), vec![part])
}

fn examine(document: &mut Document, text: Arc<str>) -> File {
    let (units, skipped, suppressions) = (Vec::new(), Vec::new(), Vec::new());
    let mut file = File { text, units, documents: 0, skipped, suppressions, local: None };
    if let Some(refused) = &document.refused {
        let place = Place::new(document.file, Span::empty(refused.at));
        let obscured = Obscured { place, document: 0, why: Why::Broken, head: Head::default() };
        file.units.push(Unit { obscured: vec![obscured], ..Unit::default() });
    } else if document.markdown {
        sections(document, &mut file);
    } else {
        whole(document, &mut file);
    }
    let objects = file.units.iter().flat_map(|unit| unit.objects.iter().map(|object| &**object));
    file.suppressions = collect(document, objects);
    file
}

fn whole(document: &mut Document, file: &mut File) {
    file.units.reserve_exact(document.parts.len());
    for part in &mut document.parts {
        let Manifests { objects, obscured, documents } = read(&part.tree, document.file, part.base);
        // Collected in place, the pointers would keep the room of the objects.
        let mut shared = Vec::with_capacity(objects.len());
        shared.extend(objects.into_iter().map(Arc::new));
        part.obscured.clone_from(&obscured);
        file.documents += documents;
        file.units.push(Unit { objects: shared, obscured, ..Unit::default() });
    }
}

fn sections(document: &mut Document, file: &mut File) {
    let blocks = markdown::blocks(&file.text);
    let mut current = None;
    for (block, part) in blocks.iter().zip(&mut document.parts) {
        let read = read_fragment(&part.tree, document.file, part.base);
        if current != Some(block.section) {
            current = Some(block.section);
            file.units.push(Unit { section: Some(block.heading.to_owned()), ..Unit::default() });
        }
        part.obscured.clone_from(&read.obscured);
        file.documents += part.tree.documents().filter(|document| document.root().is_some()).count();
        file.skipped.extend(read.skipped);
        if let Some(unit) = file.units.last_mut() {
            unit.objects.extend(read.objects.into_iter().map(Arc::new));
            unit.obscured.extend(read.obscured);
        }
    }
}

/// What an obscured document means for the pods that may come out of it.
pub(crate) fn gap_reason(obscured: &Obscured) -> GapReason {
    match obscured.why {
        Why::Template(_) => GapReason::Template,
        Why::Broken | Why::NotJson(_) | Why::TooManyAliases(_) | Why::Encrypted => GapReason::Unreadable,
    }
}
