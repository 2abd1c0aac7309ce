//! Random label selectors.

use serde_json::{Map, Value, json};

use super::members::{NAMESPACE_LABELS_USED, NAMESPACES, POD_LABELS};
use crate::dice::Dice;

const FAULTY_KEYS: [&str; 7] =
    ["a b", "k8s:", "x:y:z", "-front", "app\\\\name", "UPPER.example.com/_", "my_source:app"];
const FAULTY_VALUES: [&str; 3] = ["*", "a b", "-"];

/// Requirements over keys and values, as Kubernetes has them.
pub(super) fn plain(dice: &mut Dice, pairs: &[(&str, &str)], faults: bool) -> Value {
    selector(dice, pairs, faults, |_, key| key.to_owned())
}

/// A selector of pods.
pub(super) fn pods(dice: &mut Dice, faults: bool) -> Value {
    plain(dice, &POD_LABELS, faults)
}

/// A selector of namespaces.
pub(super) fn namespaces(dice: &mut Dice, faults: bool) -> Value {
    let names = NAMESPACES.map(|name| ("kubernetes.io/metadata.name", name));
    let pairs: Vec<_> = NAMESPACE_LABELS_USED.into_iter().chain(names).collect();
    plain(dice, &pairs, faults)
}

/// A selector of endpoints as Cilium has them: any source, namespaces and their labels, reserved identities.
pub(super) fn endpoints(dice: &mut Dice, faults: bool) -> Value {
    let mut found = selector(dice, &POD_LABELS, faults, sourced);
    if dice.percent(35) {
        let (key, value) = namespace_pair(dice);
        add(dice, &mut found, &key, value);
    }
    match dice.roll(100) {
        0..4 => add(dice, &mut found, "io.cilium.k8s.policy.serviceaccount", "api"),
        4..7 => add(dice, &mut found, "io.cilium.k8s.policy.cluster", "beta"),
        7..10 => {
            let name = *dice.one(&["host", "health", "remote-node", "ingress", "init", "world", "kube-apiserver"]);
            return requirement_or_label(dice, &format!("reserved:{name}"), "");
        }
        10..12 => add(dice, &mut found, "reserved:init", ""),
        12..14 => add(dice, &mut found, "reserved.none", "x"),
        14..16 => add(dice, &mut found, "K8S:app", "front"),
        16..17 => return Value::Null,
        _ => {}
    }
    found
}

/// A selector of nodes.
pub(super) fn nodes(dice: &mut Dice) -> Value {
    selector(dice, &[("zone", "a"), ("zone", "b")], false, |dice, key| match dice.roll(3) {
        0 => format!("node:{key}"),
        1 => format!("any:{key}"),
        _ => key.to_owned(),
    })
}

fn sourced(dice: &mut Dice, key: &str) -> String {
    match dice.roll(10) {
        0..2 => format!("k8s:{key}"),
        2 => format!("any:{key}"),
        _ => key.to_owned(),
    }
}

fn namespace_pair(dice: &mut Dice) -> (String, &'static str) {
    if dice.percent(55) {
        return (sourced(dice, "io.kubernetes.pod.namespace"), *dice.one(&NAMESPACES));
    }
    let (key, value) = if dice.percent(70) {
        *dice.one(&NAMESPACE_LABELS_USED)
    } else {
        ("kubernetes.io/metadata.name", *dice.one(&NAMESPACES))
    };
    (sourced(dice, &format!("io.cilium.k8s.namespace.labels.{key}")), value)
}

fn selector(
    dice: &mut Dice,
    pairs: &[(&str, &str)],
    faults: bool,
    key_of: impl Fn(&mut Dice, &str) -> String,
) -> Value {
    let mut found = json!({});
    if dice.percent(22) {
        return found;
    }
    for _ in 0..*dice.one(&[1, 1, 1, 2]) {
        let &(key, value) = dice.one(pairs);
        let key = key_of(dice, key);
        let value = if dice.percent(93) { value } else { "nope" };
        add(dice, &mut found, &key, value);
    }
    if faults && dice.percent(2) {
        spoil(dice, &mut found);
    }
    found
}

/// Adds a requirement, as a label where that is free: of a key twice in one `matchLabels`, whatever their sources, the
/// engine keeps either.
fn add(dice: &mut Dice, selector: &mut Value, key: &str, value: &str) {
    let bare = |key: &str| key.rsplit(':').next().unwrap_or(key).to_owned();
    let Value::Object(parts) = &mut *selector else { return };
    let labels = parts.get("matchLabels").and_then(Value::as_object);
    let taken = labels.is_some_and(|labels| labels.keys().any(|own| bare(own) == bare(key)));
    if taken || dice.percent(35) {
        let one = expression(dice, key, value);
        let list = parts.entry("matchExpressions").or_insert_with(|| json!([]));
        list.as_array_mut().into_iter().for_each(|list| list.push(one.clone()));
    } else {
        let labels = parts.entry("matchLabels").or_insert_with(|| json!({}));
        labels[key] = value.into();
    }
}

fn requirement_or_label(dice: &mut Dice, key: &str, value: &str) -> Value {
    let mut found = json!({});
    add(dice, &mut found, key, value);
    found
}

fn expression(dice: &mut Dice, key: &str, value: &str) -> Value {
    let operator = *dice.one(&["In", "NotIn", "Exists", "DoesNotExist"]);
    let mut one = json!({"key": key, "operator": operator});
    if operator.ends_with("In") {
        let more = *dice.one(&["front", "db", "red", "prod", "web"]);
        let mut values = vec![value];
        if dice.percent(40) && more != value {
            values.push(more);
        }
        one["values"] = values.into();
    }
    one
}

fn spoil(dice: &mut Dice, selector: &mut Value) {
    let Value::Object(parts) = selector else { return };
    let (key, value) = (*dice.one(&FAULTY_KEYS), *dice.one(&FAULTY_VALUES));
    let part: (&str, Value) = match dice.roll(6) {
        0 => ("matchLabels", Map::from_iter([(key.to_owned(), "front".into())]).into()),
        1 => ("matchLabels", json!({"app": value})),
        2 => ("matchExpressions", json!([{"key": key, "operator": "Exists"}])),
        3 => ("matchExpressions", json!([{"key": "app", "operator": "In", "values": []}])),
        4 => ("matchExpressions", json!([{"key": "app", "operator": "Exists", "values": ["x"]}])),
        _ => ("matchExpressions", json!([{"key": "app", "operator": "Is", "values": ["x"]}])),
    };
    parts.insert(part.0.to_owned(), part.1);
}
