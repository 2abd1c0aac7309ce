//! The laws of three-valued logic, and that building is total.

#![allow(
    clippy::option_option,
    clippy::trivially_copy_pass_by_ref,
    clippy::unwrap_used,
    reason = "a label is absent, of unknown value, or known"
)]

mod common;

use common::{input, world};
use proptest::prelude::*;
use ringfence_cluster::{
    Cni, Complete, Key, Knobs, LabelSet, Operator, Requirement, Selector, Source, Symbols, Tri, World,
};

fn tri() -> impl Strategy<Value = Tri> {
    prop_oneof![Just(Tri::No), Just(Tri::Unknown), Just(Tri::Yes)]
}

proptest! {
    #[test]
    fn kleene(a in tri(), b in tri(), c in tri()) {
        prop_assert_eq!(!(a.and(b)), (!a).or(!b));
        prop_assert_eq!(!!a, a);
        prop_assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
        prop_assert_eq!(a.and(b), b.and(a));
        prop_assert_eq!(Tri::all([a, b, c]), a.and(b).and(c));
        prop_assert_eq!(Tri::any([a, b, c]), a.or(b).or(c));
    }
}

/// A world of three keys and three values is small enough to try every completion.
#[derive(Clone, Debug)]
struct Small {
    labels: [Option<Option<u8>>; 2],
    open: bool,
    requirement: (u8, u8, Vec<u8>),
}

fn small() -> impl Strategy<Value = Small> {
    let label = proptest::option::of(proptest::option::of(0..3u8));
    let requirement = (0..2u8, 0..4u8, proptest::collection::vec(0..3u8, 1..3));
    ([label.clone(), label], any::<bool>(), requirement).prop_map(|(labels, open, requirement)| Small {
        labels,
        open,
        requirement,
    })
}

fn matches(small: &Small, labels: &[Option<Option<u8>>; 2], open: bool) -> Tri {
    let mut symbols = Symbols::default();
    let values: Vec<_> = (0..4).map(|value| symbols.intern(&format!("v{value}"))).collect();
    let keys: Vec<_> =
        (0..2).map(|key| Key { source: Source::K8s, name: symbols.intern(&format!("k{key}")) }).collect();
    let mut set = LabelSet::default();
    for (key, label) in keys.iter().zip(labels) {
        if let Some(value) = label {
            set.insert(*key, value.map(|value| values[value as usize]));
        }
    }
    set.open_pod = open;
    let (key, operator, wanted) = &small.requirement;
    let mut wanted: Vec<_> = wanted.iter().map(|&value| values[value as usize]).collect();
    wanted.sort();
    wanted.dedup();
    let operator = match operator {
        0 => Operator::In(wanted),
        1 => Operator::NotIn(wanted),
        2 => Operator::Exists,
        _ => Operator::DoesNotExist,
    };
    let requirement = Requirement { key: keys[*key as usize], operator, injected: false };
    Selector { requirements: vec![requirement], uncertain: false }.matches(&set, &symbols)
}

/// Every way in which the unknown may turn out: a value for each unknown one, any label for each that may be there.
fn completions(small: &Small) -> Vec<[Option<Option<u8>>; 2]> {
    let choices = |label: Option<Option<u8>>| -> Vec<Option<Option<u8>>> {
        let all = (0..4).map(|value| Some(Some(value)));
        match label {
            Some(Some(_)) => vec![label],
            Some(None) => all.collect(),
            None if small.open => all.chain([None]).collect(),
            None => vec![None],
        }
    };
    let second = choices(small.labels[1]);
    choices(small.labels[0]).into_iter().flat_map(|first| second.iter().map(move |&second| [first, second])).collect()
}

proptest! {
    #[test]
    fn a_yes_or_no_holds_in_every_completion(small in small()) {
        let said = matches(&small, &small.labels, small.open);
        let answers: Vec<Tri> = completions(&small).iter().map(|labels| matches(&small, labels, false)).collect();
        prop_assert!(answers.iter().all(|answer| *answer != Tri::Unknown));
        let all = |wanted| answers.iter().all(|answer| *answer == wanted);
        match said {
            Tri::Unknown => prop_assert!(!all(Tri::Yes) && !all(Tri::No), "needlessly unknown"),
            sure => prop_assert!(all(sure)),
        }
    }
}

