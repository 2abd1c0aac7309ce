//! `access-label-as-annotation`.

use std::collections::BTreeMap;

use ringfence_text::{Edit, FileId};
use ringfence_yaml::edit::{append_entry, delete_entry, insert_entry_after, rename_key};

use crate::prelude::*;
use crate::tenants::{Mark, tenants};
use crate::wording;
use ringfence_cluster::blueprint::Role;

declare_rule! {
    /// ## What it does
    /// Reports annotations of a Namespace whose key the policies read as a label: a profile, an escape hatch, an access
    /// label. Which keys these are is taken from the configuration (`labels:`), else from the policies.
    ///
    /// ## Why it matters
    /// Cilium makes the labels of a namespace part of the identity of its pods. Annotations it never sees: the profile does
    /// not apply, the hatch does not open, the access is not granted, and nothing says so.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: access-cache}
    /// spec:
    ///   enableDefaultDeny: {ingress: false}
    ///   endpointSelector:
    ///     matchLabels: {io.kubernetes.pod.namespace: cache}
    ///   ingress:
    ///     - fromEndpoints:
    ///         - matchLabels: {io.cilium.k8s.namespace.labels.access.example.org/cache: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   annotations: {access.example.org/cache: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: cache}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: access-cache}
    /// spec:
    ///   enableDefaultDeny: {ingress: false}
    ///   endpointSelector:
    ///     matchLabels: {io.kubernetes.pod.namespace: cache}
    ///   ingress:
    ///     - fromEndpoints:
    ///         - matchLabels: {io.cilium.k8s.namespace.labels.access.example.org/cache: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {access.example.org/cache: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: cache}
    /// ```
    ///
    /// ## References
    /// [Cilium: identity-relevant labels](https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/)
    pub static ACCESS_LABEL_AS_ANNOTATION = "access-label-as-annotation" {
        group: Blueprint, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let mut by_key: BTreeMap<&str, Vec<Mark<'_>>> = BTreeMap::new();
    for tenant in tenants(cx.world()) {
        let read = |mark: &Mark<'_>| mark.role != Role::Access || !cx.blueprint().uses(mark.key).is_empty();
        for mark in tenant.annotations(cx.blueprint()).into_iter().filter(read) {
            by_key.entry(mark.key).or_default().push(mark);
        }
    }
    for (key, marks) in by_key {
        report(key, &marks, cx);
    }
}

fn report(key: &str, marks: &[Mark<'_>], cx: &mut Cx<'_>) {
    let [first, rest @ ..] = marks else { return };
    let edits: Vec<_> = marks.iter().filter_map(|mark| to_label(mark, cx)).collect();
    let reader = cx.blueprint().uses(key).iter().find_map(|each| {
        let place = crate::spot::spot(cx, each.place?, each.requirement)?.place;
        Some((place, cx.world().policy_text(cx.world().policy(cx.world().entry(each.entry).policy))))
    });
    let owners = wording::few(&marks.iter().map(|mark| mark.tenant.name).collect::<Vec<_>>());
    let message = match first.role {
        Role::Profile => {
            format!("no profile applies to {owners}: `{key}` is an annotation, and policies see labels only")
        }
        Role::Hatch => {
            format!("the escape hatch of {owners} does nothing: `{key}` is an annotation, and policies see labels only")
        }
        Role::Access => format!("{owners} gets no access: `{key}` is an annotation, and policies see labels only"),
    };
    let mut draft = cx.report(first.key_place, message).about(first.tenant.object).here("an annotation");
    for mark in rest {
        draft = draft.label(mark.key_place, "here too");
    }
    if let Some((place, policy)) = reader {
        draft = draft.label(place, format!("`{policy}` reads it as a label of the namespace"));
    }
    draft.help("move it from `annotations` to `labels`").fix_all(
        Applicability::Unsafe,
        "make it a label: the policies that read it begin to apply",
        Some(edits),
    );
}

/// The edits that move one annotation to the labels.
fn to_label(mark: &Mark<'_>, cx: &Cx<'_>) -> Option<(FileId, Vec<Edit>)> {
    cx.edit(mark.key_place, |key| {
        let annotations = key.parent()?;
        let meta = annotations.parent()?;
        let entry = annotations.entries().find(|entry| entry.key == key)?;
        let line = format!("{}: {}", mark.key, entry.value.span().slice(key.tree().text()));
        let whole = meta.entries().find(|entry| entry.value == annotations)?;
        let alone = annotations.entries().count() == 1;
        let labels = meta.get("labels");
        if labels.is_none() && alone {
            return rename_key(whole, "labels");
        }
        let mut edits = delete_entry(if alone { whole } else { entry })?;
        edits.extend(match labels {
            Some(labels) => append_entry(labels.value, &line)?,
            None if meta.flow() => insert_entry_after(meta.entries().last()?, &format!("labels: {{{line}}}"))?,
            None => insert_entry_after(meta.get("name")?, &format!("labels:\n  {line}"))?,
        });
        Some(edits)
    })
}
