//! Generated repositories: what benchmarks read and tests scale up.
//!
//! Always the same for the same numbers. The mix follows what public repositories hold: mostly policies, then workloads,
//! namespaces, services and configuration.

use std::fmt::Write as _;

/// How large a repository is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Namespaces, a folder each.
    pub namespaces: usize,
    /// Deployments with a Service in each namespace.
    pub workloads: usize,
    /// NetworkPolicies in each namespace, beside a default deny and a DNS allow.
    pub network_policies: usize,
    /// CiliumNetworkPolicies in each namespace.
    pub cilium_policies: usize,
}

impl Shape {
    /// About five megabytes in 3,000 files.
    pub const FIVE_MEGABYTES: Self = Self { namespaces: 600, workloads: 6, network_policies: 5, cilium_policies: 2 };

    /// 500 workloads and 500 NetworkPolicies: small, but every pair of workloads is a question.
    pub const CONNECTIONS: Self = Self { namespaces: 50, workloads: 10, network_policies: 8, cilium_policies: 0 };

    /// The files: path and text, sorted by path.
    pub fn files(self) -> Vec<(String, String)> {
        let mut files = vec![("cluster/dns.yaml".to_owned(), DNS.to_owned())];
        for namespace in 0..self.namespaces {
            files.extend(self.namespace(namespace));
        }
        files.sort();
        files
    }

    /// The files of one namespace.
    fn namespace(self, number: usize) -> Vec<(String, String)> {
        let namespace = format!("team-{number:05}");
        let mut policies = default_deny(&namespace);
        for policy in 0..self.network_policies {
            policies.push_str(&network_policy(&namespace, policy, self.workloads));
        }
        let mut cilium = String::new();
        for policy in 0..self.cilium_policies {
            cilium.push_str(&cilium_policy(&namespace, policy, self.workloads));
        }
        let workloads: String = (0..self.workloads).map(|workload| deployment(&namespace, workload)).collect();
        let settings = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: {namespace}\ndata:\n  settings.ini: |\n    # kept as text\n    [server]\n    port = 8080\n    log = info\n"
        );
        let manifest = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {namespace}\n  labels:\n    team: t{}\n",
            number % 40
        );
        [
            ("namespace", manifest),
            ("network-policies", policies),
            ("cilium", cilium),
            ("workloads", workloads),
            ("settings", settings),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (format!("apps/{namespace}/{name}.yaml"), text))
        .collect()
    }
}

/// CoreDNS as clusters run it, so that DNS rules have something to look at.
const DNS: &str = "apiVersion: apps/v1
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

fn default_deny(namespace: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: {namespace}
spec:
  podSelector: {{}}
  policyTypes: [Ingress, Egress]
---
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

fn network_policy(namespace: &str, number: usize, workloads: usize) -> String {
    let (subject, peer) = (number % workloads.max(1), (number + 1) % workloads.max(1));
    format!(
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-{number}
  namespace: {namespace}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: app-{subject}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: app-{peer}
      ports:
        - protocol: TCP
          port: 8080
  egress:
    - to:
        - podSelector:
            matchExpressions:
              - key: app.kubernetes.io/name
                operator: In
                values: [app-{peer}, app-{subject}]
      ports:
        - protocol: TCP
          port: 8080
"
    )
}

fn cilium_policy(namespace: &str, number: usize, workloads: usize) -> String {
    let subject = number % workloads.max(1);
    let mut text = format!(
        "---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: internet-{number}
  namespace: {namespace}
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: app-{subject}
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
"
    );
    for block in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] {
        let _ = writeln!(text, "            - {block}");
    }
    text + "      toPorts:\n        - ports:\n            - port: \"443\"\n              protocol: TCP\n"
}

fn deployment(namespace: &str, number: usize) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: app-{number}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: app-{number}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-{number}
        app.kubernetes.io/instance: {namespace}
    spec:
      serviceAccountName: app-{number}
      containers:
        - name: app
          image: registry.example.com/app-{number}:1.0.{number}
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: app-{number}
  namespace: {namespace}
spec:
  selector:
    app.kubernetes.io/name: app-{number}
  ports:
    - name: http
      port: 80
      targetPort: http
"
    )
}
