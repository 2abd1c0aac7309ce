//! What runs in a namespace: deployments, their services, their configuration.

use super::{Shape, namespace_name};

/// What charts call the parts of an application.
const COMPONENTS: [&str; 4] = ["server", "worker", "cache", "metrics"];

/// The name of the application of a workload: what policies select it by.
pub(super) fn app(number: usize) -> String {
    format!("app-{number}")
}

/// A deployment, and its service if it has one.
pub(super) fn deployment(shape: Shape, namespace: usize, number: usize) -> String {
    let (app, namespace_name, component) = (app(number), namespace_name(namespace), COMPONENTS[number % 4]);
    // Every fourth application keeps its data in the shared database.
    let access = if shape.clusterwide && number.is_multiple_of(4) {
        "        access.net.example.com/postgres: \"true\"\n"
    } else {
        ""
    };
    let service = if number < shape.services { service(&namespace_name, &app) } else { String::new() };
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app}
  namespace: {namespace_name}
  labels:
    app.kubernetes.io/name: {app}
    app.kubernetes.io/instance: {namespace_name}
    app.kubernetes.io/managed-by: Helm
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: {app}
      app.kubernetes.io/instance: {namespace_name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {app}
        app.kubernetes.io/instance: {namespace_name}
        app.kubernetes.io/component: {component}
{access}    spec:
      serviceAccountName: {app}
      containers:
        - name: app
          image: registry.example.com/{app}:1.0.{number}
          ports:
            - name: http
              containerPort: 8080
            - name: metrics
              containerPort: 9090
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 256Mi}}
{service}"
    )
}

fn service(namespace: &str, app: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Service
metadata:
  name: {app}
  namespace: {namespace}
spec:
  selector:
    app.kubernetes.io/name: {app}
    app.kubernetes.io/instance: {namespace}
  ports:
    - name: http
      port: 80
      targetPort: http
"
    )
}

/// Configuration with comments inside a text.
pub(super) fn settings(namespace: &str) -> String {
    format!(
        "apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: {namespace}
data:
  settings.ini: |
    # kept as text
    [server]
    port = 8080
    log = info
"
    )
}
