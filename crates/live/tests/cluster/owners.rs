//! Pods and what makes them, page by page.

use std::fmt::Write as _;

use ringfence_testkit::cluster::Cluster;

use crate::{names, read_by};

/// The `uid` that the API server gave an object.
fn uid(cluster: &Cluster, kind: &str, name: &str) -> String {
    cluster.kubectl(&["get", kind, name, "--output", "jsonpath={.metadata.uid}"], "").unwrap()
}

fn pods(app: &str) -> String {
    format!("metadata: {{labels: {{app: {app}}}}}, spec: {{containers: [{{name: c, image: c}}]}}")
}

fn deployment(name: &str) -> String {
    let pods = pods(name);
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\n\
         spec: {{selector: {{matchLabels: {{app: {name}}}}}, template: {{{pods}}}}}\n"
    )
}

fn owned(
    api_version: &str,
    kind: &str,
    name: &str,
    owner: (&str, &str, &str, &str),
    labels: &str,
    rest: &str,
) -> String {
    let (owner_version, owner_kind, owner_name, uid) = owner;
    format!(
        "---\napiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n  labels: {{{labels}}}\n  ownerReferences:\n  \
         - {{apiVersion: {owner_version}, kind: {owner_kind}, name: {owner_name}, uid: {uid}, controller: true}}\n{rest}\n"
    )
}

#[test]
fn a_workload_stands_for_its_pods_and_pages_change_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    cluster.apply(&deployment("web"));
    let web = ("apps/v1", "Deployment", "web", &*uid(&cluster, "deployment", "web"));
    let spec = format!("spec: {{selector: {{matchLabels: {{app: web}}}}, template: {{{}}}}}", pods("web"));
    cluster.apply(&owned("apps/v1", "ReplicaSet", "web-1", web, "app: web", &spec));
    let set = ("apps/v1", "ReplicaSet", "web-1", &*uid(&cluster, "replicaset", "web-1"));
    let mut text = String::new();
    let spec = "spec: {containers: [{name: c, image: c}]}";
    for at in 0..5 {
        text += &owned("v1", "Pod", &format!("web-1-{at}"), set, "app: web, pod-template-hash: \"1\"", spec);
    }
    text += &owned("v1", "Pod", "web-1-canary", set, "app: web, canary: \"yes\"", spec);
    let _ = writeln!(text, "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: alone}}\n{spec}");
    cluster.apply(&text);

    let whole = read_by(&cluster, 500);
    assert_eq!(names(&whole, "deployment"), ["default/web"]);
    assert_eq!(names(&whole, "replicaset"), [] as [&str; 0]);
    assert_eq!(names(&whole, "pod"), ["default/alone", "default/web-1-canary"]);
    assert_eq!(read_by(&cluster, 2), whole);
    assert_eq!(read_by(&cluster, 1), whole);
    let text = &whole.texts["live/admin/pod/default/web-1-canary.json"];
    assert!(!text.contains("managedFields") && !text.contains("\"status\""), "{text}");
}
