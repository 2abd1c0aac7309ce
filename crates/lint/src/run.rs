//! Judging the worlds: each built and looked at by every rule, unless nothing in it has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use ringfence_cluster::blueprint::Blueprint;
use ringfence_cluster::{Cni, Dialect, GapReason, Input, Knobs, NamespaceId, World};
use ringfence_diagnostics::{Applicability, Finding, Subject};
use ringfence_engine::Engine;
use ringfence_manifest::{Object, Place};
use ringfence_rules::{Builds, Document, Entry, Options, RULES, Scene};
use ringfence_sources::{Division, Name, divide, plain};
use ringfence_text::FileId;
use smol_str::SmolStr;

use crate::Config;
use crate::file::{File, Unit, gap_reason};
use crate::library::Library;
use crate::plan::{Gap, Home, Made, Plan, unreached};
use crate::suppose::Supposition;
use crate::{local, parallel, plan, provenance};

/// What is known of a world.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// What it was made of.
    signature: Vec<u64>,
    /// The versions of the units that it holds as they stand in their files.
    units: Vec<u64>,
    /// The files that something is built from in it.
    read: BTreeSet<FileId>,
    /// Whether no root reaches its files.
    pub(crate) unreached: bool,
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
    /// Whether roots are built: then the objects that make them bring nothing more.
    rooted: bool,
    /// Whether no world before this one has it, so that what rules say about single files and objects is said here.
    fresh: bool,
    /// Its folder, by the world's own count: another folder elsewhere changes nothing here.
    pub(crate) folder: u32,
}

/// A world before it is judged.
#[derive(Default)]
pub(crate) struct Draft<'l> {
    pub(crate) name: String,
    pieces: Vec<Piece<'l>>,
    /// What is built into it, each with a number like that of a folder.
    made: Vec<(&'l Made, u32)>,
    folders: Vec<SmolStr>,
    /// What is supposed to be there too.
    pub(crate) extra: Vec<Piece<'l>>,
    /// Whether no root reaches its files.
    unreached: bool,
}

/// Judges every world; of `known` those are kept whose parts are the same. `progress` is called with how many worlds there
/// are, after each one.
pub(crate) fn judge(
    library: &mut Library,
    plan: &Plan,
    config: &Config,
    mut known: Worlds,
    progress: &mut dyn FnMut(usize),
) -> Worlds {
    let knobs = knobs(library, config);
    let rules = selected(config);
    local::examine(library, &config.options, &rules);
    let mut drafts = drafts(library, plan, config, &Supposition::default());
    drafts.extend(unreached_drafts(library, plan, config, &Supposition::default()));
    rename_equals(&mut drafts);
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
    let builds = plan.builds(library);
    let bench =
        Bench { library, knobs: &knobs, options: &config.options, rules: &rules, side_by_side, builds: &builds };
    let judge = |(draft, signature): (Draft<'_>, Vec<u64>)| {
        let world = draft.judge(&bench, signature);
        (draft.name, world)
    };
    judged.extend(parallel::map(open, 1, judge, || progress(count)));
    judged
}

fn selected(config: &Config) -> Vec<&'static Entry> {
    let selected = config.selection.rules();
    RULES.iter().filter(|entry| selected.contains(entry.rule.name)).collect()
}

/// What all worlds are judged by.
struct Bench<'l> {
    library: &'l Library,
    knobs: &'l Knobs,
    options: &'l Options,
    rules: &'l [&'static Entry],
    /// Whether rules may run on threads of their own.
    side_by_side: bool,
    builds: &'l Builds<'l>,
}

impl Bench<'_> {
    /// What rules about the world or its policies find, in the order of the rules.
    fn findings(&self, scene: Scene<'_>) -> Vec<Finding> {
        let run = |entry: &'static Entry| {
            let mut findings = Vec::new();
            entry.run(scene, std::iter::empty(), std::iter::empty(), &mut findings);
            findings
        };
        let rules: Vec<&'static Entry> = self.rules.iter().copied().filter(|entry| entry.check.is_of_world()).collect();
        let at_once = if self.side_by_side && scene.world.policies.len() > FEW { 1 } else { rules.len().max(1) };
        parallel::map(rules, at_once, run, || {}).concat()
    }
}

/// Rules about no more policies than this are done before a thread has started.
const FEW: usize = 100;

