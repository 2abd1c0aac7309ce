//! `who-can reach` and `reach`, rendered.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ringfence_cluster::Direction;
use ringfence_questions::{Grant, HalfOpen, Partner, Partners, Quantity};
use serde::Serialize;

use super::can::quantity;
use super::model::{self, EndJson, ReplyJson, VERSION};
use super::{Scene, phrase};
use crate::Style;

/// How many half-open pairs are listed.
const HALF_OPEN: usize = 30;

/// For people: those at the other end, by the reason of the end that was asked about, then the half-open pairs.
pub fn text(scene: &Scene<'_>, partners: &Partners, out: &mut dyn Write, _: Style) -> io::Result<()> {
    let asked = &partners.asked.name;
    let verb = if partners.direction == Direction::Ingress { "can reach" } else { "can be reached from" };
    let surely = partners.partners.iter().filter(|one| one.quantity != Quantity::Unknown).count();
    let perhaps = partners.partners.len() - surely;
    let also = if perhaps > 0 { format!(", {perhaps} perhaps") } else { String::new() };
    let noun = if surely == 1 { "other end" } else { "other ends" };
    writeln!(out, "{surely} {noun} {verb} `{asked}`{also}")?;
    let mut groups: BTreeMap<String, Vec<&Partner>> = BTreeMap::new();
    for partner in &partners.partners {
        groups.entry(reasons(partner)).or_default().push(partner);
    }
    for (reason, members) in &groups {
        writeln!(out, "\n{reason}")?;
        write_members(scene, partners, members, out)?;
    }
    write_half_open(scene, partners, out)
}

/// The reason of each half, in one line.
fn reasons(partner: &Partner) -> String {
    if partner.quantity == Quantity::Unknown {
        return "perhaps: it depends on what the files do not show".to_owned();
    }
    let half = |grant: &Option<Grant>| grant.as_ref().map_or_else(|| "unknown".to_owned(), phrase::grant);
    format!("out: {}; in: {}", half(&partner.egress), half(&partner.ingress))
}

fn write_members(scene: &Scene<'_>, partners: &Partners, members: &[&Partner], out: &mut dyn Write) -> io::Result<()> {
    let world = scene.inquiry.world();
    let names: Vec<String> = members.iter().map(|one| one.end.who.text(world)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    for (partner, name) in members.iter().zip(&names) {
        let part = if partners.asked.members.len() > 1 && partner.quantity == Quantity::Some {
            format!("  ({} of {})", partner.with.len(), partners.asked.members.len())
        } else {
            String::new()
        };
        let at = place(scene, partner);
        writeln!(out, "  {name:<width$}  {}{part}{at}", phrase::ports(&partner.ports))?;
    }
    Ok(())
}

/// Where the first deciding item stands.
fn place(scene: &Scene<'_>, partner: &Partner) -> String {
    let halves = [Direction::Ingress, Direction::Egress].map(|half| partner.reply.half(half));
    let Some(id) = halves.iter().find_map(|half| half.deciding.first()) else { return String::new() };
    let at = scene.at(scene.inquiry.world().entry(*id).place);
    if at.is_empty() { at } else { format!("  {at}") }
}

fn write_half_open(scene: &Scene<'_>, partners: &Partners, out: &mut dyn Write) -> io::Result<()> {
    if partners.half_open.is_empty() {
        return Ok(());
    }
    let world = scene.inquiry.world();
    writeln!(out, "\nhalf open: one end allows it, the other does not")?;
    for half in partners.half_open.iter().take(HALF_OPEN) {
        let (other, own) = (half.end.who.text(world), partners.asked.members[half.with].who.text(world));
        let (from, to) = if partners.direction == Direction::Ingress { (other, own) } else { (own, other) };
        let (open, shut) = match half.open {
            Direction::Egress => ("egress allows it", "ingress does not"),
            Direction::Ingress => ("ingress allows it", "egress does not"),
        };
        let by = half.reply.half(half.open).deciding.first().map(|&id| {
            let entry = world.entry(id);
            format!(": {} {}", phrase::policy(entry.policy, world), scene.at(entry.place))
        });
        writeln!(out, "  {from} -> {to}  {}  {open}, {shut}{}", phrase::ports(&half.ports), by.unwrap_or_default())?;
    }
    let left = partners.half_open.len().saturating_sub(HALF_OPEN);
    if left > 0 { writeln!(out, "  and {left} more; `--format json` lists them") } else { Ok(()) }
}

#[derive(Serialize)]
struct PartnersJson<'a> {
    version: u32,
    question: &'static str,
    asked: &'a str,
    partners: Vec<PartnerJson>,
    half_open: Vec<HalfOpenJson>,
}

#[derive(Serialize)]
struct PartnerJson {
    end: EndJson,
    answer: &'static str,
    with: Vec<String>,
    ports: BTreeMap<&'static str, String>,
    egress_reason: Option<ReasonJson>,
    ingress_reason: Option<ReasonJson>,
    example: ReplyJson,
}

#[derive(Serialize)]
struct ReasonJson {
    class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

#[derive(Serialize)]
struct HalfOpenJson {
    end: EndJson,
    with: String,
    open: &'static str,
    ports: BTreeMap<&'static str, String>,
    example: ReplyJson,
}

/// For programs.
pub fn json(scene: &Scene<'_>, partners: &Partners, out: &mut dyn Write) -> io::Result<()> {
    let world = scene.inquiry.world();
    let own = |at: usize| partners.asked.members[at].who.text(world);
    let partner = |partner: &Partner| PartnerJson {
        end: model::end(scene, &partner.end),
        answer: quantity(partner.quantity),
        with: partner.with.iter().map(|&at| own(at)).collect(),
        ports: model::ports(&partner.ports),
        egress_reason: partner.egress.as_ref().map(reason),
        ingress_reason: partner.ingress.as_ref().map(reason),
        example: model::reply(scene, &partner.reply),
    };
    let half_open = |half: &HalfOpen| HalfOpenJson {
        end: model::end(scene, &half.end),
        with: own(half.with),
        open: half.open.as_str(),
        ports: model::ports(&half.ports),
        example: model::reply(scene, &half.reply),
    };
    let document = PartnersJson {
        version: VERSION,
        question: if partners.direction == Direction::Ingress { "who-can-reach" } else { "reach" },
        asked: &partners.asked.name,
        partners: partners.partners.iter().map(partner).collect(),
        half_open: partners.half_open.iter().map(half_open).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn reason(grant: &Grant) -> ReasonJson {
    let (label, value) = match grant {
        Grant::AccessLabel(key) | Grant::Hatch(key) => (Some(key.clone()), None),
        Grant::Profile(key, value) => (Some(key.clone()), Some(value.clone())),
        _ => (None, None),
    };
    ReasonJson { class: phrase::grant_word(grant), label, value }
}
