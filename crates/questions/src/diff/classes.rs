//! Ends that need to be compared only once: no policy of either world tells them apart.

use std::collections::BTreeSet;

use ringfence_cluster::{
    Direction, Entry, EntryId, IdentityId, NamedPort, NamespaceName, Parser, PeerKind, PortMatch, SelectorId, Tri,
    World,
};
use ringfence_engine::Endpoint;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Common;
use super::signature::{Side, Signatures};
use crate::ends::{End, Who};
use crate::inquiry::Inquiry;

/// Ends of which all the same is true, and what is not the same in both worlds.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is asked for alone")]
pub(super) struct Class {
    /// As places among the ends, ascending; at least one.
    pub(super) members: Vec<usize>,
    pub(super) may_be_a_source: bool,
    /// Whether the entries for what leaves it differ.
    pub(super) sends_differently: bool,
    /// Whether the entries for what reaches it differ.
    pub(super) receives_differently: bool,
    /// Whether its labels or ports, or whatever else makes it the end it is, may differ.
    pub(super) is_another: bool,
}

/// What an end is in one world, as far as its policies can tell.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Shape {
    /// Pods that the same entries select in either role.
    Pods {
        egress: Vec<(EntryId, Tri)>,
        ingress: Vec<(EntryId, Tri)>,
        chosen: Vec<(SelectorId, Tri)>,
        ports: Vec<NamedPort>,
        open_ports: bool,
        /// Label keys that mean something whatever the policies say (semantics §4.4).
        host: bool,
        init: bool,
        remote: bool,
        /// Where rules name ports, the ports of all pods with the same labels matter (semantics §2.5).
        family: Option<IdentityId>,
    },
    /// Anything else is itself.
    Other(Vec<Endpoint>),
}

/// One of the two worlds, with what is asked for each end.
struct Half<'a> {
    inquiry: &'a Inquiry<'a>,
    side: &'a Side,
    /// The selectors of peers that match each identity.
    chosen: FxHashMap<IdentityId, Vec<(SelectorId, Tri)>>,
    /// Whether rules for what leaves pods name ports.
    names_ports: bool,
    /// Whether several namespaces are unknown, so that being in one of them tells little.
    vague: bool,
}

/// The classes of all ends, in the order of their first members.
pub(super) fn classes(
    ends: &[Common],
    (old, new): (&Inquiry<'_>, &Inquiry<'_>),
    signatures: &Signatures,
) -> Vec<Class> {
    let before = Half::new(old, &signatures.old);
    let after = Half::new(new, &signatures.new);
    let families_differ = (before.names_ports || after.names_ports) && pods(&signatures.old) != pods(&signatures.new);
    let mut known: FxHashMap<(Shape, Shape, bool), usize> = FxHashMap::default();
    let mut classes: Vec<Class> = Vec::new();
    for (at, end) in ends.iter().enumerate() {
        let is_another = is_another((&before, &after), end) || families_differ;
        let key = (before.shape(&end.old), after.shape(&end.new), is_another);
        let next = classes.len();
        let id = *known.entry(key).or_insert(next);
        if id == next {
            classes.push(Class::new(end, (&before, &after), is_another));
        }
        classes[id].members.push(at);
    }
    classes
}

fn pods(side: &Side) -> FxHashSet<u32> {
    side.pods.iter().copied().collect()
}

/// Whether an end may be told apart from what it was by something else than its own entries.
fn is_another((before, after): (&Half<'_>, &Half<'_>), end: &Common) -> bool {
    match (end.old.shapes.as_slice(), end.new.shapes.as_slice()) {
        // A DNS name's addresses become known by what happens at the DNS pods.
        _ if matches!(end.old.who, Who::Dns(_)) => true,
        (&[Endpoint::Pods(old)], &[Endpoint::Pods(new)]) => {
            before.side.pods(old) != after.side.pods(new) || before.is_vague(old) || after.is_vague(new)
        }
        (old, new) => old != new,
    }
}

impl Class {
    fn new(end: &Common, (before, after): (&Half<'_>, &Half<'_>), is_another: bool) -> Self {
        let differs = |way: Direction| before.standing(&end.old, way) != after.standing(&end.new, way);
        let (sends, receives) = (differs(Direction::Egress), differs(Direction::Ingress));
        // Entries of one direction can spoil the other (semantics §2.4).
        let both = (sends || receives) && (before.asks_above_ports(&end.old) || after.asks_above_ports(&end.new));
        Self {
            members: Vec::new(),
            may_be_a_source: !matches!(end.old.who, Who::Dns(_)),
            sends_differently: sends || both,
            receives_differently: receives || both,
            is_another,
        }
    }
}

