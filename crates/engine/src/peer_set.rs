//! Who an entry's peers are, all at once.

use ringfence_cluster::{Entity, EntryId, L3, PeerKind, Tri};

use crate::engine::Engine;
use crate::l3::PeerTest;
use crate::party::Party;
use crate::{Endpoint, Matches};

/// The peers of an entry.
#[derive(Clone, PartialEq, Debug)]
pub struct PeerSet {
    /// Pods, of all namespaces.
    pub pods: Matches,
    /// The special endpoints that are in, surely or perhaps, in the order of semantics §5.6.
    pub reserved: Vec<(Entity, Tri)>,
    /// Whether any public address is in.
    pub world: Tri,
    /// Whether some address outside the cluster, or name, is in.
    pub outside: bool,
}

/// The special endpoints that a peer set tells.
const RESERVED: [Entity; 7] = [
    Entity::Host,
    Entity::RemoteNode,
    Entity::KubeApiserver,
    Entity::Ingress,
    Entity::Health,
    Entity::Init,
    Entity::Unmanaged,
];

impl PeerSet {
    /// Whether it is empty, surely: the entry can match nothing.
    pub fn is_none(&self) -> bool {
        self.pods.is_none() && self.reserved.is_empty() && !self.outside
    }
}

impl Engine<'_> {
    /// Who an entry talks about. Ports are left aside.
    pub fn peers(&self, entry: EntryId) -> PeerSet {
        let l3 = &self.world().entry(entry).l3;
        let covers = |endpoint: Endpoint| self.covers(entry, &endpoint);
        let reserved = RESERVED.map(|entity| (entity, covers(Endpoint::Reserved(entity))));
        let world = covers(Endpoint::World);
        PeerSet {
            pods: self.peer_pods(entry),
            reserved: reserved.into_iter().filter(|(_, tri)| tri.possible()).collect(),
            world,
            outside: reaches_outside(l3) || world.possible(),
        }
    }

    /// The pods among the peers of an entry, without a look at anything else.
    pub fn peer_pods(&self, entry: EntryId) -> Matches {
        let all = || Matches::all(self.world().identities.len());
        match &self.world().entry(entry).l3 {
            L3::Nothing => Matches::none(),
            L3::Anyone => all(),
            L3::Unknown => all().unsure(),
            L3::Peers(peers) => {
                let sets = peers.iter().map(|peer| self.pods_of(&peer.kind));
                sets.reduce(|one, other| one.or(&other)).unwrap_or_default()
            }
        }
    }

    /// Whether the peers of an entry include an endpoint.
    pub fn covers(&self, entry: EntryId, endpoint: &Endpoint) -> Tri {
        let test = PeerTest::new(self.lookup());
        let parties = Party::of(endpoint, self.world());
        let mut shapes = parties.iter().map(|party| test.entry(self.world().entry(entry), party));
        match shapes.next() {
            Some(first) if shapes.all(|shape| shape == first) => first,
            _ => Tri::Unknown,
        }
    }

    /// Every pod is the same to a peer that does not look at labels.
    fn pods_of(&self, peer: &PeerKind) -> Matches {
        if let PeerKind::Endpoints(selector) = peer {
            return self.selected(*selector).clone();
        }
        let Some((any, _)) = self.world().identity_ids().next() else { return Matches::none() };
        let test = PeerTest::new(self.lookup());
        let all = Matches::all(self.world().identities.len());
        match Party::of(&Endpoint::Pods(any), self.world()).iter().map(|party| test.peer(peer, party)).max() {
            Some(Tri::Yes) => all,
            Some(Tri::Unknown) => all.unsure(),
            _ => Matches::none(),
        }
    }
}

fn reaches_outside(l3: &L3) -> bool {
    match l3 {
        L3::Nothing => false,
        L3::Anyone | L3::Unknown => true,
        L3::Peers(peers) => {
            peers.iter().any(|peer| matches!(peer.kind, PeerKind::Cidr { .. } | PeerKind::Fqdn(_) | PeerKind::Unknown))
        }
    }
}
