//! A label that kustomize adds to a peer, which nobody there carries.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::Verdict;
use ringfence_manifest::{Body, Transformer};
use ringfence_text::Edit;
use ringfence_yaml::edit::{insert_entry_after, rename_key, replace_scalar};
use ringfence_yaml::{Entry, Node};

use crate::added::{Emptied, emptied};
use crate::mend::{indent, shift_lines};
use crate::prelude::*;
use crate::wording::{count, pods, title};

declare_rule! {
    /// ## What it does
    /// Reports `commonLabels`, or `labels` with `includeSelectors: true`, where the label that they add to the `podSelector`
    /// of a peer makes it match nothing: the pods that the author meant are not built here, and do not carry the label.
    ///
    /// ## Why it matters
    /// kustomize adds such labels to every selector that it knows: to those of workloads and Services, to the subject of a
    /// NetworkPolicy, and to its peers. Subjects are built here and get the label too; peers are often somebody else's pods:
    /// the ingress controller, Prometheus, the database of another team. The policy in the repository is right, the one in
    /// the cluster admits nobody. Policies of Cilium are left alone.
    ///
    /// ```yaml bad
    /// # file: kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources: [monitoring.yaml, web]
    /// # file: monitoring.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: prometheus, namespace: monitoring, labels: {app: prometheus}}
    /// spec: {containers: [{name: main, image: "prometheus:3"}]}
    /// # file: web/kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources: [web.yaml]
    /// commonLabels:
    ///   team: shop
    /// # file: web/web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
    ///           podSelector: {matchLabels: {app: prometheus}}
    /// ```
    ///
    /// ```yaml good
    /// # file: kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources: [monitoring.yaml, web]
    /// # file: monitoring.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: prometheus, namespace: monitoring, labels: {app: prometheus}}
    /// spec: {containers: [{name: main, image: "prometheus:3"}]}
    /// # file: web/kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources: [web.yaml]
    /// labels:
    ///   - includeSelectors: false
    ///     includeTemplates: true
    ///     pairs:
    ///       team: shop
    /// # file: web/web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
    ///           podSelector: {matchLabels: {app: prometheus}}
    /// ```
    ///
    /// ## Fix
    /// The fix is shown and never applied: `spec.selector` of a Deployment, StatefulSet or DaemonSet that runs already cannot
    /// be changed, also not back. Such a workload has to be deleted and made again.
    ///
    /// ## References
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/labels/>
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/commonlabels/>
    /// - <https://github.com/kubernetes-sigs/kustomize/issues/157>
    pub static KUSTOMIZE_MUTATES_PEERS = "kustomize-mutates-peers" {
        group: Availability, severity: Warning, confidence: High, fix: Suggestion, since: "0.1.0"
    }
}

/// How many peers are shown.
const SHOWN: usize = 3;

/// What asks for the label, and so how to keep it out of selectors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `commonLabels` of a kustomization.
    Common,
    /// An item of `labels` with `includeSelectors`.
    Item,
    /// An item of `labels` whose own `fields` lead into peers.
    Fields,
    /// `commonLabels` of an Application of Argo CD.
    Application,
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let mut lines: BTreeMap<Place, Vec<Emptied<'_>>> = BTreeMap::new();
    for each in emptied(cx) {
        lines.entry(each.blame.line).or_default().push(each);
    }
    for (line, peers) in lines {
        report(cx, line, &peers);
    }
}

