//! The port of a Service where the port of the pod is meant.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{Entry, PortMatch, PortRule, Protocol, Service, ServicePort, Verdict};

use crate::bound::{declared, receivers};
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports a port number that is the `port` of a Service in front of the pods concerned while its `targetPort` is another
    /// one, and that no container of these pods declares.
    ///
    /// It stays silent where something else in the policies opens the `targetPort` between the same ends.
    ///
    /// ## Why it matters
    /// Policies look at packets after the Service has been resolved: they see the port of the pod. The port of the Service
    /// matches nothing, and every call through the Service is dropped.
    ///
    /// ```yaml bad
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1", ports: [{containerPort: 8080}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - ports: [{port: 80}]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1", ports: [{containerPort: 8080}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - ports: [{port: 8080}]
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports>
    /// - <https://github.com/cilium/cilium/issues/1299>
    pub static SERVICE_PORT_NOT_TARGET_PORT = "service-port-not-target-port" {
        group: Availability, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

/// A Service that leads from the number in the policy to another one.
struct Detour<'w> {
    service: &'w Service,
    port: &'w ServicePort,
    target: u16,
}

/// The Services before each pod, by their numbers: a policy is never held against all Services of a namespace.
type Services = BTreeMap<IdentityId, Vec<usize>>;

/// A policy for more pods than this is not about a Service.
const MANY: usize = 500;

pub(crate) fn check(cx: &mut Cx<'_>) {
    let services = services(cx);
    for policy in cx.policies().filter(|policy| policy.policy.counts()) {
        let mut seen: Vec<Place> = Vec::new();
        for (id, entry) in policy.entries().filter(|(_, entry)| !entry.node && entry.verdict == Verdict::Allow) {
            look(cx, &services, policy, (id, entry), &mut seen);
        }
    }
}

fn services(cx: &Cx<'_>) -> Services {
    let mut services = Services::new();
    for (at, service) in cx.world().services.iter().enumerate() {
        let selected = service.selector.map(|selector| cx.engine().selected(selector));
        let own = selected.iter().flat_map(|selected| selected.sure());
        for pod in own.filter(|&pod| cx.world().identity(pod).namespace == service.namespace) {
            services.entry(pod).or_default().push(at);
        }
    }
    services
}

fn look(
    cx: &mut Cx<'_>,
    services: &Services,
    policy: PolicyRef<'_>,
    (id, entry): (EntryId, &Entry),
    seen: &mut Vec<Place>,
) {
    let L4::Ports(rules) = &entry.l4 else { return };
    let single = |rule: &PortRule| match rule.port {
        PortMatch::Range(first, last) => (first == last).then_some(first),
        _ => None,
    };
    if !rules.iter().any(|rule| single(rule).is_some()) {
        return;
    }
    let Some(pods) = receivers(cx, id, entry).filter(|pods| pods.len() <= MANY) else { return };
    for rule in rules.iter().filter(|rule| !seen.contains(&rule.place)).collect::<Vec<_>>() {
        if let Some(number) = single(rule)
            && let Some(detour) = detour(cx, services, &pods, rule, number)
            && !is_open(cx, (id, entry), &pods, rule.protocol, detour.target)
        {
            seen.push(rule.place);
            report(cx, policy, rule, number, &detour);
        }
    }
}

/// The Service that explains the number, if none of the pods has it.
fn detour<'w>(
    cx: &Cx<'w>,
    services: &Services,
    pods: &[IdentityId],
    rule: &PortRule,
    number: u16,
) -> Option<Detour<'w>> {
    let world = cx.world();
    let declares = |&pod: &IdentityId| {
        declared(world, pod).iter().any(|port| port.container_port.get() == Some(&i64::from(number)))
    };
    if pods.iter().any(declares) {
        return None;
    }
    let before: BTreeSet<usize> = pods.iter().filter_map(|pod| services.get(pod)).flatten().copied().collect();
    // By namespace, and there in the order of the files.
    let mut before: Vec<&Service> = before.into_iter().map(|at| &world.services[at]).collect();
    before.sort_by_key(|service| service.namespace);
    let mut found = None;
    for service in before {
        for port in service.ports.iter().filter(|port| speaks(rule.protocol, port.protocol)) {
            let target = target(world, port, pods)?;
            if target == number {
                return None;
            }
            if port.port == Some(number) && found.is_none() {
                found = Some(Detour { service, port, target });
            }
        }
    }
    found
}

