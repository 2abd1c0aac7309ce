//! Which objects stand for others: a Deployment for its pods.
//!
//! A manifest of a repository shows the Deployment, a cluster also its ReplicaSets and pods. An object with a controller is left
//! out where the controller says the same of the pods: the same labels (but for those that controllers add to tell pods
//! apart), service account, host network and ports. A pod that differs, because a rollout is under way or an admission webhook
//! changed it, stays beside its controller. So does everything whose controller is not read, such as the pods of an operator.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_manifest::Kind;
use serde_json::Value;

use crate::list::Object;

/// Labels that controllers add, and that only tell the pods of one template apart.
const ADDED: &[&str] = &[
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// All that policies can see of a pod beside its namespace.
#[derive(PartialEq, Eq)]
struct Traits<'o> {
    labels: BTreeMap<&'o str, &'o str>,
    service_account: &'o str,
    host_network: bool,
    /// Name, number, protocol.
    ports: BTreeSet<(&'o str, i64, &'o str)>,
}

/// The objects without those that another one stands for, and without what makes no pods any more.
pub(crate) fn without_represented(objects: Vec<(Kind, Object)>) -> Vec<(Kind, Object)> {
    let templates: BTreeMap<&str, Traits<'_>> =
        objects.iter().filter_map(|(kind, object)| Some((uid(object)?, traits(*kind, object)?))).collect();
    let kept = objects.iter().map(|(kind, object)| {
        let owner = controller(object).and_then(|owner| templates.get(owner));
        let represented = owner.is_some() && owner == traits(*kind, object).as_ref();
        !represented && !is_over(*kind, object, owner.is_some())
    });
    let kept: Vec<bool> = kept.collect();
    objects.into_iter().zip(kept).filter_map(|(object, kept)| kept.then_some(object)).collect()
}

/// Whether an object makes no pods any more: a Job that has ended, a ReplicaSet that a Deployment keeps to roll back to.
fn is_over(kind: Kind, object: &Object, owned: bool) -> bool {
    let replicas = |part| object.get(part).and_then(|part| part.get("replicas")).and_then(Value::as_i64).unwrap_or(0);
    match kind {
        Kind::Job => conditions(object).any(|condition| {
            let is = |key, value| condition.get(key).and_then(Value::as_str) == Some(value);
            (is("type", "Complete") || is("type", "Failed")) && is("status", "True")
        }),
        Kind::ReplicaSet => owned && replicas("spec") == 0 && replicas("status") == 0,
        _ => false,
    }
}

fn conditions(object: &Object) -> impl Iterator<Item = &Value> {
    let conditions = object.get("status").and_then(|status| status.get("conditions"));
    conditions.and_then(Value::as_array).into_iter().flatten()
}

fn uid(object: &Object) -> Option<&str> {
    object.get("metadata")?.get("uid")?.as_str()
}

/// The `uid` of the controller.
fn controller(object: &Object) -> Option<&str> {
    let owners = object.get("metadata")?.get("ownerReferences")?.as_array()?;
    owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))?.get("uid")?.as_str()
}

/// What the pods of a workload are like; `None` for what is no workload.
fn traits(kind: Kind, object: &Object) -> Option<Traits<'_>> {
    let spec = object.get("spec");
    let (meta, spec) = match kind {
        _ if !kind.is_workload() => return None,
        Kind::Pod => (object.get("metadata"), spec),
        Kind::CronJob => of_template(spec?.get("jobTemplate")?.get("spec")?.get("template")?),
        _ => of_template(spec?.get("template")?),
    };
    let field = |key| spec.and_then(|spec| spec.get(key));
    let labels = meta.and_then(|meta| meta.get("labels")).and_then(Value::as_object);
    let labels = labels.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
    Some(Traits {
        labels: labels.filter(|(key, _)| !ADDED.contains(key)).collect(),
        service_account: field("serviceAccountName").and_then(Value::as_str).unwrap_or("default"),
        host_network: field("hostNetwork").and_then(Value::as_bool).unwrap_or_default(),
        ports: ["containers", "initContainers"].into_iter().filter_map(field).flat_map(ports).collect(),
    })
}

fn of_template(template: &Value) -> (Option<&Value>, Option<&Value>) {
    (template.get("metadata"), template.get("spec"))
}

