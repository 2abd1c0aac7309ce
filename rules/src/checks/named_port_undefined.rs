//! A port name that no container gives.

use ringfence_cluster::{Entry, NamedPort, PortMatch, PortRule, Protocol};

use crate::bound::{declared, receivers};
use crate::near::{is_near, workload_of};
use crate::prelude::*;

declare_rule! {
    /// ## What it does
    /// Reports a port given by name that no container of the pods concerned declares: the subjects for ingress, the
    /// destinations for egress. The name is looked up together with the protocol. It speaks only where all these pods are in
    /// the input.
    ///
    /// ## Why it matters
    /// An unknown name matches no port, and nothing says so.
    ///
    /// ```yaml bad
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1", ports: [{name: http, containerPort: 8080}]}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - ports: [{port: https}]
    /// ```
    ///
    /// ```yaml good
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: main, image: "web:1", ports: [{name: http, containerPort: 8080}]}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///     - ports: [{port: http}]
    /// ```
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>
    /// - <https://docs.cilium.io/en/stable/security/policy/language/#limit-ingress-egress-ports>
    pub static NAMED_PORT_UNDEFINED = "named-port-undefined" {
        group: Availability, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(policy: PolicyRef<'_>, cx: &mut Cx<'_>) {
    if !policy.policy.counts() {
        return;
    }
    let mut seen: Vec<Place> = Vec::new();
    for (id, entry) in policy.entries().filter(|(_, entry)| !entry.node) {
        let L4::Ports(rules) = &entry.l4 else { continue };
        let named = rules.iter().filter(|rule| matches!(rule.port, PortMatch::Named(..)));
        for rule in named {
            if !seen.contains(&rule.place)
                && let Some(pods) = receivers(cx, id, entry)
            {
                seen.push(rule.place);
                look_up(cx, policy, entry, rule, &pods);
            }
        }
    }
}

fn look_up(cx: &mut Cx<'_>, policy: PolicyRef<'_>, entry: &Entry, rule: &PortRule, pods: &[IdentityId]) {
    let PortMatch::Named(name, _) = rule.port else { return };
    let world = cx.world();
    let ports: Vec<(IdentityId, NamedPort)> =
        pods.iter().flat_map(|&pod| world.identity(pod).ports.iter().map(move |port| (pod, *port))).collect();
    let speaks = |port: &NamedPort| {
        rule.protocol == Protocol::Any || port.protocol == rule.protocol || port.protocol == Protocol::Unknown
    };
    let unsure = matches!(rule.protocol, Protocol::Unknown);
    if unsure || ports.iter().any(|(_, port)| port.name == name && speaks(port)) {
        return;
    }
    let text = world.symbols.text(name);
    let other = ports.iter().find(|(_, port)| port.name == name);
    let near = ports.iter().find(|(_, port)| speaks(port) && is_like(text, world.symbols.text(port.name)));
    let whose = if entry.direction == Direction::Ingress { "the subjects" } else { "the destinations" };
    let place = port_value(cx, rule.place);
    let fact = match other {
        Some((_, port)) => format!(
            "the port `{text}` is {} on {whose}, so under {} it matches nothing",
            protocol(port.protocol),
            protocol(rule.protocol)
        ),
        None => format!("no container of {whose} has a port named `{text}`, so it matches nothing"),
    };
    let spot = |pod: IdentityId, wanted: &str| {
        declared(world, pod).iter().find(|port| port.name.get().is_some_and(|own| own == wanted)).map(|port| port.place)
    };
    let found = other.or(near).copied();
    let fix = near.filter(|_| other.is_none()).map(|(_, port)| world.symbols.text(port.name));
    let edits = fix.and_then(|new| cx.edit(place, |node| ringfence_yaml::edit::replace_scalar(node, new)));
    let there: Vec<String> = pods.iter().flat_map(|&pod| declared(world, pod)).filter_map(describe).take(4).collect();
    let first = pods.first().and_then(|&pod| workload_of(world, pod));
    let mut draft = cx.report(place, fact).about(policy.object);
    if let Some((pod, port)) = found
        && let Some(place) = spot(pod, world.symbols.text(port.name))
    {
        let text = world.symbols.text(port.name);
        draft = draft.label(place, format!("here is `{text}`, {}", protocol(port.protocol)));
    } else if let Some(workload) = first {
        let object = world.object(workload.object);
        let place = object.name_place();
        draft = draft.label(place, "these pods");
    }
    draft = match (other, fix) {
        (Some((_, port)), _) => draft.help(format!("set `protocol: {}`", protocol(port.protocol))),
        (None, Some(new)) => draft.help(format!("did you mean `{new}`?")),
        (None, None) if there.is_empty() => {
            draft.help("give the number of the port, or name the port in the container")
        }
        (None, None) => draft.help(format!("the containers declare {}", there.join(", "))),
    };
    let message = format!("ask for `{}`: opens that port", fix.unwrap_or_default());
    draft.fix(Applicability::Unsafe, message, edits);
}

/// Port names are short: one letter is a slip from four on.
fn is_like(one: &str, other: &str) -> bool {
    let short = one.len().min(other.len()) >= 4 && !other.starts_with(one) && !one.starts_with(other);
    is_near(one, other) || short && strsim::osa_distance(one, other) == 1
}

/// The value of `port` inside an element of `ports`.
fn port_value(cx: &Cx<'_>, place: Place) -> Place {
    let found = cx.document(place.file).and_then(|document| document.node(place)).and_then(|(node, base)| {
        let value =
            node.get("port").or_else(|| node.get("namedPort")).or_else(|| node.get("destinationNamedPort"))?.value;
        Some(ringfence_text::Span::shifted(value.span(), base))
    });
    found.map_or(place, |span| Place { span, ..place })
}

fn describe(port: &ringfence_manifest::kinds::workload::ContainerPort) -> Option<String> {
    let number = port.container_port.get()?;
    Some(match port.name.get() {
        Some(name) => format!("`{name}` ({number})"),
        None => format!("`{number}`"),
    })
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
        _ => "TCP",
    }
}
