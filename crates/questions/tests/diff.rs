//! `diff`: what opens, closes, changes, stays uncertain, and what did it.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{ask, deployment, world, world_with};
use ringfence_cluster::{Cni, Knobs, World};
use ringfence_questions::{Change, ChangeKind, Diff, PolicyChange, Resources, What};

const NAMESPACES: &str = "---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: other}
";

const DENY: &str = "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
";

/// Lets `app: web` in to `shop/db` on a port.
fn allow(port: u16) -> String {
    format!(
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: db, namespace: shop}}
spec:
  podSelector: {{matchLabels: {{app: db}}}}
  policyTypes: [Ingress]
  ingress: [{{from: [{{podSelector: {{matchLabels: {{app: web}}}}}}], ports: [{{port: {port}}}]}}]
"
    )
}

/// `shop/web`, `shop/db`, `other/client`, and nobody unseen.
fn pods() -> String {
    [NAMESPACES, &deployment("shop", "web", 80), &deployment("shop", "db", 80), &deployment("other", "client", 80)]
        .concat()
}

fn diff(old: &World, new: &World) -> Diff {
    ask(old, &Resources::default(), |before| ask(new, &Resources::default(), |after| before.diff(&after)))
}

fn of(old: &str, new: &str) -> (Diff, World, World) {
    let (old, new) = (world(old), world(new));
    (diff(&old, &new), old, new)
}

/// The changes from one workload to another.
fn between<'d>(diff: &'d Diff, old: &World, source: &str, destination: &str) -> Vec<&'d Change> {
    let named = |ends: &[usize], name: &str| ends.iter().any(|&end| diff.ends[end].old.who.text(old) == name);
    diff.changes.iter().filter(|one| named(&one.sources, source) && named(&one.destinations, destination)).collect()
}

fn shifts(change: &Change) -> Vec<String> {
    change
        .shifts
        .iter()
        .map(|one| format!("{:?} {} {:?} {:?}", one.protocol, one.ports, one.before, one.after))
        .collect()
}

fn policy_changes(diff: &Diff, change: &Change) -> Vec<PolicyChange> {
    change.causes.iter().filter_map(|&cause| diff.causes[cause].what.policy()).map(|(change, ..)| change).collect()
}

#[test]
fn the_same_world_is_no_change() {
    let text = [pods(), DENY.into(), allow(5432)].concat();
    let (diff, ..) = of(&text, &text);
    assert!(diff.is_empty() && diff.causes.is_empty());
    let moved = ["# a comment moves every place\n".to_owned(), text.clone()].concat();
    assert!(of(&text, &moved).0.is_empty());
}

#[test]
fn removing_the_policy_that_isolates_opens() {
    let (diff, old, new) = of(&[pods(), DENY.into()].concat(), &pods());
    let [change] = between(&diff, &old, "other/client", "shop/db")[..] else { panic!("{diff:#?}") };
    assert_eq!(change.kind(), ChangeKind::Opened);
    assert!(change.opens() && !change.closes());
    let [cause] = diff.causes.as_slice() else { panic!("{:?}", diff.causes) };
    let What::Policy(PolicyChange::Removed, Some(policy), None) = cause.what else { panic!("{cause:?}") };
    assert_eq!(old.policy_text(old.policy(policy)), "shop/deny");
    assert_eq!((cause.old.len(), cause.new.len()), (1, 0));
    assert!(between(&diff, &old, "shop/db", "other/client").is_empty());
    assert!(new.policies.is_empty());
}

#[test]
fn adding_a_default_deny_closes_and_says_so_once() {
    let (diff, old, _) = of(&pods(), &[pods(), DENY.into()].concat());
    let [change] = between(&diff, &old, "shop/web", "shop/db")[..] else { panic!("{diff:#?}") };
    assert_eq!(change.kind(), ChangeKind::Closed);
    assert_eq!(policy_changes(&diff, change), [PolicyChange::Added]);
    assert_eq!(change.destinations.len(), 2);
    // Everybody else is in the same change, but for the API server: where it is on the own node, it still reaches them.
    let [.., other] = diff.changes.as_slice() else { panic!("{diff:#?}") };
    let sources: Vec<String> = other.sources.iter().map(|&end| diff.ends[end].old.who.text(&old)).collect();
    assert_eq!((diff.changes.len(), other.kind(), sources), (2, ChangeKind::Uncertain, vec!["kube-apiserver".into()]));
}

#[test]
fn another_port_is_a_change() {
    let (diff, old, _) = of(&[pods(), allow(5432)].concat(), &[pods(), allow(5433)].concat());
    let [change] = between(&diff, &old, "shop/web", "shop/db")[..] else { panic!("{diff:#?}") };
    assert_eq!(change.kind(), ChangeKind::Changed);
    assert_eq!(shifts(change), ["Tcp 5433 No Yes", "Tcp 5432 Yes No"]);
    assert!(change.opens() && change.closes());
    let [cause] = diff.causes.as_slice() else { panic!("{:?}", diff.causes) };
    assert_eq!((cause.old.len(), cause.new.len()), (1, 1));
    assert_eq!(policy_changes(&diff, change), [PolicyChange::Changed]);
    assert_eq!(diff.changes.len(), 1);
}

