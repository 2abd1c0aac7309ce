//! An empty peer in a clusterwide policy.

use ringfence_cluster::{Entry, NAMESPACE, NAMESPACE_LABELS, Operator, Verdict};
use ringfence_manifest::Body;

use crate::intent::{Intent, of_name, of_text};
use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports `fromEndpoints: [{}]` and `toEndpoints: [{}]` in a CiliumClusterwideNetworkPolicy. In a CiliumNetworkPolicy `{}`
    /// means the pods of its own namespace; in a clusterwide policy it means every pod of every namespace.
    ///
    /// It is an error where the policy says by its name, description or a comment that the same namespace is meant, a warning
    /// where its subjects are in several namespaces, else information. A policy that does mean every pod says so with
    /// `matchExpressions: [{key: io.kubernetes.pod.namespace, operator: Exists}]`, which has the same effect.
    ///
    /// ## Why it matters
    /// Namespaces that were to be kept apart may talk to each other. No clusterwide policy can say "the subject's own
    /// namespace": that takes a CiliumNetworkPolicy in each.
    ///
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: intra-namespace}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///     - fromEndpoints: [{}]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: any-pod}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///     - fromEndpoints:
    ///         - matchExpressions: [{key: io.kubernetes.pod.namespace, operator: Exists}]
    /// ```
    ///
    /// ## References
    /// - <https://docs.cilium.io/en/stable/network/kubernetes/policy/#ciliumclusterwidenetworkpolicy>
    pub static CLUSTERWIDE_WILDCARD_PEER = "clusterwide-wildcard-peer" {
        group: Security, severity: Warning, confidence: Medium, fix: Suggestion, since: "0.1.0"
    }
}

/// How people say "only the own namespace".
const OWN: [&str; 7] = [
    "intra-namespace",
    "intra namespace",
    "same-namespace",
    "same namespace",
    "own namespace",
    "within the namespace",
    "within its namespace",
];

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    if policy.policy.kind != PolicyKind::CiliumClusterwideNetworkPolicy || !policy.policy.counts() {
        return;
    }
    let mut places: Vec<(Place, &Entry)> = Vec::new();
    for (_, entry) in policy.entries().filter(|(_, entry)| !entry.node) {
        let L3::Peers(peers) = &entry.l3 else { continue };
        for peer in peers.iter().filter(|peer| is_wildcard(cx.world(), &peer.kind)) {
            places.push((peer.place, entry));
        }
    }
    let Some(&(first, entry)) = places.first() else { return };
    let intent = says_own_namespace(cx, policy);
    let severity = match (intent.is_some(), entry.verdict) {
        (true, Verdict::Allow) => Severity::Error,
        _ if is_of_one_namespace(cx.world(), entry) || allows_all(policy, entry) => Severity::Info,
        _ => Severity::Warning,
    };
    let edits = cx.edit(first, |node| {
        let line = "matchExpressions: [{key: io.kubernetes.pod.namespace, operator: Exists}]";
        ringfence_yaml::edit::append_entry(node, line)
    });
    let verb = match (entry.verdict, entry.direction) {
        (Verdict::Allow, Direction::Ingress) => "admits",
        (Verdict::Allow, Direction::Egress) => "reaches",
        _ => "denies",
    };
    let fact = format!(
        "in a clusterwide policy `{{}}` is every pod of every namespace: {} {verb} them all",
        title(policy.object)
    );
    let mut draft =
        cx.report(first, fact).about(policy.object).severity(severity).here("not only the subject's namespace");
    for &(place, _) in places.iter().skip(1) {
        draft = draft.label(place, "here too");
    }
    if let Some(text) = intent {
        draft = draft.confidence(Confidence::High).note(format!("the policy says \"{text}\""));
    }
    draft
        .help("to keep to the subject's namespace, put a CiliumNetworkPolicy with `{}` into each; to mean every pod, say so with `io.kubernetes.pod.namespace` `Exists`")
        .fix(Applicability::Suggestion, "say that every pod is meant: opens and closes nothing", edits);
}

fn is_wildcard(world: &World, peer: &PeerKind) -> bool {
    let PeerKind::Endpoints(selector) = peer else { return false };
    let selector = world.selector(*selector);
    selector.written().next().is_none() && !selector.uncertain
}

/// Whether the policy says of itself that it allows everything: then every pod may well be meant.
fn allows_all(policy: PolicyRef<'_>, entry: &Entry) -> bool {
    let Body::Cilium(cilium) = &policy.object.body else { return false };
    let described = |text: &str| of_text(text, entry.direction) == Some(Intent::Allow);
    policy.object.name().is_some_and(|name| of_name(name, entry.direction) == Some(Intent::Allow))
        || cilium.rules().any(|rule| rule.description.get().is_some_and(|text| described(text)))
}

/// Whether the subject is confined to one namespace by name.
fn is_of_one_namespace(world: &World, entry: &Entry) -> bool {
    world.selector(entry.subject).requirements.iter().any(|requirement| {
        let key = world.symbols.text(requirement.key.name);
        let name = key == NAMESPACE || key.strip_prefix(NAMESPACE_LABELS) == Some("kubernetes.io/metadata.name");
        name && matches!(&requirement.operator, Operator::In(values) if values.len() == 1)
    })
}

/// The words by which the policy limits itself to the own namespace.
fn says_own_namespace(cx: &Cx<'_>, policy: PolicyRef<'_>) -> Option<&'static str> {
    let name = policy.object.name().unwrap_or_default().to_lowercase();
    let written = cx.document(policy.object.place.file).and_then(|document| document.node(policy.object.place));
    let mut texts = vec![name];
    if let Some((node, _)) = written {
        let span = node.span();
        let comments = node.tree().comments().iter().filter(|comment| span.contains(comment.span));
        texts.extend(comments.map(|comment| comment.span.slice(node.tree().text()).to_lowercase()));
        let rules = node.get("spec").into_iter().map(|entry| entry.value);
        let specs = node.get("specs").into_iter().flat_map(|entry| entry.value.items());
        let descriptions = rules.chain(specs).filter_map(|rule| rule.get("description")?.value.scalar());
        texts.extend(descriptions.map(|text| text.as_str().to_lowercase()));
        let annotated = node.get("metadata").and_then(|meta| meta.value.get("annotations"));
        let annotations = annotated.into_iter().flat_map(|entry| entry.value.entries());
        texts.extend(annotations.filter_map(|entry| Some(entry.value.scalar()?.as_str().to_lowercase())));
    }
    OWN.into_iter().find(|words| texts.iter().any(|text| text.contains(words)))
}
