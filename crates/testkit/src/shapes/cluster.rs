//! What belongs to no team: the namespaces, cluster DNS, the shared database, and the clusterwide policies.

use super::{Shape, namespace_name};

/// What a namespace may be labelled as; a policy for each.
const PROFILES: [&str; 8] = ["web", "internal", "batch", "media", "iot", "data", "tools", "isolated"];

/// A namespace of a team, with its profile.
pub(super) fn namespace(number: usize) -> String {
    format!(
        "apiVersion: v1
kind: Namespace
metadata:
  name: {}
  labels:
    team: t{}
    net.example.com/profile: {}
    pod-security.kubernetes.io/enforce: restricted
",
        namespace_name(number),
        number % 40,
        PROFILES[number % PROFILES.len()],
    )
}

/// The files of the cluster itself.
pub(super) fn files(shape: Shape) -> Vec<(String, String)> {
    let mut files = vec![("cluster/dns.yaml".to_owned(), DNS.to_owned())];
    if shape.clusterwide {
        files.push(("cluster/postgres.yaml".to_owned(), POSTGRES.to_owned()));
        files.push(("cluster/policies/access.yaml".to_owned(), ACCESS.to_owned()));
        files.push(("cluster/policies/metrics.yaml".to_owned(), METRICS.to_owned()));
        let profiles = PROFILES.iter().enumerate();
        files.extend(profiles.map(|(at, name)| (format!("cluster/policies/{name}.yaml"), profile(at, name))));
    }
    files
}

/// What a profile grants: a port from the namespaces of the next one, and a part of the internet.
fn profile(number: usize, name: &str) -> String {
    let next = PROFILES[(number + 1) % PROFILES.len()];
    format!(
        "apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: profile-{name}
spec:
  description: What every namespace of the profile {name} may do
  enableDefaultDeny:
    ingress: false
    egress: false
  endpointSelector:
    matchLabels:
      io.cilium.k8s.namespace.labels.net.example.com/profile: {name}
  ingress:
    - fromEndpoints:
        - matchLabels:
            io.cilium.k8s.namespace.labels.net.example.com/profile: {next}
      toPorts:
        - ports:
            - port: \"8080\"
              protocol: TCP
  egress:
    - toEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.namespace.labels.net.example.com/profile
              operator: In
              values: [{name}, {next}]
      toPorts:
        - ports:
            - port: \"8080\"
              protocol: TCP
    - toCIDR:
        - 203.0.113.{}/32
      toPorts:
        - ports:
            - port: \"443\"
              protocol: TCP
",
        number + 1
    )
}

/// CoreDNS as clusters run it, so that DNS rules have something to look at.
pub(super) const DNS: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: coredns
  namespace: kube-system
spec:
  selector:
    matchLabels: {k8s-app: kube-dns}
  template:
    metadata:
      labels: {k8s-app: kube-dns}
    spec:
      containers:
        - name: coredns
          image: coredns
          ports:
            - {name: dns, containerPort: 53, protocol: UDP}
            - {name: dns-tcp, containerPort: 53, protocol: TCP}
";

const POSTGRES: &str = "apiVersion: v1
kind: Namespace
metadata:
  name: postgres
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: postgres
  namespace: postgres
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: postgres
  template:
    metadata:
      labels:
        app.kubernetes.io/name: postgres
    spec:
      containers:
        - name: postgres
          image: postgres
          ports:
            - name: postgres
              containerPort: 5432
---
apiVersion: v1
kind: Namespace
metadata:
  name: prometheus
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: prometheus
  namespace: prometheus
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: prometheus
  template:
    metadata:
      labels:
        app.kubernetes.io/name: prometheus
    spec:
      containers:
        - name: prometheus
          image: prometheus
          ports:
            - name: http
              containerPort: 9090
";

/// Both halves of the grant that a pod's access label stands for.
const ACCESS: &str = "apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: postgres-clients
spec:
  enableDefaultDeny:
    ingress: false
    egress: false
  endpointSelector:
    matchLabels:
      access.net.example.com/postgres: \"true\"
  egress:
    - toEndpoints:
        - matchLabels:
            io.kubernetes.pod.namespace: postgres
            app.kubernetes.io/name: postgres
      toPorts:
        - ports:
            - port: \"5432\"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: postgres-server
spec:
  endpointSelector:
    matchLabels:
      io.kubernetes.pod.namespace: postgres
      app.kubernetes.io/name: postgres
  ingress:
    - fromEndpoints:
        - matchLabels:
            access.net.example.com/postgres: \"true\"
          matchExpressions:
            - key: io.kubernetes.pod.namespace
              operator: Exists
      toPorts:
        - ports:
            - port: \"5432\"
              protocol: TCP
";

/// Prometheus may read the port that a pod calls `metrics`.
const METRICS: &str = "apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: metrics-scrape
spec:
  enableDefaultDeny:
    ingress: false
    egress: false
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
  ingress:
    - fromEndpoints:
        - matchLabels:
            io.kubernetes.pod.namespace: prometheus
            app.kubernetes.io/name: prometheus
      toPorts:
        - ports:
            - port: metrics
              protocol: TCP
";
