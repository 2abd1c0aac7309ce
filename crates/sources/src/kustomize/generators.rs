//! `configMapGenerator` and `secretGenerator`.
//!
//! As `api/internal/generators` and `api/kv`. An input that is missing makes a stub: the object is there, what is in it
//! and the end of its name are not known.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringfence_manifest::{Change, Data, Map, Place, Transformer, Value};
use smol_str::{SmolStr, ToSmolStr as _};

use super::edit;
use super::kustomization::{Kustomization, Text, pairs, text};
use super::layer::Layer;
use super::note::{Note, What};
use super::resource::{Behavior, Generated, Resource};
use super::source::Source;

/// How many characters of base64 go on a line.
const LINE: usize = 70;

/// Makes what a kustomization asks for, and puts it where it belongs.
pub(super) fn apply(kustomization: &Kustomization, source: &mut Source<'_, '_>, layer: &mut Layer) {
    for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for item in kustomization.items(key) {
            let made =
                Maker { item, kind, options: kustomization.value("generatorOptions"), stub: false }.make(source, layer);
            match made {
                Ok(resource) => absorb(resource, item.place, layer),
                Err(note) => layer.notes.push(note),
            }
        }
    }
}

/// One item of a generator.
struct Maker<'k> {
    item: &'k Value,
    kind: &'static str,
    /// The `generatorOptions` of the kustomization.
    options: Option<&'k Value>,
    stub: bool,
}

/// A key of the data, and the text under it.
struct Pair {
    key: SmolStr,
    text: String,
    place: Place,
}