impl<'a> Half<'a> {
    fn new(inquiry: &'a Inquiry<'a>, side: &'a Side) -> Self {
        let world = inquiry.world();
        let unknown = |namespace: &&ringfence_cluster::Namespace| !matches!(namespace.name, NamespaceName::Known(_));
        let names_ports = counting(inquiry).any(|entry| {
            let named = |rule: &ringfence_cluster::PortRule| matches!(rule.port, PortMatch::Named(..));
            entry.direction == Direction::Egress && entry.port_rules().iter().any(named)
        });
        let vague = world.namespaces.iter().filter(unknown).count() > 1;
        Self { inquiry, side, chosen: chosen(inquiry), names_ports, vague }
    }

    fn world(&self) -> &'a World {
        self.inquiry.world()
    }

    fn is_vague(&self, identity: IdentityId) -> bool {
        let namespace = self.world().namespace(self.world().identity(identity).namespace);
        self.vague && !matches!(namespace.name, NamespaceName::Known(_))
    }

    fn shape(&self, end: &End) -> Shape {
        let &[Endpoint::Pods(id)] = end.shapes.as_slice() else { return Shape::Other(end.shapes.clone()) };
        let world = self.world();
        let identity = world.identity(id);
        let has = |key: &str| {
            world.symbols.find(key).is_some_and(|key| identity.labels.iter().any(|(own, _)| own.name == key))
        };
        let cluster = world.symbols.find(ringfence_cluster::CLUSTER);
        let own = world.symbols.find(&world.knobs.cluster);
        let remote = identity.labels.iter().any(|(key, value)| Some(key.name) == cluster && value != own);
        Shape::Pods {
            egress: self.inquiry.engine().entries_selecting(id, Direction::Egress),
            ingress: self.inquiry.engine().entries_selecting(id, Direction::Ingress),
            chosen: self.chosen.get(&id).cloned().unwrap_or_default(),
            ports: identity.ports.clone(),
            open_ports: identity.open_ports,
            host: has("host"),
            init: has("init"),
            remote,
            family: self.names_ports.then_some(id),
        }
    }

    /// What applies to an end in one direction, in words that both worlds share.
    fn standing(&self, end: &End, way: Direction) -> Vec<(u32, Tri)> {
        let applying = end.shapes.iter().flat_map(|shape| self.inquiry.engine().entries_applying(shape, way));
        let mut standing: Vec<(u32, Tri)> =
            applying.map(|(entry, tri)| (self.side.whole[entry.0 as usize], tri)).collect();
        standing.sort_unstable();
        standing
    }

    fn asks_above_ports(&self, end: &End) -> bool {
        let engine = self.inquiry.engine();
        let applying =
            |way| end.shapes.iter().flat_map(move |shape| engine.entries_applying(shape, way)).map(|(entry, _)| entry);
        Direction::BOTH.into_iter().flat_map(applying).any(|id| {
            let entry = self.world().entry(id);
            let parsed = |rule: &ringfence_cluster::PortRule| rule.parser != Parser::default();
            entry.authentication.is_some() || entry.port_rules().iter().any(parsed)
        })
    }
}

fn counting<'a>(inquiry: &'a Inquiry<'_>) -> impl Iterator<Item = &'a Entry> {
    inquiry.world().entries.iter().filter(|entry| inquiry.engine().counts(entry.policy))
}

/// The selectors of peers that match each identity, surely or perhaps.
fn chosen(inquiry: &Inquiry<'_>) -> FxHashMap<IdentityId, Vec<(SelectorId, Tri)>> {
    let selectors = counting(inquiry).flat_map(Entry::peers).filter_map(|peer| match peer.kind {
        PeerKind::Endpoints(selector) => Some(selector),
        _ => None,
    });
    let selectors: BTreeSet<SelectorId> = selectors.collect();
    let mut chosen: FxHashMap<IdentityId, Vec<(SelectorId, Tri)>> = FxHashMap::default();
    for selector in selectors {
        let matches = inquiry.engine().selected(selector);
        let sure = matches.sure().map(|identity| (identity, Tri::Yes));
        for (identity, tri) in sure.chain(matches.perhaps().map(|identity| (identity, Tri::Unknown))) {
            chosen.entry(identity).or_default().push((selector, tri));
        }
    }
    chosen
}
