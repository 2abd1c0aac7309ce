//! A port of a Cilium policy without quotes.

use ringfence_manifest::{Problem, ProblemKind};

use crate::prelude::*;
use crate::wording::title;
use crate::{mend, refusal};

declare_rule! {
    /// ## What it does
    /// Reports a port of a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy that is written as a number. There a port is
    /// text.
    ///
    /// ## Why it matters
    /// The API server refuses the whole policy. In a NetworkPolicy it is the other way round: there `80` is the number and
    /// `"80"` would be a name, so rules that are copied from one to the other fail.
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
    ///     - toPorts:
    ///         - ports:
    ///             - port: 443
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
    ///     - toPorts:
    ///         - ports:
    ///             - port: "443"
    ///               protocol: TCP
    /// ```
    ///
    /// ## References
    /// - <https://docs.cilium.io/en/stable/security/policy/layer4/>
    pub static CILIUM_PORT_UNQUOTED = "cilium-port-unquoted" {
        group: Correctness, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

/// Whether a wrong type is a number where Cilium wants the text of a port.
pub(crate) fn owns(problem: &Problem) -> bool {
    let number =
        matches!(problem.kind, ProblemKind::WrongType { expected: "a string", found: "a number" | "a decimal number" });
    number && problem.parent.ends_with("toPorts[].ports[].port")
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    let places: Vec<Place> =
        policy.object.problems.iter().filter(|problem| owns(problem)).map(|problem| problem.place).collect();
    let Some((&first, others)) = places.split_first() else { return };
    let ports: Vec<&str> = places.iter().filter_map(|&place| Some(cx.node(place)?.scalar()?.raw)).collect();
    let fixes: Option<Vec<_>> = places
        .iter()
        .zip(&ports)
        // `"010"` would be eight again.
        .map(|(&place, raw)| cx.edit(place, mend::quote).filter(|_| !raw.starts_with('0')))
        .collect();
    let fix = fixes.map(|fixes| (first.file, fixes.into_iter().flat_map(|(_, edits)| edits).collect()));
    let consequence = refusal::once_accepted(policy, cx);
    let revived = refusal::revive("put the ports in quotes", policy, cx);
    let first_port = ports.first().copied().unwrap_or_default();
    let message = format!(
        "port `{first_port}` is a number and Cilium wants text: the API server refuses {}",
        title(policy.object)
    );
    let mut draft = cx.report(first, message).about(policy.object).here("a number");
    for &place in others {
        draft = draft.label(place, "a number too");
    }
    draft = draft.notes(consequence);
    draft.help(format!("put ports in quotes: `\"{first_port}\"`")).fix(Applicability::Unsafe, revived, fix);
}