/// The worlds without any judgement, by name: for questions.
///
/// What no root reaches is only among them where there is nothing else.
pub(crate) fn build(
    library: &Library,
    plan: &Plan,
    config: &Config,
    supposition: &Supposition,
) -> Vec<(String, World)> {
    let knobs = knobs(library, config);
    let build = |draft: Draft<'_>| {
        let world = World::build(&draft.input(), &knobs);
        (draft.name, supposition.label(world))
    };
    let mut drafts = drafts(library, plan, config, supposition);
    if drafts.is_empty() {
        drafts = unreached_drafts(library, plan, config, supposition);
    }
    rename_equals(&mut drafts);
    drafts.into_iter().map(build).collect()
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
pub(crate) fn findings(worlds: &Worlds, library: &Library, plan: &Plan, config: &Config) -> Vec<Finding> {
    let mut merged: BTreeMap<(FileId, u32, &'static str, u32, String), Finding> = BTreeMap::new();
    // Of files whose objects are in a build only the text is judged as it stands.
    let taken = library.documents.iter().zip(&library.files).filter(|(document, _)| plan.takes(document.file));
    let of_texts = taken.filter_map(|(_, file)| file.local.as_ref()).flat_map(|local| &local.file).cloned();
    let of_builds = local::of_builds(&plan.builds(library), &library.documents, &config.options, &selected(config));
    for finding in of_texts.chain(of_builds) {
        let at = &finding.primary;
        let key = (at.file, at.span.start, finding.rule, at.span.end, finding.message.clone());
        merged.entry(key).or_insert(finding);
    }
    let several = are_several(worlds);
    let mut homes: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for (name, world) in worlds {
        for finding in &world.findings {
            let at = &finding.primary;
            let key = (at.file, at.span.start, finding.rule, at.span.end, finding.message.clone());
            homes.entry(key.clone()).or_default().insert(name);
            let mut finding = finding.clone();
            if let Some(subject) = finding.subject.as_mut().filter(|_| several && !world.unreached) {
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
    let shared = shared(worlds);
    for (key, homes) in homes {
        let note = shared.get(&key.0).and_then(|worlds| only_in(&homes, worlds));
        if let Some((finding, note)) = merged.get_mut(&key).zip(note) {
            finding.notes.push(note);
            // What is mended for one would change the other.
            finding.fixes.iter_mut().for_each(|fix| fix.applicability = Applicability::Suggestion);
        }
    }
    merged.into_values().collect()
}

/// Whether it has to be said which world something is about: there are several, those apart that no root reaches.
pub(crate) fn are_several(worlds: &Worlds) -> bool {
    worlds.values().filter(|world| !world.unreached).nth(1).is_some()
}

/// The worlds that are built from each file.
fn shared(worlds: &Worlds) -> BTreeMap<FileId, BTreeSet<&str>> {
    let mut shared: BTreeMap<FileId, BTreeSet<&str>> = BTreeMap::new();
    for (name, world) in worlds.iter().filter(|(_, world)| !world.unreached) {
        for file in &world.read {
            shared.entry(*file).or_default().insert(name);
        }
    }
    shared
}

/// Of a finding in a file that several worlds are built from: in which of them it holds, unless it does in all.
fn only_in(homes: &BTreeSet<&str>, worlds: &BTreeSet<&str>) -> Option<String> {
    let others: Vec<&str> = worlds.difference(homes).copied().collect();
    let names = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let own: Vec<&str> = worlds.intersection(homes).copied().collect();
    (!own.is_empty() && !others.is_empty())
        .then(|| format!("it is so in {}, but not in {}", names(&own), names(&others)))
}

/// A finding that names no object is about the one it stands in.
pub(crate) fn name_subjects(findings: &mut [Finding], library: &Library, worlds: &Worlds) {
    let mut homes: BTreeMap<u64, &str> = BTreeMap::new();
    let several = are_several(worlds);
    for (name, world) in worlds.iter().filter(|(_, world)| several && !world.unreached) {
        for version in &world.units {
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

/// The worlds, without what no root reaches.
pub(crate) fn drafts<'l>(
    library: &'l Library,
    plan: &'l Plan,
    config: &'l Config,
    supposition: &Supposition,
) -> Vec<Draft<'l>> {
    let with: BTreeSet<&str> = supposition.with.iter().map(String::as_str).collect();
    let supposed = |piece: &Piece<'_>| with.contains(piece.document.path.as_str());
    let (extra, pieces): (Vec<Piece<'_>>, Vec<Piece<'_>>) = pieces(library, plan).into_iter().partition(supposed);
    let mut clusters: BTreeMap<&str, Draft<'_>> = BTreeMap::new();
    let mut loose = Vec::new();
    for piece in pieces {
        match plan.home(piece.document.file) {
            Some(Home::Cluster(name)) => {
                let root = plan.made.iter().find(|made| made.home == Home::Cluster(name.clone()));
                if let Some(Home::Cluster(name)) = root.map(|made| &made.home) {
                    clusters.entry(name).or_default().pieces.push(piece);
                }
            }
            Some(Home::Anywhere) => loose.push(piece),
            Some(Home::Nowhere) | None => {}
        }
    }
    for made in &plan.made {
        if let Home::Cluster(name) = &made.home {
            let draft = clusters.entry(name).or_default();
            draft.made.push((made, 0));
        }
    }
    let mut drafts: Vec<Draft<'_>> = clusters.into_iter().filter_map(|(name, draft)| draft.as_cluster(name)).collect();
    let made = plan.made.iter().filter(|made| made.home == Home::Anywhere).collect();
    drafts.extend(divided(loose, made, config));
    if drafts.is_empty() && !extra.is_empty() {
        drafts.push(Draft { name: ".".to_owned(), ..Draft::default() });
    }
    for draft in &mut drafts {
        draft.suppose(&extra);
    }
    drafts
}

/// What no root reaches, in worlds of its own: somebody may apply it, and what else is there nobody knows.
fn unreached_drafts<'l>(
    library: &'l Library,
    plan: &'l Plan,
    config: &'l Config,
    supposition: &Supposition,
) -> Vec<Draft<'l>> {
    let is_unreached = |piece: &Piece<'_>| {
        let file = piece.document.file;
        plan.home(file) == Some(Home::Nowhere) && !supposition.with.contains(&piece.document.path)
    };
    let loose = pieces(library, plan).into_iter().filter(is_unreached).collect();
    let made = plan.made.iter().filter(|made| made.home == Home::Nowhere).collect();
    let mut drafts = divided(loose, made, config);
    drafts.iter_mut().for_each(|draft| draft.unreached = true);
    drafts
}

/// Worlds by folders.
fn divided<'l>(pieces: Vec<Piece<'l>>, made: Vec<&'l Made>, config: &'l Config) -> Vec<Draft<'l>> {
    let namespace = config.knobs.default_namespace.as_deref();
    let of_piece = |piece: &Piece<'l>| ringfence_sources::Unit {
        path: &piece.document.path,
        section: piece.unit.section.as_deref(),
        names: piece.objects().filter_map(|object| Name::of(object, namespace)).collect(),
    };
    let of_made = |made: &&'l Made| ringfence_sources::Unit {
        path: &made.path,
        section: None,
        names: made.objects.iter().filter_map(|object| Name::of(object, namespace)).collect(),
    };
    let units: Vec<_> = pieces.iter().map(of_piece).chain(made.iter().map(of_made)).collect();
    let Division { worlds, folders: numbers, paths } = divide(&units);
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut drafts = Vec::with_capacity(worlds.len());
    for world in worlds {
        let mut own: BTreeMap<u32, u32> = BTreeMap::new();
        let mut draft = Draft { name: world.name, ..Draft::default() };
        for at in world.units {
            let folder = *own.entry(numbers[at]).or_insert_with(|| {
                draft.folders.push(SmolStr::new(&paths[numbers[at] as usize]));
                draft.folders.len() as u32 - 1
            });
            match pieces.get(at) {
                Some(piece) => draft.pieces.push(Piece { folder, fresh: seen.insert(at), ..*piece }),
                None => draft.made.push((made[at - pieces.len()], folder)),
            }
        }
        drafts.push(draft);
    }
    drafts
}

