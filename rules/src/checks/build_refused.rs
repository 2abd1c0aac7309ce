//! A build that its tool refuses.

use crate::builds::{Made, lost, of_kustomize, refuses};
use crate::prelude::*;
use ringfence_sources::kustomize::{Effect, What as Kustomize};
use ringfence_sources::roots::{Note, Tool, What};

declare_rule! {
    /// ## What it does
    /// Reports what makes kustomize, Flux or Argo CD refuse to build: a file that is missing, a patch that does not fit, a
    /// ring of bases, an unknown field.
    ///
    /// ## Why it matters
    /// A build that is refused is not applied at all, not even the parts of it that are right. The cluster keeps what it had,
    /// and a policy that was reviewed and merged never arrives. The rest of the repository is judged all the same; what
    /// the faulty part may have held is taken as unknown.
    ///
    /// ## Example
    /// ```yaml bad
    /// # file: kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources:
    ///   - policies.yaml
    /// ```
    ///
    /// ```yaml good
    /// # file: kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources:
    ///   - namespace.yaml
    /// # file: namespace.yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ```
    ///
    /// ## References
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/>
    pub static BUILD_REFUSED = "build-refused" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

pub(crate) fn check(builds: &Builds<'_>, cx: &mut Cx<'_>) {
    let notes = builds.notes();
    let refused = notes
        .iter()
        .filter(|(note, by)| refuses(note) && !has_a_rule(note) && by.iter().any(|made| is_sure(*made, note)));
    let mut faults: Vec<Noted<'_>> = Vec::new();
    for noted in refused {
        match faults.iter_mut().find(|other| is_same_ring(noted, other)) {
            Some((_, by)) => by.extend(&noted.1),
            None => faults.push(noted.clone()),
        }
    }
    for noted in &faults {
        report(noted, cx);
    }
}

/// A note with the builds that say it.
type Noted<'a> = (Note, Vec<Made<'a>>);

fn report((note, by): &Noted<'_>, cx: &mut Cx<'_>) {
    let draft = cx.report(note.place, format!("{}: {note}", tool(by[0]))).help(help(note));
    draft.notes(lost(by, note.place));
}

/// Whether a rule of its own reports it.
fn has_a_rule(note: &Note) -> bool {
    matches!(of_kustomize(note), Some(Kustomize::PatchFindsNothing { .. } | Kustomize::Twice { .. }))
}

/// Whether a build is refused for it. What uses a component may bring what it misses, as may a base that is not here.
fn is_sure(made: Made<'_>, note: &Note) -> bool {
    let misses_objects = matches!(
        of_kustomize(note),
        Some(Kustomize::SelectsNothing { .. } | Kustomize::NotThere { .. } | Kustomize::Replacement { .. })
    );
    if misses_objects { made.is_whole() } else { !made.is_part() || note.effect == Effect::Objects }
}

/// Whether two notes are about one ring of bases, which each build meets where it enters.
fn is_same_ring((one, by): &Noted<'_>, (other, others): &Noted<'_>) -> bool {
    let is_ring = |note| matches!(of_kustomize(note), Some(Kustomize::Cycle { .. }));
    let all_read = |by: &[Made<'_>], note: &Note| by.iter().all(|made| made.reads(note.place.file));
    is_ring(one) && is_ring(other) && all_read(by, other) && all_read(others, one)
}

fn tool(made: Made<'_>) -> &'static str {
    match made {
        Made::Root(root) => match root.tool {
            Tool::Flux => "Flux cannot build this",
            Tool::Application | Tool::ApplicationSet => "Argo CD cannot build this",
            Tool::Declared => "this root cannot be built",
        },
        Made::Standalone(_) => "kustomize cannot build this",
    }
}

fn help(note: &Note) -> &'static str {
    match &note.what {
        What::Build(Kustomize::Missing { .. }) => "add the file, or take the line away",
        What::Build(Kustomize::Cycle { .. }) => "take one of the lines away: bases may not lead back to who uses them",
        What::Build(Kustomize::Outside { .. }) => "move the file below the kustomization, or make its folder a base",
        What::Build(Kustomize::Unreadable { .. }) => "see to it that the file can be read",
        What::Build(Kustomize::WrongKind { .. }) => "move the line to the other list",
        What::Build(Kustomize::UnknownField { .. }) => "correct the key, or take it away",
        What::Build(Kustomize::NoKustomization { .. }) => {
            "add a `kustomization.yaml` there, or name its files one by one"
        }
        What::NoFolder { .. } => "mend `path`, which is seen from the top of the repository",
        _ => "mend this line: the tool stops here and applies nothing of the build",
    }
}
