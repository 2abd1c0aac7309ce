//! Labels and selectors (semantics §5.2, §6).

use serde_json::Value;

pub const NAMESPACE: &str = "io.kubernetes.pod.namespace";
pub const NAMESPACE_LABEL: &str = "io.cilium.k8s.namespace.labels.";
pub const CLUSTER: &str = "io.cilium.k8s.policy.cluster";

/// One requirement; a selector is all of its requirements.
#[derive(Clone, Debug)]
pub struct Requirement {
    pub source: String,
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
    /// Whether it stands in `matchLabels`.
    pub label: bool,
}

pub type Selector = Vec<Requirement>;

pub fn requirement(source: &str, key: &str, operator: &str, values: &[&str]) -> Requirement {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    Requirement { source: source.into(), key: key.into(), operator: operator.into(), values, label: false }
}

/// §5.2: the source before the first colon; without one, any.
pub fn selector(value: &Value) -> Selector {
    let key = |key: &str| match key.split_once(':') {
        Some((source, rest)) => (source.to_owned(), rest.to_owned()),
        None => ("any".to_owned(), key.to_owned()),
    };
    let mut all = Vec::new();
    for (name, value) in value["matchLabels"].as_object().into_iter().flatten() {
        let (source, name) = key(name);
        let value = value.as_str().unwrap_or_default();
        all.push(Requirement { label: true, ..requirement(&source, &name, "In", &[value]) });
    }
    for expression in value["matchExpressions"].as_array().into_iter().flatten() {
        let (source, name) = key(expression["key"].as_str().unwrap_or_default());
        let operator = expression["operator"].as_str().unwrap_or_default();
        let values = expression["values"].as_array().into_iter().flatten();
        let values: Vec<&str> = values.filter_map(Value::as_str).collect();
        all.push(requirement(&source, &name, operator, &values));
    }
    all
}

/// §3.2: keys of NetworkPolicy and ClusterNetworkPolicy are Kubernetes' own, those over namespaces behind a prefix.
pub fn kubernetes(value: &Value, prefix: &str) -> Selector {
    let own = |one: Requirement| {
        let written = if one.source == "any" { one.key.clone() } else { format!("{}:{}", one.source, one.key) };
        Requirement { source: "k8s".into(), key: format!("{prefix}{written}"), ..one }
    };
    selector(value).into_iter().map(own).collect()
}

/// §5.2: `In` and `Exists` need the key; `NotIn` and `DoesNotExist` hold where it is absent.
pub fn matches(selector: &[Requirement], labels: &[String]) -> bool {
    selector.iter().all(|one| {
        let held: Vec<&str> = labels.iter().filter_map(|label| value_of(label, &one.source, &one.key)).collect();
        let listed = held.iter().any(|value| one.values.iter().any(|wanted| wanted == value));
        match one.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => !held.is_empty(),
            "DoesNotExist" => held.is_empty(),
            // A requirement that the agent drops.
            _ => true,
        }
    })
}

/// The value of a label `source:key=value`, if it is of this source and key.
fn value_of<'a>(label: &'a str, source: &str, key: &str) -> Option<&'a str> {
    let (own, rest) = label.split_once(':')?;
    let (name, value) = if own == "cidr" { (rest, "") } else { rest.split_once('=').unwrap_or((rest, "")) };
    ((source == "any" || source == own) && name == key).then_some(value)
}

/// §6.1: the namespace of a CiliumNetworkPolicy is put over what `matchLabels` says of it.
pub fn confine(mut selector: Selector, namespace: &str) -> Selector {
    selector.retain(|one| !(one.label && one.source == "k8s" && one.key == NAMESPACE));
    selector.push(requirement("k8s", NAMESPACE, "In", &[namespace]));
    selector
}

/// Whether a selector speaks of a Kubernetes key.
pub fn names(selector: &[Requirement], key: impl Fn(&str) -> bool) -> bool {
    selector.iter().any(|one| ["any", "k8s"].contains(&one.source.as_str()) && key(&one.key))
}
