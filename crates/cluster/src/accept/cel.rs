//! The few CEL expressions of the schemas, each by hand.

use ringfence_manifest::{Field, Node, Object};

use super::cidr;

const SPEC_OR_SPECS: &str = "has(self.spec) || has(self.specs)";
const NAMED_DEFAULT: &str = "self.metadata.name == 'default'";
const ORDERED: &str = "self.start < self.end";
const IS_CIDR: &str = "isCIDR(self)";
const ONE_FAMILY: &str = "self.contains(':') != self.contains('.')";
const NAMED_PORTS: &str = "!(self.to.exists(peer, has(peer.networks) ";

/// Whether [`violated`] knows the expression.
#[cfg(test)]
pub(super) fn is_known(expression: &str) -> bool {
    let whole = [SPEC_OR_SPECS, NAMED_DEFAULT, ORDERED, IS_CIDR, ONE_FAMILY];
    whole.contains(&expression) || expression.starts_with(NAMED_PORTS)
}

/// Whether an expression surely does not hold for a value.
pub(super) fn violated(expression: &str, value: &Node<'_>, object: &Object) -> bool {
    match (expression, value) {
        (SPEC_OR_SPECS, Node::Object(fields)) => fields.iter().all(|(_, field)| field.is_nil()),
        (NAMED_DEFAULT, _) => object.meta.name.get().is_some_and(|name| name != "default"),
        (ORDERED, _) => {
            let number = |key| match member(value, key) {
                Some(Field::Set(Node::Int(number), _)) => Some(*number),
                _ => None,
            };
            matches!((number("start"), number("end")), (Some(start), Some(end)) if start >= end)
        }
        (IS_CIDR, Node::Text(text)) => cidr::parse_prefix(text).is_err(),
        (ONE_FAMILY, Node::Text(text)) => text.contains(':') == text.contains('.'),
        (expression, value) if expression.starts_with(NAMED_PORTS) => named_port_beside_addresses(expression, value),
        _ => false,
    }
}

/// Named ports, and peers that have none.
fn named_port_beside_addresses(expression: &str, rule: &Node<'_>) -> bool {
    let (ports, named) =
        if expression.contains("protocols") { ("protocols", "destinationNamedPort") } else { ("ports", "namedPort") };
    let nameless = ["networks", "nodes", "domainNames"].into_iter().filter(|key| expression.contains(key));
    let named = items(rule, ports).any(|port| has(port, named));
    named && items(rule, "to").any(|peer| nameless.clone().any(|key| has(peer, key)))
}

fn items<'n, 'a>(node: &'n Node<'a>, key: &str) -> impl Iterator<Item = &'n Node<'a>> {
    let items: &[_] = match member(node, key) {
        Some(Field::Set(Node::List(items), _)) => items,
        _ => &[],
    };
    items.iter().filter_map(Field::get)
}

fn has(node: &Node<'_>, key: &str) -> bool {
    matches!(member(node, key), Some(Field::Set(..)))
}

/// A field of a mapping.
fn member<'n, 'a>(node: &'n Node<'a>, key: &str) -> Option<&'n Field<Node<'a>>> {
    match node {
        Node::Object(fields) => fields.iter().find(|(name, _)| *name == key).map(|(_, field)| field),
        _ => None,
    }
}
