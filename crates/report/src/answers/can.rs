//! `can`, rendered.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ringfence_cluster::{PolicyId, RefusedBy, ReleaseId, Tri};
use ringfence_questions::{Can, Detail, End, Note, Pair, Quantity, Reply};
use serde::Serialize;

use super::model::{self, EndJson, ReplyJson, VERSION};
use super::{Scene, explain, phrase};
use crate::Style;

/// How many pairs of one answer are listed.
const LISTED: usize = 20;

/// For people: the answer in a line, the pairs of a set, and an explanation of the telling ones; with `all`, of each.
pub fn text(scene: &Scene<'_>, can: &Can, all: bool, out: &mut dyn Write, style: Style) -> io::Result<()> {
    writeln!(out, "{}", headline(can, style))?;
    if can.pairs.len() > 1 {
        list(scene, can, all, out)?;
    }
    if let [Pair { detail: Detail::Ports(ports, _), .. }] = can.pairs.as_slice() {
        writeln!(out, "  {}", phrase::ports(ports))?;
    }
    for (pair, reply) in told(can, all) {
        let (source, destination) = ends(can, pair);
        if can.pairs.len() > 1 || reply_count(can) != 1 {
            let world = scene.inquiry.world();
            let (from, to) = (source.who.text(world), destination.who.text(world));
            writeln!(out, "\n{}: `{from}` to `{to}` on {}", answer(reply.allowed), phrase::traffic(reply.traffic))?;
        }
        explain::reply(scene, (source, destination), reply, out)?;
    }
    for note in &can.notes {
        writeln!(out, "note: {}", note_text(scene, note))?;
    }
    Ok(())
}

const fn answer(allowed: Tri) -> &'static str {
    match allowed {
        Tri::Yes => "yes",
        Tri::No => "no",
        Tri::Unknown => "unknown",
    }
}

/// The answer in a line.
fn headline(can: &Can, style: Style) -> String {
    let (from, to) = (&can.source.name, &can.destination.name);
    let on = port_text(can);
    let one = can.pairs.len() == 1 && reply_count(can) <= 1;
    let (word, colour) = match can.quantity {
        Quantity::All => ("yes", "32"),
        Quantity::None => ("no", "31"),
        Quantity::Some => ("partly", "33"),
        Quantity::Unknown => ("unknown", "33"),
    };
    let word = if style.colour { format!("\u{1b}[1;{colour}m{word}\u{1b}[0m") } else { word.to_owned() };
    let fact = match can.quantity {
        Quantity::All if one => format!("`{from}` can reach `{to}`{on}"),
        Quantity::None if one => format!("`{from}` cannot reach `{to}`{on}"),
        Quantity::All => format!("every connection from `{from}` to `{to}`{on} is let through"),
        Quantity::None => format!("no connection from `{from}` to `{to}`{on} is let through"),
        Quantity::Some if can.destination.members.iter().all(|end| end.traffic.is_none()) => {
            let also = if can.pairs.len() > 1 { ", or not everywhere" } else { "" };
            format!("`{from}` can reach `{to}` on some ports only{also}")
        }
        Quantity::Some => {
            let (yes, total) = counted(can);
            format!("{yes} of {total} connections from `{from}` to `{to}`{on} are let through")
        }
        Quantity::Unknown => format!("whether `{from}` can reach `{to}`{on} depends on what the files do not show"),
    };
    format!("{word}: {fact}")
}

/// ` on 5432/TCP`, where one port was asked for everywhere.
fn port_text(can: &Can) -> String {
    let mut asked = can.destination.members.iter().map(|end| end.traffic.clone());
    let Some(Some(first)) = asked.next() else {
        return if can.quantity == Quantity::None { " on any port" } else { " on every port" }.to_owned();
    };
    if !asked.all(|other| other.as_ref() == Some(&first)) {
        return String::new();
    }
    let texts: Vec<String> = first.into_iter().map(phrase::traffic).collect();
    format!(" on {}", texts.join(", "))
}

