//! Helm releases in answers: what is known of their pods, what is not, and which object says so.

use crate::support::Folder;

/// A release whose values give its pods a label, and a policy each for that label and for one that charts give.
const APPS: &str = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: podinfo, namespace: apps}
spec:
  chart: {spec: {chart: podinfo}}
  values:
    podLabels: {tier: front}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: front, namespace: apps}
spec:
  podSelector: {matchLabels: {tier: front}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]
      ports: [{port: 9898}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: podinfo, namespace: apps}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/name: podinfo}}
  policyTypes: [Egress]
  egress:
    - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: apps}
spec:
  podSelector: {}
  policyTypes: [Egress]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
";

#[test]
fn a_release_is_answered_for_with_what_is_known_of_it() {
    let folder = Folder::with("apps.yaml", APPS);
    insta::assert_snapshot!("release-sure", folder.run("can shop/web apps/podinfo:9898").out);
    insta::assert_snapshot!("release-unknown", folder.run("can apps/podinfo shop/web:80").out);
    insta::assert_snapshot!("release-json", folder.run("can apps/podinfo shop/web:80 --format json").out);
    insta::assert_snapshot!("release-partners", folder.run("who-can reach shop/web").out);
    insta::assert_snapshot!("release-matrix", folder.run("matrix --by workload").out);
    insta::assert_snapshot!("release-graph", folder.run("graph --by workload --format mermaid").out);
}
