//! The recursion: what a kustomization names, then what it does to it, in kustomize's order.

use std::sync::Arc;

use ringfence_manifest::{Place, Scalars};
use ringfence_text::FileId;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::files::Files;
use super::kustomization::{Kustomization, Text};
use super::layer::{Known, Layer};
use super::note::{Note, What};
use super::path;
use super::read::Reader;
use super::resource::Resource;
use super::source::{Source, Target, kustomization_file};
use super::{Build, Built, finish, generators, images, labels, names, namespace, patch, replacements, replicas};

/// Builds kustomizations of one set of files. Each file is read once and each base built once, however many roots are
/// asked for.
pub struct Builder<'f> {
    reader: Reader<'f>,
    options: Options,
    kustomizations: FxHashMap<FileId, Arc<Written>>,
    bases: FxHashMap<String, Arc<Layer>>,
}

/// How kustomize is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Whether a kustomization may name files outside of its own folder, as Flux lets it and `kubectl` does not.
    pub outside: bool,
}

/// A kustomization as far as it can be read, and what there is to say about the rest.
type Written = (Option<Kustomization>, Vec<Note>);
/// The same with its file.
pub(crate) type Read = (FileId, Option<Kustomization>, Vec<Note>);

/// The folders that are being built, the innermost last.
type Stack<'s> = [&'s str];

impl<'f> Builder<'f> {
    /// A builder that has read nothing yet.
    pub fn new(files: &'f dyn Files, options: Options) -> Self {
        Self { reader: Reader::new(files), options, kustomizations: FxHashMap::default(), bases: FxHashMap::default() }
    }

    /// Builds the kustomization in a folder. `Err` where there is none, or several; everything else that is wrong is a note
    /// beside what can be built.
    pub fn build(&mut self, folder: &str) -> Result<Build, What> {
        let file = kustomization_file(&self.reader, folder)?;
        let layer = self.base(folder, &[])?;
        let layer = Arc::unwrap_or_clone(layer);
        let kustomization = Arc::clone(&self.kustomizations[&file]);
        Ok(finish::finish(layer, kustomization.0.as_ref()))
    }

    /// Builds what `kustomization` asks for, as if it stood in `folder`: Flux and Argo change the one that is there.
    pub(crate) fn build_as(&mut self, folder: &str, kustomization: &Kustomization) -> Build {
        let mut layer = Layer::default();
        self.gather(kustomization, folder, &[folder], &mut layer);
        finish::finish(layer, Some(kustomization))
    }

    /// The kustomization in a folder, its file, and what is wrong with it.
    pub(crate) fn kustomization_in(&mut self, folder: &str) -> Result<Read, What> {
        let file = kustomization_file(&self.reader, folder)?;
        let read = self.kustomization(file);
        Ok((file, read.0.clone(), read.1.clone()))
    }

    /// The objects of a file as they stand there.
    pub(crate) fn plain(&mut self, file: FileId) -> Build {
        let objects = self.reader.objects(file);
        let built = |resource: &Arc<Resource>| Built {
            value: resource.value.clone(),
            document: resource.document,
            origin: resource.origin.clone(),
            doubtful: resource.doubtful,
        };
        let notes = objects.notes.clone();
        Build { objects: objects.resources.iter().map(built).collect(), notes, read: [file].into() }
    }

