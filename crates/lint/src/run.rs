//! Judging the worlds: each built and looked at by every rule, unless nothing in it has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use ringfence_cluster::blueprint::Blueprint;
use ringfence_cluster::{Cni, Dialect, GapReason, Input, Knobs, NamespaceId, World};
use ringfence_diagnostics::{Finding, Subject};
use ringfence_engine::Engine;
use ringfence_manifest::{Object, Place};
use ringfence_rules::{Document, Entry, Options, RULES, Scene};
use ringfence_sources::{Name, divide, patches, plain};
use ringfence_text::FileId;
use smol_str::SmolStr;

use crate::Config;
use crate::file::{File, Unit, gap_reason};
use crate::library::Library;
use crate::suppose::Supposition;
use crate::{local, parallel};

/// What is known of a world.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// What it was made of.
    signature: Vec<u64>,
    /// Whose meaning its verdicts have.
    cni: Cni,
    /// What the rules found. Files have the numbers of the [`Library`].
    pub(crate) findings: Vec<Finding>,
    /// Why pods may be unseen, each thing once; with the namespace where the reason has no place.
    pub(crate) gaps: BTreeSet<(GapReason, Option<Place>, SmolStr)>,
    /// Whose verdicts these are, if there is any policy at all.
    pub(crate) dialect: Option<Dialect>,
    /// Whether answers may rest on the stand-in for cluster DNS.
    pub(crate) dns_stand_in: bool,
}

/// How many numbers of a signature stand for one unit; the first is its version.
const PARTS: usize = 4;

/// The worlds that were judged, by name.
pub(crate) type Worlds = BTreeMap<String, Judged>;

/// A unit of the library in one world.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'l> {
    document: &'l Document,
    file: &'l File,
    unit: &'l Unit,
    /// Its number in the file.
    at: usize,
    /// Whether a kustomization patches with this file: it then holds parts of objects, and none that exists.
    patch: bool,
    /// Whether no world before this one has it, so that what rules say about single files and objects is said here.
    fresh: bool,
    /// Its folder, by the world's own count: another folder elsewhere changes nothing here.
    pub(crate) folder: u32,
}

/// A world before it is judged.
pub(crate) struct Draft<'l> {
    pub(crate) name: String,
    pieces: Vec<Piece<'l>>,
    folders: Vec<SmolStr>,
    /// What is supposed to be there too.
    pub(crate) extra: Vec<Piece<'l>>,
}

/// Judges every world; of `known` those are kept whose parts are the same. `progress` is called with how many worlds there
/// are, after each one.
pub(crate) fn judge(
    library: &mut Library,
    config: &Config,
    mut known: Worlds,
    progress: &mut dyn FnMut(usize),
) -> Worlds {
    let knobs = knobs(library, config);
    let selected = config.selection.rules();
    let rules: Vec<&'static Entry> = RULES.iter().filter(|entry| selected.contains(entry.rule.name)).collect();
    local::examine(library, &config.options, &rules);
    let drafts = drafts(library, config, &Supposition::default());
    let (count, mut judged, mut open) = (drafts.len(), Worlds::new(), Vec::new());
    for draft in drafts {
        let signature = draft.signature();
        match known.remove(&draft.name).filter(|old| old.signature == signature && Some(old.cni) == cni(&knobs)) {
            Some(old) => {
                judged.insert(draft.name, old);
                progress(count);
            }
            None => open.push((draft, signature)),
        }
    }
    // Many worlds side by side, or the rules of the only one.
    let side_by_side = open.len() == 1;
    let bench = Bench { library, knobs: &knobs, options: &config.options, rules: &rules, side_by_side };
    let judge = |(draft, signature): (Draft<'_>, Vec<u64>)| {
        let world = draft.judge(&bench, signature);
        (draft.name, world)
    };
    judged.extend(parallel::map(open, 1, judge, || progress(count)));
    judged
}

/// What all worlds are judged by.
struct Bench<'l> {
    library: &'l Library,
    knobs: &'l Knobs,
    options: &'l Options,
    rules: &'l [&'static Entry],
    /// Whether rules may run on threads of their own.
    side_by_side: bool,
}