/// The number that a port of a Service leads to.
fn target(world: &World, port: &ServicePort, pods: &[IdentityId]) -> Option<u16> {
    match port.target {
        PortMatch::Range(first, _) => Some(first),
        PortMatch::Named(name, _) => {
            let mut ports = pods.iter().flat_map(|&pod| &world.identity(pod).ports);
            ports.find(|own| own.name == name && own.protocol == port.protocol)?.number
        }
        PortMatch::All | PortMatch::Unknown => None,
    }
}

/// Whether some entry for the same subjects and peers opens the target.
fn is_open(cx: &Cx<'_>, (id, entry): (EntryId, &Entry), pods: &[IdentityId], protocol: Protocol, target: u16) -> bool {
    let covers = |rule: &PortRule| {
        let port = match rule.port {
            PortMatch::Range(first, last) => (first..=last).contains(&target),
            PortMatch::All | PortMatch::Unknown => true,
            PortMatch::Named(name, _) => pods.iter().any(|&pod| {
                let mut ports = cx.world().identity(pod).ports.iter();
                ports.any(|own| own.name == name && own.number == Some(target))
            }),
        };
        port && speaks(rule.protocol, protocol)
    };
    let opens = |other: &Entry| match &other.l4 {
        L4::Any | L4::Unknown => true,
        L4::Ports(rules) => rules.iter().any(covers),
    };
    let subjects = cx.engine().subjects(id);
    let mut others: Vec<EntryId> = subjects
        .sure()
        .flat_map(|subject| cx.engine().entries_selecting(subject, entry.direction))
        .map(|(other, _)| other)
        .collect();
    others.sort_unstable();
    others.dedup();
    let peers = cx.engine().peers(id);
    let meets = |other: EntryId| {
        let own = cx.engine().peers(other);
        !own.pods.and(&peers.pods).is_none() || own.outside && peers.outside
    };
    let allows = |other: &EntryId| cx.world().entry(*other).verdict == Verdict::Allow;
    opens(entry) || others.into_iter().filter(allows).any(|other| opens(cx.world().entry(other)) && meets(other))
}

fn report(cx: &mut Cx<'_>, policy: PolicyRef<'_>, rule: &PortRule, number: u16, detour: &Detour<'_>) {
    let world = cx.world();
    let target = detour.target;
    let name = world.object(detour.service.object).name().unwrap_or("(unnamed)");
    let value = cx.document(rule.place.file).and_then(|document| document.node(rule.place)).map(|(node, base)| {
        let span = node.get("port").map_or(node.span(), |entry| entry.value.span());
        Place { span: ringfence_text::Span::shifted(span, base), ..rule.place }
    });
    let place = value.unwrap_or(rule.place);
    let edits = cx.edit(place, |node| ringfence_yaml::edit::replace_scalar(node, &target.to_string()));
    cx.report(place, format!("port {number} is the port of Service `{name}`; its pods are reached on {target}"))
        .about(policy.object)
        .here("policies look behind the Service, where nothing uses this port")
        .label(detour.port.place, format!("leads from {number} to {target}"))
        .help(format!("open the port of the pods: {target}"))
        .fix(Applicability::Unsafe, format!("use the target port: opens {target}, closes {number}"), edits);
}

fn speaks(one: Protocol, other: Protocol) -> bool {
    one == other || one == Protocol::Any || other == Protocol::Any
}