fn report(cx: &mut Cx<'_>, line: Place, peers: &[Emptied<'_>]) {
    let Some(first) = peers.first() else { return };
    let world = cx.world();
    let (label, key) = (first.blame.text(), first.blame.by.key());
    let form = form(cx, line, first.blame.by);
    let selectors = world.objects.iter().any(|object| has_selector(object, line));
    let edits = cx.edit(line, |value| edits(value, form));
    let message = if let [one] = peers {
        let policy = title(one.policy.object);
        format!("`{key}` adds `{label}` to a peer of {policy}, which then {}", effect(one))
    } else {
        let policies: BTreeSet<PolicyId> = peers.iter().map(|each| each.policy.id).collect();
        let policies = count(policies.len(), "policy", "policies");
        format!("`{key}` adds `{label}` to {} peers of {policies}, which then match no pod", peers.len())
    };
    let fix = format!(
        "put `{label}` on objects and pod templates only: peers mean again what is written, and so do all other selectors"
    );
    let mut draft = cx.report(line, message).about(first.policy.object).here("goes into the selectors of peers too");
    for each in peers.iter().take(SHOWN) {
        let meant = pods(world, &each.meant);
        let text = match each.blame.was {
            Some((was, _)) => format!("`{}: {was}` stood here, for {meant}", each.blame.key),
            None => format!("meant for {meant}, without `{label}`"),
        };
        draft = draft.label(each.blame.was.map_or(each.place, |(_, place)| place), text);
    }
    if let Some(more) = peers.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        draft = draft.note(format!("and {}", count(more, "more peer", "more peers")));
    }
    if selectors {
        draft = draft.note(
            "the selector of a workload that runs already cannot be changed: it has to be deleted and made again",
        );
    }
    draft.help(form.help()).fix(Applicability::Suggestion, fix, edits);
}

fn effect(peer: &Emptied<'_>) -> &'static str {
    match (peer.entry.verdict, peer.entry.direction) {
        (Verdict::Allow, Direction::Ingress) => "admits nobody",
        (Verdict::Allow, Direction::Egress) => "leads to nobody",
        _ => "matches no pod",
    }
}

/// Whether a line also changed a selector that the API server lets nobody change.
fn has_selector(object: &Object, line: Place) -> bool {
    let fixed = matches!(object.kind_name.as_str(), "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet");
    let changed = object.origin.iter().flat_map(|origin| &origin.changes).any(|change| change.place == line);
    fixed && changed && matches!(object.body, Body::Workload(_))
}

/// The entry in whose mapping the label of a value stands.
fn home(value: Node<'_>) -> Option<Entry<'_>> {
    let pairs = value.parent()?;
    pairs.parent()?.entries().find(|entry| entry.value == pairs)
}

fn form(cx: &Cx<'_>, line: Place, by: Transformer) -> Form {
    let Some(owner) = cx.node(line).and_then(home).and_then(|entry| entry.key.parent()) else { return Form::Common };
    let is_true = |entry: Entry<'_>| entry.value.scalar().is_some_and(|scalar| scalar.as_str() == "true");
    match by {
        Transformer::Labels if owner.get("includeSelectors").is_some_and(is_true) => Form::Item,
        Transformer::Labels => Form::Fields,
        _ if owner.parent().is_some() => Form::Application,
        _ => Form::Common,
    }
}

fn edits(value: Node<'_>, form: Form) -> Option<Vec<Edit>> {
    let entry = home(value)?;
    let owner = entry.key.parent()?;
    match form {
        Form::Item if owner.get("includeTemplates").is_some() => {
            replace_scalar(owner.get("includeSelectors")?.value, "false")
        }
        Form::Item => rename_key(owner.get("includeSelectors")?, "includeTemplates"),
        Form::Application if owner.get("labelWithoutSelector").is_none() => {
            insert_entry_after(entry, "labelWithoutSelector: true\nlabelIncludeTemplates: true")
        }
        Form::Common if owner.get("labels").is_none() && !owner.flow() => under_labels(entry),
        _ => None,
    }
}

/// Makes `commonLabels` an item of `labels`, with its pairs two steps further in.
fn under_labels(entry: Entry<'_>) -> Option<Vec<Edit>> {
    let margin = " ".repeat(indent(entry.key)? as usize);
    let head = format!("labels:\n{margin}  - includeTemplates: true\n{margin}    pairs");
    let mut edits = vec![Edit::replace(entry.key.span(), head)];
    if !entry.value.flow() {
        edits.extend(shift_lines(entry.key.tree().text(), entry.value.span(), "    "));
    }
    Some(edits)
}

impl Form {
    const fn help(self) -> &'static str {
        match self {
            Self::Common => {
                "write it under `labels` with `includeSelectors: false` and `includeTemplates: true`: pods keep the label, selectors stay as they are written"
            }
            Self::Item => {
                "say `includeSelectors: false` and `includeTemplates: true`: pods keep the label, selectors stay as they are written"
            }
            Self::Fields => "leave the selectors of peers out of `fields`",
            Self::Application => {
                "add `labelWithoutSelector: true` and `labelIncludeTemplates: true`: pods keep the label, selectors stay as they are written"
            }
        }
    }
}
