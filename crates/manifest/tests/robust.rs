//! Whatever stands in a document, reading it ends without a panic, and every place lies in the text.

mod common;

use proptest::prelude::*;
use ringfence_manifest::{Manifests, read_fragment};

const HEADS: &[&str] = &[
    "networking.k8s.io/v1 NetworkPolicy",
    "cilium.io/v2 CiliumNetworkPolicy",
    "cilium.io/v2 CiliumClusterwideNetworkPolicy",
    "cilium.io/v2 CiliumCIDRGroup",
    "policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy",
    "policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy",
    "policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy",
    "v1 Namespace",
    "v1 Pod",
    "v1 Service",
    "v1 List",
    "v1 ConfigMap",
    "apps/v1 Deployment",
    "batch/v1 Job",
    "batch/v1 CronJob",
    "kustomize.config.k8s.io/v1beta1 Kustomization",
];

/// Keys that lead deep into the schemas, and some that lead nowhere.
const KEYS: &[&str] = &[
    "metadata",
    "spec",
    "specs",
    "labels",
    "name",
    "namespace",
    "podSelector",
    "endpointSelector",
    "matchLabels",
    "matchExpressions",
    "key",
    "operator",
    "values",
    "ingress",
    "egress",
    "ingressDeny",
    "from",
    "to",
    "fromEndpoints",
    "toCIDRSet",
    "toPorts",
    "ports",
    "port",
    "rules",
    "http",
    "template",
    "containers",
    "jobTemplate",
    "items",
    "kind",
    "apiVersion",
    "subject",
    "pods",
    "tier",
    "${K}",
    "010",
    "toPort",
    "sops",
];

const SCALARS: &[&str] = &["a", "80", "'80'", "yes", "~", "1.5", "${V}", "${V:=1}", "\"{{ x }}\"", "&x b", "{}", "[]"];

/// Each makes a whole document unreadable, so they stand rarely.
const HOSTILE: &[&str] = &[
    "*x", "!!int z", "|
", "{~: a}", "{<<: 5}", "{{ x }}", "]",
];

fn node() -> impl Strategy<Value = String> {
    let leaf =
        prop_oneof![60 => prop::sample::select(SCALARS), 1 => prop::sample::select(HOSTILE)].prop_map(str::to_owned);
    leaf.prop_recursive(6, 64, 6, |inner| {
        let entry = (prop::sample::select(KEYS), inner.clone()).prop_map(|(key, value)| format!("{key}: {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(entry, 0..6).prop_map(|entries| format!("{{{}}}", entries.join(", "))),
        ]
    })
}

fn document() -> impl Strategy<Value = String> {
    let key = prop_oneof![2 => Just("spec"), 1 => prop::sample::select(KEYS)];
    let entry = (key, node()).prop_map(|(key, value)| format!("{key}: {value}\n"));
    (prop::sample::select(HEADS), prop::collection::vec(entry, 0..6)).prop_map(|(head, entries)| {
        let (api_version, kind) = head.split_once(' ').unwrap_or(("v1", "Pod"));
        format!("apiVersion: {api_version}\nkind: {kind}\n{}", entries.concat())
    })
}

fn in_text(found: &Manifests, text: &str) -> bool {
    let fits = |place: ringfence_manifest::Place| text.get(place.span.range()).is_some();
    let objects = found.objects.iter().flat_map(|object| {
        let problems = object.problems.iter().map(|problem| problem.place);
        [object.place, object.kind_place, object.meta.place].into_iter().chain(problems)
    });
    objects.chain(found.obscured.iter().map(|one| one.place)).all(fits)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, rng_seed: prop::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_value_under_any_kind_is_read(documents in prop::collection::vec(document(), 1..4)) {
        let text = documents.join("---\n");
        let found = common::read(&text);
        prop_assert!(in_text(&found, &text));
        prop_assert!(found.objects.len() + found.obscured.len() <= text.len());
    }

    #[test]
    fn any_value_is_read_as_a_fragment(text in document()) {
        let body = text.lines().skip(2).collect::<Vec<_>>().join("\n");
        let found = read_fragment(&ringfence_yaml::parse(&body), common::FILE, 0);
        prop_assert!(found.objects.iter().all(|object| object.fragment && body.get(object.place.span.range()).is_some()));
    }
}

#[test]
fn the_generator_reaches_objects_of_every_kind() {
    use proptest::strategy::ValueTree;
    let mut runner = prop::test_runner::TestRunner::deterministic();
    let mut kinds = std::collections::BTreeSet::new();
    let mut problems = 0;
    for _ in 0..2000 {
        let text = document().new_tree(&mut runner).unwrap().current();
        let found = common::read(&text);
        problems += found.objects.iter().map(|object| object.problems.len()).sum::<usize>();
        kinds.extend(found.objects.iter().map(|object| object.kind));
    }
    assert!(kinds.len() >= 13, "{kinds:?}");
    assert!(problems > 300, "{problems}");
}
