//! What entries and pods say in words that two worlds share: numbers of symbols, selectors and policies differ between them.

use std::fmt::Write as _;

use ringfence_cluster::{
    Entry, EntryId, Identity, IdentityId, L3, L4, Operator, Parser, PeerKind, PolicyId, PortMatch, SelectorId, Source,
    Symbol, World,
};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::common::{Key, key};
use crate::inquiry::Inquiry;

/// The signatures of two worlds: what has the same number says the same.
pub(super) struct Signatures {
    pub(super) old: Side,
    pub(super) new: Side,
}

/// The signatures of one world.
pub(super) struct Side {
    /// What each entry says, whosever it is.
    pub(super) says: Vec<u32>,
    /// The same with its policy and its place in it: the agent merges entries in the order of their policies' names.
    pub(super) whole: Vec<u32>,
    /// The labels and ports of each identity.
    pub(super) pods: Vec<u32>,
    /// The policies by what makes them the same in another world, and back.
    pub(super) policies: FxHashMap<Key, PolicyId>,
    pub(super) keys: Vec<Key>,
    /// What the entries of each policy say.
    pub(super) said: Vec<FxHashSet<u32>>,
    /// The label keys that selectors of policies that count ask for.
    pub(super) asked: FxHashSet<SmolStr>,
}

/// Numbers for texts.
#[derive(Default)]
struct Numbers(FxHashMap<String, u32>);

impl Numbers {
    fn of(&mut self, text: String) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(text).or_insert(next)
    }
}

impl Signatures {
    pub(super) fn of(old: &Inquiry<'_>, new: &Inquiry<'_>) -> Self {
        let mut numbers = Numbers::default();
        Self { old: Side::of(old, &mut numbers), new: Side::of(new, &mut numbers) }
    }
}

impl Side {
    fn of(inquiry: &Inquiry<'_>, numbers: &mut Numbers) -> Self {
        let world = inquiry.world();
        let selectors: Vec<u32> =
            (0..world.selectors.len() as u32).map(|at| numbers.of(selector(world, SelectorId(at)))).collect();
        let (policies, keys) = policies(world);
        let says: Vec<u32> = world.entries.iter().map(|one| numbers.of(entry(world, one, &selectors))).collect();
        let whole = world.entries.iter().zip(&says).map(|(one, says)| {
            let key = &keys[one.policy.0 as usize];
            numbers.of(format!("{key:?} {} {:?} {says}", one.spec, one.item))
        });
        let whole = whole.collect();
        let pods = world.identities.iter().map(|identity| numbers.of(pods(world, identity))).collect();
        let said = world.policies.iter().map(|policy| world.entries_of(policy).map(|(id, _)| says[id.0 as usize]));
        let said = said.map(Iterator::collect).collect();
        Self { says, whole, pods, policies, keys, said, asked: asked(inquiry) }
    }

    /// What an entry says.
    pub(super) fn says(&self, entry: EntryId) -> u32 {
        self.says[entry.0 as usize]
    }

    /// What is written on the pods of an identity.
    pub(super) fn pods(&self, identity: IdentityId) -> u32 {
        self.pods[identity.0 as usize]
    }

    /// The same policy in the other world.
    pub(super) fn counterpart(&self, policy: PolicyId, other: &Self) -> Option<PolicyId> {
        other.policies.get(&self.keys[policy.0 as usize]).copied()
    }
}

fn policies(world: &World) -> (FxHashMap<Key, PolicyId>, Vec<Key>) {
    let (mut policies, mut keys) = (FxHashMap::default(), Vec::with_capacity(world.policies.len()));
    for (id, policy) in world.policy_ids() {
        let name = world.object(policy.object).name().unwrap_or_default();
        let mut key = key(world, policy.namespace, policy.kind.name(), name);
        while policies.contains_key(&key) {
            key = key.next();
        }
        policies.insert(key.clone(), id);
        keys.push(key);
    }
    (policies, keys)
}

/// The plain keys that selectors ask for.
fn asked(inquiry: &Inquiry<'_>) -> FxHashSet<SmolStr> {
    let world = inquiry.world();
    let counting = world.entries.iter().filter(|entry| inquiry.engine().counts(entry.policy));
    let selectors = counting.flat_map(|entry| {
        let peers = entry.peers().iter().filter_map(|peer| match peer.kind {
            PeerKind::Endpoints(selector) => Some(selector),
            _ => None,
        });
        peers.chain([entry.subject])
    });
    let selectors: FxHashSet<SelectorId> = selectors.collect();
    let mut asked = FxHashSet::default();
    #[expect(clippy::iter_over_hash_type, reason = "what is collected is a set again")]
    for selector in selectors {
        asked.extend(world.selector(selector).requirements.iter().map(|one| world.key_text(one.key)));
    }
    asked
}

