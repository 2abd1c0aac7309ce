//! Namespaces, identities and what is unknown of them (design §1.1, semantics §5.1).

#![allow(clippy::unwrap_used, reason = "a test fails so")]

mod common;

use std::sync::Arc;

use common::{input, world, world_of};
use ringfence_cluster::{Acceptance, Cni, External, GapReason, Knobs, NamespaceName, Stage, Tri, World};

fn deployment(namespace: &str, name: &str, labels: &str) -> String {
    let namespace = if namespace.is_empty() { String::new() } else { format!("namespace: {namespace}, ") };
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{{namespace}name: {name}}}\n\
         spec: {{template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: c}}]}}}}}}"
    )
}

fn join(parts: &[&str]) -> String {
    parts.join("\n---\n")
}

fn reasons(world: &World, namespace: &str) -> Vec<GapReason> {
    let id = world.find_namespace(namespace).unwrap();
    world.namespace(id).gaps.iter().map(|gap| gap.reason).collect()
}

const NAMESPACE: &str =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: red, kubernetes.io/metadata.name: lie}}";
const CCNP: &str = "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: p}\n\
                    spec: {endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: named}}, ingress: [{}]}";

#[test]
fn equal_pods_are_one_identity() {
    let one = deployment("shop", "a", "app: web");
    let two = deployment("shop", "b", "app: web");
    let three = deployment("shop", "c", "app: db");
    let world = world(&join(&[&one, &two, &three, CCNP]));
    let shop = world.find_namespace("shop").unwrap();
    let sizes: Vec<usize> = world.identities_of(shop).map(|(_, identity)| identity.workloads.len()).collect();
    assert_eq!(sizes, [2, 1], "no representative: the namespace is complete");
    assert_eq!(world.workload_text(&world.workloads[1]), "shop/b");
    let place = world.label_place(&world.workloads[0], "app").unwrap();
    assert_eq!(&one[place.span.start as usize..place.span.end as usize], "app");
}

#[test]
fn labels_of_an_identity() {
    let text = join(&[NAMESPACE, &deployment("shop", "a", "app: web, pod-template-hash: x"), CCNP]);
    let world = world(&text);
    let identity = &world.identities[0];
    let labels: Vec<_> = world.pod_labels(identity).collect();
    assert_eq!(labels, [("app", Some("web"))], "the filter drops the hash");
    assert_eq!(world.service_account(identity), Some("default"));
    let mut labels: Vec<_> = world.namespace_labels(identity.namespace).collect();
    labels.sort_unstable();
    assert_eq!(labels, [("kubernetes.io/metadata.name", Some("shop")), ("team", Some("red"))]);
    assert!(!identity.labels.open_namespace, "declared, so no other labels");
}

#[test]
fn upstream_sees_every_label() {
    let world = world_of(Cni::Upstream, &deployment("shop", "a", "app: web, kubernetes.io/x: v"));
    let labels: Vec<_> = world.pod_labels(&world.identities[0]).collect();
    assert!(labels.contains(&("kubernetes.io/x", Some("v"))));
    assert!(labels.contains(&("pod-template-hash", None)), "made by the controller, of unknown value");
}

#[test]
fn the_dialect_is_guessed() {
    assert_eq!(world(&deployment("shop", "a", "")).dialect.cni, Cni::Upstream);
    let cilium = world(CCNP);
    assert_eq!((cilium.dialect.cni, cilium.dialect.guessed), (Cni::Cilium, true));
    assert_eq!(world_of(Cni::Upstream, CCNP).policies[0].acceptance, Acceptance::NotImplemented);
}