/// Fragments of policies that are put together in any way: right, wrong, null, unknown.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just("'${X}'".to_owned()),
        Just("a".to_owned()),
        Just("10.0.0.0/8".to_owned()),
        Just("world".to_owned()),
        Just("'80'".to_owned()),
        Just("70000".to_owned()),
        Just("-1".to_owned()),
        Just("'a:b:c\\d'".to_owned()),
    ];
    let keys = prop::sample::select(
        &[
            "spec",
            "specs",
            "endpointSelector",
            "nodeSelector",
            "podSelector",
            "namespaceSelector",
            "matchLabels",
            "matchExpressions",
            "key",
            "operator",
            "values",
            "ingress",
            "egress",
            "ingressDeny",
            "egressDeny",
            "from",
            "to",
            "fromEndpoints",
            "toEndpoints",
            "toEntities",
            "fromCIDR",
            "toCIDRSet",
            "cidr",
            "except",
            "cidrGroupRef",
            "cidrGroupSelector",
            "toServices",
            "k8sService",
            "serviceName",
            "toFQDNs",
            "matchName",
            "matchPattern",
            "toPorts",
            "ports",
            "port",
            "endPort",
            "protocol",
            "rules",
            "dns",
            "http",
            "icmps",
            "fields",
            "type",
            "ipBlock",
            "policyTypes",
            "subject",
            "namespaces",
            "pods",
            "networks",
            "domainNames",
            "nodes",
            "priority",
            "action",
            "tier",
            "protocols",
            "tcp",
            "destinationPort",
            "range",
            "template",
            "metadata",
            "labels",
            "containers",
            "selector",
            "enableDefaultDeny",
            "resources",
            "patches",
            "target",
            "kind",
            "path",
            "targetNamespace",
            "namespace",
        ][..],
    );
    leaf.prop_recursive(7, 60, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::btree_map(keys.clone(), inner, 0..5).prop_map(|map| {
                let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", entries.join(", "))
            }),
        ]
    })
}

fn object() -> impl Strategy<Value = String> {
    let kinds = prop::sample::select(
        &[
            "v1 Namespace",
            "v1 Pod",
            "v1 Service",
            "apps/v1 Deployment",
            "batch/v1 CronJob",
            "networking.k8s.io/v1 NetworkPolicy",
            "cilium.io/v2 CiliumNetworkPolicy",
            "cilium.io/v2 CiliumClusterwideNetworkPolicy",
            "cilium.io/v2 CiliumCIDRGroup",
            "policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy",
            "policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy",
            "policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy",
            "kustomize.config.k8s.io/v1beta1 Kustomization",
            "kustomize.toolkit.fluxcd.io/v1 Kustomization",
            "argoproj.io/v1alpha1 Application",
            "example.com/v1 Thing",
        ][..],
    );
    let list = || {
        prop_oneof![
            value(),
            value().prop_map(|item| format!("[{item}]")),
            value().prop_map(|item| format!("[{item}, {item}]"))
        ]
    };
    (kinds, value(), value(), list(), list(), value()).prop_map(|(kind, meta, selector, ingress, egress, spec)| {
        let (version, kind) = kind.split_once(' ').unwrap();
        let policy = kind.ends_with("NetworkPolicy");
        let spec = if policy {
            format!("{{endpointSelector: {selector}, podSelector: {selector}, subject: {selector}, ingress: {ingress}, egress: {egress}}}")
        } else {
            spec
        };
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: {meta}, labels: {selector}}}\nspec: {spec}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn building_is_total(objects in prop::collection::vec(object(), 1..5), cilium in any::<bool>(), whole in any::<bool>()) {
        let cni = if cilium { Cni::Cilium } else { Cni::Upstream };
        let complete = if whole { Complete::ALL } else { Complete::REPOSITORY };
        let knobs = Knobs { cni: Some(cni), complete, cluster_network_policy: true, ..Knobs::default() };
        let world = World::build(&input(&objects.join("\n---\n")), &knobs);
        for (_, policy) in world.policy_ids() {
            for (_, entry) in world.entries_of(policy) {
                world.selector_text(entry.subject);
            }
        }
    }
}

#[test]
fn building_grows_with_the_objects_and_not_with_their_product() {
    // 400 namespaces, 2,000 workloads, 2,000 policies; a product of both would be 4 million matches.
    let mut text = Vec::new();
    for at in 0..2000 {
        let namespace = at % 400;
        text.push(format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{at}, namespace: n{namespace}, labels: {{app: a{at}}}}}\nspec: {{}}"
        ));
        text.push(format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{at}, namespace: n{namespace}}}\n\
             spec: {{podSelector: {{matchLabels: {{app: a{at}}}}}, ingress: [{{}}]}}"
        ));
    }
    let world = world(&text.join("\n---\n"));
    assert_eq!((world.workloads.len(), world.entries.len()), (2000, 2000));
    assert_eq!(world.selectors.len(), 2000);
    assert!(world.identities.len() <= 2001, "complete namespaces have no representative");
}
