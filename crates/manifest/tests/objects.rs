//! Objects: which documents are one, of which kind, and what stays obscured.

mod common;

use common::{at, np, one, problems, read, rules, workload};
use ringfence_manifest::kinds::cilium::{Item, Ports};
use ringfence_manifest::{Body, Field, Kind, Tool, Why};

fn kind(api_version: &str, kind: &str) -> Kind {
    one(&format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n")).kind
}

#[test]
fn kinds_are_told_by_group_version_and_name() {
    assert_eq!(kind("networking.k8s.io/v1", "NetworkPolicy"), Kind::NetworkPolicy);
    assert_eq!(kind("cilium.io/v2", "CiliumClusterwideNetworkPolicy"), Kind::CiliumClusterwideNetworkPolicy);
    assert_eq!(kind("cilium.io/v2alpha1", "CiliumCIDRGroup"), Kind::CiliumCidrGroup);
    assert_eq!(kind("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"), Kind::AdminNetworkPolicy);
    assert_eq!(kind("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"), Kind::ClusterNetworkPolicy);
    assert_eq!(kind("extensions/v1beta1", "Deployment"), Kind::Deployment);
    assert_eq!(kind("v1", "Deployment"), Kind::Other);
    assert_eq!(Kind::CiliumCidrGroup.api_versions(), ["cilium.io/v2", "cilium.io/v2alpha1"]);
}

#[test]
fn a_policy_of_a_version_that_nobody_serves_is_told_apart_from_another_projects_kind() {
    let mistaken = |api_version: &str, kind: &str| {
        let object =
            one(&format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{what: ever}}\n"));
        assert_eq!((object.kind, &object.body, problems(&object).len()), (Kind::Other, &Body::Other, 0));
        object.misversioned_policy()
    };
    assert_eq!(mistaken("extensions/v1beta1", "NetworkPolicy"), Some(Kind::NetworkPolicy));
    assert_eq!(mistaken("cilium.io/v1", "CiliumNetworkPolicy"), Some(Kind::CiliumNetworkPolicy));
    assert_eq!(mistaken("policy.networking.k8s.io/v1alpha2", "AdminNetworkPolicy"), Some(Kind::AdminNetworkPolicy));
    assert_eq!(mistaken("projectcalico.org/v3", "NetworkPolicy"), None);
}

#[test]
fn only_foreign_objects_may_hide_pods() {
    let hides = |api_version: &str, kind: &str| {
        one(&format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n")).may_hide_pods()
    };
    assert!(hides("helm.toolkit.fluxcd.io/v2", "HelmRelease"));
    assert!(hides("argoproj.io/v1alpha1", "Application"));
    assert!(hides("postgresql.cnpg.io/v1", "Cluster"));
    assert!(hides("gateway.networking.k8s.io/v1", "Gateway"));
    for (api_version, kind) in [
        ("v1", "ConfigMap"),
        ("apps/v1", "Deployment"),
        ("rbac.authorization.k8s.io/v1", "Role"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
        ("cilium.io/v2", "CiliumLoadBalancerIPPool"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
    ] {
        assert!(!hides(api_version, kind), "{kind}");
    }
}

#[test]
fn other_kinds_keep_their_metadata_and_only_those_of_tools_their_value() {
    let object =
        one("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: ns, labels: {a: b}}\ndata: {x: y}\n");
    assert_eq!((object.name(), object.namespace(), object.value.is_none()), (Some("c"), Some("ns"), true));
    assert!(object.meta.labels.get().unwrap().get("a").is_some());
    let object =
        one("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: h}\nspec: {releaseName: r}\n");
    assert_eq!(object.tool(), Some(Tool::HelmRelease));
    assert_eq!(object.value.unwrap().at(&["spec", "releaseName"]).unwrap().as_str(), Some("r"));
}

#[test]
fn the_pods_of_every_workload_are_found() {
    let template = |indent: &str| {
        let lines = [
            "metadata: {labels: {app: web}, annotations: {x: z}}",
            "spec:",
            "  serviceAccountName: robot",
            "  hostNetwork: true",
            "  containers:",
            "  - name: main",
            "    ports: [{name: http, containerPort: 8080}]",
            "  initContainers:",
            "  - {name: once, ports: [{containerPort: 1}]}",
            "  - {name: side, restartPolicy: Always, ports: [{containerPort: 2, protocol: UDP, hostPort: 3}]}",
        ];
        lines.map(|line| format!("{indent}{line}\n")).concat()
    };
    let owner = |head: &str, indent: &str, path: &str| {
        format!("{head}\nmetadata: {{name: w}}\nspec:\n{path}{}", template(indent))
    };
    let texts = [
        format!("apiVersion: v1\nkind: Pod\n{}", template("")),
        owner(
            "apiVersion: apps/v1\nkind: Deployment",
            "    ",
            "  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n",
        ),
        owner("apiVersion: v1\nkind: ReplicationController", "    ", "  selector: {app: web}\n  template:\n"),
        owner("apiVersion: batch/v1\nkind: Job", "    ", "  template:\n"),
        owner("apiVersion: batch/v1\nkind: CronJob", "        ", "  jobTemplate:\n    spec:\n      template:\n"),
    ];
    for text in texts {
        let object = one(&text);
        assert_eq!(problems(&object), Vec::<String>::new(), "{text}");
        let workload = workload(&object);
        assert_eq!(workload.labels.get().unwrap().get("app").unwrap().value.get().unwrap(), "web", "{text}");
        assert_eq!(workload.service_account.get().unwrap(), "robot");
        assert_eq!(workload.host_network.get(), Some(&true));
        let names: Vec<_> = workload.listening().map(|container| container.name.get().unwrap().as_str()).collect();
        assert_eq!(names, ["main", "side"]);
        assert_eq!(workload.selector.get().is_some(), object.kind == Kind::Deployment);
        assert_eq!(workload.replicas.get().is_some(), object.kind == Kind::Deployment);
    }
}

#[test]
fn what_a_template_hides_is_unknown_not_absent() {
    let object = one(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    metadata: ${META}\n    spec: {serviceAccount: old}\n",
    );
    let workload = workload(&object);
    assert!(workload.labels.is_unknown() && workload.annotations.is_unknown());
    assert_eq!(workload.service_account.get().unwrap(), "old");
    let Body::Workload(workload) =
        one("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: ${SPEC}\n").body
    else {
        panic!()
    };
    assert!(workload.containers.is_unknown() && workload.replicas.is_unknown());
}

#[test]
fn a_label_of_a_pod_with_a_wrong_type_is_one_problem() {
    assert_eq!(
        problems(&one("apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {on: true}}\n")),
        ["metadata.labels{}: a boolean, not a string"]
    );
}

#[test]
fn services_and_groups_are_read() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  type: NodePort\n  sessionAffinity: None\n  selector: {app: web}\n  ports: [{name: http, port: 80, targetPort: web, nodePort: 30080}]\n";
    let object = one(text);
    assert_eq!(problems(&object), Vec::<String>::new());
    let Body::Service(spec) = &object.body else { panic!("{:?}", object.body) };
    let spec = spec.get().expect("a spec");
    assert_eq!(spec.ports.values().next().unwrap().node_port.get(), Some(&30080));
    let object = one(
        "apiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata: {name: g}\nspec: {externalCIDRs: [10.0.0.0/8]}\n",
    );
    let Body::CidrGroup(Field::Set(spec, _)) = &object.body else { panic!("{:?}", object.body) };
    assert_eq!(spec.external_cidrs.values().next().unwrap(), "10.0.0.0/8");
    assert_eq!(object.namespace(), None);
}

#[test]
fn policies_of_cilium_have_rules_in_spec_and_specs_and_items_speak_one_language() {
    let text = "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: c}\nspec:\n  endpointSelector: {}\n  ingress: [{fromEntities: [world], authentication: {mode: required}}]\nspecs:\n- endpointSelector: {}\n  egressDeny: [{toServices: [{k8sService: {serviceName: s, namespace: ns}}], toPorts: [{ports: [{port: '1'}]}]}]\n";
    let object = one(text);
    assert_eq!(problems(&object), Vec::<String>::new());
    let [first, second] = rules(&object)[..] else { panic!() };
    let allow = first.ingress.values().next().unwrap();
    assert_eq!(allow.peers().entities.values().next().unwrap(), "world");
    assert!(allow.peers().services.is_absent() && allow.authentication().is_some());
    let deny = second.egress_deny.values().next().unwrap();
    let service = deny.peers().services.values().next().unwrap();
    assert_eq!(service.k8s_service.get().unwrap().service_name.get().unwrap(), "s");
    assert!(deny.authentication().is_none() && matches!(deny.ports(), Ports::Deny(Field::Set(..))));
}

#[test]
fn documents_that_are_no_object_are_passed_over_in_silence() {
    let found = read(
        "# nothing\n---\n---\nvalues: {x: y}\n---\n- a\n---\njust text\n---\nkind: Pod\n---\napiVersion: v1\nkind: 5\n",
    );
    assert_eq!((found.objects.len(), found.obscured.len()), (0, 0), "{found:?}");
    assert_eq!(found.documents, 5);
}

#[test]
fn a_list_is_taken_apart_also_a_typed_one() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: a}\n- apiVersion: v1\n  kind: List\n  items: [{apiVersion: v1, kind: Namespace, metadata: {name: b}}]\n- 5\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems:\n- metadata: {name: c}\n  spec: {podSelector: {}}\n";
    let found = read(text);
    assert_eq!(found.objects.iter().map(|object| object.name().unwrap()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let typed = &found.objects[2];
    assert_eq!((typed.kind, typed.document), (Kind::NetworkPolicy, 1));
    assert!(np(typed).pod_selector.get().is_some());
    assert!(at(text, typed.kind_place).starts_with("metadata:"));
    // A kind may end in `List` without being one.
    assert_eq!(one("apiVersion: example.org/v1\nkind: AllowList\nmetadata: {name: x}\n").kind, Kind::Other);
}

#[test]
fn json_is_read_alike() {
    let object = one(
        "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"ns\", \"labels\": {\"a\": \"b\"}}}",
    );
    assert_eq!((object.kind, object.name()), (Kind::Namespace, Some("ns")));
}

#[test]
fn a_template_a_fault_and_an_unknown_alias_obscure_their_document_only() {
    let fine = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: fine}\n";
    let bad = [
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels: {name: no}\n  name: d\n  namespace: ns # here\nspec: {replicas: {{ .Values.n }}}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\n  namespace: ns\nspec: [\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\n  namespace: ns\nspec: *nothing\n",
    ];
    for (index, text) in bad.iter().enumerate() {
        let found = read(&format!("{text}{fine}"));
        assert_eq!(found.objects.iter().map(|object| object.name()).collect::<Vec<_>>(), [Some("fine")], "{text}");
        let [obscured] = &found.obscured[..] else { panic!("{found:?}") };
        assert_eq!(matches!(obscured.why, Why::Template(_)), index == 0);
        assert_eq!(obscured.why == Why::Broken, index != 0);
        assert_eq!(obscured.head.known_kind(), Some(Kind::Deployment));
        assert_eq!(
            (obscured.head.name.as_deref(), obscured.head.namespace.as_deref()),
            (Some("d"), Some("ns")),
            "{text}"
        );
    }
}

#[test]
fn a_placeholder_for_the_kind_hides_the_object_a_default_tells_it() {
    let found = read("apiVersion: v1\nkind: ${KIND}\nmetadata: {name: x, namespace: ns}\n");
    assert!(matches!(found.obscured[..], [ref one] if matches!(one.why, Why::Template(_))), "{found:?}");
    assert_eq!(found.obscured[0].head.namespace.as_deref(), Some("ns"));
    assert_eq!(one("apiVersion: v1\nkind: ${KIND:=Namespace}\nmetadata: {name: x}\n").kind, Kind::Namespace);
}

#[test]
fn an_encrypted_object_is_unknown_an_encrypted_secret_no_matter() {
    let sops = "metadata: {name: x}\nsops: {mac: ENC}\n";
    let found = read(&format!("apiVersion: v1\nkind: Service\n{sops}---\napiVersion: v1\nkind: Secret\n{sops}"));
    assert_eq!(found.obscured.iter().map(|one| one.why).collect::<Vec<_>>(), [Why::Encrypted]);
    assert_eq!(found.objects.len(), 1);
}

#[test]
fn two_objects_without_a_marker_between_them_are_one_and_the_last_keys_hold() {
    let object =
        one("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n");
    assert_eq!((object.kind, object.name()), (Kind::Namespace, Some("b")));
}