/// Gives worlds of one name numbers: a cluster may be called like a folder.
fn rename_equals(drafts: &mut [Draft<'_>]) {
    let mut taken = BTreeSet::new();
    for draft in drafts {
        let plain = draft.name.clone();
        let mut count = 1;
        while !taken.insert(draft.name.clone()) {
            count += 1;
            draft.name = format!("{plain} ({count})");
        }
    }
}

/// The units that are not in a build.
fn pieces<'l>(library: &'l Library, plan: &'l Plan) -> Vec<Piece<'l>> {
    let files = library.documents.iter().zip(&library.files);
    let units = files.filter(|(document, _)| !plan.takes(document.file)).flat_map(|(document, file)| {
        let rooted = matches!(plan.home(document.file), Some(Home::Cluster(_)));
        let piece = move |(at, unit)| Piece { document, file, unit, at, rooted, fresh: false, folder: 0 };
        file.units.iter().enumerate().map(piece)
    });
    units.collect()
}

impl<'l> Piece<'l> {
    /// The objects that exist.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &'l Arc<Object>> + use<'l> {
        let rooted = self.rooted;
        self.unit.objects.iter().filter(move |object| !rooted || plan::is_no_root(object))
    }

    /// What is said of it alone; of the whole file with its first unit.
    fn local(&self) -> impl Iterator<Item = &'l Finding> + use<'l> {
        let (file, at) = (self.file.local.as_ref(), self.at);
        let whole = file.filter(|_| at == 0).map_or(&[][..], |local| &local.file);
        let objects = file.and_then(|local| local.units.get(at));
        whole.iter().chain(objects.into_iter().flatten())
    }
}

