//! What stands in for the pods of Helm releases: names, places, labels, and what stays unknown.

#![allow(clippy::unwrap_used, reason = "a test fails so")]

mod common;

use common::{complete, world, world_of};
use ringfence_cluster::{Cni, GapReason, Key, Release, Source, Tri, World};

/// A HelmRelease `web` in `shop` with more of a `spec`, indented by two.
fn helm(spec: &str) -> String {
    helm_of("web", "podinfo", spec)
}

fn helm_of(name: &str, chart: &str, spec: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  chart: {{spec: {{chart: {chart}}}}}\n{spec}"
    )
}

fn texts(world: &World) -> Vec<String> {
    world.releases.iter().map(|release| world.release_text(release)).collect()
}

fn only(world: &World) -> &Release {
    assert_eq!(world.releases.len(), 1);
    &world.releases[0]
}

/// The pod labels that are known; `?` is a value that is not.
fn labels(world: &World) -> Vec<String> {
    let identity = world.identity(only(world).identity);
    assert!(identity.labels.open_pod && identity.open_ports && identity.ports.is_empty() && identity.representative);
    assert_eq!(world.service_account(identity), None);
    world.pod_labels(identity).map(|(key, value)| format!("{key}={}", value.unwrap_or("?"))).collect()
}

fn key(world: &World, key: &str) -> Key {
    Key { source: Source::K8s, name: world.symbols.find(key).unwrap() }
}

#[test]
fn the_name_is_that_which_flux_gives() {
    let named = |spec: &str| texts(&world(&helm(spec)));
    assert_eq!(named(""), ["shop/web"]);
    assert_eq!(named("  releaseName: site\n"), ["shop/site"]);
    assert_eq!(named("  targetNamespace: apps\n"), ["apps/apps-web"]);
    assert_eq!(named("  targetNamespace: apps\n  releaseName: site\n"), ["apps/site"]);
    assert_eq!(named("  releaseName: '${NAME}'\n"), ["shop/web"], "the object's, where the release's is unknown");
    let long = "platform-observability-staging-kube-prometheus-stack-europe-west";
    let shortened = "shop/platform-observability-staging-kube-prom-3450baf0ec51";
    assert_eq!(texts(&world(&helm_of(long, "podinfo", ""))), [shortened]);
}

#[test]
fn the_namespace_is_known_by_name_or_nothing_stands_in() {
    assert!(world(&helm("  targetNamespace: '${NS}'\n")).releases.is_empty());
    assert!(world(&helm("").replace(", namespace: shop", "")).releases.is_empty());
    let world = world(&helm("  targetNamespace: apps\n"));
    let apps = world.namespace(world.find_namespace("apps").unwrap());
    assert!(apps.representative.is_some(), "other pods may be there");
    let reasons: Vec<GapReason> = apps.gaps.iter().map(|gap| gap.reason).collect();
    assert_eq!(reasons, [GapReason::HelmRelease, GapReason::NoWorkload]);
}

#[test]
fn a_patch_for_a_release_makes_none() {
    let patch = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\n\
                 spec: {values: {replicas: 2}}";
    assert!(world(patch).releases.is_empty());
    let by_reference = patch.replace("values: {", "chartRef: {kind: OCIRepository, name: web}, values: {");
    assert_eq!(only(&world(&by_reference)).chart, None);
}

#[test]
fn pods_that_are_shown_speak_for_themselves() {
    let rendered = |label: &str| {
        let pod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n\
                   spec: {template: {metadata: {labels: {LABEL}}, spec: {containers: [{name: c}]}}}";
        format!("{}---\n{}", helm(""), pod.replace("LABEL", label))
    };
    let releases = |label: &str| texts(&world(&rendered(label)));
    assert!(releases("app.kubernetes.io/instance: web").is_empty());
    assert!(releases("release: web").is_empty());
    assert_eq!(releases("app.kubernetes.io/instance: other"), ["shop/web"]);
    assert!(complete(&helm("")).releases.is_empty(), "all workloads are shown");
}

#[test]
fn the_same_release_twice_is_one() {
    assert_eq!(texts(&world(&format!("{}---\n{}", helm(""), helm("")))), ["shop/web"]);
    let other = helm("  values: {podLabels: {tier: front}}\n");
    assert_eq!(texts(&world(&format!("{}---\n{other}", helm("")))), ["shop/web", "shop/web"]);
}

#[test]
fn labels_that_values_write_are_known() {
    let known = |spec: &str| labels(&world(&helm(spec)));
    assert_eq!(known(""), [""; 0]);
    let written =
        "  values:\n    podLabels: {tier: front, gone: null, number: 1, tpl: '{{ .Release.Name }}', var: '${X}'}\n";
    assert_eq!(known(written), ["number=?", "tier=front", "tpl=?", "var=?"]);
    assert_eq!(
        known(&format!("{written}  valuesFrom: [{{kind: ConfigMap, name: c}}]\n")).len(),
        4,
        "inline values win"
    );
    assert_eq!(known("  values: {podLabels: {app: a, app.kubernetes.io/name: b, helm.sh/chart: c}}\n"), [""; 0]);
    assert_eq!(known("  values: {commonLabels: {tier: front}, worker: {podLabels: {tier: back}}}\n"), [""; 0]);
    for changed in ["  suspend: true\n", "  postRenderers: [{kustomize: {}}]\n"] {
        assert_eq!(known(&format!("{written}{changed}")), [""; 0], "{changed}");
    }
    let cilium = world_of(Cni::Cilium, &helm("  values: {podLabels: {tier: front, kubernetes.io/arch: x}}\n"));
    assert_eq!(labels(&cilium), ["tier=front"], "what Cilium leaves out of identities");
}