impl Bench<'_> {
    /// What rules about the world or its policies find, in the order of the rules.
    fn findings(&self, scene: Scene<'_>) -> Vec<Finding> {
        let run = |entry: &'static Entry| {
            let mut findings = Vec::new();
            entry.run(scene, std::iter::empty(), std::iter::empty(), &mut findings);
            findings
        };
        let rules: Vec<&'static Entry> = self.rules.iter().copied().filter(|entry| !entry.check.is_local()).collect();
        let at_once = if self.side_by_side && scene.world.policies.len() > FEW { 1 } else { rules.len().max(1) };
        parallel::map(rules, at_once, run, || {}).concat()
    }
}

/// Rules about no more policies than this are done before a thread has started.
const FEW: usize = 100;

/// The worlds without any judgement, by name: for questions.
pub(crate) fn build(library: &Library, config: &Config, supposition: &Supposition) -> Vec<(String, World)> {
    let knobs = knobs(library, config);
    let build = |draft: Draft<'_>| {
        let world = World::build(&draft.input(supposition), &knobs);
        (draft.name, world)
    };
    drafts(library, config, supposition).into_iter().map(build).collect()
}

/// The knobs that all worlds share, whose dialect is guessed from the files of all of them.
pub(crate) fn knobs(library: &Library, config: &Config) -> Knobs {
    let guess = config.knobs.guess.unwrap_or_else(|| guess(library));
    Knobs { guess: Some(guess), ..config.knobs.clone() }
}

/// What the files look like.
pub(crate) fn guess(library: &Library) -> Cni {
    let units = library.files.iter().flat_map(|file| &file.units);
    Cni::guess(units.flat_map(|unit| &unit.objects).map(|object| &**object))
}

fn cni(knobs: &Knobs) -> Option<Cni> {
    knobs.cni.or(knobs.guess)
}

/// The findings of all worlds, each once: what several worlds say of a file they share is said of none of them. Sorted by
/// file, start and rule.
pub(crate) fn findings(worlds: &Worlds) -> Vec<Finding> {
    let mut merged: BTreeMap<(FileId, u32, &'static str, u32, String), Finding> = BTreeMap::new();
    for (name, world) in worlds {
        for finding in &world.findings {
            let at = &finding.primary;
            let key = (at.file, at.span.start, finding.rule, at.span.end, finding.message.clone());
            let mut finding = finding.clone();
            if let Some(subject) = finding.subject.as_mut().filter(|_| worlds.len() > 1) {
                subject.world.clone_from(name);
            }
            let elsewhere = |old: &mut Finding| {
                let new = finding.subject.as_ref().map(|subject| &subject.world);
                if let Some(subject) = old.subject.as_mut().filter(|subject| Some(&subject.world) != new) {
                    subject.world.clear();
                }
            };
            merged.entry(key).and_modify(elsewhere).or_insert(finding);
        }
    }
    merged.into_values().collect()
}

/// A finding that names no object is about the one it stands in.
pub(crate) fn name_subjects(findings: &mut [Finding], library: &Library, worlds: &Worlds) {
    let mut homes: BTreeMap<u64, &str> = BTreeMap::new();
    for (name, world) in worlds.iter().filter(|_| worlds.len() > 1) {
        for version in world.signature.iter().step_by(PARTS) {
            homes.entry(*version).and_modify(|home| *home = "").or_insert(name);
        }
    }
    for finding in findings.iter_mut().filter(|finding| finding.subject.is_none()) {
        finding.subject = object_at(library, finding).map(|(unit, object)| Subject {
            world: homes.get(&unit.version).copied().unwrap_or_default().to_owned(),
            kind: object.kind_name.to_string(),
            namespace: object.namespace().unwrap_or_default().to_owned(),
            name: object.name().unwrap_or_default().to_owned(),
        });
    }
}

/// The object that a finding stands in, or after which it stands in the same document.
fn object_at<'l>(library: &'l Library, finding: &Finding) -> Option<(&'l Unit, &'l Object)> {
    let (file, span) = (finding.primary.file, finding.primary.span);
    let at = library.documents.binary_search_by_key(&file, |document| document.file).ok()?;
    let before = library.files[at].units.iter().filter_map(|unit| {
        let after = unit.objects.partition_point(|object| object.place.span.start <= span.start);
        Some((unit, &**unit.objects[..after].last()?))
    });
    let (unit, object) = before.max_by_key(|(_, object)| object.place.span.start)?;
    let part = library.documents[at].part(span)?;
    let document = part.tree.document_at(span.start - part.base)?;
    let same = object.place.span.start >= part.base && document.index() as u32 == object.document;
    same.then_some((unit, object))
}

