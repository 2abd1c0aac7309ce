//! Ports that stand inside a peer.

use ringfence_manifest::{Problem, ProblemKind};
use ringfence_text::{Edit, Span};
use ringfence_yaml::{Entry, Node};

use crate::mend;
use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports `ports` inside an element of `from` or `to`, and `toPorts` inside a peer of a Cilium policy. Ports belong
    /// beside the list of peers.
    ///
    /// ## Why it matters
    /// The API server drops them: the peer is allowed on every port.
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
    ///   ingress:
    ///     - from:
    ///         - podSelector: {}
    ///           ports:
    ///             - port: 80
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
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - from:
    ///         - podSelector: {}
    ///       ports:
    ///         - port: 80
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static PORTS_INSIDE_PEER = "ports-inside-peer" {
        group: Security, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

/// Whether an unknown field is a list of ports inside a peer.
pub(crate) fn owns(problem: &Problem) -> bool {
    let ProblemKind::UnknownField { key, known, .. } = &problem.kind else { return false };
    let network_policy = key == "ports" && known.contains(&"ipBlock");
    let cilium = matches!(key.as_str(), "ports" | "toPorts") && known.contains(&"matchLabels");
    let list = problem.parent.rsplit('.').next().unwrap_or_default();
    (network_policy || cilium) && matches!(list, "from[]" | "to[]" | "fromEndpoints[]" | "toEndpoints[]")
}

pub(crate) fn check(object: ObjectRef<'_>, cx: &mut Cx<'_>) {
    let object = object.object;
    for problem in object.problems.iter().filter(|problem| owns(problem)) {
        let ProblemKind::UnknownField { key, .. } = &problem.kind else { continue };
        let list = problem.parent.rsplit('.').next().unwrap_or_default().trim_end_matches("[]");
        let right = if list.len() > 4 { "toPorts" } else { "ports" };
        let fix = cx.edit(problem.place, |key| dedent(key, right));
        let rule = cx.node(problem.place).and_then(rule_of);
        let own = rule.is_some_and(|rule| rule.get(right).is_some());
        let effect = if own { "only the ports of the rule count" } else { "the peer is allowed on every port" };
        let message = format!("`{key}` inside a peer of `{list}` in {} is dropped: {effect}", title(object));
        let draft = cx.report(problem.place, message).about(object).here("no field of a peer");
        let text = format!("move `{right}` beside `{list}`: the rule then allows these ports only");
        draft.help(format!("write `{right}` beside `{list}`; peers with other ports need a rule of their own")).fix(
            Applicability::Unsafe,
            text,
            fix.filter(|_| !own),
        );
    }
}

/// The rule around a key of one of its peers: the mapping that holds the list of peers.
fn rule_of(key: Node<'_>) -> Option<Node<'_>> {
    key.parent()?.parent()?.parent()
}

/// Moves the ports out of the only peer of a rule, where they are its last lines, by taking indentation away.
fn dedent(key: Node<'_>, right: &str) -> Option<Vec<Edit>> {
    let (peer, rule) = (key.parent()?, rule_of(key)?);
    let peers = peer.parent()?;
    let entry: Entry<'_> = peer.entries().last().filter(|entry| entry.key == key)?;
    let lines = mend::lines(entry)?;
    let alone = peers.items().count() == 1 && peers.span().end == entry.span().end && !rule.flow() && !peers.flow();
    let text = key.tree().text();
    let (from, to) = (column(text, key.span().start), column(text, rule.span().start));
    if !alone || to >= from || entry.key.scalar()?.as_str() != right && peer.flow() {
        return None;
    }
    let gone = from - to;
    let mut edits = vec![Edit::delete(Span::new(lines.start, lines.start + gone))];
    let breaks = lines.slice(text).match_indices('\n').map(|(at, _)| lines.start + at as u32 + 1);
    for at in breaks.filter(|&at| at < lines.end) {
        let blank = text[at as usize..].bytes().take_while(|&byte| byte == b' ').count() as u32;
        edits.push(Edit::delete(Span::new(at, at + blank.min(gone))));
    }
    if entry.key.scalar()?.as_str() != right {
        edits.push(Edit::replace(key.span(), right));
    }
    Some(edits)
}

fn column(text: &str, at: u32) -> u32 {
    at - mend::line_start(text, at)
}