#[test]
fn of_app_template_what_all_controllers_have() {
    let known = |spec: &str| labels(&world(&helm_of("web", "app-template", spec)));
    let values = "  values:
    defaultPodOptions: {labels: {net: open, tier: any}}
    controllers:
      main: {}
      job: {pod: {labels: {net: shut, tier: any, own: x}}}
      off: {enabled: false, pod: {labels: {}}}
";
    assert_eq!(known(values), ["net=?", "tier=any"]);
    assert_eq!(
        known(&values.replace("      job: {pod: {labels: {net: shut, tier: any, own: x}}}\n", "")),
        ["net=open", "tier=any"]
    );
    assert_eq!(known(&values.replace("main: {}", "main: {pod: {labels: {other: x}}}")), [""; 0], "{values}");
    assert_eq!(known(&values.replace("main: {}", "main: '${MAIN}'")), [""; 0]);
    assert_eq!(known(&values.replace("main: {}", "main: {pod: '${POD}'}")), [""; 0]);
    assert_eq!(known(&format!("{values}  valuesFrom: [{{kind: ConfigMap, name: c}}]\n")), [""; 0]);
    assert_eq!(labels(&world(&helm(values))), [""; 0], "another chart has values of its own");
}

#[test]
fn conventional_labels_are_likely_and_never_sure() {
    let spec = "  values: {nameOverride: site, fullnameOverride: site-full, worker: {podLabels: {tier: back}}}\n";
    let world = world(&helm(&format!("  targetNamespace: apps\n{spec}")));
    let release = only(&world);
    let likely = |name: &str, value: &str| {
        let value = world.symbols.find(value);
        value.is_some_and(|value| release.likely_has(key(&world, name), value))
    };
    assert!(likely("app.kubernetes.io/instance", "apps-web"));
    for name in ["apps-web", "web", "podinfo", "site", "site-full"] {
        assert!(likely("app.kubernetes.io/name", name), "{name}");
    }
    assert!(likely("tier", "back") && !likely("app.kubernetes.io/instance", "web") && !likely("tier", "front"));
    let pods = &world.identity(release.identity).labels;
    assert_eq!(pods.has(key(&world, "app.kubernetes.io/instance"), &world.symbols), Tri::Unknown);
}

#[test]
fn a_selector_is_meant_for_the_release_that_likely_has_its_labels() {
    let policy = |selector: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\n\
             spec: {{podSelector: {selector}}}"
        )
    };
    let meant = |selector: &str| {
        let world = world(&format!("{}{}", helm("  values: {podLabels: {tier: front}}\n"), policy(selector)));
        let selector = world.selector(world.entries[0].subject);
        let pods = &world.identity(only(&world).identity).labels;
        (world.is_meant_for(selector, only(&world)), selector.matches(pods, &world.symbols))
    };
    assert_eq!(meant("{matchLabels: {app.kubernetes.io/name: podinfo}}"), (true, Tri::Unknown));
    assert_eq!(meant("{matchLabels: {app.kubernetes.io/name: podinfo, tier: front}}"), (true, Tri::Unknown));
    assert_eq!(meant("{matchLabels: {app.kubernetes.io/name: podinfo, tier: back}}"), (false, Tri::No));
    assert_eq!(meant("{matchLabels: {app.kubernetes.io/name: grafana}}"), (false, Tri::Unknown));
    assert_eq!(meant("{matchLabels: {tier: front}}"), (true, Tri::Yes));
    assert_eq!(meant("{matchExpressions: [{key: app, operator: DoesNotExist}]}"), (false, Tri::Unknown));
}

#[test]
fn the_network_of_the_node_is_seen_in_the_values() {
    let speaks = |spec: &str| only(&world(&helm(spec))).host_network;
    assert!(!speaks(""));
    assert!(!speaks("  values: {hostNetwork: false}\n"));
    assert!(speaks("  values: {hostNetwork: true}\n"));
    assert!(speaks("  values: {controllers: {main: {pod: {hostNetwork: '${X}'}}}}\n"));
}

#[test]
fn a_chart_of_argo_cd_is_a_release_too() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: cache, namespace: argocd}
spec:
  destination: {namespace: shop}
  source:
    chart: redis
    helm: {valuesObject: {podLabels: {tier: cache}}}
";
    let world_of = |text: &str| world(text);
    assert_eq!(texts(&world_of(application)), ["shop/cache"]);
    assert_eq!(labels(&world_of(application)), ["tier=cache"]);
    assert_eq!(only(&world_of(application)).chart.as_deref(), Some("redis"));
    let named = application.replace("helm: {", "helm: {releaseName: redis, parameters: [{name: a, value: b}], ");
    assert_eq!(texts(&world_of(&named)), ["shop/redis"]);
    assert_eq!(labels(&world_of(&named)), [""; 0], "parameters come over the values");
    let of_git = application.replace("chart: redis", "path: charts/redis");
    assert!(world_of(&of_git).releases.is_empty());
}
