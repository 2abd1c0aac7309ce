//! The policies of a namespace.

use std::fmt::Write as _;

use super::workloads::app;
use super::{Rules, Shape, namespace_name};

/// The default deny, the DNS allow, and those of the workloads.
pub(super) fn network_policies(shape: Shape, namespace: usize) -> Vec<String> {
    let name = namespace_name(namespace);
    let own = (0..shape.network_policies).map(|number| match shape.rules {
        Rules::Plain => plain(shape, namespace, number),
        Rules::Fat => fat(shape, namespace, number),
    });
    [default_deny(&name), dns(&name)].into_iter().chain(own).collect()
}

pub(super) fn default_deny(namespace: &str) -> String {
    format!(
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: {namespace}
spec:
  podSelector: {{}}
  policyTypes: [Ingress, Egress]
"
    )
}

fn dns(namespace: &str) -> String {
    format!(
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: dns
  namespace: {namespace}
spec:
  podSelector: {{}}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 53
"
    )
}

/// The head of a policy for the workload of its number. In one namespace of fifty the first is for one that is gone.
fn head(shape: Shape, namespace: usize, number: usize) -> String {
    let gone = if namespace % 50 == 49 && number == 0 { "-old" } else { "" };
    format!(
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-{number}
  namespace: {}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {}{gone}
  policyTypes: [Ingress, Egress]
",
        namespace_name(namespace),
        app(number % shape.workloads.max(1)),
    )
}

fn plain(shape: Shape, namespace: usize, number: usize) -> String {
    let workloads = shape.workloads.max(1);
    let (subject, peer) = (app(number % workloads), app((number + 1) % workloads));
    format!(
        "{}  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {peer}
      ports:
        - protocol: TCP
          port: 8080
  egress:
    - to:
        - podSelector:
            matchExpressions:
              - key: app.kubernetes.io/name
                operator: In
                values: [{peer}, {subject}]
      ports:
        - protocol: TCP
          port: 8080
",
        head(shape, namespace, number)
    )
}

fn fat(shape: Shape, namespace: usize, number: usize) -> String {
    let mut text = head(shape, namespace, number);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let _ = writeln!(text, "  {direction}:\n    - {peers}:");
        for at in 0..5 {
            let peer = namespace_name((namespace + number * 7 + at) % shape.namespaces.max(1));
            let _ = writeln!(
                text,
                "        - namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: {peer}"
            );
        }
        for at in 0..5 {
            let (high, low) = (16 + (number + at) % 200, (namespace + at * 31) % 256);
            let _ = writeln!(text, "        - ipBlock:\n            cidr: 198.{high}.{low}.0/24");
        }
        let _ = writeln!(text, "      ports:");
        for at in 0..5 {
            let _ = writeln!(text, "        - protocol: TCP\n          port: {}", 8080 + (number + at) % 100);
        }
        for at in 0..5 {
            let first = 10_000 + 1_000 * at + number;
            let _ =
                writeln!(text, "        - protocol: TCP\n          port: {first}\n          endPort: {}", first + 99);
        }
    }
    text
}

/// A way into the internet, written as a policy of Cilium.
pub(super) fn cilium(shape: Shape, namespace: usize, number: usize) -> String {
    format!(
        "---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: internet-{number}
  namespace: {}
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: {}
  egress:
    - toEntities:
        - kube-apiserver
      toPorts:
        - ports:
            - port: \"6443\"
              protocol: TCP
    - toCIDRSet:
        - cidr: 0.0.0.0/0
          except:
            - 10.0.0.0/8
            - 172.16.0.0/12
            - 192.168.0.0/16
      toPorts:
        - ports:
            - port: \"443\"
              protocol: TCP
",
        namespace_name(namespace),
        app(number % shape.workloads.max(1)),
    )
}
