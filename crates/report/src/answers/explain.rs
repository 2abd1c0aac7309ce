//! Why a connection is let through or not: each half with the policies, items and lines that made it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use ringfence_cluster::{
    Direction, Entry, EntryId, GapReason, L3, L4, NamespaceId, Peer, PeerKind, PolicyId, PortMatch, PortRule,
    ReleaseId, Requirement, SelectorId, Verdict, World,
};
use ringfence_engine::{Basis, Decision, Endpoint, Miss, Shortfall, Side, Traffic};
use ringfence_manifest::Place;
use ringfence_questions::{End, Learned, Reply};

use super::Scene;
use super::phrase;

/// How many policies, items or misses of one kind are told.
const MOST: usize = 5;
/// How many near misses are told: the nearest ones help, a list does not.
const MISSES: usize = 2;
/// Where the places begin, so that they stand below each other.
const COLUMN: usize = 72;

/// A line of an explanation, and where it points.
struct Line {
    text: String,
    at: String,
}

/// Writes both halves of a connection.
pub(crate) fn reply(
    scene: &Scene<'_>,
    (source, destination): (&End, &End),
    reply: &Reply,
    out: &mut dyn Write,
) -> io::Result<()> {
    let world = scene.inquiry.world();
    let (from, to, connection) = reply.telling();
    if reply.depends_on_shape() {
        writeln!(
            out,
            "  it depends on the node: pods on the network of their node are `host` to pods beside them and `remote-node` to all others; told is the worse case"
        )?;
    }
    half(scene, (source.who.text(world), from, to), Direction::Egress, &connection.egress, reply, out)?;
    if let Some(learned) = &reply.learned {
        learning(scene, learned, out)?;
    }
    half(scene, (destination.who.text(world), to, from), Direction::Ingress, &connection.ingress, reply, out)
}

fn half(
    scene: &Scene<'_>,
    (name, subject, peer): (String, &Endpoint, &Endpoint),
    direction: Direction,
    side: &Side,
    reply: &Reply,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "  {} of `{name}`: {}", direction.as_str(), conclusion(side))?;
    let mut lines = Vec::new();
    lines.extend(side.deciding.iter().take(MOST).map(|&id| decided(scene, id)));
    lines.extend(more(side.deciding.len(), "item"));
    if matches!(side.basis, Basis::DefaultDeny | Basis::Unsettled) {
        lines.extend(isolating(scene, &side.isolation.by));
    }
    if matches!(side.decision, Decision::Unknown) {
        lines.extend(unsure(scene, side, subject, peer));
        lines.extend(gap(scene, subject).into_iter().chain(gap(scene, peer)));
    }
    if side.decision == Decision::Deny {
        let misses = scene.inquiry.engine().misses(subject, peer, direction, reply.traffic);
        lines.extend(misses.iter().take(MISSES).map(|one| miss(scene, one, peer, reply.traffic)));
    }
    write_lines(&lines, out)
}

/// What a half comes to, in a word, and on what it rests.
fn conclusion(side: &Side) -> &'static str {
    match (side.decision, side.basis) {
        (_, Basis::NotEnforced) => "no policy is enforced at this end",
        (_, Basis::HostLabel) => "allowed: in this version a pod label `host` turns enforcement off",
        (_, Basis::ModeNever) => "allowed: enforcement is off in the whole cluster",
        (_, Basis::Conflict) => {
            "unknown: its policies contradict each other above the ports, and the agent keeps what it had"
        }
        (_, Basis::OwnNode) => "allowed: a node always reaches its own pods",
        (Decision::Allow, Basis::NotIsolated) => "allowed: no policy isolates it",
        (Decision::Allow | Decision::NotApplicable, _) => "allowed",
        (Decision::Deny, Basis::DefaultDeny) => "denied: it is isolated, and nothing allows this",
        (Decision::Deny, _) => "denied",
        (Decision::Unknown, _) => "unknown",
    }
}

fn decided(scene: &Scene<'_>, id: EntryId) -> Line {
    let world = scene.inquiry.world();
    let entry = world.entry(id);
    let verb = match entry.verdict {
        Verdict::Allow => "allowed by",
        Verdict::Deny => "denied by",
        Verdict::Pass => "passed on by",
    };
    let at = scene.at(entry.place);
    Line { text: format!("{verb} {}, {}", phrase::policy(entry.policy, world), phrase::item(entry, world)), at }
}

