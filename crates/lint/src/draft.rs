//! Worlds before they are judged: which files and builds describe one cluster together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_cluster::Input;
use ringfence_diagnostics::Finding;
use ringfence_manifest::Object;
use ringfence_rules::Document;
use ringfence_sources::{Division, Name, divide, plain};
use smol_str::SmolStr;

use crate::Config;
use crate::file::{File, Unit, gap_reason};
use crate::library::Library;
use crate::plan::{self, Gap, Home, Made, Plan, unreached};
use crate::suppose::Supposition;

/// A unit of the library in one world.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'l> {
    pub(crate) document: &'l Document,
    file: &'l File,
    pub(crate) unit: &'l Unit,
    /// Its number in the file.
    at: usize,
    /// Whether roots are built: then the objects that make them bring nothing more.
    rooted: bool,
    /// Whether no world before this one has it, so that what rules say about single files and objects is said here.
    pub(crate) fresh: bool,
    /// Its folder, by the world's own count: another folder elsewhere changes nothing here.
    pub(crate) folder: u32,
}

/// A world before it is judged.
#[derive(Default)]
pub(crate) struct Draft<'l> {
    pub(crate) name: String,
    pub(crate) pieces: Vec<Piece<'l>>,
    /// What is built into it, each with a number like that of a folder.
    pub(crate) made: Vec<(&'l Made, u32)>,
    folders: Vec<SmolStr>,
    /// What is supposed to be there too.
    pub(crate) extra: Vec<Piece<'l>>,
    /// Whether no root reaches its files.
    pub(crate) unreached: bool,
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
    let mut clusters: BTreeMap<String, Draft<'_>> = BTreeMap::new();
    let mut loose = Vec::new();
    for piece in pieces {
        match plan.home(piece.document.file) {
            Some(Home::Cluster(name)) => clusters.entry(name).or_default().pieces.push(piece),
            Some(Home::Anywhere) => loose.push(piece),
            Some(Home::Nowhere) | None => {}
        }
    }
    for made in &plan.made {
        if let Home::Cluster(name) = &made.home {
            clusters.entry(name.clone()).or_default().made.push((made, 0));
        }
    }
    let mut drafts: Vec<Draft<'_>> =
        clusters.into_iter().filter_map(|(name, draft)| draft.into_cluster(&name)).collect();
    let made: Vec<&Made> = plan.made.iter().filter(|made| made.home == Home::Anywhere).collect();
    drafts.extend(divided(&loose, &made, config));
    if drafts.is_empty() && !extra.is_empty() {
        drafts.push(Draft { name: ".".to_owned(), ..Draft::default() });
    }
    for draft in &mut drafts {
        draft.suppose(&extra);
    }
    drafts
}

/// What no root reaches, in worlds of its own: somebody may apply it, and what else is there nobody knows.
pub(crate) fn unreached_drafts<'l>(
    library: &'l Library,
    plan: &'l Plan,
    config: &'l Config,
    supposition: &Supposition,
) -> Vec<Draft<'l>> {
    let is_unreached = |piece: &Piece<'_>| {
        let file = piece.document.file;
        plan.home(file) == Some(Home::Nowhere) && !supposition.with.contains(&piece.document.path)
    };
    let loose: Vec<Piece<'_>> = pieces(library, plan).into_iter().filter(is_unreached).collect();
    let made: Vec<&Made> = plan.made.iter().filter(|made| made.home == Home::Nowhere).collect();
    let mut drafts = divided(&loose, &made, config);
    for draft in &mut drafts {
        draft.unreached = true;
    }
    drafts
}

/// Worlds by folders.
fn divided<'l>(pieces: &[Piece<'l>], made: &[&'l Made], config: &'l Config) -> Vec<Draft<'l>> {
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
pub(crate) fn rename_equals(drafts: &mut [Draft<'_>]) {
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
    pub(crate) fn local(&self) -> impl Iterator<Item = &'l Finding> + use<'l> {
        let (file, at) = (self.file.local.as_ref(), self.at);
        let whole = file.filter(|_| at == 0).map_or(&[][..], |local| &local.file);
        let objects = file.and_then(|local| local.units.get(at));
        whole.iter().chain(objects.into_iter().flatten())
    }
}

impl<'l> Draft<'l> {
    /// The world of a cluster, of which each build and each file has a number of its own. `None` where nothing is known
    /// to be in it.
    fn into_cluster(mut self, name: &str) -> Option<Self> {
        let speaks = |piece: &Piece<'_>| piece.objects().next().is_some() || !piece.unit.obscured.is_empty();
        let holds = self.made.iter().any(|(made, _)| !made.objects.is_empty()) || self.pieces.iter().any(speaks);
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
    pub(crate) fn built(&self) -> impl Iterator<Item = &'l Arc<Object>> {
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
    pub(crate) fn signature(&self) -> Vec<u64> {
        let pieces = self.pieces.iter();
        let of_piece = |piece: &Piece<'_>| {
            [piece.unit.version, u64::from(piece.folder), u64::from(piece.fresh), u64::from(piece.rooted)]
        };
        let of_made = |(made, folder): &(&Made, u32)| [made.version, u64::from(*folder)];
        let counts = [self.pieces.len() as u64, u64::from(self.unreached)];
        counts.into_iter().chain(pieces.flat_map(of_piece)).chain(self.made.iter().flat_map(of_made)).collect()
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
