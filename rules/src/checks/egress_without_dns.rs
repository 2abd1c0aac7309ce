//! `egress-without-dns`.

use std::collections::BTreeMap;

use crate::prelude::*;
use crate::wording;
use ringfence_engine::dns::{Dns, allows_egress};

declare_rule! {
    /// ## What it does
    /// Reports policies that isolate the egress of pods which no policy then lets ask the cluster's DNS. All policies
    /// that select the pods are taken together: a sibling that allows DNS is enough.
    ///
    /// ## Why it matters
    /// A connection begins with a name. Without DNS the pods fail at the first step, with timeouts that look like a
    /// broken peer, and every other egress rule of theirs is worth nothing.
    ///
    /// Pods that no policy lets send anything are left alone: that is meant, and they need no names.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to: [{podSelector: {}}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to: [{podSelector: {}}]
    ///     - to:
    ///         - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    ///           podSelector: {matchLabels: {k8s-app: kube-dns}}
    ///       ports:
    ///         - {protocol: UDP, port: 53}
    ///         - {protocol: TCP, port: 53}
    /// ```
    ///
    /// ## References
    /// [Kubernetes: network policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/),
    /// [DNS for Services and Pods](https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/)
    pub static EGRESS_WITHOUT_DNS = "egress-without-dns" {
        group: Availability, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let dns = Dns::new(cx.engine());
    // The pods without DNS, by the entry that is the first to isolate them.
    let mut cuts: BTreeMap<EntryId, Vec<IdentityId>> = BTreeMap::new();
    for (id, _) in cx.world().identity_ids().filter(|(id, _)| !dns.servers().contains(id)) {
        let Some(entry) = isolated_by(id, cx) else { continue };
        let cut = sends(id, cx) && dns.lookup(id).is_none() && !dns.elsewhere(id);
        if cut && !asks_wrong_pods(id, cx) && !denied(id, cx) {
            cuts.entry(entry).or_default().push(id);
        }
    }
    for (entry, cut) in cuts {
        report(entry, &cut, &dns, cx);
    }
}

/// The first entry that surely isolates the egress of a pod.
fn isolated_by(pod: IdentityId, cx: &Cx<'_>) -> Option<EntryId> {
    let isolation = cx.engine().isolation(&ringfence_engine::Endpoint::Pods(pod), Direction::Egress);
    isolation.isolated.is_yes().then_some(())?;
    let sure = cx.engine().entries_selecting(pod, Direction::Egress);
    let isolates = |id: &EntryId| sure.contains(&(*id, Tri::Yes)) && cx.world().entry(*id).default_deny.is_yes();
    isolation.by.into_iter().find(isolates)
}

/// Whether a policy lets the pod ask port 53 of pods that are no DNS servers: `dns-peer-matches-no-dns` reports that.
fn asks_wrong_pods(pod: IdentityId, cx: &Cx<'_>) -> bool {
    let entries = cx.engine().entries_selecting(pod, Direction::Egress);
    entries.iter().any(|&(id, _)| super::dns_peer_matches_no_dns::is_dns_allow(cx.world().entry(id), cx.world()))
}

/// Whether deny rules alone cut the pod off from everything: `deny-isolates-direction` reports that.
fn denied(pod: IdentityId, cx: &Cx<'_>) -> bool {
    super::deny_isolates_direction::is_reported(pod, Direction::Egress, cx)
}

/// Whether some policy lets a pod send something.
pub(super) fn sends(pod: IdentityId, cx: &Cx<'_>) -> bool {
    let entries = cx.engine().entries_selecting(pod, Direction::Egress);
    entries.iter().map(|&(id, _)| cx.world().entry(id)).any(|entry| allows_egress(entry) && entry.allows_something())
}

fn report(entry: EntryId, cut: &[IdentityId], dns: &Dns<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let entry = world.entry(entry);
    let policy = cx.policy(entry.policy);
    let who = wording::pods(world, cut);
    let name = world.policy_text(policy.policy);
    let fix = dns_rule(policy, cx);
    let message = format!("{who} cannot resolve names: `{name}` isolates egress and no policy allows DNS");
    let mut draft = cx.report(entry.place, message).about(policy.object).here("isolates egress");
    if dns.assumed() {
        draft = draft
            .confidence(Confidence::Medium)
            .note("no DNS pods are among the files: `k8s-app: kube-dns` in `kube-system` is assumed");
    }
    draft.help("allow UDP and TCP 53 to the DNS pods for these pods, in this policy or in one beside it").fix(
        Applicability::Unsafe,
        "allow UDP and TCP 53 to `k8s-app: kube-dns` in `kube-system`",
        fix,
    );
}

/// The edit that appends a DNS rule to a NetworkPolicy that has a list of egress rules.
fn dns_rule(policy: PolicyRef<'_>, cx: &Cx<'_>) -> Option<(ringfence_text::FileId, Vec<ringfence_text::Edit>)> {
    let ringfence_manifest::Body::NetworkPolicy(spec) = &policy.object.body else { return None };
    let list = spec.get()?.egress.at()?.value;
    let block = cx.document(list.file)?.node(list).is_some_and(|(node, _)| !node.flow());
    let lines = if block {
        "to:\n  - namespaceSelector:\n      matchLabels:\n        kubernetes.io/metadata.name: kube-system\n    podSelector:\n      matchLabels:\n        k8s-app: kube-dns\nports:\n  - protocol: UDP\n    port: 53\n  - protocol: TCP\n    port: 53"
    } else {
        "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]}"
    };
    cx.edit(list, |node| ringfence_yaml::edit::append_item(node, lines))
}
