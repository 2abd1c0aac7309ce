//! Helm releases: asked for by name, never surely answered by what only most charts do.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use common::{ask, can, deployment, world};
use ringfence_cluster::{Tri, World};
use ringfence_questions::{Grouping, Note, Quantity, Resources, Unresolved, Who};
use ringfence_testkit::dice::Dice;

/// A release `site` in `apps` whose pods have a label by its values, and a policy for that label and for a conventional one.
const SITE: &str = "---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: site, namespace: flux-system}
spec:
  targetNamespace: apps
  releaseName: site
  chart: {spec: {chart: podinfo}}
  values: {podLabels: {tier: front}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: front, namespace: apps}
spec:
  podSelector: {matchLabels: {tier: front}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]
      ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: podinfo, namespace: apps}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/name: podinfo}}
  policyTypes: [Egress]
  egress: []
";

fn site() -> World {
    world(&format!("{}{SITE}", deployment("shop", "web", 80)))
}

fn quantity(world: &World, source: &str, destination: &str) -> Quantity {
    can(world, source, destination).unwrap().quantity
}

#[test]
fn a_release_is_asked_for_by_its_name() {
    let site = site();
    let answer = can(&site, "shop/web", "apps/site:80").unwrap();
    assert!(matches!(answer.destination.members[0].who, Who::Release(_)));
    assert!(matches!(answer.notes.as_slice(), [Note::NotRendered(_)]));
    let Err(Unresolved::Workload { near, .. }) = can(&site, "apps/sote", "internet") else { panic!("near") };
    assert_eq!(near, ["apps/site"]);
    let part = can(&site, "shop/web", "apps/site-0").unwrap();
    assert!(matches!(part.destination.members[0].who, Who::OtherPods(_)), "the chart may call some of its pods so");
    let renamed = world(&SITE.replace("releaseName: site", "releaseName: frontend"));
    let by_object = can(&renamed, "apps/site", "internet").unwrap();
    assert!(matches!(by_object.source.members[0].who, Who::Release(_)), "the name of the object does too");
}

#[test]
fn what_values_write_is_sure_and_what_charts_do_is_not() {
    let site = site();
    assert_eq!(quantity(&site, "shop/web", "apps/site:80"), Quantity::All);
    assert_eq!(quantity(&site, "shop/web", "apps/site:81"), Quantity::None);
    assert_eq!(quantity(&site, "apps/site", "shop/web:80"), Quantity::Unknown, "the chart may name its pods otherwise");
    let other =
        world(&format!("{}{}", deployment("shop", "web", 80), SITE.replace("tier: front}}\n---", "x: y}}\n---")));
    assert_eq!(quantity(&other, "internet", "apps/site:80"), Quantity::Unknown);
}

#[test]
fn pods_that_may_be_the_node_are_never_surely_cut_off() {
    let text = SITE.replace("values: {", "values: {hostNetwork: true, ");
    let world = world(&format!("{}{text}", deployment("shop", "web", 80)));
    assert_eq!(quantity(&world, "shop/web", "apps/site:81"), Quantity::Unknown);
}

#[test]
fn a_conventional_label_finds_the_release() {
    let answer = can(&site(), "app.kubernetes.io/name=podinfo", "shop/web:80").unwrap();
    assert_eq!(answer.source.members.len(), 1, "{:?}", answer.source);
    assert!(matches!(answer.source.members[0].who, Who::Release(_)));
    assert_eq!(answer.source.members[0].belongs, Tri::Unknown);
    assert_eq!(quantity(&site(), "tier=front", "shop/web:80"), Quantity::Unknown);
}

#[test]
fn releases_are_in_matrices_and_among_who_can_reach() {
    let site = site();
    ask(&site, &Resources::default(), |inquiry| {
        let groups = inquiry.matrix(Grouping::Workload).groups;
        let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
        assert!(names.contains(&"apps/site") && names.contains(&"other pods of apps"), "{names:?}");
        let web = inquiry.destination(&"shop/web".parse().unwrap()).unwrap();
        let partners = inquiry.who_can_reach(web).partners;
        let release = partners.iter().find(|partner| matches!(partner.end.who, Who::Release(_))).unwrap();
        assert_eq!(release.quantity, Quantity::Unknown);
    });
}

/// Labels of pods.
type Labels = BTreeMap<&'static str, &'static str>;

const KEYS: [&str; 5] = ["tier", "net", "app.kubernetes.io/name", "app.kubernetes.io/component", "team"];
const VALUES: [&str; 3] = ["a", "b", "site"];
const PORTS: [u16; 3] = [80, 81, 8080];

fn labels(dice: &mut Dice, keys: &[&'static str]) -> Labels {
    let kept: Vec<&'static str> = keys.iter().copied().filter(|_| dice.percent(40)).collect();
    kept.into_iter().map(|key| (key, *dice.one(&VALUES))).collect()
}

fn flow(labels: &Labels) -> String {
    let entries: Vec<String> = labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{{}}}", entries.join(", "))
}

