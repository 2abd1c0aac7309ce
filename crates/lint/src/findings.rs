//! What all worlds together have found, each thing once, with the worlds that it holds in.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_diagnostics::{Applicability, Finding, Subject};
use ringfence_manifest::Object;
use ringfence_text::FileId;

use crate::Config;
use crate::file::Unit;
use crate::library::Library;
use crate::local;
use crate::plan::Plan;
use crate::run::{Worlds, selected};

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