#[test]
fn workloads_come_and_go() {
    let more = [pods(), deployment("shop", "cache", 80)].concat();
    let (diff, _, new) = of(&pods(), &more);
    let names: Vec<String> = diff.appeared.iter().map(|&id| new.workload_text(new.workload(id))).collect();
    assert_eq!(names, ["shop/cache"]);
    assert!(diff.gone.is_empty() && diff.changes.is_empty());
    let (diff, old, _) = of(&more, &pods());
    assert_eq!(diff.gone.iter().map(|&id| old.workload_text(old.workload(id))).collect::<Vec<_>>(), ["shop/cache"]);
}

#[test]
fn another_kind_of_workload_is_another_workload() {
    let other = pods().replace("kind: Deployment\nmetadata: {name: db", "kind: StatefulSet\nmetadata: {name: db");
    let (diff, ..) = of(&pods(), &other);
    assert_eq!((diff.appeared.len(), diff.gone.len()), (1, 1));
}

#[test]
fn a_label_of_a_pod_is_the_cause_where_no_policy_is() {
    let old = [pods(), allow(5432)].concat();
    let new = old.replace("metadata: {labels: {app: web}}", "metadata: {labels: {app: shop-web, tier: front}}");
    let (diff, world, _) = of(&old, &new);
    let [change] = between(&diff, &world, "shop/web", "shop/db")[..] else { panic!("{diff:#?}") };
    assert_eq!(change.kind(), ChangeKind::Closed);
    let [What::PodLabel(end, label)] =
        &change.causes.iter().map(|&at| diff.causes[at].what.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", diff.causes)
    };
    assert_eq!(diff.ends[*end].old.who.text(&world), "shop/web");
    assert_eq!(
        (label.key.as_str(), label.before.as_deref(), label.after.as_deref()),
        ("app", Some("web"), Some("shop-web"))
    );
}

#[test]
fn a_label_of_a_namespace_is_the_cause_where_policies_ask_for_it() {
    let policy = "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {}
  ingress: [{from: [{namespaceSelector: {matchLabels: {access/shop: 'true'}}}]}]
";
    let old = [&pods(), policy].concat();
    let new = old.replace("metadata: {name: other}", "metadata: {name: other, labels: {access/shop: 'true', team: x}}");
    let (diff, world, _) = of(&old, &new);
    let [change] = between(&diff, &world, "other/client", "shop/db")[..] else { panic!("{diff:#?}") };
    assert_eq!(change.kind(), ChangeKind::Opened);
    let [cause] = diff.causes.as_slice() else { panic!("{:?}", diff.causes) };
    let What::NamespaceLabel(_, _, label) = &cause.what else { panic!("{cause:?}") };
    assert_eq!(
        (label.key.as_str(), label.before.as_deref(), label.after.as_deref()),
        ("access/shop", None, Some("true"))
    );
}

#[test]
fn what_unseen_pods_may_do_is_uncertain() {
    // Nothing shows the pods of `other`.
    let old = [NAMESPACES, &deployment("shop", "db", 80), DENY].concat();
    let new = [
        &old,
        allow(5432)
            .replace(
                "{podSelector: {matchLabels: {app: web}}}",
                "{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}",
            )
            .as_str(),
    ]
    .concat();
    let (diff, world, _) = of(&old, &new);
    let [change] = between(&diff, &world, "other pods of other", "shop/db")[..] else { panic!("{diff:#?}") };
    assert_eq!(change.kind(), ChangeKind::Uncertain);
    assert_eq!(shifts(change), ["Tcp 5432 No Unknown"]);
    assert!(!change.opens() && !change.closes());
    assert_eq!(policy_changes(&diff, change), [PolicyChange::Added]);
}

#[test]
fn addresses_are_cut_at_the_edges_of_both_sides() {
    let allow = |range: &str| {
        format!(
            "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: out, namespace: shop}}
spec: {{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{{ipBlock: {{cidr: {range}}}}}]}}]}}
"
        )
    };
    let (diff, world, _) = of(&[pods(), allow("10.0.0.0/8")].concat(), &[pods(), allow("10.0.0.0/9")].concat());
    assert!(between(&diff, &world, "shop/web", "10.0.0.0/9").is_empty());
    let [change] = between(&diff, &world, "shop/web", "10.128.0.0/9")[..] else { panic!("{diff:#?}") };
    assert_eq!(change.kind(), ChangeKind::Closed);
    assert_eq!((change.sources.len(), change.destinations.len()), (2, 1));
}

#[test]
fn a_policy_that_is_refused_now_counts_no_more() {
    let policy = "---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {endpointSelector: {}, ingress: [{}]}
";
    let knobs = Knobs { cni: Some(Cni::Cilium), ..Knobs::default() };
    let old = world_with(&[&pods(), policy].concat(), &knobs);
    let new = world_with(&[&pods(), policy.replace("endpointSelector: {}, ", "").as_str()].concat(), &knobs);
    let diff = diff(&old, &new);
    let [change] = between(&diff, &old, "other/client", "shop/db")[..] else { panic!("{diff:#?}") };
    assert_eq!((change.kind(), policy_changes(&diff, change)), (ChangeKind::Opened, vec![PolicyChange::Refused]));
}

#[test]
fn a_policy_that_moves_to_another_name_changes_nothing() {
    let renamed = allow(5432).replace("name: db", "name: database");
    let (diff, ..) = of(&[pods(), allow(5432)].concat(), &[pods(), renamed].concat());
    assert!(diff.is_empty(), "{diff:#?}");
}