/// The policies that isolate, each once, at what makes them do so.
fn isolating(scene: &Scene<'_>, by: &[EntryId]) -> Vec<Line> {
    let world = scene.inquiry.world();
    let mut seen: BTreeSet<PolicyId> = BTreeSet::new();
    let first: Vec<EntryId> = by.iter().copied().filter(|&id| seen.insert(world.entry(id).policy)).collect();
    let line = |&id: &EntryId| {
        let entry = world.entry(id);
        let text = format!("isolated by {}", phrase::policy(entry.policy, world));
        Line { text, at: scene.at(entry.subject_place.unwrap_or(entry.place)) }
    };
    first.iter().take(MOST).map(line).chain(more(first.len(), "policy")).collect()
}

/// The items whose match cannot be known.
fn unsure(scene: &Scene<'_>, side: &Side, subject: &Endpoint, peer: &Endpoint) -> Vec<Line> {
    let world = scene.inquiry.world();
    let line = |&id: &EntryId| {
        let entry = world.entry(id);
        let verb = if entry.verdict == Verdict::Deny { "denied" } else { "allowed" };
        let sure = if is_meant(entry, subject, peer, world) { "most likely" } else { "perhaps" };
        let text = format!("{sure} {verb} by {}, {}", phrase::policy(entry.policy, world), phrase::item(entry, world));
        Line { text, at: scene.at(entry.place) }
    };
    side.unsure.iter().take(MOST).map(line).chain(more(side.unsure.len(), "item")).collect()
}

/// Whether an entry was written for just these pods: what it asks of those of a release, charts give by convention.
fn is_meant(entry: &Entry, subject: &Endpoint, peer: &Endpoint, world: &World) -> bool {
    let fits = |selector: SelectorId, endpoint: &Endpoint| {
        let Endpoint::Pods(id) = endpoint else { return false };
        let identity = world.identity(*id);
        let selector = world.selector(selector);
        match identity.release {
            Some(release) => world.is_meant_for(selector, world.release(release)),
            None => selector.matches(&identity.labels, &world.symbols).is_yes(),
        }
    };
    let meets = |other: &Peer| match other.kind {
        PeerKind::Endpoints(selector) => fits(selector, peer),
        _ => false,
    };
    let looked_up = |rule: &PortRule| matches!(rule.port, PortMatch::Named(..) | PortMatch::Unknown);
    let ports = entry.l4 != L4::Unknown && !entry.port_rules().iter().any(looked_up);
    ports && fits(entry.subject, subject) && (entry.l3 == L3::Anyone || entry.peers().iter().any(meets))
}

/// Why the labels of a pod are not all known.
fn gap(scene: &Scene<'_>, endpoint: &Endpoint) -> Option<Line> {
    let world = scene.inquiry.world();
    let Endpoint::Pods(id) = endpoint else { return None };
    let identity = world.identity(*id);
    match identity.release {
        Some(release) => Some(not_rendered(scene, release)),
        None => identity.representative.then(|| not_shown(scene, identity.namespace)),
    }
}

fn not_rendered(scene: &Scene<'_>, release: ReleaseId) -> Line {
    let object = scene.inquiry.world().object(scene.inquiry.world().release(release).object);
    let name = phrase::release(release, scene.inquiry.world());
    Line { text: format!("{name} is not rendered: not all labels are known"), at: scene.at(object.place) }
}

fn not_shown(scene: &Scene<'_>, namespace: NamespaceId) -> Line {
    let world = scene.inquiry.world();
    let gap = world.namespace(namespace).gaps.first();
    let because = gap.map_or("the files do not show them", |gap| gap_reason(gap.reason));
    let text = format!("pods of `{}` are not all known: {because}", world.namespace_text(namespace));
    Line { text, at: gap.and_then(|gap| gap.place).map(|place| scene.at(place)).unwrap_or_default() }
}

/// Why pods may be unseen.
pub(crate) const fn gap_reason(reason: GapReason) -> &'static str {
    match reason {
        GapReason::NoWorkload => "no workload of it is among the files",
        GapReason::HelmRelease => "a Helm release is not rendered",
        GapReason::ArgoApplication => "an Argo CD application is not rendered",
        GapReason::Kustomization => "a kustomization is not built",
        GapReason::RootsAlone => "only some roots of the repository are given",
        GapReason::Unreached => "no root reaches these files",
        GapReason::CustomResource => "a custom resource may make pods",
        GapReason::Template => "a template is not rendered",
        GapReason::Unreadable => "a document cannot be read",
        GapReason::Fragment => "a fragment shows only a part",
        GapReason::Placeholder => "a placeholder is not filled in",
    }
}