impl Maker<'_> {
    fn make(mut self, source: &mut Source<'_, '_>, layer: &mut Layer) -> Result<Resource, Note> {
        let place = self.item.place;
        let name = self.item.at(&["name"]).and_then(text).filter(|name| !name.text.is_empty());
        let name = name.ok_or_else(|| refused(place, "a generator needs a `name`".to_owned()))?;
        let pairs = self.read(source, layer)?;
        let mut object = Map::default();
        let mut set = |key: &str, value| object.entries.push(edit::entry(key, value));
        set("apiVersion", edit::string(place, "v1"));
        if !pairs.is_empty() {
            set("data", self.data(pairs));
        }
        set("kind", edit::string(place, self.kind));
        set("metadata", self.metadata(&name));
        if self.kind == "Secret" {
            let own = self.item.at(&["type"]).and_then(text).filter(|own| !own.text.is_empty());
            let own = own.unwrap_or(Text { text: SmolStr::new_static("Opaque"), place });
            set("type", edit::string(own.place, &own.text));
        }
        if self.is_set("immutable") {
            set("immutable", Value { place, data: Data::Bool(true) });
        }
        let mut resource = Resource::new(Value { place, data: Data::Map(object) }, 0);
        resource.origin.changes.push(Change { by: Transformer::Generator, place, was: None });
        resource.doubtful = self.stub;
        let hash = !self.is_set("disableNameSuffixHash");
        resource.generated = Some(Generated { behavior: self.behavior(), hash, place, stub: self.stub });
        Ok(resource)
    }

    fn behavior(&self) -> Behavior {
        match edit::text_at(self.item, &["behavior"]) {
            Some("merge") => Behavior::Merge,
            Some("replace") => Behavior::Replace,
            _ => Behavior::Create,
        }
    }

    /// Whether an option is on: the item's own, or that of the kustomization.
    fn is_set(&self, key: &str) -> bool {
        let on = |value: Option<&Value>| value.is_some_and(|value| value.data == Data::Bool(true));
        on(self.item.at(&["options", key])) || on(self.options.and_then(|options| options.at(&[key])))
    }

    fn metadata(&self, name: &Text) -> Value {
        let mut metadata = Map::default();
        for key in ["annotations", "labels"] {
            let pairs = self.option_pairs(key);
            if !pairs.entries.is_empty() {
                metadata.entries.push(edit::entry(key, Value { place: self.item.place, data: Data::Map(pairs) }));
            }
        }
        metadata.entries.push(edit::entry("name", edit::string(name.place, &name.text)));
        if let Some(namespace) = self.item.at(&["namespace"]).and_then(text).filter(|own| !own.text.is_empty()) {
            metadata.entries.push(edit::entry("namespace", edit::string(namespace.place, &namespace.text)));
        }
        Value { place: self.item.place, data: Data::Map(metadata) }
    }

    /// Labels or annotations; those of the item win.
    fn option_pairs(&self, key: &str) -> Map {
        let own = self.item.at(&["options", key]).map(pairs).unwrap_or_default();
        let all = self.options.and_then(|options| options.at(&[key])).map(pairs).unwrap_or_default();
        let mut map = Map::default();
        for entry in own.into_iter().chain(all) {
            if map.get(&entry.key).is_none() {
                map.entries.push(entry.clone());
            }
        }
        map
    }

    fn data(&self, pairs: Vec<Pair>) -> Value {
        let secret = self.kind == "Secret";
        let entry = |pair: Pair| {
            let text = if secret { encoded(&pair.text) } else { pair.text };
            edit::entry(&pair.key, edit::string(pair.place, text))
        };
        let map = Map { entries: pairs.into_iter().map(entry).collect(), open: self.stub };
        Value { place: self.item.place, data: Data::Map(map) }
    }

    /// The pairs of `envs`, `literals` and `files`.
    fn read(&mut self, source: &mut Source<'_, '_>, layer: &mut Layer) -> Result<Vec<Pair>, Note> {
        let list =
            |key: &str| self.item.at(&[key]).and_then(Value::as_list).unwrap_or_default().iter().filter_map(text);
        let single = self.item.at(&["env"]).and_then(text).filter(|env| !env.text.is_empty());
        let envs: Vec<Text> = list("envs").chain(single).collect();
        let (literals, files): (Vec<Text>, Vec<Text>) = (list("literals").collect(), list("files").collect());
        let mut all = Vec::new();
        for env in envs {
            if let Some(content) = self.input(&env, &env.text, source, layer) {
                lines(&content, env.place, &mut all);
            }
        }
        for literal in literals {
            all.push(literal_pair(&literal)?);
        }
        for file in files {
            let (key, path) = file_pair(&file)?;
            if let Some(text) = self.input(&file, path, source, layer) {
                all.push(Pair { key: key.into(), text: text.to_string(), place: file.place });
            }
        }
        repeated(&all)?;
        Ok(all)
    }

    /// The text of an input; a missing one is noted.
    fn input(&mut self, at: &Text, path: &str, source: &mut Source<'_, '_>, layer: &mut Layer) -> Option<Arc<str>> {
        match source.file(path) {
            Ok(file) => {
                layer.read.insert(file);
                Some(source.reader.files().text(file))
            }
            Err(what) => {
                self.stub = true;
                let what = match what {
                    What::Missing { path } | What::Unseen { path } | What::Unreadable { path, .. } => {
                        What::NoInput { path }
                    }
                    other => other,
                };
                layer.notes.push(Note::of_content(at.place, what));
                None
            }
        }
    }
}

fn refused(place: Place, reason: String) -> Note {
    Note::new(place, What::Generator { reason })
}

/// The lines of a file of variables.
fn lines(content: &str, place: Place, pairs: &mut Vec<Pair>) {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    for line in content.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, text) = line.split_once('=').unwrap_or((line, ""));
        pairs.push(Pair { key: key.into(), text: text.to_owned(), place });
    }
}

/// `key=text`, with or without quotes around the text.
fn literal_pair(literal: &Text) -> Result<Pair, Note> {
    let pair = literal.text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, text) = pair.ok_or_else(|| refused(literal.place, format!("`{}` is not `key=text`", literal.text)))?;
    let quoted = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    Ok(Pair { key: key.into(), text: quoted.unwrap_or(text).to_owned(), place: literal.place })
}

