//! Pieces of objects in documents for people.

mod common;

use common::{FILE, np, workload};
use ringfence_manifest::{FragmentRead, Kind, Object, read_fragment};

fn read(text: &str) -> FragmentRead {
    read_fragment(&ringfence_yaml::parse(text), FILE, 0)
}

fn kinds(found: &FragmentRead) -> Vec<Kind> {
    found.objects.iter().map(|object| object.kind).collect()
}

fn one(text: &str) -> Object {
    let mut found = read(text);
    assert_eq!((found.objects.len(), found.skipped.len(), found.obscured.len()), (1, 0, 0), "{found:?}");
    found.objects.remove(0)
}

#[test]
fn a_whole_object_is_an_ordinary_one_that_is_marked() {
    let object = one("apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n");
    assert!(object.fragment);
    assert_eq!((object.kind, object.name()), (Kind::Namespace, Some("ns")));
}

#[test]
fn labels_in_metadata_are_a_workload_of_unknown_kind_and_name() {
    let object = one("metadata:\n  labels:\n    app: web\n");
    assert_eq!((object.kind, object.fragment), (Kind::UnknownWorkload, true));
    assert!(object.meta.name.is_unknown());
    let workload = workload(&object);
    assert_eq!(workload.labels.get().unwrap().get("app").unwrap().value.get().unwrap(), "web");
    assert!(!workload.containers.is_absent(), "what is not shown is unknown");
    assert!(workload.service_account.is_unknown() && workload.host_network.is_unknown());
}

#[test]
fn rules_are_a_network_policy_of_unknown_name_and_subject() {
    let object = one("ingress:\n- from:\n  - podSelector: {}\n");
    assert_eq!((object.kind, object.problems.len()), (Kind::NetworkPolicy, 0));
    assert!(object.meta.name.is_unknown());
    let spec = np(&object);
    assert!(spec.pod_selector.is_unknown() && spec.policy_types.is_unknown() && spec.egress.is_absent());
    assert_eq!(spec.ingress.values().count(), 1);
}

#[test]
fn a_spec_shows_all_but_perhaps_the_subject() {
    let object = one("metadata: {name: p}\nspec:\n  podSelector: {}\n  ingress: []\n");
    assert_eq!(object.name(), Some("p"));
    assert!(np(&object).pod_selector.get().is_some() && np(&object).policy_types.is_absent());
    let object = one("spec:\n  policyTypes: [Egress]\n");
    assert!(np(&object).pod_selector.is_unknown());
}

#[test]
fn a_misspelt_key_in_a_piece_is_a_problem() {
    let object = one("ingress:\n- form: []\n");
    assert_eq!(common::problems(&object), ["ingress[]: form ~ from"]);
    let object = one("spec:\n  ingress:\n  - form: []\n");
    assert_eq!(common::problems(&object), ["spec.ingress[]: form ~ from"]);
}

#[test]
fn a_repeated_key_starts_a_new_piece_and_so_do_rules_after_metadata() {
    let found = read("metadata: {labels: {a: b}}\nmetadata: {labels: {c: d}}\ningress: []\ningress: []\negress: []\n");
    assert_eq!(kinds(&found), [Kind::UnknownWorkload, Kind::UnknownWorkload, Kind::NetworkPolicy, Kind::NetworkPolicy]);
    let last = np(&found.objects[3]);
    assert!(last.egress.is_empty_list());
    assert_ne!(found.objects[0].place, found.objects[1].place);
    let text =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n";
    assert_eq!(read(text).objects.iter().map(Object::name).collect::<Vec<_>>(), [Some("a"), Some("b")]);
}

#[test]
fn any_other_shape_is_noted_and_skipped() {
    for text in [
        "labels: {a: b}",
        "annotations: {a: b}",
        "spec: {targetNamespace: x}",
        "ingress: {enabled: true, host: a}",
        "ingress: [{fromEndpoints: [{}]}]",
        "spec: {endpointSelector: {}, ingress: []}",
        "spec: {subject: {}, ingress: []}",
        "metadata: {name: ns}",
        "- from: []",
        "just text",
    ] {
        let found = read(text);
        assert_eq!((found.objects.len(), found.skipped.len(), found.obscured.len()), (0, 1, 0), "{text}");
    }
}

#[test]
fn broken_pieces_are_obscured_and_empty_ones_nothing() {
    assert_eq!(read("ingress: [").obscured.len(), 1);
    assert_eq!(read("ingress: {{ x }}\n").obscured.len(), 1);
    assert_eq!(read("# nothing\n"), FragmentRead::default());
}
