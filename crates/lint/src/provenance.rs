//! Both places of what a build changed: where it was written, and what changed it.

use std::collections::BTreeMap;

use ringfence_diagnostics::{Applicability, FileEdit, Finding, Fix, Label, Subject};
use ringfence_manifest::{Change, Object, Place, Transformer};
use ringfence_rules::Document;
use ringfence_text::FileId;

/// Objects of a build, by where they and what changed them stand.
struct Index<'o> {
    /// By the file that an object is written in.
    written: BTreeMap<FileId, Vec<&'o Object>>,
    /// By the file of what changed them.
    changed: BTreeMap<FileId, Vec<(&'o Object, &'o Change)>>,
}

/// Names the object that each finding is about, and shows where a changed value was written, unless the finding shows it
/// already. What is not mended in manifests alone is no longer mended by itself: other objects go by the line of a
/// transformer, too.
pub(crate) fn show<'o>(findings: &mut [Finding], documents: &[Document], objects: impl Iterator<Item = &'o Object>) {
    let index = Index::of(objects);
    if index.written.is_empty() {
        return;
    }
    for finding in findings {
        let Some((object, change)) = index.find(finding) else { continue };
        finding.subject.get_or_insert_with(|| Subject {
            world: String::new(),
            kind: object.kind_name.to_string(),
            namespace: object.namespace().unwrap_or_default().to_owned(),
            name: object.name().unwrap_or_default().to_owned(),
        });
        let Some(change) = change else { continue };
        let shown = |label: &Label| label.file == object.place.file && object.place.span.contains(label.span);
        if !finding.labels.iter().any(shown) {
            finding.labels.push(label(object, change, &key_at(change, documents)));
        }
        let elsewhere = |fix: &&mut Fix| !fix.edits.iter().all(|edit| index.is_manifest(edit));
        let fixes = finding.fixes.iter_mut().filter(elsewhere);
        fixes.for_each(|fix| fix.applicability = Applicability::Suggestion);
    }
}

fn label(object: &Object, change: &Change, by: &str) -> Label {
    // One line may change many places of an object: then nobody can tell which of them is meant.
    let changes = object.origin.iter().flat_map(|origin| &origin.changes).filter(|other| other.place == change.place);
    let origin = object.origin.as_deref().filter(|_| changes.count() == 1);
    if let Some(was) = origin.and_then(|origin| origin.written(change.place)).filter(|was| *was != change.place) {
        return at(was, format!("written here, and changed by {by}"));
    }
    at(object.name_place(), format!("{by} puts it into this {}", object.kind_name))
}

fn at(place: Place, message: String) -> Label {
    Label::new(place.file, place.used_at(), message)
}

/// What changed a value, for people: where kustomize knows one key, Flux and Argo CD may have another one.
fn key_at(change: &Change, documents: &[Document]) -> String {
    match change.by {
        Transformer::Patch => "a patch".to_owned(),
        Transformer::NameReference => "the new name of what it names".to_owned(),
        Transformer::Substitution => "a variable of `postBuild`".to_owned(),
        Transformer::Destination => "the `destination` of the Application".to_owned(),
        Transformer::Namespace => {
            let at = documents.binary_search_by_key(&change.place.file, |document| document.file).ok();
            let node = at.and_then(|at| Some(documents[at].node(change.place)?.0));
            let entry = node.and_then(|node| node.parent()?.entries().find(|entry| entry.value == node));
            let key = entry.and_then(|entry| Some(entry.key.scalar()?.as_str()));
            format!("`{}`", key.unwrap_or(Transformer::Namespace.key()))
        }
        other => format!("`{}`", other.key()),
    }
}

impl<'o> Index<'o> {
    fn of(objects: impl Iterator<Item = &'o Object>) -> Self {
        let mut index = Self { written: BTreeMap::new(), changed: BTreeMap::new() };
        for object in objects {
            index.written.entry(object.place.file).or_default().push(object);
            for change in object.origin.iter().flat_map(|origin| &origin.changes) {
                index.changed.entry(change.place.file).or_default().push((object, change));
            }
        }
        index
    }

    /// Whether an edit is within an object as it stands in its file.
    fn is_manifest(&self, edit: &FileEdit) -> bool {
        let mut written = self.written.get(&edit.file).into_iter().flatten();
        written.any(|object| object.place.span.contains(edit.edit.span))
    }

    /// The object that a finding is about, and the change that it points at.
    fn find(&self, finding: &Finding) -> Option<(&'o Object, Option<&'o Change>)> {
        let (file, span) = (finding.primary.file, finding.primary.span);
        let is_meant = |object: &Object| finding.subject.as_ref().is_none_or(|subject| is(object, subject));
        let changes = self.changed.get(&file).into_iter().flatten();
        let change = changes.filter(|(_, change)| change.place.used_at() == span).find(|(object, _)| is_meant(object));
        if let Some((object, change)) = change {
            return Some((*object, Some(*change)));
        }
        let mut written = self.written.get(&file).into_iter().flatten();
        let inside = |object: &&&Object| {
            object.place.span.start <= span.start && span.end <= object.place.span.end && is_meant(object)
        };
        written.find(inside).map(|object| (*object, None))
    }
}

fn is(object: &Object, subject: &Subject) -> bool {
    object.kind_name == subject.kind
        && object.name().unwrap_or_default() == subject.name
        && (subject.namespace.is_empty() || object.namespace().unwrap_or_default() == subject.namespace)
}
