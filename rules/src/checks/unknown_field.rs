//! A key that the schema does not know.

use ringfence_manifest::{Kind, Problem, ProblemKind};
use ringfence_yaml::Node;

use super::{ports_inside_peer, selector_missing_match_labels};
use crate::mend;
use crate::prelude::*;
use crate::schema_home::home;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports a key that the schema of a policy does not know: misspelt, in the wrong place, or of another kind of policy.
    /// Labels without `matchLabels` are `selector-missing-match-labels`, ports inside a peer `ports-inside-peer`.
    ///
    /// ## Why it matters
    /// The API server drops the key and stores the rest. What the key was to restrict is not restricted: a rule with `form`
    /// in place of `from` lets everyone in.
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
    ///     - form:
    ///         - podSelector: {}
    ///       ports:
    ///         - port: 80
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
    /// - <https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation>
    pub static UNKNOWN_FIELD = "unknown-field" {
        group: Correctness, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(object: ObjectRef<'_>, cx: &mut Cx<'_>) {
    let object = object.object;
    for problem in &object.problems {
        let ProblemKind::UnknownField { key, near, known, .. } = &problem.kind else { continue };
        if selector_missing_match_labels::owns(problem, cx) || ports_inside_peer::owns(problem) {
            continue;
        }
        let mapping = cx.node(problem.place).and_then(Node::parent);
        let free = near.filter(|near| mapping.is_none_or(|mapping| mapping.get(near).is_none()));
        let fix = cx.edit(problem.place, |node| mend::rewrite(node, free?));
        let left = mapping.and_then(|mapping| left(object.kind, &problem.parent, mapping));
        let message = format!("`{key}` is no field of {}: the API server drops it", whole(object, problem));
        let mut draft = cx.report(problem.place, message).about(object).here("dropped, with all that it holds");
        draft = draft.notes(left).help(help(object.kind, problem, key, *near, known));
        if let Some(near) = free {
            let text = format!("rename it to `{near}`: what it holds then counts");
            draft.fix(Applicability::Unsafe, text, fix);
        }
    }
}

fn whole(object: &Object, problem: &Problem) -> String {
    if problem.parent.is_empty() { title(object) } else { format!("`{}` in {}", problem.parent, title(object)) }
}

/// What a rule means without the key that is dropped.
fn left(kind: Kind, parent: &str, rule: Node<'_>) -> Option<String> {
    let direction = parent.rsplit('.').next().filter(|step| matches!(*step, "ingress[]" | "egress[]"))?;
    let cilium = matches!(kind, Kind::CiliumNetworkPolicy | Kind::CiliumClusterwideNetworkPolicy);
    if kind != Kind::NetworkPolicy && !cilium {
        return None;
    }
    let has = |known: &dyn Fn(&str) -> bool| {
        rule.entries().any(|entry| entry.key.scalar().is_some_and(|key| known(key.as_str())))
    };
    let ports = |key: &str| matches!(key, "ports" | "toPorts" | "icmps");
    let prefix = if direction.starts_with("ingress") { "from" } else { "to" };
    let peers = |key: &str| {
        if cilium { key.starts_with(prefix) && key.len() > prefix.len() && !ports(key) } else { key == prefix }
    };
    Some(match (has(&peers), has(&ports)) {
        (false, false) if cilium => "what is left of the rule allows nothing".to_owned(),
        (false, false) => "what is left of the rule allows everyone, on every port".to_owned(),
        (false, true) => "what is left of the rule allows everyone on its ports".to_owned(),
        (true, false) => "what is left of the rule allows its peers on every port".to_owned(),
        (true, true) => return None,
    })
}

fn help(kind: Kind, problem: &Problem, key: &str, near: Option<&str>, known: &[&str]) -> String {
    if let Some(near) = near {
        return format!("did you mean `{near}`?");
    }
    if let Some(other) = translation(kind, key, &problem.parent) {
        return other;
    }
    match home(kind, key, &problem.parent) {
        Some(home) if home.is_empty() => format!("`{key}` belongs to the top of the object: check the indentation"),
        Some(home) => format!("`{key}` belongs to `{home}`: check the indentation"),
        None => format!("the fields here are {}", listed(known)),
    }
}

fn listed(known: &[&str]) -> String {
    known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

/// What another kind of policy calls the same thing.
fn translation(kind: Kind, key: &str, parent: &str) -> Option<String> {
    let cilium = matches!(kind, Kind::CiliumNetworkPolicy | Kind::CiliumClusterwideNetworkPolicy);
    let other = match (cilium, key) {
        (false, "to") if parent.ends_with("ingress[]") => "from",
        (false, "from") if parent.ends_with("egress[]") => "to",
        (false, "endpointSelector") => "podSelector",
        (false, "fromEndpoints") => "from",
        (false, "toEndpoints") => "to",
        (false, "toPorts") => "ports",
        (true, "podSelector") if parent == "spec" || parent == "specs[]" => "endpointSelector",
        (true, "from") => "fromEndpoints",
        (true, "to") => "toEndpoints",
        (true, "ports") if parent.ends_with("gress[]") => "toPorts",
        (true, "policyTypes") => {
            return Some("leave it out: Cilium isolates each direction that has a section".to_owned());
        }
        (true, "namespaceSelector") => {
            return Some("name the namespace in the labels: `k8s:io.kubernetes.pod.namespace: NAME`".to_owned());
        }
        (true, "ipBlock") => return Some("ranges stand in `fromCIDRSet` and `toCIDRSet`".to_owned()),
        (true, "toFQDNs") if parent.ends_with("Deny[]") => {
            return Some(
                "names cannot be denied: deny addresses with `toCIDRSet`, or allow only the names that are wanted"
                    .to_owned(),
            );
        }
        (false, "toFQDNs" | "fromEntities" | "toEntities" | "ingressDeny" | "egressDeny" | "fromCIDR" | "toCIDR") => {
            return Some(format!("only policies of Cilium have `{key}`"));
        }
        _ => return None,
    };
    Some(format!("a {} says `{other}`", kind.name()))
}
