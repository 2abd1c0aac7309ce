//! Where entries are looked for that may include another: by one label, address or name that they ask for.

use ipnet::IpNet;
use ringfence_cluster::{
    Direction, DnsPattern, Entity, Entry, EntryId, L3, NamespaceId, Operator, PeerKind, SelectorId, Symbol, World,
};
use rustc_hash::FxHashMap;

use crate::inclusion::wider;

/// So many candidates of one anchor are looked at. There are more where very many rules differ in their ports alone: a
/// proof may then be missed, but never made up.
const LOOKED_AT: usize = 64;

/// Something that whoever is included asks for too.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Anchor {
    /// A label with one of its values.
    Label(Symbol, Symbol),
    /// A selector that asks for no value of a label.
    Loose,
    Anyone,
    Entity(Entity),
    Range(IpNet),
    Name(DnsPattern),
    Nodes,
}

/// Entries by direction, scope and anchor of the subject.
type BySubject<T> = FxHashMap<(Direction, Option<NamespaceId>, Anchor), T>;

/// The entries of the policies that count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anchors {
    entries: BySubject<FxHashMap<Anchor, Vec<EntryId>>>,
    /// The first entry of each policy's rule that isolates somebody.
    isolating: BySubject<Vec<EntryId>>,
}

impl Anchors {
    pub(crate) fn of<'e>(world: &'e World, entries: impl Iterator<Item = (EntryId, &'e Entry)>) -> Self {
        let mut anchors = Self::default();
        for (id, entry) in entries {
            for subject in placed(world, entry.subject) {
                let key = (entry.direction, entry.scope, subject);
                if entry.default_deny.is_yes() {
                    let isolating = anchors.isolating.entry(key.clone()).or_default();
                    let same = |last: &EntryId| world.entry(*last).policy == entry.policy;
                    if !isolating.last().is_some_and(same) {
                        isolating.push(id);
                    }
                }
                let by_peer = anchors.entries.entry(key).or_default();
                for peer in placed_peers(world, entry) {
                    let known = by_peer.entry(peer).or_default();
                    if known.last() != Some(&id) {
                        known.push(id);
                    }
                }
            }
        }
        anchors
    }

    /// The entries that may include one peer of an entry, and whom it applies to.
    pub(crate) fn candidates<'a>(
        &'a self,
        world: &'a World,
        entry: &Entry,
        peer: Option<&PeerKind>,
    ) -> impl Iterator<Item = EntryId> + use<'a> {
        let peers = sought_peers(world, peer);
        let by_peer = keys(world, entry).into_iter().filter_map(|key| self.entries.get(&key));
        by_peer.flat_map(move |by_peer| {
            let found: Vec<_> = peers.iter().filter_map(|anchor| by_peer.get(anchor)).collect();
            found.into_iter().flat_map(|ids| ids.iter().take(LOOKED_AT).copied())
        })
    }

    /// Entries that may isolate everybody whom an entry applies to.
    pub(crate) fn isolating<'a>(&'a self, world: &World, entry: &Entry) -> impl Iterator<Item = EntryId> + use<'a> {
        let found = keys(world, entry).into_iter().filter_map(|key| self.isolating.get(&key));
        found.flat_map(|ids| ids.iter().take(LOOKED_AT).copied())
    }
}

fn keys(world: &World, entry: &Entry) -> Vec<(Direction, Option<NamespaceId>, Anchor)> {
    let mut scopes = vec![None, entry.scope];
    scopes.dedup();
    let anchors = sought(world, entry.subject);
    scopes.into_iter().flat_map(|scope| anchors.iter().map(move |one| (entry.direction, scope, one.clone()))).collect()
}

/// Where a selector is placed: under the values of one label, rather one that its author wrote.
fn placed(world: &World, selector: SelectorId) -> Vec<Anchor> {
    let selector = world.selector(selector);
    let asks = |injected: bool| {
        selector.requirements.iter().filter(move |one| one.injected == injected).find_map(|one| match &one.operator {
            Operator::In(values) => Some((one.key.name, values)),
            _ => None,
        })
    };
    match asks(false).or_else(|| asks(true)) {
        Some((key, values)) => values.iter().map(|&value| Anchor::Label(key, value)).collect(),
        None => vec![Anchor::Loose],
    }
}

/// Where a selector that includes another may be placed. It has every value of a label that the other has.
fn sought(world: &World, selector: SelectorId) -> Vec<Anchor> {
    let requirements = world.selector(selector).requirements.iter();
    let labels = requirements.filter_map(|one| match &one.operator {
        Operator::In(values) => Some(Anchor::Label(one.key.name, *values.first()?)),
        _ => None,
    });
    labels.chain([Anchor::Loose]).collect()
}

fn placed_peers(world: &World, entry: &Entry) -> Vec<Anchor> {
    match &entry.l3 {
        L3::Anyone => vec![Anchor::Anyone],
        L3::Peers(peers) => peers.iter().flat_map(|peer| placed_peer(world, &peer.kind)).collect(),
        L3::Nothing | L3::Unknown => Vec::new(),
    }
}

fn placed_peer(world: &World, peer: &PeerKind) -> Vec<Anchor> {
    match peer {
        PeerKind::Endpoints(selector) => placed(world, *selector),
        PeerKind::Entity(entity) => vec![Anchor::Entity(*entity)],
        PeerKind::Cidr { net, .. } => vec![Anchor::Range(*net)],
        PeerKind::Fqdn(pattern) => vec![Anchor::Name(pattern.clone())],
        PeerKind::Nodes(_) => vec![Anchor::Nodes],
        PeerKind::Nobody | PeerKind::Unknown => Vec::new(),
    }
}

fn sought_peers(world: &World, peer: Option<&PeerKind>) -> Vec<Anchor> {
    let mut anchors = vec![Anchor::Anyone, Anchor::Entity(Entity::All)];
    match peer {
        Some(PeerKind::Endpoints(selector)) => anchors.extend(sought(world, *selector)),
        Some(PeerKind::Entity(entity)) => {
            anchors.push(Anchor::Entity(*entity));
            anchors.extend(wider(*entity).iter().map(|&entity| Anchor::Entity(entity)));
        }
        Some(PeerKind::Cidr { net, .. }) => {
            anchors.push(Anchor::Entity(Entity::World));
            anchors.extend(std::iter::successors(Some(*net), IpNet::supernet).map(Anchor::Range));
        }
        Some(PeerKind::Fqdn(pattern)) => {
            anchors.extend([Anchor::Entity(Entity::World), Anchor::Name(pattern.clone())]);
        }
        Some(PeerKind::Nodes(_)) => anchors.push(Anchor::Nodes),
        Some(PeerKind::Nobody | PeerKind::Unknown) | None => {}
    }
    anchors
}
