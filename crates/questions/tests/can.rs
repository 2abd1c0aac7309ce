//! `can`: names, quantifiers, DNS names, Services, as people ask.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{ask, can, deployment, world};
use ringfence_cluster::World;
use ringfence_questions::{Detail, Learned, Note, Quantity, Resources, Unresolved, Who};

/// Two namespaces whose pods are all shown; `shop/db` is isolated and lets `shop/web` in on 5432.
fn shop() -> World {
    let mut text = ["web", "db", "job"].map(|name| deployment("shop", name, 5432)).concat();
    text.push_str(&deployment("other", "client", 80));
    text.push_str(
        "---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5433, targetPort: main}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}]
",
    );
    world(&text)
}

fn quantity(world: &World, source: &str, destination: &str) -> Quantity {
    can(world, source, destination).unwrap().quantity
}

#[test]
fn one_pair_is_all_or_none() {
    let shop = shop();
    assert_eq!(quantity(&shop, "shop/web", "shop/db:5432"), Quantity::All);
    assert_eq!(quantity(&shop, "shop/web", "shop/db:5431"), Quantity::None);
    assert_eq!(quantity(&shop, "shop/job", "shop/db:5432"), Quantity::None);
    assert_eq!(quantity(&shop, "shop/db", "shop/web:5432"), Quantity::All);
}

#[test]
fn a_set_may_be_let_through_in_part() {
    let shop = shop();
    assert_eq!(quantity(&shop, "shop", "shop/db:5432"), Quantity::Some);
    assert_eq!(quantity(&shop, "other", "shop/db:5432"), Quantity::None);
    assert_eq!(quantity(&shop, "app=web", "shop/db:5432"), Quantity::All);
    assert_eq!(quantity(&shop, "shop", "other:80"), Quantity::All);
}

#[test]
fn any_means_three_protocols() {
    let shop = shop();
    assert_eq!(quantity(&shop, "shop/web", "shop/db:5432/any"), Quantity::Some);
    assert_eq!(quantity(&shop, "shop/web", "other/client:80/any"), Quantity::All);
}

#[test]
fn without_a_port_the_ports_are_told() {
    let answer = can(&shop(), "shop/web", "shop/db").unwrap();
    assert_eq!(answer.quantity, Quantity::Some);
    let Detail::Ports(ports, _) = &answer.pairs[0].detail else { panic!("ports") };
    assert_eq!(ports[0].1.to_string(), "5432");
    assert_eq!(ports[1].1.to_string(), "none");
    assert_eq!(quantity(&shop(), "shop/db", "shop/web"), Quantity::All);
    assert_eq!(quantity(&shop(), "shop/job", "shop/db"), Quantity::None);
}

#[test]
fn a_service_leads_to_the_ports_of_its_pods() {
    let shop = shop();
    assert_eq!(quantity(&shop, "shop/web", "svc/shop/db:5433"), Quantity::All);
    assert_eq!(quantity(&shop, "shop/web", "svc/shop/db"), Quantity::All);
    let wrong = can(&shop, "shop/web", "svc/shop/db:80").unwrap_err();
    assert_eq!(wrong.to_string(), "Service `shop/db` has no port 80/TCP; it has 5433/TCP");
    assert!(matches!(can(&shop, "svc/shop/db", "shop/web"), Err(Unresolved::ServiceAsSource(_))));
}

#[test]
fn a_number_that_only_a_service_has_is_said_to_be_that() {
    let notes = can(&shop(), "shop/web", "shop/db:5433").unwrap().notes;
    assert!(matches!(notes.as_slice(), [Note::OnlyServicePort { port: 5433, target: 5432, .. }]), "{notes:?}");
}

#[test]
fn a_misspelt_name_is_told_with_the_nearest() {
    let shop = shop();
    let help = |source: &str| can(&shop, source, "shop/db:5432").unwrap_err().help().unwrap();
    assert_eq!(help("shop/wbe"), "did you mean `shop/web`?");
    assert_eq!(help("shpo/web"), "did you mean `shop`?");
    assert_eq!(help("shpo"), "did you mean `shop`?");
    assert_eq!(help("app=wbe"), "did you mean `app=web`?");
}

#[test]
fn pods_that_are_not_shown_make_an_answer_unknown() {
    let world = world(
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
",
    );
    let answer = can(&world, "10.0.0.1", "shop/web:80").unwrap();
    assert_eq!(answer.quantity, Quantity::Unknown);
    assert!(matches!(answer.notes.as_slice(), [Note::NotShown { .. }]));
    assert!(matches!(answer.destination.members[0].who, Who::OtherPods(_)));
}