/// A release with what its values say, and the labels of the pods that its chart makes of them.
fn release(dice: &mut Dice) -> (String, Vec<Labels>) {
    let own = ["tier", "net", "team"];
    let (chart, values, mut pods) = if dice.percent(50) {
        let written = labels(dice, &own);
        ("podinfo", format!("podLabels: {}", flow(&written)), vec![written])
    } else {
        let (default, merge) = (labels(dice, &own), dice.percent(50));
        let mut controllers = Vec::new();
        let mut pods = Vec::new();
        for number in 0..dice.between(1, 3) {
            let written = dice.percent(50).then(|| labels(dice, &own));
            let pod = written.as_ref().map(|written| format!("pod: {{labels: {}}}", flow(written)));
            controllers.push(format!("c{number}: {{{}}}", pod.unwrap_or_default()));
            let mut carried = if merge || written.is_none() { default.clone() } else { Labels::new() };
            carried.extend(written.into_iter().flatten());
            pods.push(carried);
        }
        let values =
            format!("defaultPodOptions: {{labels: {}}}, controllers: {{{}}}", flow(&default), controllers.join(", "));
        ("app-template", values, pods)
    };
    for pod in &mut pods {
        // Whatever the chart adds, it leaves alone what the values write.
        for (key, value) in labels(dice, &KEYS) {
            pod.entry(key).or_insert(value);
        }
    }
    let object = format!(
        "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: site, namespace: apps}}\n\
         spec: {{chart: {{spec: {{chart: {chart}}}}}, values: {{{values}}}}}\n"
    );
    (object, pods)
}

/// What `helm template` would show of it.
fn rendered(pods: &[Labels], dice: &mut Dice) -> String {
    let mut text = String::new();
    for (number, pod) in pods.iter().enumerate() {
        let mut pod = pod.clone();
        pod.insert("app.kubernetes.io/instance", "site");
        let port = dice.one(&PORTS);
        let name = if dice.percent(50) { "http" } else { "metrics" };
        write!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: pod{number}, namespace: apps}}\n\
             spec: {{template: {{metadata: {{labels: {}}}, spec: {{serviceAccountName: sa{number}, containers: \
             [{{name: c, ports: [{{name: {name}, containerPort: {port}}}]}}]}}}}}}\n",
            flow(&pod)
        )
        .unwrap();
    }
    text
}

fn selector(dice: &mut Dice) -> String {
    match dice.roll(5) {
        0 => "{}".to_owned(),
        1 => format!("{{matchExpressions: [{{key: {}, operator: DoesNotExist}}]}}", dice.one(&KEYS)),
        2 => format!("{{matchExpressions: [{{key: {}, operator: NotIn, values: [a, b]}}]}}", dice.one(&KEYS)),
        _ => format!("{{matchLabels: {{{}: {}}}}}", dice.one(&KEYS), dice.one(&VALUES)),
    }
}

fn policies(dice: &mut Dice) -> String {
    let mut text = String::new();
    for number in 0..dice.between(1, 4) {
        let (way, list, peers) = *dice.one(&[("Ingress", "ingress", "from"), ("Egress", "egress", "to")]);
        let port = if dice.percent(30) { "http".to_owned() } else { dice.one(&PORTS).to_string() };
        let home = dice.one(&["apps", "apps", "shop"]);
        let (subject, peer) = (selector(dice), selector(dice));
        let rules = if dice.percent(25) {
            "[]".to_owned()
        } else {
            format!("[{{{peers}: [{{namespaceSelector: {{}}, podSelector: {peer}}}], ports: [{{port: {port}}}]}}]")
        };
        write!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{number}, namespace: {home}}}\n\
             spec: {{podSelector: {subject}, policyTypes: [{way}], {list}: {rules}}}\n"
        )
        .unwrap();
    }
    text
}

/// What is sure of the stand-in is so of every pod that the chart makes of the same values.
#[test]
fn a_chart_never_belies_a_sure_answer() {
    let (mut sure, mut all) = (0, 0);
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let (object, pods) = release(&mut dice);
        let around = format!("{}{}{object}", deployment("shop", "a", 80), policies(&mut dice));
        let (less, whole) = (world(&around), world(&format!("{around}{}", rendered(&pods, &mut dice))));
        assert_eq!((less.releases.len(), whole.releases.len()), (1, 0), "seed {seed}");
        for number in 0..pods.len() {
            let pod = format!("apps/pod{number}");
            for port in PORTS {
                let at = |name: &str| format!("{name}:{port}");
                let asked = |world: &World, name: &str| {
                    [
                        quantity(world, "shop/a", &at(name)),
                        quantity(world, name, &at("shop/a")),
                        quantity(world, name, &at("10.1.2.3")),
                    ]
                };
                for (stand_in, real) in asked(&less, "apps/site").into_iter().zip(asked(&whole, &pod)) {
                    all += 1;
                    sure += usize::from(stand_in != Quantity::Unknown);
                    assert!([Quantity::Unknown, real].contains(&stand_in), "seed {seed}, {pod}:{port}\n{around}");
                }
            }
        }
    }
    println!("{sure} of {all} answers are sure");
    assert!(sure * 4 > all && sure < all, "{sure} of {all}");
}
