//! Policies that kustomize takes out of the namespace that they are written for.

use std::collections::BTreeMap;

use crate::moved::key_at;
use crate::prelude::*;
use crate::stranded::{Stranded, stranded};
use crate::wording::{count, few, pods, title};

declare_rule! {
    /// ## What it does
    /// Reports `namespace` of kustomize and `targetNamespace` of Flux where they put a policy that names its namespace into
    /// another one, while the pods that it is written for stay where they are.
    ///
    /// It speaks only where the namespace that the policy names is in the cluster (it is declared, or something else is in
    /// it), or where policies of several namespaces are thrown into one. That an overlay moves an application whole, pods and
    /// policies together, is ordinary. So is a base that says `default`.
    ///
    /// ## Why it matters
    /// `namespace` overwrites, it does not fill in. One `targetNamespace` above a folder of policies moves them all into one
    /// namespace: there they isolate pods that nobody meant, and the namespaces that they were written for are open.
    ///
    /// ```yaml bad
    /// # file: kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// namespace: platform
    /// resources: [policies.yaml]
    /// # file: policies.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: shop-deny, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: bank-deny, namespace: bank}
    /// spec:
    ///   podSelector: {matchLabels: {app: bank}}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ```yaml good
    /// # file: kustomization.yaml
    /// apiVersion: kustomize.config.k8s.io/v1beta1
    /// kind: Kustomization
    /// resources: [policies.yaml]
    /// # file: policies.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: shop-deny, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: bank-deny, namespace: bank}
    /// spec:
    ///   podSelector: {matchLabels: {app: bank}}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/namespace/>
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#target-namespace>
    pub static KUSTOMIZE_NAMESPACE_OVERWRITTEN = "kustomize-namespace-overwritten" {
        group: Correctness, severity: Warning, confidence: High, fix: None, since: "0.1.0"
    }
}

/// How many policies are shown.
const SHOWN: usize = 3;

pub(crate) fn check(cx: &mut Cx<'_>) {
    for line in stranded(cx) {
        report(cx, &line);
    }
}

fn report(cx: &mut Cx<'_>, line: &Stranded<'_>) {
    let Some((first, name, _)) = line.policies.first() else { return };
    let (key, to) = (key_at(cx, line.line), line.to);
    let names: Vec<&str> = line.names().into_iter().collect();
    let subjects = line.subjects(cx);
    let message = match &line.policies[..] {
        [_] => format!("`{key}` puts {} into `{to}`, though it is written for `{name}`", bare(first.object)),
        all => {
            let policies = count(all.len(), "policy", "policies");
            format!("`{key}` puts {policies} into `{to}`, though they are written for {}", few(&names))
        }
    };
    let world = cx.world();
    let here = match line.left.len() {
        0 => "overwrites the namespace that each policy names".to_owned(),
        left => {
            let (are, them) = if left == 1 { ("is", "it") } else { ("are", "them") };
            let names: Vec<&str> = line.left.iter().copied().collect();
            format!("{} {are} left without what is written for {them}", few(&names))
        }
    };
    let mut draft = cx.report(line.line, message).about(first.object).here(here);
    // One of each namespace says more than three of one.
    let mut places: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for (_, name, place) in &line.policies {
        places.entry(name).or_default().push(*place);
    }
    for (name, places) in places.iter().take(SHOWN) {
        let more = places.len() - 1;
        let text = match more {
            0 => format!("written for `{name}`"),
            1 => format!("written for `{name}`, and so is 1 more policy"),
            _ => format!("written for `{name}`, and so are {more} more policies"),
        };
        draft = draft.label(places[0], text);
    }
    if let Some(more) = places.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        draft = draft.note(format!("and {}", count(more, "more namespace", "more namespaces")));
    }
    if !subjects.is_empty() {
        let whom = pods(world, &subjects);
        let policies = if line.policies.len() == 1 { "the policy applies" } else { "the policies apply" };
        draft = draft.severity(Severity::Error).note(format!("in `{to}` {policies} to {whom}"));
    }
    draft.help(help(key, &names));
}

/// The kind and name of a policy, without where it is now.
fn bare(object: &Object) -> String {
    object.name().map_or_else(|| title(object), |name| format!("{} `{name}`", object.kind_name))
}

fn help(key: &str, names: &[&str]) -> String {
    let apart =
        if names.len() > 1 { "give each namespace a kustomization of its own" } else { "build the policy without it" };
    format!("take `{key}` away, which overwrites every `metadata.namespace`, or {apart}")
}