fn reply_count(can: &Can) -> usize {
    can.pairs.iter().map(|pair| if let Detail::At(replies) = &pair.detail { replies.len() } else { 0 }).sum()
}

/// How many connections surely are let through, of how many.
fn counted(can: &Can) -> (usize, usize) {
    let allowed = can.pairs.iter().flat_map(|pair| match &pair.detail {
        Detail::At(replies) => replies.iter().map(|reply| reply.allowed).collect(),
        Detail::Ports(..) => vec![pair.allowed()],
    });
    allowed.fold((0, 0), |(yes, total), allowed| (yes + usize::from(allowed.is_yes()), total + 1))
}

fn ends<'c>(can: &'c Can, pair: &Pair) -> (&'c End, &'c End) {
    (&can.source.members[pair.source], &can.destination.members[pair.destination])
}

/// The pairs, those with one answer together, the exceptions first.
fn list(scene: &Scene<'_>, can: &Can, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let world = scene.inquiry.world();
    let mut groups: BTreeMap<(Tri, String), Vec<&Pair>> = BTreeMap::new();
    for pair in &can.pairs {
        groups.entry((pair.allowed(), pair_answer(pair))).or_default().push(pair);
    }
    for ((_, answer), pairs) in &groups {
        writeln!(out, "  {answer}: {}", phrase::count(pairs.len(), "pair"))?;
        let most = if all { usize::MAX } else { LISTED };
        for pair in pairs.iter().take(most) {
            let (source, destination) = ends(can, pair);
            writeln!(out, "    {} -> {}", source.who.text(world), destination.who.text(world))?;
        }
        if pairs.len() > most {
            writeln!(out, "    and {} more; `--all` lists them", pairs.len() - most)?;
        }
    }
    Ok(())
}

fn pair_answer(pair: &Pair) -> String {
    match &pair.detail {
        Detail::Ports(ports, _) => phrase::ports(ports),
        Detail::At(replies) => match replies.as_slice() {
            [one] => answer(one.allowed).to_owned(),
            several => {
                let texts =
                    several.iter().map(|one| format!("{} {}", phrase::traffic(one.traffic), answer(one.allowed)));
                texts.collect::<Vec<_>>().join(", ")
            }
        },
    }
}

/// The connections that are explained: all of them, or the first of each answer, those that are not let through first.
fn told(can: &Can, all: bool) -> Vec<(&Pair, &Reply)> {
    let replies = can.pairs.iter().flat_map(|pair| match &pair.detail {
        Detail::At(replies) => replies.iter().map(|reply| (pair, reply)).collect(),
        Detail::Ports(_, example) => vec![(pair, &**example)],
    });
    if all {
        return replies.collect();
    }
    let mut first: BTreeMap<Tri, (&Pair, &Reply)> = BTreeMap::new();
    for (pair, reply) in replies {
        first.entry(reply.allowed).or_insert((pair, reply));
    }
    first.into_values().collect()
}

fn note_text(scene: &Scene<'_>, note: &Note) -> String {
    let world = scene.inquiry.world();
    match note {
        Note::SamePods => "two different pods are meant; a pod always reaches itself".to_owned(),
        Note::OnlyServicePort { service, port, target } => {
            let service = world.service(*service);
            let name = world.object(service.object).name().unwrap_or("(unnamed)");
            let home = world.namespace_text(service.namespace);
            format!(
                "{port} is only the port of Service `{home}/{name}`; its pods are reached on {target}: ask for {target}, or for `svc/{home}/{name}:{port}`"
            )
        }
        Note::NotShown { name, namespace, gap } => {
            let because = gap.map_or("the files do not show it", |gap| explain::gap_reason(gap.reason));
            let at = gap.and_then(|gap| gap.place).map(|place| format!(" ({})", scene.at(place))).unwrap_or_default();
            format!(
                "no file shows `{name}`; the answer is for any pod of `{}` that is not shown: {because}{at}",
                world.namespace_text(*namespace)
            )
        }
        Note::NotRendered(id) => not_rendered(scene, *id),
        Note::PerhapsMore(name) => {
            format!("pods that the files do not show may belong to `{name}` too; they are left out")
        }
        Note::DoesNotCount(id) => does_not_count(scene, *id),
        Note::DnsAssumed => {
            "DNS is taken to be `k8s-app: kube-dns` in `kube-system`, because no DNS pod is among the files".to_owned()
        }
    }
}