    fn source<'b>(&'b mut self, folder: &'b str) -> Source<'b, 'f> {
        Source { outside: self.options.outside, reader: &mut self.reader, folder }
    }

    /// Everything that the kustomization in `folder` gathers, without what is done at a root alone.
    fn base(&mut self, folder: &str, stack: &Stack<'_>) -> Result<Arc<Layer>, What> {
        if let Some(known) = self.bases.get(folder) {
            return Ok(Arc::clone(known));
        }
        let file = kustomization_file(&self.reader, folder)?;
        let read = self.kustomization(file);
        if read.0.as_ref().is_some_and(|kustomization| kustomization.component) && !stack.is_empty() {
            return Err(What::WrongKind { component: true });
        }
        let mut layer = Layer::default();
        self.enter(&read, file, folder, stack, &mut layer);
        let layer = Arc::new(layer);
        if !layer.cyclic {
            self.bases.insert(folder.to_owned(), Arc::clone(&layer));
        }
        Ok(layer)
    }

    /// What a file says as a kustomization, read once.
    fn kustomization(&mut self, file: FileId) -> Arc<Written> {
        if let Some(known) = self.kustomizations.get(&file) {
            return Arc::clone(known);
        }
        let documents = self.reader.documents(file, Scalars::Settings);
        let mut notes = Vec::new();
        let read = match documents.first().map(|whole| (whole.place, &whole.value)) {
            Some((_, Ok(value))) => Kustomization::read(value, &mut notes),
            Some((place, Err(_))) => {
                notes.push(Note::new(place, What::NotYaml));
                None
            }
            None => {
                notes.push(Note::new(super::read::start_of(file), What::NotKustomization));
                None
            }
        };
        let read = Arc::new((read, notes));
        self.kustomizations.insert(file, Arc::clone(&read));
        read
    }

    fn enter(&mut self, read: &Written, file: FileId, folder: &str, stack: &Stack<'_>, layer: &mut Layer) {
        layer.notes.extend(read.1.iter().cloned());
        layer.read.insert(file);
        if let Some(kustomization) = &read.0 {
            let mut inner = stack.to_vec();
            inner.push(folder);
            self.gather(kustomization, folder, &inner, layer);
        }
    }

    /// What `accumulateTarget` of kustomize does (`api/internal/target/kusttarget.go`), in its order.
    fn gather(&mut self, kustomization: &Kustomization, folder: &str, stack: &Stack<'_>, layer: &mut Layer) {
        let mut known = Known::of(layer);
        for key in ["resources", "bases"] {
            for written in kustomization.texts(key) {
                self.resource(&written, folder, stack, layer, &mut known);
            }
        }
        for key in ["configurations", "crds", "openapi"] {
            not_followed(kustomization, key, layer);
        }
        generators::apply(kustomization, &mut self.source(folder), layer);
        for key in ["helmCharts", "helmChartInflationGenerator"] {
            if let Some(entry) = kustomization.entry(key) {
                layer.note(entry.key_place, What::Helm);
            }
        }
        plugins(kustomization, "generators", layer);
        for written in kustomization.texts("components") {
            self.component(&written, folder, stack, layer);
        }
        self.transform(kustomization, folder, layer);
        plugins(kustomization, "transformers", layer);
        not_followed(kustomization, "vars", layer);
    }

    /// What is done to everything gathered, in the order of `configureBuiltinTransformers`.
    fn transform(&mut self, kustomization: &Kustomization, folder: &str, layer: &mut Layer) {
        patch::merges(kustomization, &mut self.source(folder), layer);
        patch::patches(kustomization, &mut self.source(folder), layer);
        namespace::apply(kustomization, layer);
        names::apply(kustomization, layer);
        labels::apply(kustomization, layer);
        patch::operations(kustomization, &mut self.source(folder), layer);
        replicas::apply(kustomization, layer);
        images::apply(kustomization, layer);
        replacements::apply(kustomization, &mut self.source(folder), layer);
    }

    fn resource(&mut self, written: &Text, folder: &str, stack: &Stack<'_>, layer: &mut Layer, known: &mut Known) {
        match self.source(folder).target(&written.text) {
            Ok(Target::File(file)) => {
                let objects = self.reader.objects(file);
                layer.read.insert(file);
                layer.notes.extend(objects.notes.iter().cloned());
                layer.append(objects.resources.clone(), written.place, known);
            }
            Ok(Target::Folder(base)) if returns(&base, stack) => cycle(written, layer),
            Ok(Target::Folder(base)) => match self.base(&base, stack) {
                Ok(other) => layer.merge(Arc::unwrap_or_clone(other), written.place, known),
                Err(what) => layer.note(written.place, what),
            },
            Err(what) => layer.note(written.place, what),
        }
    }

    /// A component works on what its user has gathered so far.
    fn component(&mut self, written: &Text, folder: &str, stack: &Stack<'_>, layer: &mut Layer) {
        let base = match self.source(folder).target(&written.text) {
            Ok(Target::Folder(base)) if returns(&base, stack) => return cycle(written, layer),
            Ok(Target::Folder(base)) => base,
            Ok(Target::File(_)) => {
                return doubtful(written.place, What::NoKustomization { path: written.text.clone() }, layer);
            }
            Err(what) => return doubtful(written.place, what, layer),
        };
        let file = match kustomization_file(&self.reader, &base) {
            Ok(found) => found,
            Err(what) => return doubtful(written.place, what, layer),
        };
        let read = self.kustomization(file);
        if read.0.as_ref().is_some_and(|kustomization| !kustomization.component) {
            return layer.note(written.place, What::WrongKind { component: false });
        }
        self.enter(&read, file, &base, stack, layer);
    }
}

/// Whether a folder is one that is being built, or lies around one: kustomize refuses both.
fn returns(base: &str, stack: &Stack<'_>) -> bool {
    stack.iter().any(|visited| path::is_below(visited, base))
}

fn cycle(written: &Text, layer: &mut Layer) {
    layer.cyclic = true;
    layer.note(written.place, What::Cycle { path: written.text.clone() });
}

/// A key that changes things in a way that is not followed here.
fn not_followed(kustomization: &Kustomization, key: &'static str, layer: &mut Layer) {
    if let Some(entry) = kustomization.entry(key) {
        doubtful(entry.key_place, What::NotBuilt { key: SmolStr::new_static(key) }, layer);
    }
}

fn plugins(kustomization: &Kustomization, key: &'static str, layer: &mut Layer) {
    if let Some(entry) = kustomization.entry(key) {
        doubtful(entry.key_place, What::Plugin { key: SmolStr::new_static(key) }, layer);
    }
}

/// Notes something that may have changed everything gathered so far.
fn doubtful(place: Place, what: What, layer: &mut Layer) {
    layer.doubt_all();
    layer.note(place, what);
}
