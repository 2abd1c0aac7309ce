//! A build that its tool refuses.

use crate::builds::{Made, of_kustomize, refuses};
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
    for (note, by) in builds.notes() {
        if !refuses(&note) || has_a_rule(&note) || by.iter().all(|made| is_for_others(*made, &note)) {
            continue;
        }
        let message = format!("{}: {note}", tool(by[0]));
        cx.report(note.place, message).help(help(&note));
    }
}

/// Whether a rule of its own reports it.
fn has_a_rule(note: &Note) -> bool {
    matches!(of_kustomize(note), Some(Kustomize::PatchFindsNothing { .. } | Kustomize::Twice { .. }))
}

/// Whether what uses a component may bring what is missed.
fn is_for_others(made: Made<'_>, note: &Note) -> bool {
    made.is_part() && note.effect != Effect::Objects
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
        What::NoFolder { .. } => "mend `path`, which is seen from the top of the repository",
        _ => "mend it here: until then nothing of this build is applied",
    }
}
