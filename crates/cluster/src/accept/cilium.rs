//! What the agent refuses of a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy (V01–V30, semantics §9.1, §9.2).
//!
//! It reads the whole object first, then checks `spec` and every element of `specs`. One bad rule refuses them all.

use ringfence_manifest::kinds::cilium::{CiliumPolicy, Item, Rule};
use ringfence_manifest::{Field, List, Object};

use super::decode;
use super::item::{self, Around};
use super::refusals::{Refusals, is_empty, key_of, text};
use super::selector::{self, Keys};
use crate::{Direction, RejectionCode, Stage};

/// Checks a policy.
pub(super) fn check(object: &Object, policy: &CiliumPolicy, out: &mut Refusals<'_>) {
    decode::wrong_types(object, out);
    decode::wide_numbers(&policy.spec.node(), out);
    decode::wide_numbers(&policy.specs.node(), out);
    decode::cilium(policy, out);
    let kind = kind_for_agent(object, policy, out);
    if text(&object.meta.name) == Some("") && object.meta.generate_name.is_nil() {
        out.add(RejectionCode::Name, object.meta.place, format!("{kind} must have name"));
    }
    if policy.spec.is_nil() && policy.specs.is_nil() {
        out.add(RejectionCode::Required, object.place, format!("Invalid {kind} spec(s): empty policy"));
    }
    if let Field::Set(rule, _) = &policy.spec {
        one_of_specs(rule, kind, "spec", out);
    }
    for element in policy.specs.items() {
        match element {
            Field::Set(rule, _) => one_of_specs(rule, kind, "specs", out),
            Field::Null(at) => {
                let reason = "panic: runtime error: invalid memory address or nil pointer dereference";
                out.add(RejectionCode::Required, at.value, reason);
            }
            _ => {}
        }
    }
}

/// The agent takes a CiliumNetworkPolicy without a namespace for a clusterwide one. The API server lets none through.
fn kind_for_agent(object: &Object, policy: &CiliumPolicy, out: &Refusals<'_>) -> &'static str {
    let nowhere = out.knobs.stage == Stage::Agent && text(&object.meta.namespace) == Some("");
    if policy.clusterwide || nowhere { "CiliumClusterwideNetworkPolicy" } else { "CiliumNetworkPolicy" }
}

fn one_of_specs(rule: &Rule, kind: &str, field: &str, out: &mut Refusals<'_>) {
    out.speak(format!("Invalid {kind} {field}: "));
    check_rule(rule, out);
    // Only `spec` is named here, also for an element of `specs`.
    if kind == "CiliumNetworkPolicy" && out.selector_given(&rule.node_selector) {
        out.speak(format!("Invalid {kind} spec: "));
        let place = key_of(&rule.node_selector, rule.place);
        out.add(RejectionCode::NodeSelectorInNamespaced, place, "rule cannot have NodeSelector");
    }
    out.speak("");
}

fn check_rule(rule: &Rule, out: &mut Refusals<'_>) {
    let Rule { ingress, ingress_deny, egress, egress_deny, .. } = rule;
    let nothing = is_empty(ingress) && is_empty(ingress_deny) && is_empty(egress) && is_empty(egress_deny);
    if nothing && out.version().at_least(1, 17) {
        let reason = "rule must have at least one of Ingress, IngressDeny, Egress, EgressDeny";
        out.add(RejectionCode::NoRules, rule.place, reason);
    }
    subject(rule, out);
    let host = out.selector_given(&rule.node_selector);
    let around = |direction| Around { direction, host };
    items(ingress, around(Direction::Ingress), out);
    items(ingress_deny, around(Direction::Ingress), out);
    items(egress, around(Direction::Egress), out);
    items(egress_deny, around(Direction::Egress), out);
}

fn items<T: Item>(items: &Field<List<T>>, around: Around, out: &mut Refusals<'_>) {
    items.values().for_each(|item| item::check(item, around, out));
}

/// V02–V04: exactly one selector of the subject, and a valid one.
fn subject(rule: &Rule, out: &mut Refusals<'_>) {
    let (pods, nodes) = (&rule.endpoint_selector, &rule.node_selector);
    if pods.is_absent() && nodes.is_absent() {
        let reason = "rule must have one of EndpointSelector or NodeSelector";
        out.add(RejectionCode::NoSelector, rule.place, reason);
    }
    if out.selector_given(pods) && out.selector_given(nodes) {
        let reason = "rule cannot have both EndpointSelector and NodeSelector";
        let second = key_of(pods, rule.place).max(key_of(nodes, rule.place));
        out.add(RejectionCode::TwoSelectors, second, reason);
    }
    let keys = Keys::Cilium(out.version());
    for selector in [pods, nodes].into_iter().filter_map(Field::get) {
        selector::check(selector, keys, "invalid label selector: ", None, out);
    }
}