/// The worlds before they are built.
pub(crate) fn drafts<'l>(library: &'l Library, config: &'l Config, supposition: &Supposition) -> Vec<Draft<'l>> {
    let with: BTreeSet<&str> = supposition.with.iter().map(String::as_str).collect();
    let supposed = |piece: &Piece<'_>| with.contains(piece.document.path.as_str());
    let (extra, pieces): (Vec<Piece<'_>>, Vec<Piece<'_>>) = pieces(library).into_iter().partition(supposed);
    let namespace = config.knobs.default_namespace.as_deref();
    let unit = |piece: &Piece<'l>| ringfence_sources::Unit {
        path: &piece.document.path,
        section: piece.unit.section.as_deref(),
        names: piece.objects().filter_map(|object| Name::of(object, namespace)).collect(),
    };
    let division = divide(&pieces.iter().map(unit).collect::<Vec<_>>());
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut drafts = Vec::with_capacity(division.worlds.len());
    for world in division.worlds {
        let mut own: BTreeMap<u32, u32> = BTreeMap::new();
        let mut folders = Vec::new();
        let mut piece = |at: usize| {
            let folder = *own.entry(division.folders[at]).or_insert_with(|| {
                folders.push(SmolStr::new(&division.paths[division.folders[at] as usize]));
                folders.len() as u32 - 1
            });
            Piece { folder, fresh: seen.insert(at), ..pieces[at] }
        };
        let pieces = world.units.into_iter().map(&mut piece).collect();
        drafts.push(Draft { name: world.name, pieces, folders, extra: Vec::new() });
    }
    if drafts.is_empty() && !extra.is_empty() {
        drafts.push(Draft { name: ".".to_owned(), pieces: Vec::new(), folders: Vec::new(), extra: Vec::new() });
    }
    for draft in &mut drafts {
        draft.suppose(&extra);
    }
    drafts
}

fn pieces(library: &Library) -> Vec<Piece<'_>> {
    let files = library.documents.iter().zip(&library.files);
    let objects = files.clone().flat_map(|(document, file)| {
        file.units.iter().flat_map(|unit| &unit.objects).map(|object| (&document.path, object))
    });
    let patches: BTreeSet<String> = objects.flat_map(|(path, object)| patches(path, object)).collect();
    let units = files.flat_map(|(document, file)| {
        let patch = !patches.is_empty() && patches.contains(&plain(&document.path));
        let piece = move |(at, unit)| Piece { document, file, unit, at, patch, fresh: false, folder: 0 };
        file.units.iter().enumerate().map(piece)
    });
    units.collect()
}

impl<'l> Piece<'l> {
    /// The objects that exist.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &'l Arc<Object>> + use<'l> {
        let all = if self.patch { &[][..] } else { &self.unit.objects[..] };
        all.iter()
    }

    /// What is said of it alone; of the whole file with its first unit.
    fn local(&self) -> impl Iterator<Item = &'l Finding> + use<'l> {
        let (file, at) = (self.file.local.as_ref(), self.at);
        let whole = file.filter(|_| at == 0).map_or(&[][..], |local| &local.file);
        let objects = file.filter(|_| !self.patch).and_then(|local| local.units.get(at));
        whole.iter().chain(objects.into_iter().flatten())
    }
}