#[test]
fn namespaces_that_only_a_selector_names_do_not_exist() {
    let world = world(&join(&[NAMESPACE, CCNP]));
    let named = world.namespace(world.find_namespace("named").unwrap());
    assert!(!named.exists && named.representative.is_some());
    for name in ["shop", "default", "kube-system"] {
        assert!(world.namespace(world.find_namespace(name).unwrap()).exists, "{name}");
    }
    let external = Knobs {
        external: vec![External { name: "named".into(), labels: vec![("a".into(), "b".into())] }],
        ..Knobs::default()
    };
    let world = World::build(&input(CCNP), &external);
    assert!(world.namespace(world.find_namespace("named").unwrap()).exists);
}

#[test]
fn a_representative_may_have_any_label() {
    let world = world(&join(&[NAMESPACE, CCNP]));
    let shop = world.namespace(world.find_namespace("shop").unwrap());
    let pod = world.identity(shop.representative.unwrap());
    assert!(pod.labels.open_pod && !pod.labels.open_namespace);
    assert_eq!(reasons(&world, "shop"), [GapReason::NoWorkload]);
}

#[test]
fn objects_without_a_namespace_share_their_folder() {
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n\
                  spec: {podSelector: {matchLabels: {app: web}}, ingress: [{}]}";
    let here = deployment("", "a", "app: web");
    let there = format!("{}\n# folder: 1", deployment("", "b", "app: web"));
    let named = deployment("shop", "c", "app: web");
    let world = world(&join(&[policy, &here, &there, &named]));
    let entry = &world.entries[0];
    let subject = world.selector(entry.subject);
    let matched: Vec<Tri> = world
        .workloads
        .iter()
        .map(|workload| subject.matches(&world.identity(workload.identity.unwrap()).labels, &world.symbols))
        .collect();
    assert_eq!(matched, [Tri::Yes, Tri::Unknown, Tri::Unknown]);
    let scoped: Vec<Tri> = world
        .workloads
        .iter()
        .map(|workload| world.in_scope(entry, world.identity(workload.identity.unwrap())))
        .collect();
    assert_eq!(scoped, matched);
    let own = world.namespace(entry.scope.unwrap());
    assert_eq!(own.name, NamespaceName::OfFolder(0));
    assert!(own.complete());
    let fixed = Knobs { default_namespace: Some("shop".into()), ..Knobs::default() };
    let world = World::build(&input(&join(&[policy, &named])), &fixed);
    assert_eq!(world.namespace_name(world.entries[0].scope.unwrap()), Some("shop"));
}

#[test]
fn what_may_make_pods_leaves_a_gap() {
    let pods = deployment("shop", "a", "app: web");
    let other = deployment("other", "a", "app: web");
    let with = |extra: &str| {
        let world = world(&join(&[&pods, &other, extra]));
        (reasons(&world, "shop"), reasons(&world, "other"))
    };
    let none = Vec::new;
    assert_eq!(with("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}"), (none(), none()));
    assert_eq!(
        with("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: g, namespace: shop}"),
        (none(), none())
    );
    let helm =
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: h, namespace: shop}\nspec: {}";
    assert_eq!(with(helm), (vec![GapReason::HelmRelease], none()));
    let target = helm.replace("spec: {}", "spec: {targetNamespace: other}");
    assert_eq!(with(&target), (none(), vec![GapReason::HelmRelease]));
    let anywhere = helm.replace("spec: {}", "spec: {targetNamespace: '${NS}'}");
    assert_eq!(with(&anywhere), (vec![GapReason::HelmRelease], vec![GapReason::HelmRelease]));
    let custom = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: c, namespace: shop}";
    assert_eq!(with(custom), (vec![GapReason::CustomResource], none()));
    let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: shop}";
    assert_eq!(with(gateway), (vec![GapReason::CustomResource], none()));
    let secret = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s, namespace: shop}";
    assert_eq!(with(secret), (none(), none()));
    let chart = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: c, namespace: shop}";
    assert_eq!(with(chart), (vec![GapReason::CustomResource], vec![GapReason::CustomResource]));
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec: {destination: {namespace: other}}";
    assert_eq!(with(argo), (none(), vec![GapReason::ArgoApplication]));
    let remote =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: ['https://example.com/x?ref=v1']";
    assert_eq!(with(remote), (vec![GapReason::Kustomization], vec![GapReason::Kustomization]));
}