/// `path`, or `key=path`.
fn file_pair(file: &Text) -> Result<(&str, &str), Note> {
    let text = file.text.as_str();
    match text.split_once('=') {
        None => Ok((text.rsplit('/').next().unwrap_or(text), text)),
        Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => Ok((key, path)),
        Some(_) => Err(refused(file.place, format!("`{text}` is neither a path nor `key=path`"))),
    }
}

fn repeated(pairs: &[Pair]) -> Result<(), Note> {
    let mut seen = rustc_hash::FxHashSet::default();
    match pairs.iter().find(|pair| !seen.insert(&pair.key)) {
        Some(pair) => Err(refused(pair.place, format!("the key `{}` is there twice", pair.key))),
        None => Ok(()),
    }
}

/// Base64 as kustomize writes it: in lines where it is long.
fn encoded(text: &str) -> String {
    let encoded = STANDARD.encode(text);
    if encoded.len() < LINE {
        return encoded;
    }
    let lines = encoded.as_bytes().chunks(LINE).map(String::from_utf8_lossy);
    lines.flat_map(|line| [line, "\n".into()]).collect()
}

/// Adds what was generated, or puts it into the object of its name.
fn absorb(mut made: Resource, place: Place, layer: &mut Layer) {
    let behavior = made.generated.map_or(Behavior::Create, |generated| generated.behavior);
    let id = made.id().to_smolstr();
    match (layer.known_as(made.id())[..].to_vec().as_slice(), behavior) {
        ([], Behavior::Create) => layer.resources.push(Arc::new(made)),
        ([], _) => layer.note(place, What::NotThere { id }),
        ([_, ..], Behavior::Create) => layer.note(place, What::AlreadyThere { id }),
        ([at], _) => {
            let old = &layer.resources[*at];
            inherit(&mut made, old, behavior);
            layer.resources[*at] = Arc::new(made);
        }
        ([_, _, ..], _) => layer.note(place, What::Twice { id }),
    }
}

/// What a generated object takes over from the one that it replaces.
fn inherit(made: &mut Resource, old: &Resource, behavior: Behavior) {
    for key in ["labels", "annotations"] {
        merge_under(made, old, &["metadata"], key);
    }
    for key in ["name", "namespace"] {
        let own = old.value.at(&["metadata", key]).cloned();
        let Some(metadata) = edit::at_mut(&mut made.value, &["metadata"]).and_then(Value::as_map_mut) else { continue };
        metadata.remove(key);
        metadata.entries.extend(own.map(|own| edit::entry(key, own)));
    }
    if behavior == Behavior::Merge {
        for key in ["data", "binaryData"] {
            merge_under(made, old, &[], key);
        }
    }
    if let Some(generated) = &mut made.generated {
        let before = old.generated;
        generated.hash &= before.is_some_and(|before| before.hash);
        generated.behavior = before.map_or(generated.behavior, |before| before.behavior);
        generated.stub |= before.is_some_and(|before| before.stub) && behavior == Behavior::Merge;
    }
    made.doubtful |= old.doubtful;
    made.previous.clone_from(&old.previous);
    made.prefixes.clone_from(&old.prefixes);
    made.suffixes.clone_from(&old.suffixes);
    made.origin.changes.splice(0..0, old.origin.changes.iter().copied());
}

/// Takes over the entries of a mapping that the new object has not got.
fn merge_under(made: &mut Resource, old: &Resource, above: &[&str], key: &str) {
    let path: Vec<&str> = above.iter().copied().chain([key]).collect();
    let Some(before) = old.value.at(&path).and_then(Value::as_map) else { return };
    let place = made.value.place;
    let Some(parent) = edit::at_mut(&mut made.value, above).and_then(Value::as_map_mut) else { return };
    let Some(map) = edit::child(parent, key, place) else { return };
    for entry in &before.entries {
        match map.get(&entry.key).map(|own| (own.value.place, own.value.data == entry.value.data)) {
            None => map.entries.push(entry.clone()),
            Some((_, true)) => {}
            Some((place, false)) => {
                let change = Change { by: Transformer::Generator, place, was: Some(entry.value.place) };
                made.origin.changes.push(change);
            }
        }
    }
}
