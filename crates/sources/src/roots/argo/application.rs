//! What an Application brings into its cluster.

use ringfence_manifest::{Kind, Transformer, Value};
use smol_str::SmolStr;

use super::home::Home;
use super::{change, directory};
use crate::kustomize::{self, Builder, edit};
use crate::roots::Build;
use crate::roots::note::{Note, What};
use crate::roots::object;
use crate::roots::repository::{self, Repository, inside};

/// Builds every source of an Application.
pub(in crate::roots) fn build(
    application: &Value,
    home: &Home,
    repository: &Repository<'_>,
    builder: &mut Builder<'_>,
) -> Build {
    let mut build = Build::default();
    let several = object::items(application, &["spec", "sources"]);
    let one = application.at(&["spec", "source"]).filter(|source| source.as_map().is_some());
    // Where there are several, the one does not count.
    let sources: Vec<&Value> = if several.is_empty() { one.into_iter().collect() } else { several.iter().collect() };
    if sources.is_empty() {
        let what = What::WrongType { key: "source".into(), expected: "mapping" };
        build.notes.push(Note::new(application.place, what));
    }
    for source in sources {
        if let Err(note) = add(source, home, repository, builder, &mut build) {
            build.notes.push(note);
        }
    }
    into_namespace(application, &mut build);
    build.settle();
    build
}

/// Builds one source. `Err` says why nothing of it is known.
fn add(
    source: &Value,
    home: &Home,
    repository: &Repository<'_>,
    builder: &mut Builder<'_>,
    build: &mut Build,
) -> Result<(), Note> {
    for (key, what) in [("chart", What::Helm), ("plugin", What::NotBuilt { key: SmolStr::new_static("plugin") })] {
        if let Some((place, _)) = object::field(source, key) {
            return Err(Note::new(place, what));
        }
    }
    let Some((place, path)) = object::field(source, "path") else {
        // A source that only lends its files to others (`ref`) brings nothing itself.
        return Ok(());
    };
    let written = path.as_str().unwrap_or_default();
    let url = object::text(source, &["repoURL"]).unwrap_or_default();
    if let Some(text) = [written, url].into_iter().find(|text| object::is_open(text)) {
        return Err(Note::new(place, What::NotFilledIn { text: text.into() }));
    }
    if !home.is(url) {
        return Err(Note::new(place, What::OtherRepository { source: format!("`{url}`").into() }));
    }
    let Some(folder) = repository.folder(&inside(written)) else {
        return Err(Note::new(path.place, repository.lacks(&inside(written), written)));
    };
    let has = |name: &str| repository.has(format!("{folder}/{name}").trim_start_matches('/'));
    let asks = |key| object::field(source, key).is_some();
    if asks("helm") || (has("Chart.yaml") && !asks("kustomize") && !asks("directory")) {
        return Err(Note::new(path.place, What::Helm));
    }
    match builder.kustomization_in(&folder) {
        Ok((file, own, notes)) if !asks("directory") => {
            build.read.insert(file);
            build.notes.extend(notes.into_iter().map(Note::from));
            let Some(mut own) = own else { return Ok(()) };
            change::apply(source, &mut own, &mut build.notes);
            build.take(builder.build_as(&folder, &own));
        }
        Err(what @ kustomize::What::SeveralKustomizations { .. }) if !asks("directory") => {
            return Err(kustomize::Note { place: path.place, what, effect: kustomize::Effect::Objects }.into());
        }
        _ if !repository.knows(&folder) => return Err(Note::new(path.place, repository::unseen(written))),
        _ => directory::build(source, &folder, repository, builder, build),
    }
    Ok(())
}

/// What names no namespace goes into that of the destination; of kinds that nobody here knows, it may.
fn into_namespace(application: &Value, build: &mut Build) {
    let destination = application.at(&["spec", "destination", "namespace"]);
    let Some(namespace) = destination.filter(|value| value.as_str().is_some_and(|text| !text.is_empty())) else {
        return;
    };
    for object in &mut build.objects {
        let has_own = object::text(&object.value, &["metadata", "namespace"]).is_some_and(|own| !own.is_empty());
        if has_own || is_cluster_scoped(&object.value) {
            continue;
        }
        let metadata = object.value.as_map_mut().and_then(|map| edit::child(map, "metadata", namespace.place));
        if let Some(metadata) = metadata {
            edit::set(metadata, "namespace", namespace.clone(), Transformer::Destination, &mut object.origin);
        }
    }
}

fn is_cluster_scoped(value: &Value) -> bool {
    let version = object::text(value, &["apiVersion"]).unwrap_or_default();
    let kind = object::text(value, &["kind"]).unwrap_or_default();
    Kind::of(version, kind).cluster_scoped() || kustomize::stands_in_no_namespace(version, kind)
}