impl<'l> Draft<'l> {
    /// The world of a cluster, of which each build and each file has a number of its own. `None` where nothing is known
    /// to be in it.
    fn as_cluster(mut self, name: &str) -> Option<Self> {
        let holds = self.made.iter().any(|(made, _)| !made.objects.is_empty()) || !self.pieces.is_empty();
        name.clone_into(&mut self.name);
        for (number, (made, folder)) in self.made.iter_mut().enumerate() {
            *folder = number as u32;
            self.folders.push(SmolStr::new(&made.path));
        }
        for piece in &mut self.pieces {
            (piece.folder, piece.fresh) = (self.folders.len() as u32, true);
            self.folders.push(SmolStr::new(&piece.document.path));
        }
        holds.then_some(self)
    }

    /// The objects that are built into it.
    fn built(&self) -> impl Iterator<Item = &'l Arc<Object>> {
        self.made.iter().flat_map(|(made, _)| &made.objects)
    }

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
        let of_piece = |piece: &Piece<'_>| {
            [piece.unit.version, u64::from(piece.folder), u64::from(piece.fresh), u64::from(piece.rooted)]
        };
        let of_made = |(made, folder): &(&Made, u32)| [made.version, u64::from(*folder)];
        let counts = [self.pieces.len() as u64, u64::from(self.unreached)];
        counts.into_iter().chain(pieces.flat_map(of_piece)).chain(self.made.iter().flat_map(of_made)).collect()
    }

    fn judge(&self, bench: &Bench<'_>, signature: Vec<u64>) -> Judged {
        let world = World::build(&self.input(), bench.knobs);
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
            builds: bench.builds,
        });
        findings.extend(self.pieces.iter().filter(|piece| piece.fresh).flat_map(Piece::local).cloned());
        findings.extend(local::of_objects(self.built().map(|object| &**object), documents, options, bench.rules));
        provenance::show(&mut findings, documents, self.built().map(|object| &**object));
        Judged {
            signature,
            units: self.pieces.iter().map(|piece| piece.unit.version).collect(),
            read: self.made.iter().flat_map(|(made, _)| made.read.iter().copied()).collect(),
            unreached: self.unreached,
            cni: world.dialect.cni,
            findings,
            gaps: gaps(&world),
            dialect: (!world.policies.is_empty()).then_some(world.dialect),
            dns_stand_in: world.identities.iter().any(|identity| identity.dns_stand_in),
        }
    }

    pub(crate) fn input(&self) -> Input {
        let replaced: BTreeSet<_> = self.extra.iter().flat_map(Piece::objects).filter_map(|one| same(one)).collect();
        let stays = |object: &Object| replaced.is_empty() || same(object).is_none_or(|name| !replaced.contains(&name));
        let own = self.pieces.iter().flat_map(|piece| piece.objects().map(|object| (object, piece.folder)));
        let built = self.made.iter().flat_map(|(made, folder)| made.objects.iter().map(|object| (object, *folder)));
        let own = own.chain(built).filter(|(object, _)| stays(object));
        let extra = self.extra.iter().flat_map(|piece| piece.objects().map(|object| (object, piece.folder)));
        let objects = own.chain(extra).map(|(object, folder)| (Arc::clone(object), folder));
        let gaps = self.pieces.iter().chain(&self.extra).flat_map(|piece| {
            piece.unit.obscured.iter().map(|obscured| {
                let namespace = obscured.head.namespace.as_ref().map(ToString::to_string);
                (gap_reason(obscured), obscured.place, namespace)
            })
        });
        let gaps = gaps.chain(self.made.iter().flat_map(|(made, _)| made.gaps.iter().cloned()));
        Input { objects: objects.collect(), gaps: gaps.chain(self.gap_of_unreached()).collect() }
    }
}

impl Draft<'_> {
    fn gap_of_unreached(&self) -> Option<Gap> {
        let first = self.pieces.first().map(|piece| piece.document.file);
        let file = first.or_else(|| Some(self.built().next()?.place.file));
        file.filter(|_| self.unreached).map(unreached)
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
