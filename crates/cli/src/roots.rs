//! `ringfence roots`: what Flux and Argo CD build from a repository, and `ringfence build --root`: one of them, built.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use ringfence_sources::kustomize::{Disk, Weight};
use ringfence_sources::roots::{self, Repository, Root, Roots, Tool};
use ringfence_sources::walk;
use ringfence_text::FileId;
use ringfence_yaml::Limits;
use serde::Serialize;

use crate::args::{self, ListFormat};
use crate::build::{Places, documents};
use crate::config::{self, repository};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::input::shown;
use crate::output::{Terminal, note};

/// The shape of the JSON; a change that breaks readers makes it one more.
const VERSION: u32 = 1;

/// Lists the roots of a repository.
pub(crate) fn run(args: &args::Roots, terminal: &Terminal) -> Result<Exit, Failure> {
    let (disk, found) = find(&args.path, &args.settings)?;
    let places = Places::new(&disk);
    terminal.write(None, |out, _| match args.format {
        ListFormat::Text => text(&found, &places, out),
        ListFormat::Json => json(&found, &places, out),
    })?;
    Ok(if found.roots.is_empty() { Exit::Nothing } else { exit(found.roots.iter()) })
}

/// Prints what one root, or every root of a cluster, brings.
pub(crate) fn build(args: &args::Build, name: &str, terminal: &Terminal) -> Result<Exit, Failure> {
    let (disk, found) = find(&args.folder, &args.settings)?;
    let places = Places::new(&disk);
    let is_meant = |root: &&Root| root.name == name || root.cluster == name;
    let meant: Vec<&Root> = found.roots.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let names: Vec<&str> = found.roots.iter().map(|root| root.name.as_str()).collect();
        return Err(Failure::Root { wanted: name.to_owned(), names: names.join("`, `") });
    }
    for said in meant.iter().flat_map(|root| &root.build.notes) {
        note(&places.said(said.place, said.weight(), said));
    }
    let objects = meant.iter().flat_map(|root| &root.build.objects);
    let text = documents(objects, args.provenance.then_some(&places));
    terminal.write(None, |out, _| out.write_all(text.as_bytes()))?;
    Ok(exit(meant.into_iter()))
}

fn exit<'r>(mut roots: impl Iterator<Item = &'r Root>) -> Exit {
    if roots.any(|root| root.build.is_refused()) { Exit::Found } else { Exit::Clean }
}

/// The roots of the repository around a folder; where there is none, the folder is taken for one.
fn find(folder: &Path, settings: &args::Settings) -> Result<(Disk, Roots), Failure> {
    let unreadable = |source| Failure::Read { path: shown(folder), source };
    let whole = folder.canonicalize().map_err(unreadable)?;
    let top = repository(&whole).unwrap_or(&whole);
    let disk = Disk::new(top, u64::from(Limits::default().bytes)).map_err(unreadable)?;
    let files = walk::find([top]).files;
    let below = files.iter().filter_map(|file| file.disk.strip_prefix(top).ok());
    let paths: Vec<String> = below.map(|path| path.to_string_lossy().replace('\\', "/")).collect();
    let declared = config::load(settings, &args::Cluster::default(), &whole)?.roots;
    let mut found = roots::find(&Repository::new(&disk, paths), &declared);
    let below = whole.strip_prefix(top).unwrap_or(Path::new(""));
    keep(&mut found, &shown(below), &disk);
    Ok((disk, found))
}

/// Of the clusters that begin below a folder, if any do, the roots alone: the repository may hold others.
fn keep(found: &mut Roots, folder: &str, disk: &Disk) {
    let is_below = |path: &str| {
        folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut kept: Vec<bool> = Vec::with_capacity(found.roots.len());
    for root in &found.roots {
        kept.push(root.brought_by.map_or_else(|| is_below(&disk.path(root.object.place.file)), |by| kept[by]));
    }
    if kept.iter().all(|kept| *kept) || !kept.contains(&true) {
        return;
    }
    let number = |at: usize| kept[..at].iter().filter(|kept| **kept).count();
    found.cycles.retain(|cycle| cycle.iter().all(|at| kept[*at]));
    found.cycles.iter_mut().flatten().for_each(|at| *at = number(*at));
    for root in &mut found.roots {
        root.brought_by = root.brought_by.map(number);
    }
    let mut each = kept.iter();
    found.roots.retain(|_| each.next().copied().unwrap_or_default());
    found.unreached.retain(|file| is_below(&disk.path(*file)));
}

const fn tool(tool: Tool) -> &'static str {
    match tool {
        Tool::Flux => "Flux Kustomization",
        Tool::Application => "Argo CD Application",
        Tool::ApplicationSet => "Argo CD ApplicationSet",
        Tool::Declared => "declared",
    }
}