fn ports(containers: &Value) -> impl Iterator<Item = (&str, i64, &str)> {
    let containers = containers.as_array().into_iter().flatten();
    let ports = containers.filter_map(|container| container.get("ports")?.as_array()).flatten();
    ports.map(|port| {
        let text = |key| port.get(key).and_then(Value::as_str);
        let number = port.get("containerPort").and_then(Value::as_i64).unwrap_or_default();
        (text("name").unwrap_or_default(), number, text("protocol").unwrap_or("TCP"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(uid: &str, owner: &str, rest: Value) -> Object {
        let mut object: Object = serde_json::from_value(rest).unwrap();
        let meta = object.entry("metadata").or_insert_with(|| json!({}));
        meta["uid"] = uid.into();
        meta["name"] = uid.into();
        if !owner.is_empty() {
            meta["ownerReferences"] = json!([{"uid": "another"}, {"uid": owner, "controller": true}]);
        }
        object
    }

    fn template(app: &str) -> Value {
        let container = json!({"name": "c", "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}]});
        json!({"template": {"metadata": {"labels": {"app": app}}, "spec": {"containers": [container]}}})
    }

    fn pod(app: &str) -> Value {
        let mut pod = template(app)["template"].clone();
        pod["metadata"]["labels"]["pod-template-hash"] = "5d4f".into();
        pod["spec"]["serviceAccountName"] = "default".into();
        pod
    }

    fn kept(objects: Vec<(Kind, Object)>) -> Vec<String> {
        without_represented(objects).iter().map(|(_, object)| uid(object).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_deployment_stands_for_its_replica_set_and_pods() {
        let objects = vec![
            (Kind::Deployment, object("web", "", json!({"spec": template("web")}))),
            (Kind::ReplicaSet, object("web-5d4f", "web", json!({"spec": template("web")}))),
            (Kind::Pod, object("web-5d4f-x", "web-5d4f", pod("web"))),
            (Kind::Pod, object("bare", "", pod("web"))),
        ];
        assert_eq!(kept(objects), ["web", "bare"]);
    }

    #[test]
    fn a_rollout_shows_what_still_runs() {
        let old = |uid: &str, replicas: i64| {
            let mut spec = template("old");
            spec["replicas"] = replicas.into();
            (Kind::ReplicaSet, object(uid, "web", json!({"spec": spec, "status": {"replicas": replicas}})))
        };
        let objects = vec![
            (Kind::Deployment, object("web", "", json!({"spec": template("web")}))),
            old("web-1", 0),
            old("web-2", 1),
            (Kind::Pod, object("web-2-x", "web-2", pod("old"))),
        ];
        assert_eq!(kept(objects), ["web", "web-2"]);
    }

    #[test]
    fn a_pod_that_differs_stays() {
        let mut labelled = pod("web");
        labelled["metadata"]["labels"]["mesh"] = "on".into();
        let mut other_account = pod("web");
        other_account["spec"]["serviceAccountName"] = "web".into();
        let mut sidecar = pod("web");
        sidecar["spec"]["containers"].as_array_mut().unwrap().push(json!({"ports": [{"containerPort": 15090}]}));
        let mut on_host = pod("web");
        on_host["spec"]["hostNetwork"] = true.into();
        let mut objects = vec![(Kind::StatefulSet, object("db", "", json!({"spec": template("web")})))];
        for (name, pod) in [("a", labelled), ("b", other_account), ("c", sidecar), ("d", on_host), ("e", pod("web"))] {
            objects.push((Kind::Pod, object(name, "db", pod)));
        }
        assert_eq!(kept(objects), ["db", "a", "b", "c", "d"]);
    }

    #[test]
    fn a_pod_of_an_owner_that_is_not_read_stays() {
        assert_eq!(kept(vec![(Kind::Pod, object("op-0", "operator", pod("web")))]), ["op-0"]);
    }

    #[test]
    fn a_job_that_ended_makes_no_pods() {
        let job = |uid: &str, owner: &str, condition: &str| {
            let status = json!({"conditions": [{"type": condition, "status": "True"}]});
            (Kind::Job, object(uid, owner, json!({"spec": template("job"), "status": status})))
        };
        let cron = json!({"spec": {"jobTemplate": {"spec": template("job")}}});
        let objects = vec![
            (Kind::CronJob, object("cron", "", cron)),
            job("running", "cron", "Suspended"),
            job("done", "", "Complete"),
            job("failed", "", "Failed"),
            job("bare", "", "FailureTarget"),
        ];
        assert_eq!(kept(objects), ["cron", "bare"]);
    }
}
