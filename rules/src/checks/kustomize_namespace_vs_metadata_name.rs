//! A namespace that kustomize renames, and a selector that asks for its old name.

use std::collections::BTreeMap;

use ringfence_cluster::Verdict;

use crate::moved::key_at;
use crate::prelude::*;
use crate::spot::{FileEdits, spot};
use crate::stale_name::{Stale, stale};
use crate::wording::count;

declare_rule! {
    /// ## What it does
    /// Reports `namespace` of kustomize, `targetNamespace` of Flux and the destination of Argo CD where they give a namespace
    /// another name, and a policy still asks for the old one: by `kubernetes.io/metadata.name`, by
    /// `io.kubernetes.pod.namespace`, or by a label `name` that the namespaces here carry.
    ///
    /// It speaks only where nothing in the cluster has the old name: no Namespace, no object, no `external` of the
    /// configuration. Where the objects name no namespace at all, it takes a name for the old one if the new name is a form of
    /// it (`shop` and `shop-prod`), or if the pods that are asked for are among those that are moved; then with medium
    /// confidence.
    ///
    /// ## Why it matters
    /// kustomize moves objects, it does not read selectors. The base works where it keeps its name, and in the one overlay
    /// that renames it the peer matches nothing: traffic within the application is cut, in production first.
    ///
    /// ```yaml bad
    /// # file: base/kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources: [web.yaml]
    /// # file: base/web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}
    /// # file: prod/kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// namespace: shop-prod
    /// resources: [../base]
    /// ```
    ///
    /// ```yaml good
    /// # file: base/kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources: [web.yaml]
    /// # file: base/web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - podSelector: {}
    /// # file: prod/kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// namespace: shop-prod
    /// resources: [../base]
    /// ```
    ///
    /// ## References
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/namespace/>
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#target-namespace>
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#automatic-labelling>
    pub static KUSTOMIZE_NAMESPACE_VS_METADATA_NAME = "kustomize-namespace-vs-metadata-name" {
        group: Availability, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

/// How many selectors are shown.
const SHOWN: usize = 3;

pub(crate) fn check(cx: &mut Cx<'_>) {
    let mut renamed: BTreeMap<(Place, &str), Vec<Stale<'_>>> = BTreeMap::new();
    for each in stale(cx) {
        let uses = renamed.entry((each.line, each.name)).or_default();
        if uses.iter().all(|other| (other.place, other.policy.id) != (each.place, each.policy.id)) {
            uses.push(each);
        }
    }
    for ((line, name), uses) in renamed {
        report(cx, line, name, &uses);
    }
}

fn report(cx: &mut Cx<'_>, line: Place, name: &str, uses: &[Stale<'_>]) {
    let Some(first) = uses.first() else { return };
    let (key, to) = (key_at(cx, line), first.to);
    let places: Vec<Place> =
        uses.iter().map(|each| spot(cx, each.place, each.requirement).map_or(each.place, |spot| spot.place)).collect();
    let edits: Option<Vec<FileEdits>> = uses.iter().map(|each| edit(cx, each)).collect();
    let asking = match uses {
        [_] => "a selector still asks".to_owned(),
        _ => format!("{} still ask", count(uses.len(), "selector", "selectors")),
    };
    let does = match first.written {
        Some(_) => format!("makes `{to}` of namespace `{name}`"),
        None => format!("puts everything into `{to}`"),
    };
    let message = format!("`{key}` {does}, but {asking} for `{name}`, which exists nowhere");
    let mut draft = cx.report(line, message).about(first.policy.object).here("selectors are not changed by this");
    if let Some(written) = first.written.filter(|written| !places.contains(written)) {
        draft = draft.label(written, format!("called `{name}` here"));
    }
    for (each, place) in uses.iter().zip(&places).take(SHOWN) {
        draft = draft.label(*place, format!("asks for `{name}`: {}", effect(each)));
    }
    if let Some(more) = uses.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        draft = draft.note(format!("and {}", count(more, "more selector", "more selectors")));
    }
    if first.written.is_none() {
        draft = draft.confidence(Confidence::Medium);
    }
    let fix = format!("ask for `{to}`: {}", consequence(first));
    draft
        .help(format!(
            "ask for `{to}` where this is built, by a patch or a replacement; or for a label that the namespace carries under each name"
        ))
        .fix_all(Applicability::Unsafe, fix, edits);
}

/// Asks for the new name, where the file of the selector is for this build alone, and makes one object.
fn edit(cx: &Cx<'_>, each: &Stale<'_>) -> Option<FileEdits> {
    let spot = spot(cx, each.place, each.requirement)?;
    let file = spot.place.file;
    let builds = cx.builds().all().filter(|made| made.reads(file)).count();
    let objects = cx.world().objects.iter().filter(|object| object.place == each.policy.object.place).count();
    spot.with_value(each.to).filter(|_| builds == 1 && objects == 1)
}

fn is_subject(each: &Stale<'_>) -> bool {
    each.entry.subject_place == Some(each.place)
}

fn effect(each: &Stale<'_>) -> &'static str {
    match (each.entry.verdict, each.entry.direction) {
        _ if is_subject(each) => "applies to nothing there",
        (Verdict::Allow, Direction::Ingress) => "admits nobody from there",
        (Verdict::Allow, Direction::Egress) => "leads to nobody there",
        (Verdict::Deny, _) => "denies nobody there",
        (Verdict::Pass, _) => "passes nobody on",
    }
}

fn consequence(each: &Stale<'_>) -> String {
    let to = each.to;
    match (each.entry.verdict, each.entry.direction) {
        _ if is_subject(each) => format!("applies the policy to pods of `{to}`"),
        (Verdict::Allow, Direction::Ingress) => format!("opens the subjects of the policy to pods of `{to}`"),
        (Verdict::Allow, Direction::Egress) => format!("lets the subjects of the policy reach pods of `{to}`"),
        _ => format!("closes the connection with pods of `{to}`"),
    }
}
