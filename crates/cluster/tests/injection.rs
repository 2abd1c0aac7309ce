//! What the engine adds to selectors (semantics §5.2, §6.1–§6.6).

mod common;

use common::{entries, full, input, world, world_of};
use ringfence_cluster::{Cni, Entity, Knobs, L3, PeerKind, Version, World};

fn cnp(subject: &str, peer: &str) -> String {
    format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p, namespace: own}}\n\
         spec: {{endpointSelector: {subject}, ingress: [{{fromEndpoints: [{peer}]}}]}}"
    )
}

fn ccnp(subject: &str, peer: &str) -> String {
    cnp(subject, peer).replace("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy").replace(", namespace: own", "")
}

fn np(peer: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: own}}\n\
         spec: {{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}"
    )
}

fn peer(world: &World) -> String {
    match &entries(world)[0].l3 {
        L3::Peers(peers) => match peers[0].kind {
            PeerKind::Endpoints(selector) => full(world, selector),
            ref other => format!("{other:?}"),
        },
        other => format!("{other:?}"),
    }
}

fn subject(world: &World) -> String {
    full(world, entries(world)[0].subject)
}

#[test]
fn subjects_of_a_namespaced_policy_stay_in_it() {
    assert_eq!(subject(&world(&cnp("{}", "{}"))), "k8s:NS=own");
    assert_eq!(subject(&world(&cnp("{matchLabels: {app: a}}", "{}"))), "any:app=a & k8s:NS=own");
    // A k8s-sourced other namespace is overwritten; one of any source contradicts.
    let other = "{matchLabels: {'k8s:io.kubernetes.pod.namespace': x}}";
    assert_eq!(subject(&world(&cnp(other, "{}"))), "k8s:NS=own");
    let other = "{matchLabels: {io.kubernetes.pod.namespace: x}}";
    assert_eq!(subject(&world(&cnp(other, "{}"))), "any:NS=x & k8s:NS=own");
    // Only matchLabels are overwritten (semantics §2.5.12).
    let other = "{matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: In, values: [x]}]}";
    assert_eq!(subject(&world(&cnp(other, "{}"))), "k8s:NS=own & k8s:NS=x");
    assert_eq!(subject(&world(&ccnp("{}", "{}"))), "");
}

#[test]
fn peers_get_a_namespace_and_the_cluster() {
    assert_eq!(peer(&world(&cnp("{}", "{}"))), "k8s:CLUSTER=default & k8s:NS=own");
    assert_eq!(peer(&world(&ccnp("{}", "{}"))), "k8s:CLUSTER=default & k8s:NS");
    let named = "{matchLabels: {io.kubernetes.pod.namespace: x}}";
    assert_eq!(peer(&world(&cnp("{}", named))), "any:NS=x & k8s:CLUSTER=default");
    let negated = "{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [x]}]}";
    assert_eq!(peer(&world(&ccnp("{}", negated))), "any:NS!=x & k8s:CLUSTER=default");
}

#[test]
fn namespace_labels_stand_for_a_namespace_in_a_namespaced_policy_only() {
    let by_label = "{matchLabels: {'k8s:io.cilium.k8s.namespace.labels.team': red}}";
    assert_eq!(peer(&world(&cnp("{}", by_label))), "k8s:CLUSTER=default & k8s:NSL/team=red");
    assert_eq!(peer(&world(&ccnp("{}", by_label))), "k8s:CLUSTER=default & k8s:NS & k8s:NSL/team=red");
}

#[test]
fn reserved_keys_switch_injection_off() {
    let reserved = "{matchLabels: {'reserved:host': ''}}";
    assert_eq!(peer(&world(&cnp("{}", reserved))), "reserved:host=");
    let init = "{matchExpressions: [{key: 'reserved:init', operator: DoesNotExist}]}";
    assert_eq!(peer(&world(&ccnp(init, "{}"))), "k8s:CLUSTER=default");
}

#[test]
fn cluster_follows_version_and_author() {
    let named = "{matchLabels: {io.cilium.k8s.policy.cluster: other}}";
    assert_eq!(peer(&world(&cnp("{}", named))), "any:CLUSTER=other & k8s:NS=own");
    let old = Knobs { version: Version::new(1, 18, 10), ..Knobs::default() };
    assert_eq!(peer(&World::build(&input(&cnp("{}", "{}")), &old)), "k8s:NS=own");
}

#[test]
fn network_policies_in_cilium() {
    let peer = |written: &str| peer(&world_of(Cni::Cilium, &np(written)));
    assert_eq!(peer("{podSelector: {}}"), "k8s:CLUSTER=default & k8s:NS=own");
    assert_eq!(peer("{namespaceSelector: {}}"), "k8s:CLUSTER=default & k8s:NS");
    let both = "{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: a}}}";
    assert_eq!(peer(both), "k8s:CLUSTER=default & k8s:NSL/team=red & k8s:app=a");
    // No guard on a negated one.
    let negated = "{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}";
    assert_eq!(peer(negated), "!k8s:NSL/team & k8s:CLUSTER=default");
    // The author's namespace is overwritten.
    assert_eq!(
        peer("{podSelector: {matchLabels: {io.kubernetes.pod.namespace: x}}}"),
        "k8s:CLUSTER=default & k8s:NS=own"
    );
}

