//! A value of a type that the schema does not allow.

use ringfence_manifest::{Problem, ProblemKind};
use ringfence_text::Edit;
use ringfence_yaml::Node;

use super::{cilium_port_unquoted, yaml11_scalar};
use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports a value whose type the schema of its kind does not allow: a mapping where a list is wanted, text where a
    /// number is. Text that YAML reads as something else is `yaml11-scalar`, a port of Cilium without quotes
    /// `cilium-port-unquoted`.
    ///
    /// ## Why it matters
    /// The API server refuses the whole object: none of it holds.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: Ingress
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
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation>
    pub static WRONG_TYPE = "wrong-type" {
        group: Correctness, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(object: ObjectRef<'_>, cx: &mut Cx<'_>) {
    let object = object.object;
    for problem in &object.problems {
        let ProblemKind::WrongType { expected, found } = problem.kind else { continue };
        if yaml11_scalar::owns(problem, cx) || cilium_port_unquoted::owns(problem) {
            continue;
        }
        let fix = cx.edit(problem.place, |node| mend(node, expected));
        let field = if problem.parent.is_empty() { "this".to_owned() } else { format!("`{}`", problem.parent) };
        let message = format!("{field} is {found} and must be {expected}: the API server refuses {}", title(object));
        cx.report(problem.place, message).about(object).here(found).help(help(problem)).fix(
            Applicability::Unsafe,
            format!("make it {expected}: the object is then accepted, and takes effect"),
            fix,
        );
    }
}

fn help(problem: &Problem) -> String {
    let ProblemKind::WrongType { expected, found } = problem.kind else { return String::new() };
    match (expected, found) {
        ("a list", "a mapping") => "put a dash before it: a list of one".to_owned(),
        ("a mapping", "a list") => "take the dash away, or check the indentation".to_owned(),
        _ => format!("write {expected}"),
    }
}

/// A scalar becomes a list of one, a number in quotes a number.
fn mend(node: Node<'_>, expected: &str) -> Option<Vec<Edit>> {
    let scalar = node.scalar()?;
    match expected {
        "a list" => Some(vec![Edit::replace(node.span(), format!("[{}]", scalar.raw))]),
        "a whole number" if scalar.as_str().bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(vec![Edit::replace(node.span(), scalar.as_str())])
        }
        "true or false" if matches!(scalar.as_str(), "true" | "false") => {
            Some(vec![Edit::replace(node.span(), scalar.as_str())])
        }
        _ => None,
    }
}
