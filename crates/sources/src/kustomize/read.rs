//! Files into objects, each file once.

use std::collections::VecDeque;
use std::sync::Arc;

use ringfence_manifest::{Data, Place, Scalars, Value, Whole, Why, documents};
use ringfence_text::{FileId, Span};
use ringfence_yaml::parse;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::edit;
use super::files::Files;
use super::inline;
use super::note::{Note, What};
use super::resource::{Id, Resource, id_of};

/// What a file holds, as far as it is YAML.
pub(super) type Documents = Arc<[Whole]>;

/// The files that were read, each once.
pub(super) struct Reader<'f> {
    files: &'f dyn Files,
    documents: FxHashMap<(FileId, Scalars), Documents>,
    objects: FxHashMap<FileId, Arc<Objects>>,
    inline: FxHashMap<(Place, Scalars), Documents>,
}

/// The objects of a file, and what there is to say about the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) resources: Vec<Arc<Resource>>,
    pub(super) notes: Vec<Note>,
}

impl<'f> Reader<'f> {
    pub(super) fn new(files: &'f dyn Files) -> Self {
        Self { files, documents: FxHashMap::default(), objects: FxHashMap::default(), inline: FxHashMap::default() }
    }

    pub(super) fn files(&self) -> &'f dyn Files {
        self.files
    }

    /// The documents of a file.
    pub(super) fn documents(&mut self, file: FileId, scalars: Scalars) -> Documents {
        if let Some(known) = self.documents.get(&(file, scalars)) {
            return Arc::clone(known);
        }
        let read: Documents = match self.files.tree(file) {
            Some(tree) => documents(tree, file, scalars).into(),
            None => documents(&parse(&self.files.text(file)), file, scalars).into(),
        };
        self.documents.insert((file, scalars), Arc::clone(&read));
        read
    }

    /// The documents in a text that stands in a file.
    pub(super) fn inline(&mut self, scalar: &Value, scalars: Scalars) -> Documents {
        if let Some(known) = self.inline.get(&(scalar.place, scalars)) {
            return Arc::clone(known);
        }
        let read: Documents = inline::read(scalar, &self.files.text(scalar.place.file), scalars).into();
        self.inline.insert((scalar.place, scalars), Arc::clone(&read));
        read
    }

    /// The objects of a file.
    pub(super) fn objects(&mut self, file: FileId) -> Arc<Objects> {
        if let Some(known) = self.objects.get(&file) {
            return Arc::clone(known);
        }
        let read = Arc::new(objects_of(&self.documents(file, Scalars::Objects)));
        self.objects.insert(file, Arc::clone(&read));
        read
    }
}

/// The place of a whole file, to say something about it.
pub(crate) fn start_of(file: FileId) -> Place {
    Place::new(file, Span::empty(0))
}

/// The objects of documents. What a list holds comes after everything else, as kustomize has it.
pub(super) fn objects_of(documents: &[Whole]) -> Objects {
    let mut objects = Objects::default();
    let mut open: VecDeque<(Value, u32)> = VecDeque::new();
    for whole in documents {
        match &whole.value {
            Ok(value) => open.push_back((value.clone(), whole.document)),
            Err(why) => objects.notes.push(obstacle(whole.place, *why)),
        }
    }
    while let Some((value, document)) = open.pop_front() {
        match items_of(value) {
            Ok(items) => open.extend(items.into_iter().map(|item| (item, document))),
            Err(value) => objects.add(value, document),
        }
    }
    objects
}

/// What to say about a document that has no value.
fn obstacle(place: Place, why: Why) -> Note {
    match why {
        Why::Template(at) => Note::new(at, What::Template),
        Why::Encrypted => Note::new(place, What::Encrypted),
        Why::NotJson(at) | Why::TooManyAliases(at) => Note::new(at, What::NotYaml),
        Why::Broken => Note::new(place, What::NotYaml),
    }
}

/// The items of a list of objects; anything else is given back.
fn items_of(value: Value) -> Result<Vec<Value>, Value> {
    let is_list = edit::text_at(&value, &["kind"]).is_some_and(|kind| kind.ends_with("List"));
    let items = value.at(&["items"]).filter(|items| matches!(items.data, Data::List(_) | Data::Null));
    match items {
        Some(items) if is_list => Ok(items.as_list().unwrap_or_default().to_vec()),
        _ => Err(value),
    }
}

impl Objects {
    fn add(&mut self, mut value: Value, document: u32) {
        if matches!(&value.data, Data::Null) || value.as_map().is_some_and(|map| map.entries.is_empty()) {
            return;
        }
        name_in_text(&mut value);
        if let Some(lacks) = lacks(&value) {
            return self.notes.push(Note::new(value.place, What::NoObject { lacks }));
        }
        let mut resource = Resource::new(value, document);
        if let Some(sops) = resource.value.at(&["sops"]) {
            self.notes.push(Note::new(sops.place, What::Encrypted));
            resource.doubtful = true;
        }
        self.resources.push(Arc::new(resource));
    }
}

/// A name that is written as a number is still a name.
fn name_in_text(value: &mut Value) {
    for key in ["name", "namespace"] {
        let Some(field) = edit::at_mut(value, &["metadata", key]) else { continue };
        if let Some(text) = edit::text_of(field).map(SmolStr::new) {
            field.data = Data::String(text);
        }
    }
}

/// The field that an object must have and has not.
fn lacks(value: &Value) -> Option<&'static str> {
    let Id { kind, name, .. } = id_of(value);
    match (kind, name) {
        ("", _) => Some("kind"),
        (kind, "") if !kind.ends_with("List") => Some("metadata.name"),
        _ => None,
    }
}