#[test]
fn network_policies_upstream() {
    let peer = |written: &str| peer(&world_of(Cni::Upstream, &np(written)));
    assert_eq!(peer("{podSelector: {}}"), "k8s:NS=own");
    assert_eq!(peer("{namespaceSelector: {}}"), "k8s:NS");
    let negated = "{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}";
    assert_eq!(peer(negated), "!k8s:NSL/team & k8s:NS");
    // A pod label that only looks like Cilium's own.
    assert_eq!(peer("{podSelector: {matchLabels: {io.kubernetes.pod.namespace: x}}}"), "k8s:NS=own & other:NS=x");
}

#[test]
fn keys_have_sources() {
    let keys = "{matchLabels: {'k8s:a': '1', 'any:b': '2', c: '3', 'K8S:d': '4', 'k8s.e': '5', 'node:f': '6'}}";
    let found = peer(&world(&cnp("{}", keys)));
    assert_eq!(
        found,
        "any:b=2 & any:c=3 & any:k8s.e=5 & k8s:CLUSTER=default & k8s:NS=own & k8s:a=1 & node:f=6 & other:d=4"
    );
}

#[test]
fn until_1_18_a_dot_made_a_key_reserved() {
    let dotted = "{matchExpressions: [{key: reserved.none, operator: DoesNotExist}]}";
    let old = Knobs { version: Version::new(1, 18, 10), ..Knobs::default() };
    assert_eq!(peer(&World::build(&input(&ccnp("{}", dotted)), &old)), "!reserved:none");
    assert_eq!(peer(&world(&ccnp("{}", dotted))), "!any:reserved.none & k8s:CLUSTER=default & k8s:NS");
}

#[test]
fn a_key_twice_has_no_fixed_answer() {
    assert_eq!(subject(&world(&ccnp("{matchLabels: {app: a, 'any:app': b}}", "{}"))), "uncertain");
    assert_eq!(subject(&world(&ccnp("{matchLabels: {app: a, 'k8s:app': b}}", "{}"))), "any:app=a & k8s:app=b");
}

#[test]
fn backslashes_are_left_out_of_a_mended_key() {
    let keys = "{matchLabels: {'io.cilium.k8s.namespace.labels.x\\.y/z': '1'}}";
    assert_eq!(subject(&world(&ccnp(keys, "{}"))), "any:NSL/x.y/z=1");
}

#[test]
fn a_placeholder_is_a_value_that_nothing_surely_has() {
    assert_eq!(subject(&world(&ccnp("{matchLabels: {app: '${X}'}}", "{}"))), "any:app=?");
    assert_eq!(subject(&world(&ccnp("'${X}'", "{}"))), "uncertain");
}

#[test]
fn words_for_people_leave_out_what_was_added() {
    let selector = "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [b, a]}]}";
    let world = world(&cnp("{}", selector));
    let L3::Peers(peers) = &entries(&world)[0].l3 else { panic!("peers") };
    let PeerKind::Endpoints(selector) = peers[0].kind else { panic!("endpoints") };
    assert_eq!(world.selector_text(selector), "app: web, tier in (a, b)");
    assert_eq!(world.selector_text(entries(&world)[0].subject), "{}");
    assert_eq!(world.policy_text(&world.policies[0]), "own/p");
}

#[test]
fn groups_and_services_become_their_members() {
    let text = "apiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata: {name: g, labels: {a: b}}\n\
                spec: {externalCIDRs: [10.1.2.3/8]}\n---\n\
                apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: own}\n\
                spec: {selector: {app: web}, ports: [{port: 80}]}\n---\n\
                apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: own}\n\
                spec:\n  endpointSelector: {}\n  egress:\n\x20 - toCIDRSet: [{cidrGroupRef: g, except: [10.9.0.0/16]}, {cidrGroupRef: gone}, {cidrGroupSelector: {}}]\n\
\x20 - toServices: [{k8sService: {serviceName: s, namespace: own}}]";
    let world = common::complete(text);
    let L3::Peers(peers) = &world.entries[0].l3 else { panic!("peers") };
    assert!(matches!(&peers[0].kind, PeerKind::Cidr { net, except, .. }
        if net.to_string() == "10.0.0.0/8" && except.len() == 1));
    assert_eq!(peers[1].kind, PeerKind::Nobody);
    assert_eq!(peers[2].kind, PeerKind::Entity(Entity::All));
    let L3::Peers(peers) = &world.entries[1].l3 else { panic!("peers") };
    let PeerKind::Endpoints(pods) = peers[0].kind else { panic!("endpoints") };
    assert_eq!(full(&world, pods), "k8s:CLUSTER=default & k8s:NS=own & k8s:app=web");
}