fn miss(scene: &Scene<'_>, miss: &Miss, peer: &Endpoint, traffic: Traffic) -> Line {
    let world = scene.inquiry.world();
    let entry = world.entry(miss.entry);
    let policy = phrase::policy(entry.policy, world);
    let text = match &miss.fails {
        Shortfall::Overruled => format!("{policy} would allow it, but what denies it goes before"),
        Shortfall::Port => {
            format!("nearest: {policy} allows this peer, but on {}", phrase::entry_ports(entry, world))
        }
        Shortfall::Labels(selector, failing) => {
            format!(
                "nearest: {policy} allows {} for {}",
                phrase::traffic(traffic),
                wanted(*selector, failing, peer, world)
            )
        }
        Shortfall::Peer => format!("nearest: {policy} allows {} for other peers", phrase::traffic(traffic)),
    };
    Line { text, at: scene.at(miss_place(entry.place, &miss.fails, world, miss.entry)) }
}

/// What a selector asks for, and what the peer has instead.
fn wanted(selector: SelectorId, failing: &[Requirement], peer: &Endpoint, world: &World) -> String {
    let wanted = world.selector_text(selector);
    let Endpoint::Pods(id) = peer else { return format!("`{wanted}`") };
    let has = |requirement: &Requirement| {
        let key = world.key_text(requirement.key);
        let pod = world.identity(*id);
        let value = world.pod_labels(pod).chain(world.namespace_labels(pod.namespace)).find(|(own, _)| *own == key);
        match value {
            Some((_, Some(value))) => format!("`{key}: {value}`"),
            _ => format!("no `{key}`"),
        }
    };
    let written: Vec<String> = failing.iter().filter(|one| !one.injected).map(has).collect();
    if written.is_empty() {
        format!("`{wanted}` of its own namespace")
    } else {
        format!("`{wanted}`, and the peer has {}", written.join(" and "))
    }
}

/// The peer that comes nearest, else the item.
fn miss_place(item: Place, fails: &Shortfall, world: &World, entry: EntryId) -> Place {
    let Shortfall::Labels(selector, _) = fails else { return item };
    let own = |peer: &&Peer| peer.kind == PeerKind::Endpoints(*selector);
    world.entry(entry).peers().iter().find(own).map_or(item, |peer| peer.place)
}

fn learning(scene: &Scene<'_>, learned: &Learned, out: &mut dyn Write) -> io::Result<()> {
    let text = match learned {
        Learned::Yes(_) => "DNS: the name is asked through a rule for DNS, so its addresses become known",
        Learned::Unseen(_) => {
            "DNS: never learned: no rule for DNS (`rules.dns`) looks into the answers, so the name's addresses never become known"
        }
        Learned::Refused(_) => "DNS: never learned: the rules for DNS (`rules.dns`) refuse this name",
        Learned::NoDns => "DNS: never learned: it cannot ask the DNS pods",
        Learned::Unknown => "DNS: unknown whether the name's addresses become known",
    };
    writeln!(out, "  {text}")?;
    let entries: &[EntryId] = match learned {
        Learned::Yes(id) => std::slice::from_ref(id),
        Learned::Unseen(ids) | Learned::Refused(ids) => ids,
        Learned::NoDns | Learned::Unknown => &[],
    };
    let lines: Vec<Line> = entries.iter().take(MOST).map(|&id| decided(scene, id)).collect();
    write_lines(&lines, out)
}

fn more(count: usize, word: &str) -> Option<Line> {
    let left = count.saturating_sub(MOST);
    let word = if left == 1 { word.to_owned() } else { plural(word) };
    (left > 0).then(|| Line { text: format!("and {left} more {word}"), at: String::new() })
}

fn plural(word: &str) -> String {
    word.strip_suffix('y').map_or_else(|| format!("{word}s"), |stem| format!("{stem}ies"))
}

fn write_lines(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    for Line { text, at } in lines {
        if at.is_empty() {
            writeln!(out, "    {text}")?;
        } else {
            writeln!(out, "    {text:<COLUMN$}  {at}")?;
        }
    }
    Ok(())
}
