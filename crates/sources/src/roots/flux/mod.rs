//! A Flux Kustomization, built as its controller builds it.
//!
//! The facts are those of `github.com/fluxcd/pkg/kustomize` v1.41.0, which the controller uses, and which the tests ask
//! (`tests/flux`); what the controller does around it is in `kustomization_controller.go` of kustomize-controller.

mod change;
mod metadata;
mod substitute;
mod variables;

use ringfence_manifest::{Data, Map, Value};

pub(super) use variables::Cluster;

use super::Build;
use super::note::{Note, What};
use super::object::{self, Id, Shape};
use super::repository::{self, Repository, ends_in};
use crate::kustomize::{self, Builder, Kustomization, edit};

/// The group of Flux's Kustomizations.
pub(super) const GROUP: &str = "kustomize.toolkit.fluxcd.io";

/// The names of a kustomization, in the order in which Flux looks for them.
const NAMES: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether an object is a Kustomization of Flux.
pub(super) fn is_kustomization(value: &Value) -> bool {
    object::text(value, &["kind"]) == Some("Kustomization") && object::group(value) == GROUP
}

/// The folder of a Kustomization.
pub(super) fn path(kustomization: &Value) -> String {
    repository::inside(object::text(kustomization, &["spec", "path"]).unwrap_or_default())
}

/// The source that a Kustomization is built from.
pub(super) fn source(kustomization: &Value) -> Id {
    let text = |key| object::text(kustomization, &["spec", "sourceRef", key]);
    let own = object::text(kustomization, &["metadata", "namespace"]).unwrap_or_default();
    Id::new(text("kind").unwrap_or_default(), text("namespace").unwrap_or(own), text("name").unwrap_or_default())
}

/// Whether a Kustomization is built from something that is made of repositories, not from one: its path says nothing here.
pub(super) fn is_assembled(kustomization: &Value) -> bool {
    object::text(kustomization, &["spec", "sourceRef", "kind"]) == Some("ExternalArtifact")
}

/// Everything that a Kustomization brings into its cluster.
pub(super) fn build(
    kustomization: &Value,
    cluster: &Cluster,
    repository: &Repository<'_>,
    builder: &mut Builder<'_>,
) -> Build {
    let mut build = Build::default();
    if let Some(note) = elsewhere(kustomization, cluster) {
        build.notes.push(note);
        return build;
    }
    if let Some((place, _)) = kustomization.at(&["spec"]).and_then(|spec| object::field(spec, "suspend"))
        && object::is_true(kustomization, &["spec", "suspend"])
    {
        build.notes.push(Note::new(place, What::Suspended));
    }
    gather(kustomization, repository, builder, &mut build);
    substitute::apply(kustomization, cluster, &mut build);
    metadata::apply(kustomization, &mut build);
    build.settle();
    build
}

/// Builds the folder, with what the Kustomization changes in it.
pub(super) fn gather(kustomization: &Value, repository: &Repository<'_>, builder: &mut Builder<'_>, build: &mut Build) {
    let Some(spec) = kustomization.at(&["spec"]).filter(|spec| spec.as_map().is_some()) else {
        let what = What::WrongType { key: "spec".into(), expected: "mapping" };
        return build.notes.push(Note::new(kustomization.place, what));
    };
    let written = Shape::Text.of(spec, "path", &mut build.notes).map_or(spec, |(_, value)| value);
    let text = written.as_str().unwrap_or_default();
    if object::is_open(text) {
        return build.notes.push(Note::new(written.place, What::NotFilledIn { text: text.into() }));
    }
    let Some(folder) = repository.folder(&path(kustomization)) else {
        let what = repository.lacks(&path(kustomization), text);
        return build.notes.push(Note::new(written.place, what));
    };
    let Some(mut own) = own(written, &folder, repository, builder, build) else { return };
    change::apply(spec, &folder, repository, &mut own, &mut build.notes);
    // Flux does not ask kustomize for its old order.
    if own.value("sortOptions").is_none() {
        let order = vec![edit::entry("order", edit::string(written.place, "fifo"))];
        let options = Value { place: written.place, data: Data::Map(Map { entries: order, open: false }) };
        own.set("sortOptions", written.place, options);
    }
    build.take(builder.build_as(&folder, &own));
}

