//! A kustomization that brings one object twice.

use crate::builds::{Made, lost, of_kustomize};
use crate::prelude::*;
use ringfence_sources::kustomize::What;

declare_rule! {
    /// ## What it does
    /// Reports lines of a kustomization that bring an object which is there already: same kind, namespace and name.
    ///
    /// ## Why it matters
    /// kustomize refuses to build (`may not add resource with an already registered id`). Nothing of the kustomization is
    /// applied, and the cluster keeps the policies it had.
    ///
    /// ## Example
    /// ```yaml bad
    /// # file: kustomization.yaml
    /// resources:
    ///   - namespace.yaml
    ///   - more.yaml
    /// # file: namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// # file: more.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// # file: kustomization.yaml
    /// resources:
    ///   - namespace.yaml
    /// # file: namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    ///
    /// ## References
    /// [kustomize: resources](https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/)
    pub static KUSTOMIZE_OBJECT_TWICE = "kustomize-object-twice" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(builds: &Builds<'_>, cx: &mut Cx<'_>) {
    // What one line brings twice is one fault, however many objects it is about.
    let mut lines: Vec<(Place, Vec<String>, Vec<Made<'_>>)> = Vec::new();
    for (note, by) in builds.notes() {
        let Some(What::Twice { id }) = of_kustomize(&note) else { continue };
        let by: Vec<Made<'_>> = by.into_iter().filter(|made| !made.is_part()).collect();
        match lines.iter_mut().find(|(place, ..)| *place == note.place) {
            Some((_, ids, _)) => ids.push(id.to_string()),
            None if by.is_empty() => {}
            None => lines.push((note.place, vec![id.to_string()], by)),
        }
    }
    for (place, ids, by) in lines {
        report(place, &ids, &by, builds, cx);
    }
}

fn report<'a>(place: Place, ids: &[String], by: &[Made<'a>], builds: &Builds<'a>, cx: &mut Cx<'_>) {
    let more = match ids.len() {
        1 => String::new(),
        2 => ", as is one more object".to_owned(),
        count => format!(", as are {} more objects", count - 1),
    };
    let message = format!("kustomize refuses this build: {} is there twice{more}", quoted(&ids[0]));
    let mut draft = cx.report(place, message).here("brings it again");
    let is_meant = |object: &&std::sync::Arc<Object>| id(object) == ids[0];
    if let Some(first) = builds.objects_of(by[0]).iter().find(is_meant) {
        draft = draft.label(first.name_place(), "already here");
    }
    draft.notes(lost(by, place)).help("take one of the lines away, or give each object a name of its own");
}

/// An object as notes name it.
fn id(object: &Object) -> String {
    match (object.namespace(), object.name().unwrap_or_default()) {
        (Some(namespace), name) => format!("{} {namespace}/{name}", object.kind_name),
        (None, name) => format!("{} {name}", object.kind_name),
    }
}

/// The name of an object in backticks, its kind before it.
fn quoted(id: &str) -> String {
    id.split_once(' ').map_or_else(|| format!("`{id}`"), |(kind, name)| format!("{kind} `{name}`"))
}
