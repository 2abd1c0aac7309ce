//! The pods whose ports an item is about: the subjects where traffic comes in, the peers where it goes out.

use ringfence_cluster::{Direction, Entry, EntryId, Identity, IdentityId, L3, PeerKind, World};
use ringfence_manifest::Body;
use ringfence_manifest::kinds::workload::ContainerPort;

use crate::context::Cx;
use crate::near::workload_of;

/// The pods, where all of them are known: `None` where some may be unseen, or something that is no pod is meant too.
pub(crate) fn receivers(cx: &Cx<'_>, id: EntryId, entry: &Entry) -> Option<Vec<IdentityId>> {
    let pods = match (entry.direction, &entry.l3) {
        (Direction::Ingress, _) => cx.engine().subjects(id),
        (Direction::Egress, L3::Peers(peers))
            if peers.iter().all(|peer| matches!(peer.kind, PeerKind::Endpoints(_))) =>
        {
            cx.engine().peer_pods(id)
        }
        _ => return None,
    };
    let all: Vec<IdentityId> = pods.sure().collect();
    let known = |id: &IdentityId| is_known(cx.world().identity(*id));
    let complete = pods.perhaps().next().is_none() && !all.is_empty() && all.iter().all(known);
    complete.then_some(all)
}

/// Whether all ports of a pod are known.
fn is_known(identity: &Identity) -> bool {
    !identity.open_ports && !identity.representative && !identity.dns_stand_in
}

/// The ports that the containers of a class of pods declare, named or not.
pub(crate) fn declared(world: &World, id: IdentityId) -> Vec<&ContainerPort> {
    let template = workload_of(world, id).map(|workload| &world.object(workload.object).body);
    let Some(Body::Workload(template)) = template else { return Vec::new() };
    template.listening().flat_map(|container| container.ports.values()).collect()
}
