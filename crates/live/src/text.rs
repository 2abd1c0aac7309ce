//! An object as a text of its own.

use ringfence_manifest::Kind;
use serde_json::Value;

use crate::list::Object;

/// A copy of the manifest that `kubectl apply` leaves in the object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The path and the text of an object: what somebody wrote, without what the cluster keeps for itself.
pub(crate) fn of(context: &str, kind: Kind, object: Object) -> (String, String) {
    let path = path(context, kind, &object);
    let text = serde_json::to_string_pretty(&written(object)).unwrap_or_default();
    (path, text + "\n")
}

fn path(context: &str, kind: Kind, object: &Object) -> String {
    let meta = |key| object.get("metadata").and_then(|meta| meta.get(key)).and_then(Value::as_str);
    let steps = ["live", context, &kind.name().to_lowercase()];
    let steps = steps.into_iter().chain(meta("namespace")).chain(meta("name"));
    steps.collect::<Vec<_>>().join("/") + ".json"
}

fn written(mut object: Object) -> Object {
    object.remove("status");
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
        if let Some(annotations) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove(LAST_APPLIED);
            if annotations.is_empty() {
                meta.remove("annotations");
            }
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(kind: Kind, object: Value) -> (String, String) {
        of("prod", kind, serde_json::from_value(object).unwrap())
    }

    #[test]
    fn a_path_tells_context_kind_and_name() {
        let (path, _) = text(Kind::NetworkPolicy, json!({"metadata": {"namespace": "shop", "name": "web"}}));
        assert_eq!(path, "live/prod/networkpolicy/shop/web.json");
        let (path, _) = text(Kind::Namespace, json!({"metadata": {"name": "shop"}}));
        assert_eq!(path, "live/prod/namespace/shop.json");
    }

    #[test]
    fn what_the_cluster_keeps_for_itself_is_left_out() {
        let (_, text) = text(
            Kind::Pod,
            json!({
                "kind": "Pod",
                "metadata": {"name": "web", "managedFields": [{}], "annotations": {LAST_APPLIED: "{}"}},
                "status": {"phase": "Running"},
            }),
        );
        assert_eq!(text, "{\n  \"kind\": \"Pod\",\n  \"metadata\": {\n    \"name\": \"web\"\n  }\n}\n");
    }

    #[test]
    fn other_annotations_stay() {
        let (_, text) = text(Kind::Pod, json!({"metadata": {"annotations": {LAST_APPLIED: "{}", "a": "b"}}}));
        assert!(text.contains("\"a\": \"b\"") && !text.contains(LAST_APPLIED), "{text}");
    }
}
