//! The shapes that answers have as JSON, shared by all of them. `docs/schema/answers.schema.json` describes them.

use ringfence_cluster::{EntryId, PolicyId, Protocol};
use ringfence_engine::{Basis, Decision, Ports, Side};
use ringfence_manifest::Place;
use ringfence_questions::{End, Learned, Reply, Who, protocol_word};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, Spot, phrase};

/// The version of the shapes. It grows when a reader of the old ones would break; new keys do not count.
pub(crate) const VERSION: u32 = 1;

/// An end of a connection.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub(crate) struct EndJson {
    name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<At>,
}

/// A place.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub(crate) struct At {
    path: String,
    line: u32,
    column: u32,
}

/// One connection.
#[derive(Serialize)]
pub(crate) struct ReplyJson {
    port: u16,
    protocol: &'static str,
    allowed: &'static str,
    depends_on_node: bool,
    egress: HalfJson,
    ingress: HalfJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    dns: Option<&'static str>,
}

/// What one end says.
#[derive(Serialize)]
pub(crate) struct HalfJson {
    decision: &'static str,
    basis: &'static str,
    isolated: &'static str,
    isolated_by: Vec<PolicyJson>,
    decided_by: Vec<EntryJson>,
    unsure: Vec<EntryJson>,
}

/// A policy.
#[derive(Serialize)]
pub(crate) struct PolicyJson {
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<At>,
}

/// An item of a policy.
#[derive(Serialize)]
pub(crate) struct EntryJson {
    kind: &'static str,
    name: String,
    item: String,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<At>,
}

pub(crate) fn end(scene: &Scene<'_>, end: &End) -> EndJson {
    let world = scene.inquiry.world();
    let (kind, place) = match &end.who {
        Who::Workload(id) => ("workload", Some(world.object(world.workload(*id).object).place)),
        Who::Release(id) => ("release", Some(world.object(world.release(*id).object).place)),
        Who::OtherPods(_) => ("other-pods", None),
        Who::DnsStandIn(_) => ("dns-stand-in", None),
        Who::Addresses(..) => ("addresses", None),
        Who::Special(_) => ("special", None),
        Who::Dns(_) => ("dns-name", None),
    };
    EndJson { name: end.who.text(world), kind, at: place.and_then(|place| at(scene, place)) }
}

/// A place, where a file is behind it.
pub(crate) fn at(scene: &Scene<'_>, place: Place) -> Option<At> {
    (scene.locate)(place).map(|Spot { path, line, column }| At { path, line, column })
}

pub(crate) fn reply(scene: &Scene<'_>, reply: &Reply) -> ReplyJson {
    let (.., connection) = reply.telling();
    ReplyJson {
        port: reply.traffic.port,
        protocol: protocol_word(reply.traffic.protocol),
        allowed: phrase::tri(reply.allowed),
        depends_on_node: reply.depends_on_shape(),
        egress: half(scene, &connection.egress),
        ingress: half(scene, &connection.ingress),
        dns: reply.learned.as_ref().map(learned),
    }
}

const fn learned(learned: &Learned) -> &'static str {
    match learned {
        Learned::Yes(_) => "learned",
        Learned::Unseen(_) => "unseen",
        Learned::Refused(_) => "refused",
        Learned::NoDns => "no-dns",
        Learned::Unknown => "unknown",
    }
}

fn half(scene: &Scene<'_>, side: &Side) -> HalfJson {
    let entries = |ids: &[EntryId]| ids.iter().map(|&id| entry(scene, id)).collect();
    HalfJson {
        decision: match side.decision {
            Decision::Allow => "allow",
            Decision::Deny => "deny",
            Decision::Unknown => "unknown",
            Decision::NotApplicable => "not-enforced",
        },
        basis: basis(side.basis),
        isolated: phrase::tri(side.isolation.isolated),
        isolated_by: policies(scene, &side.isolation.by),
        decided_by: entries(&side.deciding),
        unsure: entries(&side.unsure),
    }
}

const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::NotEnforced => "not-enforced",
        Basis::HostLabel => "host-label",
        Basis::ModeNever => "mode-never",
        Basis::Conflict => "conflict",
        Basis::NotIsolated => "not-isolated",
        Basis::DefaultDeny => "default-deny",
        Basis::OwnNode => "own-node",
        Basis::Entries => "entries",
        Basis::Unsettled => "unsettled",
    }
}

/// The policies of entries, each once, at what selects the subject.
fn policies(scene: &Scene<'_>, ids: &[EntryId]) -> Vec<PolicyJson> {
    let world = scene.inquiry.world();
    let mut seen: BTreeSet<PolicyId> = BTreeSet::new();
    let first = ids.iter().map(|&id| world.entry(id)).filter(|entry| seen.insert(entry.policy));
    let json = |entry: &ringfence_cluster::Entry| {
        let policy = world.policy(entry.policy);
        let place = entry.subject_place.unwrap_or(entry.place);
        PolicyJson { kind: policy.kind.name(), name: world.policy_text(policy), at: at(scene, place) }
    };
    first.map(json).collect()
}

pub(crate) fn entry(scene: &Scene<'_>, id: EntryId) -> EntryJson {
    let world = scene.inquiry.world();
    let entry = world.entry(id);
    let policy = world.policy(entry.policy);
    EntryJson {
        kind: policy.kind.name(),
        name: world.policy_text(policy),
        item: phrase::item(entry, world),
        verdict: match entry.verdict {
            ringfence_cluster::Verdict::Allow => "allow",
            ringfence_cluster::Verdict::Deny => "deny",
            ringfence_cluster::Verdict::Pass => "pass",
        },
        at: at(scene, entry.place),
    }
}

/// Ports by protocol: `{"TCP": "80,443"}`; a question mark is perhaps.
pub(crate) fn ports(ports: &[(Protocol, Ports)]) -> BTreeMap<&'static str, String> {
    let open = ports.iter().filter(|(_, ports)| !ports.is_none());
    open.map(|(protocol, ports)| (protocol_word(*protocol), ports.to_string())).collect()
}
