//! A shop to ask about: workloads that are told apart by their label `app`, and a policy.

#![allow(dead_code, reason = "each test binary uses its own part")]

/// A workload of namespace `shop`. A Job has no selector.
pub(crate) fn workload(kind: &str, name: &str) -> String {
    let (group, selector) = match kind {
        "Job" => ("batch", String::new()),
        _ => ("apps", format!("  selector: {{matchLabels: {{app: {name}}}}}\n")),
    };
    format!(
        "apiVersion: {group}/v1
kind: {kind}
metadata: {{name: {name}, namespace: shop}}
spec:
{selector}  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: {name}, image: {name}}}]}}
"
    )
}

/// The Deployments `web` and `db`.
pub(crate) fn pods() -> String {
    documents(&[&workload("Deployment", "web"), &workload("Deployment", "db")])
}

/// Lets nobody into `db` but `web`, on a port.
pub(crate) fn db_policy(port: u16) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: db, namespace: shop}}
spec:
  podSelector: {{matchLabels: {{app: db}}}}
  policyTypes: [Ingress]
  ingress:
    - from: [{{podSelector: {{matchLabels: {{app: web}}}}}}]
      ports: [{{port: {port}}}]
"
    )
}

/// One text of several documents.
pub(crate) fn documents(parts: &[&str]) -> String {
    parts.join("---\n")
}
