//! Why a namespace may hold pods that the input does not show (design §1.1).

use ringfence_manifest::{Body, Kind, Object, Place, Tool, Value};

use super::Builder;
use crate::{Gap, GapReason, NamespaceId, NamespaceName};

/// What may make pods unseen, and where.
struct Source {
    gap: Gap,
    /// `None`: in any namespace.
    namespace: Option<NamespaceId>,
}

impl Builder<'_> {
    pub(super) fn gaps(&mut self) {
        if self.world.knobs.complete.workloads {
            return;
        }
        let mut sources = self.gaps_of_documents();
        sources.extend(self.gaps_of_objects());
        let (everywhere, somewhere): (Vec<_>, Vec<_>) =
            sources.into_iter().partition(|source| source.namespace.is_none());
        let everywhere = one_a_reason(everywhere.into_iter().map(|source| source.gap));
        for source in somewhere {
            if let Some(namespace) = source.namespace {
                self.gap(namespace, source.gap);
            }
        }
        for at in 0..self.world.namespaces.len() {
            for gap in &everywhere {
                self.gap(NamespaceId(at as u32), *gap);
            }
            self.own_gaps(NamespaceId(at as u32));
        }
    }

    /// One gap a reason is enough to say why.
    fn gap(&mut self, namespace: NamespaceId, gap: Gap) {
        let gaps = &mut self.world.namespaces[namespace.0 as usize].gaps;
        if gaps.iter().all(|known| known.reason != gap.reason) {
            gaps.push(gap);
        }
    }

    fn own_gaps(&mut self, id: NamespaceId) {
        let namespace = self.world.namespace(id);
        let unknown_name = matches!(namespace.name, NamespaceName::Placeholder(_));
        if !namespace.has_workload {
            self.gap(id, Gap { reason: GapReason::NoWorkload, place: None });
        }
        if unknown_name {
            self.gap(id, Gap { reason: GapReason::Placeholder, place: None });
        }
    }

    fn gaps_of_documents(&mut self) -> Vec<Source> {
        let mut sources = Vec::new();
        for (reason, place, namespace) in &self.input.gaps {
            let namespace = namespace.as_deref().map(|name| self.namespace(name));
            sources.push(Source { gap: Gap { reason: *reason, place: Some(*place) }, namespace });
        }
        sources
    }

    fn gaps_of_objects(&mut self) -> Vec<Source> {
        let mut sources = Vec::new();
        for (id, object, _) in self.objects() {
            let home = self.home(id);
            if object.fragment && home.is_some() {
                sources.push(Source { gap: gap(GapReason::Fragment, object.place), namespace: home });
            }
            if object.kind == Kind::Other && matches!(object.body, Body::Other) {
                sources.extend(self.gap_of_other(object, home));
            }
        }
        sources
    }

    fn gap_of_other(&mut self, object: &Object, home: Option<NamespaceId>) -> Option<Source> {
        let at = |reason, namespace| Some(Source { gap: gap(reason, object.place), namespace });
        match (object.tool(), &object.value) {
            (Some(Tool::HelmRelease), Some(value)) => {
                at(GapReason::HelmRelease, self.named(value, &["spec", "targetNamespace"], home))
            }
            (Some(Tool::ArgoApplication), Some(value)) => {
                at(GapReason::ArgoApplication, self.named(value, &["spec", "destination", "namespace"], None))
            }
            (Some(Tool::ArgoApplicationSet), Some(value)) => {
                let path = ["spec", "template", "spec", "destination", "namespace"];
                at(GapReason::ArgoApplication, self.named(value, &path, None))
            }
            (Some(Tool::FluxKustomization), Some(value)) => {
                at(GapReason::Kustomization, self.named(value, &["spec", "targetNamespace"], None))
            }
            (Some(Tool::Kustomization | Tool::KustomizeComponent), Some(value)) => {
                at(GapReason::Kustomization, self.named(value, &["namespace"], None))
            }
            _ if object.may_hide_pods_anywhere() => at(GapReason::CustomResource, None),
            _ if object.may_hide_pods() => at(GapReason::CustomResource, home),
            _ => None,
        }
    }

    /// The namespace that a field names; `absent` where the field is not there, and any where it cannot be read.
    pub(super) fn named(&mut self, value: &Value, path: &[&str], absent: Option<NamespaceId>) -> Option<NamespaceId> {
        let Some(field) = value.at(path) else { return absent };
        // Argo's generators fill `{{ … }}` in, which in a quoted text is only text to the reader.
        let name = field.as_str().filter(|name| !name.is_empty() && !name.contains(['{', '$']))?;
        Some(self.namespace(name))
    }
}

fn gap(reason: GapReason, place: Place) -> Gap {
    Gap { reason, place: Some(place) }
}

fn one_a_reason(gaps: impl Iterator<Item = Gap>) -> Vec<Gap> {
    let mut first: Vec<Gap> = Vec::new();
    for gap in gaps {
        if first.iter().all(|known| known.reason != gap.reason) {
            first.push(gap);
        }
    }
    first
}