/// A symbol's text; what cannot be known is a question mark.
fn text(world: &World, symbol: Symbol) -> &str {
    if symbol.is_variable() { "?" } else { world.symbols.text(symbol) }
}

fn source(world: &World, source: Source) -> String {
    match source {
        Source::Other(symbol) => format!("other {}", text(world, symbol)),
        known => format!("{known:?}"),
    }
}

fn selector(world: &World, id: SelectorId) -> String {
    let selector = world.selector(id);
    let requirements = selector.requirements.iter().map(|requirement| {
        let values = |values: &[Symbol]| {
            let mut texts: Vec<&str> = values.iter().map(|&value| text(world, value)).collect();
            texts.sort_unstable();
            texts.join("|")
        };
        let operator = match &requirement.operator {
            Operator::In(of) => format!("in {}", values(of)),
            Operator::NotIn(of) => format!("not in {}", values(of)),
            Operator::Exists => "exists".to_owned(),
            Operator::DoesNotExist => "does not exist".to_owned(),
        };
        let key = requirement.key;
        format!("{} {} {operator} {}", source(world, key.source), text(world, key.name), requirement.injected)
    });
    let mut requirements: Vec<String> = requirements.collect();
    requirements.sort_unstable();
    format!("selector {} {}", selector.uncertain, requirements.join(";"))
}

/// Everything about an entry that verdicts may depend on, but for whose it is.
fn entry(world: &World, entry: &Entry, selectors: &[u32]) -> String {
    let selector = |id: SelectorId| selectors[id.0 as usize];
    let mut said = format!(
        "{:?} {:?} {:?} {:?} {} {} {:?} {:?} ",
        entry.tier,
        entry.priority,
        entry.verdict,
        entry.section,
        entry.node,
        selector(entry.subject),
        entry.scope.map(|scope| world.namespace_text(scope)),
        entry.default_deny
    );
    match &entry.l3 {
        L3::Peers(_) => push(&mut said, format_args!("peers ")),
        other => push(&mut said, format_args!("{other:?};")),
    }
    for peer in entry.peers() {
        match &peer.kind {
            PeerKind::Endpoints(id) => push(&mut said, format_args!("pods {};", selector(*id))),
            PeerKind::Nodes(id) => push(&mut said, format_args!("nodes {};", selector(*id))),
            other => push(&mut said, format_args!("{other:?};")),
        }
    }
    match &entry.l4 {
        L4::Ports(_) => push(&mut said, format_args!("ports ")),
        other => push(&mut said, format_args!("{other:?};")),
    }
    for rule in entry.port_rules() {
        let port = match rule.port {
            PortMatch::Named(name, end) => format!("named {} {end:?}", text(world, name)),
            other => format!("{other:?}"),
        };
        push(&mut said, format_args!("{:?} {port} {};", rule.protocol, parser(world, &rule.parser)));
    }
    let authentication = entry.authentication.map(|mode| text(world, mode));
    push(&mut said, format_args!("{authentication:?} {} {} {:?}", entry.l7.http, entry.l7.tls, entry.l7.dns));
    said
}

fn push(said: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a text never fails.
    let _ = said.write_fmt(more);
}

fn parser(world: &World, parser: &Parser) -> String {
    let name = |symbol: Option<Symbol>| symbol.map(|symbol| text(world, symbol));
    let listener = parser.listener.map(|(name, priority)| (text(world, name), priority));
    let (terminating, originating) = (name(parser.terminating), name(parser.originating));
    format!("{} {} {} {terminating:?} {originating:?} {listener:?}", parser.http, parser.dns, parser.server_names)
}

/// Labels and ports of pods.
fn pods(world: &World, identity: &Identity) -> String {
    let labels = identity.labels.iter().map(|(key, value)| {
        let value = value.map_or("?", |value| text(world, value));
        format!("{} {}={value}", source(world, key.source), text(world, key.name))
    });
    let mut labels: Vec<String> = labels.collect();
    labels.sort_unstable();
    let ports = identity.ports.iter().map(|port| {
        let number = port.number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        format!("{} {:?} {number}", text(world, port.name), port.protocol)
    });
    let mut ports: Vec<String> = ports.collect();
    ports.sort_unstable();
    format!(
        "pods {} {} {} {} {}",
        labels.join(";"),
        identity.labels.open_pod,
        identity.labels.open_namespace,
        identity.open_ports,
        ports.join(";")
    )
}
