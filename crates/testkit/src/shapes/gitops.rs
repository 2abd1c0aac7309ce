//! A repository as Flux applies it: applications with a base, and an overlay in each of two clusters.

/// The clusters.
const CLUSTERS: [&str; 2] = ["staging", "production"];

/// The files of so many applications, about ten each: path and text, sorted by path.
pub fn gitops(applications: usize) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for number in 0..applications {
        let name = format!("app-{number}");
        let folder = format!("apps/{name}");
        for (file, text) in base(&name, number) {
            files.push((format!("{folder}/base/{file}"), text));
        }
        for cluster in CLUSTERS {
            files.push((format!("{folder}/{cluster}/kustomization.yaml"), overlay(&name, cluster)));
            files.push((format!("{folder}/{cluster}/replicas.yaml"), replicas(&name)));
        }
    }
    for cluster in CLUSTERS {
        let apps: String = (0..applications).map(|number| format!("- app-{number}/{cluster}\n")).collect();
        files.push((
            format!("apps/{cluster}/kustomization.yaml"),
            format!("resources:\n{}", apps.replace("- ", "- ../")),
        ));
        files.push((format!("clusters/{cluster}/apps.yaml"), root(cluster)));
    }
    files.sort();
    files
}

fn root(cluster: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: apps\n  namespace: flux-system\n\
         spec:\n  path: ./apps/{cluster}\n  prune: true\n  interval: 10m\n  sourceRef:\n    kind: GitRepository\n    \
         name: flux-system\n  postBuild:\n    substitute:\n      stage: {cluster}\n"
    )
}

fn base(name: &str, number: usize) -> [(&'static str, String); 6] {
    let labels = format!("app.kubernetes.io/name: {name}");
    let caller = format!("app-{}", number / 2);
    [
        (
            "kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- namespace.yaml\n\
             - deployment.yaml\n- service.yaml\n- config.yaml\n- policy.yaml\n"
                .to_owned(),
        ),
        ("namespace.yaml", format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n")),
        (
            "deployment.yaml",
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  selector:\n    matchLabels:\n      \
                 {labels}\n  template:\n    metadata:\n      labels:\n        {labels}\n    spec:\n      containers:\n      \
                 - name: main\n        image: registry.example/{name}:1\n        ports:\n        - name: http\n          \
                 containerPort: 8080\n"
            ),
        ),
        (
            "service.yaml",
            format!(
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    {labels}\n  ports:\n  \
                 - port: 80\n    targetPort: http\n"
            ),
        ),
        (
            "config.yaml",
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  stage: ${{stage}}\n"),
        ),
        (
            "policy.yaml",
            format!(
                "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: {name}\nspec:\n  podSelector:\n    \
                 matchLabels:\n      {labels}\n  policyTypes: [Ingress]\n  ingress:\n  - from:\n    - namespaceSelector:\n        \
                 matchLabels:\n          kubernetes.io/metadata.name: {caller}\n    ports:\n    - port: 8080\n"
            ),
        ),
    ]
}

fn overlay(name: &str, cluster: &str) -> String {
    format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {name}\nresources:\n- ../base\nlabels:\n\
         - pairs:\n    stage: {cluster}\n  includeSelectors: true\npatches:\n- path: replicas.yaml\n"
    )
}

fn replicas(name: &str) -> String {
    format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 3\n")
}
