//! A policy that the API server or the agent refuses, for a reason that no other rule tells.

use ringfence_cluster::{Rejection, RejectionCode};

use crate::prelude::*;
use crate::refusal;
use crate::wording::refuses;

declare_rule! {
    /// ## What it does
    /// Reports a policy that the API server refuses, or that the API server stores and every agent drops, with the reason that
    /// they give. Faults with a rule of their own are left to it: label keys and values, empty policies, combined peers,
    /// holes outside their range, wrong types.
    ///
    /// ## Why it matters
    /// One fault takes the whole policy away, not only the rule that it is in. If the policy was to isolate, everything stays
    /// open. What the agent drops is seen nowhere but in its log and in the status of the policy.
    ///
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   endpointSelector: {}
    ///   ingress:
    ///     - fromEndpoints: [{}]
    ///       toPorts:
    ///         - ports:
    ///             - port: "80-90"
    ///               protocol: TCP
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   endpointSelector: {}
    ///   ingress:
    ///     - fromEndpoints: [{}]
    ///       toPorts:
    ///         - ports:
    ///             - port: "80"
    ///               endPort: 90
    ///               protocol: TCP
    /// ```
    ///
    /// ## References
    /// - <https://docs.cilium.io/en/stable/network/kubernetes/policy/>
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>
    pub static POLICY_REJECTED = "policy-rejected" {
        group: Correctness, severity: Error, confidence: High, fix: None, since: "0.1.0"
    }
}

/// What rules of their own report.
const TOLD_ELSEWHERE: &[RejectionCode] = &[
    RejectionCode::LabelKey,
    RejectionCode::LabelValue,
    RejectionCode::NoRules,
    RejectionCode::CombinedPeers,
    RejectionCode::Except,
];

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    let mut reasons: Vec<(String, Vec<&Rejection>)> = Vec::new();
    for rejection in refusal::of(policy, |code| !TOLD_ELSEWHERE.contains(&code)) {
        if wrong_type(policy, rejection) || refusal::follows_from_unknown_field(policy, rejection, cx) {
            continue;
        }
        // The same fault in every item is one finding.
        let reason = anywhere(&rejection.reason);
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, same)) => same.push(rejection),
            None => reasons.push((reason, vec![rejection])),
        }
    }
    for (_, same) in reasons {
        report(policy, &same, cx);
    }
}

/// A reason without the numbers of the items it is about.
fn anywhere(reason: &str) -> String {
    let mut parts = reason.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "[" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

fn report(policy: PolicyRef<'_>, same: &[&Rejection], cx: &mut Cx<'_>) {
    let [first, others @ ..] = same else { return };
    let message = format!("{}: {}", refuses(first.by, policy.object), refusal::core(&first.reason));
    let consequence = refusal::once_accepted(policy, cx);
    let mut draft = cx.report(first.place, message).about(policy.object).here(here(first.code));
    for other in others {
        draft = draft.label(other.place, "here too");
    }
    draft.notes(consequence).help(help(first.code));
}

/// Wrong types are told by `wrong-type` and its kin, as far as the schema knows them.
fn wrong_type(policy: PolicyRef<'_>, rejection: &Rejection) -> bool {
    policy.object.problems.iter().any(|problem| problem.place == rejection.place)
}

/// What is at fault, at its place.
const fn here(code: RejectionCode) -> &'static str {
    match code {
        RejectionCode::NoSelector | RejectionCode::Required => "something is missing here",
        RejectionCode::TwoSelectors => "the second selector",
        RejectionCode::NodeSelectorInNamespaced => "only clusterwide policies select nodes",
        RejectionCode::UnknownEntity => "no entity",
        RejectionCode::Cidr | RejectionCode::CidrSetOneOf => "no range that can be read",
        RejectionCode::Port | RejectionCode::TooManyPorts => "no port that can be read",
        RejectionCode::Protocol => "no protocol",
        RejectionCode::Fqdn => "no name that can be read",
        RejectionCode::HttpRegex => "no regular expression",
        RejectionCode::Expression => "no expression that can be read",
        RejectionCode::Name => "no name",
        _ => "refused for this",
    }
}

const fn help(code: RejectionCode) -> &'static str {
    match code {
        RejectionCode::NoSelector => "say whom the policy is about: `endpointSelector: {}` is every pod",
        RejectionCode::TwoSelectors => {
            "a policy is about pods or about nodes: keep one selector, and write a second policy"
        }
        RejectionCode::NodeSelectorInNamespaced => "make it a CiliumClusterwideNetworkPolicy, or select pods",
        RejectionCode::Port => "write a number from 1 to 65535, or a name of up to 15 characters with a letter in it",
        RejectionCode::TooManyPorts => "split the ports over several elements, or write a range with `endPort`",
        RejectionCode::Cidr => "write an address with its prefix length, as `10.0.0.0/8`",
        RejectionCode::Protocol => "write `TCP`, `UDP` or `SCTP`",
        RejectionCode::L7 => "rules above the ports want one kind, TCP (for DNS any) and single ports: split the item",
        RejectionCode::Icmp => "give `icmps` an item of its own, without `toPorts`",
        RejectionCode::PolicyType => "write `Ingress`, `Egress` or both",
        RejectionCode::PeerOneOf => "a peer is either an `ipBlock`, or selectors",
        RejectionCode::Feature => "it needs a flag of the agent that is off, or a newer version",
        RejectionCode::Expression => {
            "`In` and `NotIn` want values, `Exists` and `DoesNotExist` want none, and there are no other operators"
        }
        _ => "mend it: until then no part of the policy holds",
    }
}
