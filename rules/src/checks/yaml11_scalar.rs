//! A bare word that means something else to the API server than to its author.

use ringfence_manifest::{At, Body, Problem, ProblemKind};
use ringfence_yaml::core11::{self, Resolved};
use ringfence_yaml::{Scalar, Style};

use super::cilium_port_unquoted;
use crate::leaves::{self, LeafKind};
use crate::mend;
use crate::prelude::*;
use crate::wording::title;

declare_rule! {
    /// ## What it does
    /// Reports bare words that the clients of Kubernetes read by the old rules of YAML 1.1: `yes`, `on` and `n` are
    /// booleans, `1.10` is a number, `~` is nothing, `010` is eight. It looks where text is wanted (labels, selectors, names,
    /// annotations) and at ports, and also at ports of Cilium in quotes, which the agent reads again: `"010"` is eight and
    /// `"0x50"` is a name.
    ///
    /// ## Why it matters
    /// The API server refuses an object with a number or boolean where text is wanted; of a policy then nothing holds. A port
    /// that is read as another one opens what nobody listens on.
    ///
    /// ```yaml bad
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector:
    ///     matchLabels:
    ///       public: yes
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   podSelector:
    ///     matchLabels:
    ///       public: "yes"
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    /// - <https://yaml.org/type/bool.html>
    /// - <https://docs.cilium.io/en/stable/security/policy/layer4/>
    pub static YAML11_SCALAR = "yaml11-scalar" {
        group: Correctness, severity: Error, confidence: High, fix: Safe, since: "0.1.0"
    }
}

pub(crate) fn check(object: ObjectRef<'_>, cx: &mut Cx<'_>) {
    let object = object.object;
    for problem in &object.problems {
        if owns(problem, cx) {
            refused(object, problem, cx);
        }
    }
    for leaf in leaves::of(&object.body) {
        match leaf.kind {
            LeafKind::Int(number) => octal(object, number, leaf.at, cx),
            LeafKind::PortText(text) => cilium_port(object, text, leaf.at, cx),
            LeafKind::NullLabel => null_label(object, leaf.at, cx),
        }
    }
}

/// Whether a wrong type is a bare word where text is wanted.
pub(crate) fn owns(problem: &Problem, cx: &Cx<'_>) -> bool {
    let ProblemKind::WrongType { expected, found } = problem.kind else { return false };
    let wanted = match expected {
        "a string" => matches!(found, "a boolean" | "a number" | "a decimal number"),
        "a number or a name" => found == "a boolean",
        _ => false,
    };
    wanted && !cilium_port_unquoted::owns(problem) && bare(problem.place, cx).is_some()
}

/// The bare scalar at a place.
fn bare<'a>(place: Place, cx: &Cx<'a>) -> Option<Scalar<'a>> {
    let node = cx.node(place)?;
    node.scalar().filter(|scalar| scalar.style == Style::Plain && node.tag().is_none())
}

fn refused(object: &Object, problem: &Problem, cx: &mut Cx<'_>) {
    let (Some(node), Some(scalar)) = (cx.node(problem.place), bare(problem.place, cx)) else { return };
    let read = match core11::resolve(node) {
        Some(Resolved::Bool(truth)) => format!("the boolean `{truth}`"),
        Some(Resolved::Int(number)) => format!("the number `{number}`"),
        Some(Resolved::Float(number)) => format!("the number `{number}`"),
        _ => "a number".to_owned(),
    };
    let fix = cx.edit(problem.place, mend::quote);
    // Annotations and descriptions decide nothing.
    let harmless = ["annotations", "description"].iter().any(|key| problem.parent.contains(key));
    let applicability = if harmless { Applicability::Safe } else { Applicability::Unsafe };
    let message = format!("`{}` is read as {read}, not as text: the API server refuses {}", scalar.raw, title(object));
    cx.report(problem.place, message)
        .about(object)
        .here("without quotes this is no text")
        .help(format!("put it in quotes: `\"{}\"`", scalar.raw))
        .fix(applicability, "put it in quotes: the object is then accepted, and takes effect", fix);
}

/// A whole number with a zero in front, which is read in base 8.
fn octal(object: &Object, number: i64, at: At, cx: &mut Cx<'_>) {
    let Some(text) = bare(at.value, cx).map(|scalar| scalar.raw) else { return };
    let Some(looks) = leading_zero(text).filter(|&looks| looks != number) else { return };
    other_number(object, text, (number, looks), at, cx);
}

/// A port of Cilium is text that the agent reads as Go reads numbers (semantics §2.2).
fn cilium_port(object: &Object, text: &str, at: At, cx: &mut Cx<'_>) {
    if !matches!(object.body, Body::Cilium(_)) {
        return;
    }
    if let Some(looks) = leading_zero(text) {
        let digits: String = text.chars().filter(|&c| c != '_').collect();
        if let Some(number) = i64::from_str_radix(&digits, 8).ok().filter(|&number| number != looks) {
            other_number(object, text, (number, looks), at, cx);
        }
    } else if let Some(number) = prefixed(text) {
        let message = format!("the agent takes `{text}` for the name of a port, not for the number {number}");
        let fix = cx.edit(at.value, |node| mend::rewrite(node, &number.to_string()));
        cx.report(at.value, message)
            .severity(Severity::Warning)
            .about(object)
            .here("a name, since it holds a letter")
            .help("write the number in base ten")
            .fix(Applicability::Unsafe, format!("write `{number}`: the rule then speaks of that port"), fix);
    }
}

fn other_number(object: &Object, text: &str, (number, looks): (i64, i64), at: At, cx: &mut Cx<'_>) {
    let means = cx.edit(at.value, |node| mend::rewrite(node, &looks.to_string()));
    let reads = cx.edit(at.value, |node| mend::rewrite(node, &number.to_string()));
    cx.report(at.value, format!("`{text}` is read in base 8: it is {number}, not {looks}"))
        .severity(Severity::Warning)
        .about(object)
        .here(format!("read as {number}"))
        .help("write the number without the zero in front")
        .fix(Applicability::Suggestion, format!("write `{looks}`, if that is the port that is meant"), means)
        .fix(Applicability::Suggestion, format!("write `{number}`, which keeps what it means today"), reads);
}

fn null_label(object: &Object, at: At, cx: &mut Cx<'_>) {
    let Some(scalar) = bare(at.value, cx).filter(|scalar| !scalar.raw.is_empty()) else { return };
    let fix = cx.edit(at.value, mend::quote);
    cx.report(at.value, format!("`{}` is read as null, not as text", scalar.raw))
        .severity(Severity::Warning)
        .about(object)
        .here("without quotes this is no text")
        .help(format!("put it in quotes: `\"{}\"`", scalar.raw))
        .fix(Applicability::Unsafe, "put it in quotes: the label then has this value", fix);
}

/// The number that digits with a zero in front look like in base ten.
fn leading_zero(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('0').filter(|rest| !rest.is_empty())?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    plain.then(|| digits.replace('_', "").parse().ok()).flatten()
}

/// The number behind `0x`, `0o` or `0b`.
fn prefixed(text: &str) -> Option<u16> {
    let (prefix, digits) = text.split_at_checked(2)?;
    let radix = match prefix {
        "0x" | "0X" => 16,
        "0o" | "0O" => 8,
        "0b" | "0B" => 2,
        _ => return None,
    };
    u16::from_str_radix(digits, radix).ok()
}