#[test]
fn a_range_is_told_in_the_blocks_that_policies_make() {
    let mut text = deployment("shop", "web", 80);
    text.push_str(
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
      ports: [{port: 443}]
",
    );
    let world = world(&text);
    let answer = can(&world, "shop/web", "10.0.0.0/8,443").unwrap();
    assert_eq!(answer.quantity, Quantity::Some);
    let blocks: Vec<String> = answer.destination.members.iter().map(|end| end.who.text(&world)).collect();
    assert_eq!(blocks, ["10.0.0.0/16, 10.2.0.0-10.255.255.255", "10.1.0.0/16"]);
    assert_eq!(quantity(&world, "shop/web", "10.1.0.0/16,443"), Quantity::None);
    assert_eq!(quantity(&world, "shop/web", "10.2.3.4:443"), Quantity::All);
    assert_eq!(quantity(&world, "shop/web", "internet:443"), Quantity::None);
}

/// `shop/web` may talk to `api.example.com`, with whatever else of its egress is given.
fn with_names(dns: &str) -> World {
    let mut text = deployment("shop", "web", 80);
    text.push_str(&deployment("kube-system", "coredns", 53).replace("{app: coredns}", "{k8s-app: kube-dns}"));
    text.push_str(
        "---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  endpointSelector: {}
  egress:
    - toFQDNs: [{matchName: api.example.com}]
",
    );
    text.push_str(dns);
    world(&text)
}

const DNS: &str = "    - toEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}}]
      toPorts: [{ports: [{port: \"53\", protocol: ANY}]RULES}]
";

fn learned(world: &World, name: &str) -> (Quantity, Option<Learned>) {
    let answer = can(world, "shop/web", name).unwrap();
    let Detail::At(replies) = &answer.pairs[0].detail else { panic!("a port") };
    (answer.quantity, replies[0].learned.clone())
}

#[test]
fn a_name_is_reached_only_where_its_addresses_are_learned() {
    let covered = with_names(&DNS.replace("RULES", ", rules: {dns: [{matchPattern: \"*.example.com\"}]}"));
    assert!(matches!(learned(&covered, "api.example.com:443"), (Quantity::All, Some(Learned::Yes(_)))));
    assert!(matches!(learned(&covered, "www.example.com:443"), (Quantity::None, _)));
    let refused = with_names(&DNS.replace("RULES", ", rules: {dns: [{matchName: other.org}]}"));
    assert!(matches!(learned(&refused, "api.example.com:443"), (Quantity::None, Some(Learned::Refused(_)))));
    let unseen = with_names(&DNS.replace("RULES", ""));
    assert!(matches!(learned(&unseen, "api.example.com:443"), (Quantity::None, Some(Learned::Unseen(_)))));
    let none = with_names("");
    assert_eq!(learned(&none, "api.example.com:443"), (Quantity::None, Some(Learned::NoDns)));
}

#[test]
fn an_address_may_be_the_answer_for_a_name() {
    let world = with_names(&DNS.replace("RULES", ", rules: {dns: [{matchPattern: \"*\"}]}"));
    assert_eq!(quantity(&world, "shop/web", "1.1.1.1:443"), Quantity::Unknown);
}

#[test]
fn a_name_inside_the_cluster_is_a_service() {
    let error = can(&shop(), "shop/web", "db.shop.svc.cluster.local:5433").unwrap_err();
    assert_eq!(error.help().unwrap(), "ask for the Service: `svc/shop/db`");
}

#[test]
fn a_declared_resource_is_asked_for_by_its_word() {
    let resources = Resources::from([("postgres".into(), vec!["shop/db:5432".parse().unwrap()])]);
    let answer = ask(&shop(), &resources, |inquiry| {
        let source = inquiry.source(&"shop/web".parse().unwrap()).unwrap();
        inquiry.can(source, inquiry.destination(&"postgres".parse().unwrap()).unwrap())
    });
    assert_eq!(answer.quantity, Quantity::All);
}

#[test]
fn the_same_pods_are_two_of_them() {
    let answer = can(&shop(), "shop/db", "shop/db:5432").unwrap();
    assert_eq!((answer.quantity, answer.notes), (Quantity::None, vec![Note::SamePods]));
}

#[test]
fn pods_on_the_network_of_a_node_are_both_kinds_of_node() {
    let mut text = deployment("shop", "web", 80);
    text.push_str("---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent, namespace: shop}\nspec:\n  selector: {matchLabels: {app: agent}}\n  template:\n    metadata: {labels: {app: agent}}\n    spec: {hostNetwork: true, containers: [{name: c, image: i}]}\n");
    text.push_str(
        "---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: in, namespace: shop}
spec:
  endpointSelector: {}
  ingress: [{fromEndpoints: [{}]}]
",
    );
    // The own node is always let in, any other is not.
    let answer = can(&world(&text), "shop/agent", "shop/web:80").unwrap();
    assert_eq!(answer.quantity, Quantity::Unknown);
    let Detail::At(replies) = &answer.pairs[0].detail else { panic!("a port") };
    assert!(replies[0].depends_on_shape());
}
