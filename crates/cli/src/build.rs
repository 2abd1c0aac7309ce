//! `ringfence build`: what `kustomize build` would make, and where each value comes from.

use std::cell::RefCell;
use std::collections::HashMap;
use std::env;
use std::fmt::Display;
use std::path::PathBuf;

use ringfence_manifest::{Origin, Place, Transformer};
use ringfence_sources::kustomize::{Builder, Built, Disk, Files as _, Options, Weight, write};
use ringfence_text::{FileId, LineIndex};
use ringfence_yaml::Limits;

use crate::args;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::input::shown;
use crate::output::{Terminal, note};
use crate::roots;

/// Builds one kustomization, or what a root of the repository brings.
pub(crate) fn run(args: &args::Build, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(name) = &args.root {
        return roots::build(args, name, terminal);
    }
    let unreadable = |source| Failure::Read { path: shown(&args.folder), source };
    let (disk, below) = Disk::around(&args.folder, u64::from(Limits::default().bytes)).map_err(unreadable)?;
    let built = Builder::new(&disk, Options::default()).build(&below);
    let built = built.map_err(|what| Failure::Kustomization { path: shown(&args.folder), reason: what.to_string() })?;
    let places = Places::new(&disk);
    for said in &built.notes {
        note(&places.said(said.place, said.weight(), said));
    }
    let text = documents(&built.objects, args.provenance.then_some(&places));
    terminal.write(None, |out, _| out.write_all(text.as_bytes()))?;
    Ok(if built.is_refused() { Exit::Found } else { Exit::Clean })
}

/// The objects, one document each.
pub(crate) fn documents<'o>(objects: impl IntoIterator<Item = &'o Built>, places: Option<&Places<'_>>) -> String {
    let documents = objects.into_iter().map(|object| match places {
        None => write(&object.value, &|_| None),
        Some(places) => places.noted(object),
    });
    documents.collect::<Vec<_>>().join("---\n")
}

/// Paths and lines, as seen from where the command runs.
pub(crate) struct Places<'d> {
    disk: &'d Disk,
    /// How the folder that everything is read from is called from here.
    prefix: Prefix,
    files: RefCell<HashMap<FileId, (String, LineIndex)>>,
}

/// How to get from here to the folder that everything is read from.
enum Prefix {
    /// It lies so many folders above; these are the folders that lead back here.
    Above(Vec<String>),
    /// It is reached by its whole path.
    Whole(PathBuf),
}

impl<'d> Places<'d> {
    pub(crate) fn new(disk: &'d Disk) -> Self {
        let here = env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        let prefix = match here.strip_prefix(disk.root()) {
            Ok(below) => {
                Prefix::Above(below.components().map(|step| step.as_os_str().to_string_lossy().into_owned()).collect())
            }
            Err(_) => Prefix::Whole(disk.root().to_owned()),
        };
        Self { disk, prefix, files: RefCell::default() }
    }

    fn shown(&self, path: &str) -> String {
        let here = match &self.prefix {
            Prefix::Whole(root) => return shown(&root.join(path)),
            Prefix::Above(here) => here,
        };
        let steps: Vec<&str> = path.split('/').collect();
        let common = here.iter().zip(&steps).take_while(|(here, step)| *here == *step).count();
        let up = std::iter::repeat_n("..", here.len() - common);
        up.chain(steps[common..].iter().copied()).collect::<Vec<_>>().join("/")
    }

    /// `path:line`.
    pub(crate) fn line(&self, place: Place) -> String {
        let mut files = self.files.borrow_mut();
        let (path, index) = files
            .entry(place.file)
            .or_insert_with(|| (self.shown(&self.disk.path(place.file)), LineIndex::new(&self.disk.text(place.file))));
        format!("{path}:{}", index.line(place.used_at().start) + 1)
    }

    /// `path:line: weight: text`.
    pub(crate) fn said(&self, place: Place, weight: Weight, text: &dyn Display) -> String {
        format!("{}: {}: {text}", self.line(place), roots::weight(weight))
    }

    /// The path of a file.
    pub(crate) fn path(&self, file: FileId) -> String {
        self.shown(&self.disk.path(file))
    }

    /// An object with a comment behind each value.
    fn noted(&self, object: &Built) -> String {
        let doubt = if object.doubtful { "# something that could not be built may change this object\n" } else { "" };
        let comment = |place| Some(self.comment(place, &object.origin));
        format!("{doubt}{}", write(&object.value, &comment))
    }

    fn comment(&self, place: Place, origin: &Origin) -> String {
        let line = self.line(place);
        let by = origin.by(place).map(Transformer::key);
        let was = origin.written(place).map(|was| self.line(was)).filter(|was| *was != line);
        match (by, was) {
            (Some(by), Some(was)) => format!("{line} ({by}), was {was}"),
            (Some(by), None) => format!("{line} ({by})"),
            (None, _) => line,
        }
    }
}