/// The kustomization of a folder, or the one that Flux makes where there is none.
fn own(
    written: &Value,
    folder: &str,
    repository: &Repository<'_>,
    builder: &mut Builder<'_>,
    build: &mut Build,
) -> Option<Kustomization> {
    match builder.kustomization_in(folder) {
        Ok((file, read, notes)) => {
            build.read.insert(file);
            // Flux sees to it that one which asks for nothing is not refused.
            let notes = notes.into_iter().filter(|note| note.what != kustomize::What::NothingAsked);
            build.notes.extend(notes.map(Note::from));
            read
        }
        Err(kustomize::What::NoKustomization { .. } | kustomize::What::Unseen { .. }) if !repository.knows(folder) => {
            build.notes.push(Note::new(written.place, repository::unseen(folder)));
            None
        }
        Err(kustomize::What::NoKustomization { .. } | kustomize::What::Unseen { .. }) => {
            Some(generated(written, folder, repository))
        }
        Err(what) => {
            let note = kustomize::Note { place: written.place, effect: kustomize::Effect::Objects, what };
            build.notes.push(note.into());
            None
        }
    }
}

/// What Flux makes of a folder without a kustomization: every manifest below it, and every kustomization as a whole.
fn generated(written: &Value, folder: &str, repository: &Repository<'_>) -> Kustomization {
    let mut resources: Vec<String> = Vec::new();
    for (path, _) in repository.below(folder) {
        let below = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
        let entry = outermost(folder, below, repository).unwrap_or_else(|| below.to_owned());
        let is_manifest = entry != below || ends_in(below, &["yaml", "yml"]);
        if is_manifest && !is_ignored(below) && resources.last() != Some(&entry) {
            resources.push(entry);
        }
    }
    let mut own = Kustomization::default();
    let items = resources.iter().map(|path| edit::string(written.place, format!("./{path}"))).collect();
    own.extend("resources", written.place, items);
    own
}

/// The outermost folder around a path below `folder` that is a kustomization.
fn outermost(folder: &str, below: &str, repository: &Repository<'_>) -> Option<String> {
    let around = below.match_indices('/').map(|(at, _)| &below[..at]);
    let mut around = around.filter(|inner| {
        let at = |name: &&str| {
            if folder.is_empty() { format!("{inner}/{name}") } else { format!("{folder}/{inner}/{name}") }
        };
        NAMES.iter().any(|name| repository.has(&at(name)))
    });
    around.next().map(ToOwned::to_owned)
}

/// What source-controller leaves out of every source (`sourceignore.VCSDirs` and its like), as far as it is YAML.
fn is_ignored(path: &str) -> bool {
    const FILES: &[&str] = &[".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml"];
    const MORE: &[&str] =
        &["codeship-services.yml", "codeship-steps.yml", ".goreleaser.yml", ".sops.yaml", ".flux.yaml"];
    let name = path.rsplit('/').next().unwrap_or(path);
    FILES.contains(&name) || MORE.contains(&name) || path.split('/').any(|step| matches!(step, ".github" | ".circleci"))
}

/// What to say where a Kustomization is built from another source than this repository.
fn elsewhere(kustomization: &Value, cluster: &Cluster) -> Option<Note> {
    let own = source(kustomization);
    if cluster.is_here(&own) && !is_assembled(kustomization) {
        return None;
    }
    let place = kustomization.at(&["spec", "sourceRef"]).map_or(kustomization.place, |source| source.place);
    Some(Note::new(place, What::OtherRepository { source: own.to_string().into() }))
}