impl<'l> Draft<'l> {
    /// Adds what is supposed to be there too, each file in the folder it lies in.
    fn suppose(&mut self, extra: &[Piece<'l>]) {
        for piece in extra {
            let path = plain(&piece.document.path);
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let known = self.folders.iter().position(|own| own == folder);
            let folder = known.unwrap_or_else(|| {
                self.folders.push(folder.into());
                self.folders.len() - 1
            });
            self.extra.push(Piece { folder: folder as u32, ..*piece });
        }
    }

    /// All that the answer depends on, beside the configuration.
    fn signature(&self) -> Vec<u64> {
        let pieces = self.pieces.iter();
        let parts = |piece: &Piece<'_>| -> [u64; PARTS] {
            [piece.unit.version, u64::from(piece.folder), u64::from(piece.fresh), u64::from(piece.patch)]
        };
        pieces.flat_map(parts).collect()
    }

    fn judge(&self, bench: &Bench<'_>, signature: Vec<u64>) -> Judged {
        let world = World::build(&self.input(&Supposition::default()), bench.knobs);
        let engine = Engine::new(&world);
        let (documents, options) = (&bench.library.documents, bench.options);
        let blueprint = Blueprint::of(&world, &options.labels);
        let coverage = OnceLock::new();
        let mut findings = bench.findings(Scene {
            world: &world,
            engine: &engine,
            documents,
            options,
            blueprint: &blueprint,
            coverage: &coverage,
        });
        findings.extend(self.pieces.iter().filter(|piece| piece.fresh).flat_map(Piece::local).cloned());
        Judged {
            signature,
            cni: world.dialect.cni,
            findings,
            gaps: gaps(&world),
            dialect: (!world.policies.is_empty()).then_some(world.dialect),
            dns_stand_in: world.identities.iter().any(|identity| identity.dns_stand_in),
        }
    }

    /// What the world is built from.
    pub(crate) fn input(&self, supposition: &Supposition) -> Input {
        let replaced: BTreeSet<_> = self.extra.iter().flat_map(Piece::objects).filter_map(|one| same(one)).collect();
        let stays = |object: &Object| replaced.is_empty() || same(object).is_none_or(|name| !replaced.contains(&name));
        let own = self.pieces.iter().flat_map(|piece| piece.objects().map(|object| (object, piece.folder)));
        let own = own.filter(|(object, _)| stays(object));
        let extra = self.extra.iter().flat_map(|piece| piece.objects().map(|object| (object, piece.folder)));
        let objects = own.chain(extra).map(|(object, folder)| (Arc::clone(object), folder));
        let gaps = self.pieces.iter().chain(&self.extra).flat_map(|piece| {
            piece.unit.obscured.iter().map(|obscured| {
                let namespace = obscured.head.namespace.as_ref().map(ToString::to_string);
                (gap_reason(obscured), obscured.place, piece.folder, namespace)
            })
        });
        Input {
            objects: objects.collect(),
            gaps: gaps.collect(),
            folders: self.folders.clone(),
            relabelled: supposition.labels.clone(),
        }
    }
}

/// What makes an object take the place of another one: kind, group, namespace as written, name.
fn same(object: &Object) -> Option<(&str, &str, Option<&str>, &str)> {
    Some((&object.kind_name, object.group(), object.namespace(), object.name()?))
}

/// The gaps of the namespaces that somebody wrote about. `kube-public` exists everywhere, and nobody wants to hear of it.
fn gaps(world: &World) -> BTreeSet<(GapReason, Option<Place>, SmolStr)> {
    let with_policies: BTreeSet<NamespaceId> = world.policies.iter().filter_map(|policy| policy.namespace).collect();
    let concerned = world
        .namespace_ids()
        .filter(|(id, namespace)| namespace.object.is_some() || namespace.has_workload || with_policies.contains(id));
    let gaps = concerned.flat_map(|(id, namespace)| {
        let name = SmolStr::new(world.namespace_name(id).unwrap_or_default());
        namespace.gaps.iter().map(move |gap| (gap, name.clone()))
    });
    gaps.map(|(gap, name)| (gap.reason, gap.place, if gap.place.is_some() { SmolStr::default() } else { name }))
        .collect()
}
