//! One namespace with very many pods and policies: where a walk over all policies for every pod would never end.

use std::fmt::Write as _;

/// The manifests of the shape, as one text.
///
/// Each of `pods` Deployments has a label of its own, and a tier that it shares with a tenth of the others; of `policies`,
/// each is for one of them and names two more, or the pods outside a tier. Two further policies deny by default, and allow
/// DNS.
pub fn deep(pods: usize, policies: usize) -> String {
    let mut text = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: deep}}\n---\n{}", super::cluster::DNS);
    for pod in 0..pods {
        let _ = write!(
            text,
            "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{pod}, namespace: deep}}
spec:
  selector: {{matchLabels: {{app: app-{pod}}}}}
  template:
    metadata:
      labels: {{app: app-{pod}, tier: t{}}}
    spec:
      containers:
        - {{name: app, image: app, ports: [{{name: http, containerPort: {}}}]}}
",
            pod % 10,
            8000 + pod % 3
        );
    }
    text.push_str("---\n");
    text.push_str(&super::policies::default_deny("deep"));
    for policy in 0..policies {
        text.push_str(&policy_of(policy, pods));
    }
    text
}

fn policy_of(number: usize, pods: usize) -> String {
    let peer = |step: usize| (number * step + 1) % pods.max(1);
    let subject = number % pods.max(1);
    let from = match number % 20 {
        0 => format!(
            "{{podSelector: {{matchExpressions: [{{key: tier, operator: NotIn, values: [t{}]}}]}}}}",
            number % 10
        ),
        1 => format!("{{podSelector: {{matchLabels: {{tier: t{}}}}}}}", number % 7),
        _ => format!("{{podSelector: {{matchLabels: {{app: app-{}}}}}}}", peer(3)),
    };
    let port = if number.is_multiple_of(4) { "http".to_owned() } else { (8000 + number % 3).to_string() };
    format!(
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: policy-{number}, namespace: deep}}
spec:
  podSelector: {{matchLabels: {{app: app-{subject}}}}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{from}]
      ports: [{{port: {port}}}]
  egress:
    - to: [{{podSelector: {{matchLabels: {{app: app-{}}}}}}}, {{podSelector: {{matchLabels: {{tier: t{}}}}}}}]
      ports: [{{port: {port}}}]
",
        peer(7),
        number % 9
    )
}
