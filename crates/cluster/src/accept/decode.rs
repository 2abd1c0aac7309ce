//! What a Go program fails to read from an object: values of wrong types (semantics §9.1, "decode-time").

use ringfence_manifest::kinds::cilium::{CiliumPolicy, Item, Rule};
use ringfence_manifest::{Data, Field, Node, Object, Place, ProblemKind};

use super::icmp;
use super::refusals::Refusals;
use crate::RejectionCode;

/// Values that do not fit the type of their field.
pub(super) fn wrong_types(object: &Object, out: &mut Refusals<'_>) {
    for problem in &object.problems {
        let ProblemKind::WrongType { expected, found } = problem.kind else { continue };
        let (found, wanted) = (go_found(found), go_wanted(expected));
        let field = format!("{}.{}", object.kind.name(), problem.parent);
        let reason = format!("json: cannot unmarshal {found} into Go struct field {field} of type {wanted}");
        out.add(RejectionCode::WrongType, problem.place, reason);
    }
}

/// Numbers that do not fit 32 bits: no integer of a policy has more.
pub(super) fn wide_numbers(field: &Field<Node<'_>>, out: &mut Refusals<'_>) {
    let Field::Set(node, at) = field else { return };
    match node {
        Node::Int(number) => wide_number(*number, at.value, out),
        Node::List(items) => items.iter().for_each(|item| wide_numbers(item, out)),
        Node::Object(fields) => {
            // ICMP types are read apart.
            let others = fields.iter().filter(|(key, _)| *key != "icmps");
            others.for_each(|(_, field)| wide_numbers(field, out));
        }
        _ => {}
    }
}

/// A number that does not fit 32 bits.
pub(super) fn wide_number(number: i64, place: Place, out: &mut Refusals<'_>) {
    if i32::try_from(number).is_err() {
        let reason = format!("json: cannot unmarshal number {number} into Go value of type int32");
        out.add(RejectionCode::Bounds, place, reason);
    }
}

/// What only policies of Cilium have: ICMP types, and fields that are gone.
pub(super) fn cilium(policy: &CiliumPolicy, out: &mut Refusals<'_>) {
    for rule in policy.rules() {
        for_each_item(rule, |item| {
            icmp::decode(item.icmps(), out);
            requires(item, out);
        });
    }
}

/// Calls `visit` with every item of a rule.
pub(super) fn for_each_item(rule: &Rule, mut visit: impl FnMut(&dyn Item)) {
    rule.ingress.values().for_each(|item| visit(item));
    rule.ingress_deny.values().for_each(|item| visit(item));
    rule.egress.values().for_each(|item| visit(item));
    rule.egress_deny.values().for_each(|item| visit(item));
}

/// `fromRequires` and `toRequires` are lists of strings since they are gone, so that a selector in them is a wrong type.
fn requires(item: &dyn Item, out: &mut Refusals<'_>) {
    if !out.version().at_least(1, 20) {
        return;
    }
    for value in item.peers().requires.values() {
        if !matches!(value.data, Data::String(_) | Data::Null | Data::Unknown) {
            let found = go_found(value.noun());
            let reason = format!(
                "json: cannot unmarshal {found} into Go value of type string (fromRequires and toRequires are gone)"
            );
            out.add(RejectionCode::WrongType, value.place, reason);
        }
    }
}

/// The name that Go gives to what stands there.
fn go_found(noun: &str) -> &'static str {
    match noun {
        "a boolean" => "bool",
        "a number" | "a decimal number" => "number",
        "a list" => "array",
        "a mapping" => "object",
        "null" => "null",
        _ => "string",
    }
}

/// The name that Go gives to what should stand there.
fn go_wanted(expected: &str) -> &'static str {
    match expected {
        "a whole number" => "int32",
        "true or false" => "bool",
        "a list" => "slice",
        "a mapping" => "struct",
        "a number or a name" => "intstr.IntOrString",
        _ => "string",
    }
}
