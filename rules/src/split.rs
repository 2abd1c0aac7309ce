//! Two list items where one was meant: a namespace selector, and a pod selector that only makes sense inside it.

use ringfence_cluster::{Entry, NamespaceId, PeerKind, Requirement, SelectorId, World};
use ringfence_manifest::kinds::network_policy::Peer;
use ringfence_manifest::{Body, Place};

use crate::context::{Cx, PolicyRef};
use crate::near::{Near, is_of_namespace};

/// The two items.
pub(crate) struct Split<'w> {
    /// The one with the namespaces.
    pub(crate) namespaces: Place,
    /// The one with the pods.
    pub(crate) pods: Place,
    /// The selector of the pods.
    pub(crate) selector: SelectorId,
    /// The namespaces that have such pods.
    pub(crate) found: Vec<NamespaceId>,
    /// The entry.
    pub(crate) entry: &'w Entry,
}

/// The splits of a NetworkPolicy: the pod selector surely matches nothing in its own namespace, and surely something in
/// the namespaces of its neighbour.
pub(crate) fn splits<'w>(cx: &Cx<'w>, policy: PolicyRef<'w>, near: &mut Near<'w>) -> Vec<Split<'w>> {
    let Body::NetworkPolicy(spec) = &policy.object.body else { return Vec::new() };
    let Some(spec) = spec.get() else { return Vec::new() };
    let ingress = spec.ingress.values().map(|rule| &rule.from);
    let egress = spec.egress.values().map(|rule| &rule.to);
    let lists = ingress.chain(egress);
    let pairs = lists.flat_map(|list| list.values().zip(list.values().skip(1)).collect::<Vec<_>>());
    pairs.filter_map(|(one, other)| split(cx, policy, near, one, other)).collect()
}

fn split<'w>(cx: &Cx<'w>, policy: PolicyRef<'w>, near: &mut Near<'w>, one: &Peer, other: &Peer) -> Option<Split<'w>> {
    let only_pods = |peer: &Peer| peer.pod_selector.get().is_some() && peer.namespace_selector.is_absent();
    let only_namespaces = |peer: &Peer| peer.namespace_selector.get().is_some() && peer.pod_selector.is_absent();
    let (namespaces, pods) = if only_namespaces(one) && only_pods(other) {
        (one.place, other.place)
    } else if only_pods(one) && only_namespaces(other) {
        (other.place, one.place)
    } else {
        return None;
    };
    let (entry, selector) = compiled(policy, pods)?;
    let (_, around) = compiled(policy, namespaces)?;
    let world = cx.world();
    if !cx.engine().selected(selector).is_none() {
        return None;
    }
    let found = found(world, near, selector, around);
    (!found.is_empty()).then_some(Split { namespaces, pods, selector, found, entry })
}

/// The namespaces of `around` in which pods fulfil what `selector` asks of them.
fn found(world: &World, near: &mut Near<'_>, selector: SelectorId, around: SelectorId) -> Vec<NamespaceId> {
    let of_pods: Vec<&Requirement> =
        world.selector(selector).written().filter(|each| !is_of_namespace(world, each)).collect();
    let area = near.area(world.selector(around));
    let fits = |id: &&ringfence_cluster::IdentityId| {
        let labels = &world.identity(**id).labels;
        of_pods.iter().all(|each| each.matches(labels, &world.symbols).is_yes())
    };
    let mut found: Vec<NamespaceId> = area.pods.iter().filter(fits).map(|&id| world.identity(id).namespace).collect();
    found.dedup();
    if of_pods.is_empty() { Vec::new() } else { found }
}

/// The entry and the selector that a peer became.
fn compiled(policy: PolicyRef<'_>, place: Place) -> Option<(&Entry, SelectorId)> {
    policy.entries().find_map(|(_, entry)| {
        let ringfence_cluster::L3::Peers(peers) = &entry.l3 else { return None };
        peers.iter().find(|peer| peer.place == place).and_then(|peer| match peer.kind {
            PeerKind::Endpoints(selector) => Some((entry, selector)),
            _ => None,
        })
    })
}