#[test]
fn what_is_in_a_doubtful_object_is_unknown_but_not_where_it_stands() {
    let pods = deployment("shop", "a", "app: web");
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\n\
                  spec: {podSelector: {matchLabels: {app: wep}}, ingress: [{}]}";
    let matched = |doubtful: &[usize]| {
        let mut input = input(&join(&[&pods, policy]));
        for at in doubtful {
            Arc::make_mut(&mut input.objects[*at].0).doubtful = true;
        }
        let world = World::build(&input, &Knobs::default());
        let subject = world.selector(world.entries[0].subject);
        subject.matches(&world.identity(world.workloads[0].identity.unwrap()).labels, &world.symbols)
    };
    assert_eq!(matched(&[]), Tri::No);
    assert_eq!(matched(&[0]), Tri::Unknown);
    assert_eq!(matched(&[1]), Tri::Unknown);
}

#[test]
fn host_network_pods_have_no_identity() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, labels: {app: web}}\nspec: {hostNetwork: true, containers: []}";
    let world = world(text);
    assert_eq!(world.workloads[0].identity, None);
}

#[test]
fn named_ports_over_all_containers() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\n\
                spec:\n  containers:\n  - {name: a, ports: [{name: web, containerPort: 8080}, {containerPort: 1}]}\n\
                \x20 - {name: b, ports: [{name: dns, containerPort: 53, protocol: UDP}, {name: x, containerPort: '${P}'}]}";
    let world = world(text);
    let ports: Vec<_> =
        world.identities[0].ports.iter().map(|port| (world.symbols.text(port.name), port.number)).collect();
    assert_eq!(ports, [("web", Some(8080)), ("dns", Some(53)), ("x", None)]);
    assert!(!world.identities[0].open_ports);
}

#[test]
fn dns_has_a_stand_in_unless_it_is_declared() {
    let stand_ins = |text: &str| world(text).identities.iter().filter(|identity| identity.dns_stand_in).count();
    assert_eq!(stand_ins(NAMESPACE), 1);
    assert_eq!(stand_ins(&deployment("kube-system", "coredns", "k8s-app: kube-dns")), 0);
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\n\
                   spec: {selector: {app: dns}, ports: [{port: 53, protocol: UDP}]}";
    assert_eq!(stand_ins(service), 1, "a Service without pods");
    assert_eq!(stand_ins(&join(&[service, &deployment("kube-system", "d", "app: dns")])), 0);
    let world = world(NAMESPACE);
    let dns = world.identities.iter().find(|identity| identity.dns_stand_in).unwrap();
    assert_eq!(world.pod_labels(dns).collect::<Vec<_>>(), [("k8s-app", Some("kube-dns"))]);
}

#[test]
fn placeholders_in_labels_match_perhaps() {
    let world = world(&join(&[
        &deployment("shop", "a", "app: '${APP}'"),
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {matchLabels: {app: web}}}",
    ]));
    let matched: Vec<Tri> = world.matching(world.entries[0].subject).map(|(_, matched)| matched).collect();
    assert_eq!(matched, [Tri::Unknown]);
}

#[test]
fn the_agent_reads_a_policy_without_a_namespace_as_clusterwide() {
    let policy = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p}\nspec: {endpointSelector: {}, ingress: [{}]}";
    let agent = Knobs { stage: Stage::Agent, ..Knobs::default() };
    let world = World::build(&input(policy), &agent);
    assert_eq!((world.policies[0].namespace, world.entries[0].scope), (None, None));
    assert_eq!(common::full(&world, world.entries[0].subject), "");
    assert!(World::build(&input(policy), &Knobs::default()).entries[0].scope.is_some());
}
