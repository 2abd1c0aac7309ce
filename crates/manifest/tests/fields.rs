//! Fields: their five states, unknown keys with the near one, wrong types.

mod common;

use common::{at, cilium, np, one, policy, problems, rules};
use ringfence_manifest::{Field, IntOrString};

#[test]
fn absent_null_empty_unknown_invalid_and_set_are_told_apart() {
    let states = |value: &str| {
        let object = one(&policy(&format!("  podSelector: {{}}\n{value}")));
        np(&object).ingress.clone()
    };
    assert!(states("").is_absent());
    assert!(matches!(states("  ingress:"), Field::Null(_)));
    assert!(matches!(states("  ingress: ~"), Field::Null(_)));
    assert!(states("  ingress: []").is_empty_list());
    assert!(states("  ingress: ${RULES}").is_unknown());
    assert!(states("  ingress: {}").is_invalid());
    let list = states("  ingress: [{}, null, \"${RULE}\", 5]");
    assert!(matches!(list.items(), [Field::Set(..), Field::Null(_), Field::Unknown(_), Field::Invalid(_)]));
    assert_eq!(list.values().count(), 1);
}

#[test]
fn a_field_knows_its_key_and_its_value_and_an_item_itself() {
    let text = policy("  podSelector: {}\n  ingress:\n  - from:\n    - ipBlock: {cidr: 10.0.0.0/8}\n");
    let object = one(&text);
    let spec = np(&object);
    let place = spec.ingress.at().unwrap();
    assert_eq!(at(&text, place.key), "ingress");
    assert!(at(&text, place.value).starts_with("- from:"));
    let rule = spec.ingress.items()[0].at().unwrap();
    assert_eq!(rule.key, rule.value);
    assert!(at(&text, rule.key).starts_with("from:"));
    let peer = spec.ingress.values().next().unwrap().from.values().next().unwrap();
    let cidr = peer.ip_block.get().unwrap().cidr.at().unwrap();
    assert_eq!((at(&text, cidr.key), at(&text, cidr.value)), ("cidr", "10.0.0.0/8"));
    assert_eq!(object.problems, []);
}

#[test]
fn a_misspelt_key_is_a_problem_with_the_key_that_was_meant() {
    let spec =
        "  podSelector: {matchLabel: {a: b}}\n  ingress:\n  - form: []\n    port: []\n  podselector: {}\n  zone: 1\n";
    assert_eq!(
        problems(&one(&policy(spec))),
        [
            "spec.podSelector: matchLabel ~ matchLabels",
            "spec.ingress[]: form ~ from",
            "spec.ingress[]: port ~ ports",
            "spec: podselector ~ podSelector",
            "spec: zone ~ -",
        ]
    );
    let spec =
        "  endpointselector: {}\n  ingress:\n  - fromEndpoint: [{}]\n    toPort: []\n    from: []\n    auth: {}\n";
    assert_eq!(
        problems(&one(&cilium(spec))),
        [
            "spec: endpointselector ~ endpointSelector",
            "spec.ingress[]: fromEndpoint ~ fromEndpoints",
            "spec.ingress[]: toPort ~ toPorts",
            "spec.ingress[]: from ~ -",
            "spec.ingress[]: auth ~ authentication",
        ]
    );
}

#[test]
fn a_problem_points_at_the_key_and_knows_what_may_stand_there() {
    let text = policy("  podSelector: {}\n  egres: [{}]\n");
    let object = one(&text);
    let [problem] = &object.problems[..] else { panic!("{:?}", object.problems) };
    assert_eq!(at(&text, problem.place), "egres");
    let ringfence_manifest::ProblemKind::UnknownField { known, value, near, .. } = &problem.kind else { panic!() };
    assert_eq!((*known, *near), (&["podSelector", "policyTypes", "ingress", "egress"][..], Some("egress")));
    assert_eq!(at(&text, *value), "[{}]");
}

#[test]
fn wrong_types_are_problems_and_the_rest_is_kept() {
    let spec = "  podSelector: {matchLabels: {on: yes, n: 010, app: ok}}\n  policyTypes: Ingress\n  ingress:\n  - ports:\n    - {port: 1.5}\n    - {port: 80, endPort: '90'}\n    - {port: http}\n";
    let object = one(&policy(spec));
    assert_eq!(
        problems(&object),
        [
            "spec.podSelector.matchLabels{}: a boolean, not a string",
            "spec.podSelector.matchLabels{}: a number, not a string",
            "spec.policyTypes: a string, not a list",
            "spec.ingress[].ports[].port: a decimal number, not a number or a name",
            "spec.ingress[].ports[].endPort: a string, not a whole number",
        ]
    );
    let spec = np(&object);
    let labels = spec.pod_selector.get().unwrap().match_labels.get().unwrap();
    assert_eq!(labels.entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["true", "false", "app"]);
    assert_eq!(labels.get("app").unwrap().value.get().unwrap(), "ok");
    let ports: Vec<_> = spec.ingress.values().next().unwrap().ports.values().map(|port| port.port.get()).collect();
    assert_eq!(ports, [None, Some(&IntOrString::Int(80)), Some(&IntOrString::Name("http".into()))]);
}

#[test]
fn the_port_of_cilium_is_text() {
    let ports = "  ingress:\n  - toPorts:\n    - ports: [{port: 80, protocol: TCP}, {port: \"80\"}]\n";
    let object = one(&cilium(&format!("  endpointSelector: {{}}\n{ports}")));
    assert_eq!(problems(&object), ["spec.ingress[].toPorts[].ports[].port: a number, not a string"]);
    let rule = rules(&object)[0];
    let ports = rule.ingress.values().next().unwrap().to_ports.values().next().unwrap();
    let ports: Vec<_> = ports.ports.values().map(|port| port.port.get().map(smol_str::SmolStr::as_str)).collect();
    assert_eq!(ports, [None, Some("80")]);
}

#[test]
fn deny_items_have_no_l7_no_authentication_and_no_names() {
    let deny = "  endpointSelector: {}\n  egressDeny:\n  - toFQDNs: []\n    authentication: {mode: required}\n    toPorts:\n    - rules: {}\n      ports: []\n";
    assert_eq!(
        problems(&one(&cilium(deny))),
        [
            "spec.egressDeny[]: toFQDNs ~ -",
            "spec.egressDeny[]: authentication ~ -",
            "spec.egressDeny[].toPorts[]: rules ~ -",
        ]
    );
    assert_eq!(problems(&one(&cilium(&deny.replace("egressDeny", "egress")))), Vec::<String>::new());
}

#[test]
fn metadata_and_the_top_are_held_to_the_schema_too() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\n  lables: {a: b}\n  creationTimestamp: null\nspecs: []\n";
    assert_eq!(problems(&one(text)), ["metadata: lables ~ labels", ": specs ~ spec"]);
}

#[test]
fn workloads_are_read_in_part_without_complaint_about_the_rest() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, foo: 1}\nspec:\n  replica: 2\n  replicas: many\n  template:\n    spec: {container: []}\n";
    assert_eq!(problems(&one(text)), ["spec.replicas: a string, not a whole number"]);
}

#[test]
fn a_placeholder_key_leaves_labels_open() {
    let object = one(
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns\n  labels:\n    a: b\n    ${KEY}: c\n    k${X:=ey}: ${VALUE}\n",
    );
    let labels = object.meta.labels.get().unwrap();
    assert!(labels.open);
    assert!(labels.get("a").is_some());
    assert!(labels.get("key").unwrap().value.is_unknown());
}
