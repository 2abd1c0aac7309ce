//! Egress rules of a policy that says it is about ingress only.

use ringfence_cluster::Cni;
use ringfence_manifest::Body;
use ringfence_manifest::kinds::network_policy::NetworkPolicySpec;
use ringfence_text::Edit;
use ringfence_yaml::Node;
use smol_str::SmolStr;

use crate::mend;
use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports a NetworkPolicy with egress rules whose `policyTypes` leave `Egress` out.
    ///
    /// ## Why it matters
    /// The API says that such rules are ignored: the pods may reach everything. Cilium enforces them all the same, and so
    /// isolates the pods. Whoever reads the policy cannot know which.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   egress:
    ///     - {}
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress, Egress]
    ///   egress:
    ///     - {}
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>
    /// - cilium/cilium#48703
    pub static EGRESS_WITHOUT_POLICY_TYPE = "egress-without-policy-type" {
        group: Correctness, severity: Error, confidence: High, fix: Safe, since: "0.1.0"
    }
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    let Body::NetworkPolicy(spec) = &policy.object.body else { return };
    let Some(spec) = spec.get() else { return };
    let (Some(types), Some(egress)) =
        (leaves_egress_out(spec), spec.egress.at().filter(|_| !spec.egress.items().is_empty()))
    else {
        return;
    };
    let dialect = cx.world().dialect;
    let cilium = dialect.cni == Cni::Cilium && !dialect.guessed;
    let (effect, here) = match (dialect.cni, dialect.guessed) {
        (Cni::Cilium, false) => {
            ("is enforced although it is not in `policyTypes`", "Cilium isolates the pods for this")
        }
        (Cni::Upstream, false) => ("is ignored: it is not in `policyTypes`", "none of this holds"),
        (_, true) => ("is not in `policyTypes`: ignored or enforced, by CNI", "Cilium enforces this, others ignore it"),
    };
    let fix = cx.edit(types, append);
    let (applicability, text) = if cilium {
        (Applicability::Safe, "add `Egress` to `policyTypes`: Cilium enforces the rules already")
    } else {
        (Applicability::Unsafe, "add `Egress` to `policyTypes`: the pods may then reach only what the rules allow")
    };
    cx.report(egress.key, format!("`egress` of {} {effect}", title(policy.object)))
        .about(policy.object)
        .here(here)
        .label(types, "`Egress` is missing here")
        .help("add `Egress` to `policyTypes`, or delete the rules")
        .fix(applicability, text, fix);
}

/// The place of `policyTypes`, where they are all known and `Egress` is not among them.
fn leaves_egress_out(spec: &NetworkPolicySpec) -> Option<Place> {
    let items = spec.policy_types.items();
    let known: Option<Vec<&SmolStr>> = items.iter().map(Field::get).collect();
    let out = known.is_some_and(|types| !types.is_empty() && types.iter().all(|name| *name == "Ingress"));
    spec.policy_types.at().filter(|_| out).map(|at| at.value)
}

/// Adds an item to the list, in its own style.
fn append(list: Node<'_>) -> Option<Vec<Edit>> {
    let last = list.items().last()?;
    let text = list.tree().text();
    if list.flow() {
        return Some(vec![Edit::insert(last.full_span().end, ", Egress")]);
    }
    let start = mend::line_start(text, last.span().start);
    let dash = &text[start as usize..last.span().start as usize];
    let end = last.span().end as usize;
    let end = text[end..].find(['\r', '\n']).map_or(text.len(), |length| end + length);
    (dash.trim() == "-").then(|| vec![Edit::insert(end as u32, format!("\n{dash}Egress"))])
}
