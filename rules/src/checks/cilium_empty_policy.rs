//! A Cilium policy without any rule.

use ringfence_cluster::RejectionCode;
use ringfence_manifest::Body;
use ringfence_manifest::kinds::cilium::Rule;
use ringfence_text::Edit;
use ringfence_yaml::Node;

use crate::prelude::*;
use crate::refusal;
use crate::wording::refuses;

declare_rule! {
    /// ## What it does
    /// Reports a Cilium policy without an item in `ingress`, `ingressDeny`, `egress` and `egressDeny`.
    ///
    /// ## Why it matters
    /// It looks like a default deny, as `ingress: []` is one in a NetworkPolicy. Cilium drops it whole since 1.17: nothing is
    /// denied.
    ///
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: deny-ingress
    ///   namespace: shop
    /// spec:
    ///   endpointSelector: {}
    ///   ingress: []
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: deny-ingress
    ///   namespace: shop
    /// spec:
    ///   endpointSelector: {}
    ///   ingress:
    ///     - fromEntities: [none]
    /// ```
    ///
    /// ## References
    /// - <https://docs.cilium.io/en/stable/security/policy/language/>
    pub static CILIUM_EMPTY_POLICY = "cilium-empty-policy" {
        group: Correctness, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    for rejection in refusal::of(policy, |code| code == RejectionCode::NoRules) {
        if refusal::follows_from_unknown_field(policy, rejection, cx) {
            continue;
        }
        let rule = rule_at(policy.object, rejection.place);
        let lists: Vec<(&str, Place, Place)> = rule.map(empty_lists).unwrap_or_default();
        let place = lists.first().map_or_else(|| policy.name_place(), |&(_, key, _)| key);
        let fix =
            lists.iter().map(|&(list, _, value)| cx.edit(value, |node| deny(node, list))).collect::<Option<Vec<_>>>();
        let fix = fix.map(|edits| (place.file, edits.into_iter().flat_map(|(_, edits)| edits).collect()));
        let message = format!("no rule at all: {}", refuses(rejection.by, policy.object));
        let mut draft = cx.report(place, message).about(policy.object);
        draft = draft.here(if lists.is_empty() {
            "it has neither `ingress` nor `egress`"
        } else {
            "an empty list is no rule"
        });
        let text = "let nobody through: the policy is then accepted, and isolates the pods it selects";
        draft
            .help("a default deny wants an item that lets nobody through: `- fromEntities: [none]`, for egress `- toEntities: [none]`")
            .fix(Applicability::Unsafe, text, fix);
    }
}

fn rule_at(object: &Object, place: Place) -> Option<&Rule> {
    let Body::Cilium(policy) = &object.body else { return None };
    policy.rules().find(|rule| rule.place == place)
}

/// The lists of allows that are there without an item: name, key, value.
fn empty_lists(rule: &Rule) -> Vec<(&'static str, Place, Place)> {
    let lists = [("ingress", rule.ingress.at()), ("egress", rule.egress.at())];
    lists.into_iter().filter_map(|(name, at)| at.map(|at| (name, at.key, at.value))).collect()
}

/// An item that lets nobody through in place of `[]`.
fn deny(list: Node<'_>, name: &str) -> Option<Vec<Edit>> {
    let side = if name == "ingress" { "from" } else { "to" };
    list.flow().then(|| vec![Edit::replace(list.span(), format!("[{{{side}Entities: [none]}}]"))])
}
