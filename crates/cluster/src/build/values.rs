//! What the values of a Helm release say of its pods.
//!
//! Two places are taken as fact: `podLabels` at the top, which a chart that `helm create` began gives to its pods, and in the
//! chart `app-template` what it gives to the pods of every controller. Of these, labels that charts themselves set are left
//! out, because which of the two holds depends on the chart; and a text with a template in it is a value that cannot be
//! known. Values win over those of `valuesFrom`, label by label.
//!
//! Other places (`commonLabels`, the `podLabels` of a component) reach some pods in some charts: they are only likely.

use std::collections::BTreeMap;

use ringfence_manifest::{Data, Value};

/// Labels that name what runs in a pod.
pub(super) const NAME: [&str; 4] = ["app.kubernetes.io/name", "app", "k8s-app", "name"];
/// Beginnings and whole keys of what charts set themselves.
const OF_CHARTS: [&str; 2] = ["app.kubernetes.io/", "helm.sh/"];
const OF_OLD_CHARTS: [&str; 7] = ["app", "k8s-app", "name", "release", "chart", "heritage", "component"];
/// The chart whose values are a description of controllers and their pods.
const APP_TEMPLATE: &str = "app-template";
/// Labels by which `app-template` tells the pods of its controllers apart.
const CONTROLLER: [&str; 2] = ["app.kubernetes.io/controller", "app.kubernetes.io/component"];

/// Keys and values; `None` is one that cannot be known.
type Labels<'v> = BTreeMap<&'v str, Option<&'v str>>;

/// The labels that the pods carry by what the values write. `more_values`: values from elsewhere come below these.
pub(super) fn stated<'v>(values: &'v Value, chart: Option<&str>, more_values: bool) -> Labels<'v> {
    let mut labels = written(values.at(&["podLabels"]));
    // Values from elsewhere may bring further controllers, or labels that take the place of the default ones.
    if chart == Some(APP_TEMPLATE) && !more_values {
        labels.extend(of_all_controllers(values));
    }
    labels.retain(|key, _| !is_of_charts(key));
    labels
}

/// What the pods of every controller carry: its own labels, or the default ones where it has none. Whether default labels
/// that a controller does not repeat are kept beside its own depends on the version and `defaultPodOptionsStrategy`.
fn of_all_controllers(values: &Value) -> Labels<'_> {
    let default = written(values.at(&["defaultPodOptions", "labels"]));
    let mut all: Option<Labels<'_>> = None;
    for (_, controller) in controllers(values) {
        let labels = own_labels(controller).map_or_else(|| default.clone(), |own| written(Some(own)));
        all = Some(match all {
            None => labels,
            Some(mut all) => {
                all.retain(|key, value| {
                    let other = labels.get(key);
                    *value = value.filter(|_| other == Some(value));
                    other.is_some()
                });
                all
            }
        });
    }
    all.unwrap_or_default()
}

/// The labels that a controller gives to its pods, or what hides them.
fn own_labels(controller: &Value) -> Option<&Value> {
    let given = |value: &&Value| value.data != Data::Null;
    let pod = if controller.data == Data::Unknown { Some(controller) } else { controller.at(&["pod"]) };
    let pod = pod.filter(given)?;
    if pod.data == Data::Unknown { Some(pod) } else { pod.at(&["labels"]).filter(given) }
}

/// The controllers that are not switched off, by their names.
fn controllers(values: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let all = values.at(&["controllers"]).and_then(Value::as_map).map_or(&[][..], |map| &map.entries);
    let on = |value: &Value| value.at(&["enabled"]).is_none_or(|enabled| enabled.data != Data::Bool(false));
    all.iter().map(|entry| (entry.key.as_str(), &entry.value)).filter(move |(_, value)| on(value))
}

fn written(labels: Option<&Value>) -> Labels<'_> {
    let entries = labels.and_then(Value::as_map).map_or(&[][..], |map| &map.entries);
    // Helm takes a key with null away.
    let kept = entries.iter().filter(|entry| entry.value.data != Data::Null && is_plain(&entry.key));
    kept.map(|entry| (entry.key.as_str(), entry.value.as_str().filter(|value| is_plain(value)))).collect()
}

fn is_plain(text: &str) -> bool {
    !text.contains(['{', '$'])
}

fn is_of_charts(key: &str) -> bool {
    OF_OLD_CHARTS.contains(&key) || OF_CHARTS.iter().any(|beginning| key.starts_with(beginning))
}

/// Names that stand in for that of the chart, or of the chart and the release.
pub(super) fn names(values: &Value) -> impl Iterator<Item = &str> {
    const PATHS: [&[&str]; 4] =
        [&["nameOverride"], &["fullnameOverride"], &["global", "nameOverride"], &["global", "fullnameOverride"]];
    PATHS.into_iter().filter_map(|path| values.at(path)?.as_str()).filter(|name| !name.is_empty() && is_plain(name))
}

/// Labels that some pods of the release may well carry: of all places where charts take labels for pods.
pub(super) fn likely(values: &Value) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> =
        controllers(values).flat_map(|(name, _)| CONTROLLER.map(|key| (key, name))).collect();
    walk(values, "", &mut |parent, key, value| {
        let in_pod = key == "labels" && matches!(parent, "pod" | "defaultPodOptions" | "podMetadata" | "global");
        if in_pod || matches!(key, "podLabels" | "commonLabels") {
            found.extend(written(Some(value)).into_iter().filter_map(|(key, value)| Some((key, value?))));
        }
    });
    found
}

/// Whether `hostNetwork` is anything but false somewhere.
pub(super) fn speaks_of_host_network(values: &Value) -> bool {
    let mut found = false;
    walk(values, "", &mut |_, key, value| {
        found |= key == "hostNetwork" && !matches!(value.data, Data::Bool(false) | Data::Null);
    });
    found
}

/// Shows each key of nested mappings with the key above it and its value.
fn walk<'v>(value: &'v Value, parent: &str, visit: &mut impl FnMut(&str, &str, &'v Value)) {
    for entry in value.as_map().map_or(&[][..], |map| &map.entries) {
        visit(parent, &entry.key, &entry.value);
        walk(&entry.value, &entry.key, visit);
    }
}