/// What is known of the pods of a release, and what is not.
fn not_rendered(scene: &Scene<'_>, id: ReleaseId) -> String {
    let world = scene.inquiry.world();
    let release = world.release(id);
    let labels: Vec<String> = world
        .pod_labels(world.identity(release.identity))
        .map(|(key, value)| format!("`{key}: {}`", value.unwrap_or("?")))
        .collect();
    let name = phrase::release(id, world);
    let chart = release.chart.as_ref().map(|chart| format!(" (chart `{chart}`)")).unwrap_or_default();
    let known = match labels.as_slice() {
        [] => "the labels and ports of its pods are unknown".to_owned(),
        labels => {
            format!("its values give its pods {}; their other labels and their ports are unknown", labels.join(", "))
        }
    };
    let node = if release.host_network { "; its values speak of `hostNetwork`, so they may be the node" } else { "" };
    let at = scene.at(world.object(release.object).place);
    let at = if at.is_empty() { at } else { format!(" ({at})") };
    format!("{name}{chart} is not rendered: {known}{node}{at}")
}

fn does_not_count(scene: &Scene<'_>, id: PolicyId) -> String {
    let world = scene.inquiry.world();
    let policy = world.policy(id);
    let name = phrase::policy(id, world);
    let place = |place| {
        let at = scene.at(place);
        if at.is_empty() { at } else { format!(" ({at})") }
    };
    match policy.rejections().first() {
        Some(rejection) => {
            let by = if rejection.by == RefusedBy::Agent { "the agent" } else { "the API server" };
            format!("{name} does not count: {by} refuses it: {}{}", rejection.reason, place(rejection.place))
        }
        None => format!(
            "{name} does not count: what enforces policies here does not know its kind{}",
            place(world.object(policy.object).place)
        ),
    }
}

#[derive(Serialize)]
struct CanJson<'a> {
    version: u32,
    question: &'static str,
    source: &'a str,
    destination: &'a str,
    answer: &'static str,
    pairs: Vec<PairJson>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct PairJson {
    source: EndJson,
    destination: EndJson,
    allowed: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<BTreeMap<&'static str, String>>,
    connections: Vec<ReplyJson>,
}

/// For programs.
pub fn json(scene: &Scene<'_>, can: &Can, out: &mut dyn Write) -> io::Result<()> {
    let pair = |pair: &Pair| {
        let (source, destination) = ends(can, pair);
        let (ports, connections) = match &pair.detail {
            Detail::Ports(ports, example) => (Some(model::ports(ports)), vec![model::reply(scene, example)]),
            Detail::At(replies) => (None, replies.iter().map(|reply| model::reply(scene, reply)).collect()),
        };
        let allowed = phrase::tri(pair.allowed());
        PairJson {
            source: model::end(scene, source),
            destination: model::end(scene, destination),
            allowed,
            ports,
            connections,
        }
    };
    let document = CanJson {
        version: VERSION,
        question: "can",
        source: &can.source.name,
        destination: &can.destination.name,
        answer: quantity(can.quantity),
        pairs: can.pairs.iter().map(pair).collect(),
        notes: can.notes.iter().map(|note| note_text(scene, note)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// The word for a quantity.
pub(crate) const fn quantity(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::All => "all",
        Quantity::Some => "some",
        Quantity::None => "none",
        Quantity::Unknown => "unknown",
    }
}