/// The tree: each root below the one that brings it.
fn text(found: &Roots, places: &Places<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut below: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, root) in found.roots.iter().enumerate() {
        below.entry(root.brought_by).or_default().push(at);
    }
    let mut open: Vec<(usize, usize)> = below.remove(&None).into_iter().flatten().rev().map(|at| (at, 0)).collect();
    while let Some((at, depth)) = open.pop() {
        let root = &found.roots[at];
        let indent = "  ".repeat(depth);
        let count = root.build.objects.len();
        let objects = if count == 1 { "object" } else { "objects" };
        let partly = if root.build.is_partial() { ", partly known" } else { "" };
        writeln!(out, "{indent}{} ({}): {count} {objects}{partly}", root.name, tool(root.tool))?;
        for said in &root.build.notes {
            writeln!(out, "{indent}  - {}", places.said(said.place, said.weight(), said))?;
        }
        open.extend(below.remove(&Some(at)).into_iter().flatten().rev().map(|inner| (inner, depth + 1)));
    }
    for cycle in &found.cycles {
        let names: Vec<&str> = cycle.iter().map(|at| found.roots[*at].name.as_str()).collect();
        writeln!(out, "never applied, because each waits for another: `{}`", names.join("`, `"))?;
    }
    if !found.unreached.is_empty() {
        writeln!(out, "no root reaches:")?;
    }
    found.unreached.iter().try_for_each(|file| writeln!(out, "  {}", places.path(*file)))
}

#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    roots: Vec<RootReport<'r>>,
    unreached: Vec<String>,
    cycles: Vec<Vec<&'r str>>,
}

#[derive(Serialize)]
struct RootReport<'r> {
    name: &'r str,
    cluster: &'r str,
    tool: &'static str,
    brought_by: Option<&'r str>,
    depends_on: Vec<String>,
    objects: usize,
    partly_known: bool,
    notes: Vec<NoteReport>,
    files: Vec<String>,
}

#[derive(Serialize)]
struct NoteReport {
    place: String,
    weight: &'static str,
    message: String,
}

fn json(found: &Roots, places: &Places<'_>, out: &mut dyn Write) -> io::Result<()> {
    let paths = |files: &mut dyn Iterator<Item = FileId>| files.map(|file| places.path(file)).collect();
    let name = |at: &usize| found.roots[*at].name.as_str();
    let report = Report {
        version: VERSION,
        roots: found.roots.iter().map(|root| report(root, found, places)).collect(),
        unreached: paths(&mut found.unreached.iter().copied()),
        cycles: found.cycles.iter().map(|cycle| cycle.iter().map(name).collect()).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
    writeln!(out)
}

fn report<'r>(root: &'r Root, found: &'r Roots, places: &Places<'_>) -> RootReport<'r> {
    let note = |note: &roots::Note| NoteReport {
        place: places.line(note.place),
        weight: weight(note.weight()),
        message: note.to_string(),
    };
    let mut files: Vec<String> = root.build.read.iter().map(|file| places.path(*file)).collect();
    files.sort();
    RootReport {
        name: &root.name,
        cluster: &root.cluster,
        tool: tool(root.tool),
        brought_by: root.brought_by.map(|by| found.roots[by].name.as_str()),
        depends_on: root.depends_on.iter().map(|(_, id)| id.to_string()).collect(),
        objects: root.build.objects.len(),
        partly_known: root.build.is_partial(),
        notes: root.build.notes.iter().map(note).collect(),
        files,
    }
}

/// How a weight is called.
pub(crate) const fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Broken => "error",
        Weight::Unknown => "unknown",
        Weight::Idle => "note",
    }
}
