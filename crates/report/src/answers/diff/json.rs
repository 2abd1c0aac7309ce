//! `diff` for programs. `docs/schema/diff.schema.json` describes it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ringfence_cluster::{PolicyId, WorkloadId};
use ringfence_questions::{Cause, Change, LabelChange, PolicyChange, What, protocol_word};
use serde::Serialize;

use super::super::model::{self, At, VERSION};
use super::super::{Scene, phrase};
use super::names::names;
use super::words::{self, parts};
use super::{Compared, Comparison, Counts};

#[derive(Serialize)]
struct DiffJson<'a> {
    version: u32,
    question: &'static str,
    old: &'a str,
    new: &'a str,
    summary: SummaryJson,
    worlds: Vec<WorldJson>,
    only_old: &'a [String],
    only_new: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<Vec<&'static str>>,
}

#[derive(Serialize)]
struct SummaryJson {
    opened: usize,
    closed: usize,
    changed: usize,
    uncertain: usize,
    workloads_new: usize,
    workloads_gone: usize,
}

#[derive(Serialize)]
struct WorldJson {
    name: String,
    workloads_new: Vec<WorkloadJson>,
    workloads_gone: Vec<WorkloadJson>,
    causes: Vec<CauseJson>,
    changes: Vec<ChangeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_in_cluster: Option<BesideJson>,
}

#[derive(Serialize)]
struct BesideJson {
    workloads: Vec<WorkloadJson>,
    policies: Vec<WorkloadJson>,
}

/// A workload, or a policy.
#[derive(Serialize)]
struct WorkloadJson {
    kind: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<At>,
}

#[derive(Serialize)]
struct CauseJson {
    class: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<LabelJson>,
    old: Vec<PartJson>,
    new: Vec<PartJson>,
}

#[derive(Serialize)]
struct LabelJson {
    key: String,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct PartJson {
    item: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<At>,
}

#[derive(Serialize)]
struct ChangeJson {
    kind: &'static str,
    from: Vec<String>,
    to: Vec<String>,
    before: BTreeMap<&'static str, String>,
    after: BTreeMap<&'static str, String>,
    shifts: Vec<ShiftJson>,
    causes: Vec<usize>,
}

#[derive(Serialize)]
struct ShiftJson {
    protocol: &'static str,
    ports: String,
    before: &'static str,
    after: &'static str,
}

/// For programs.
pub fn json(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Counts { opened, closed, changed, uncertain, appeared, gone } = Counts::of(comparison);
    let document = DiffJson {
        version: VERSION,
        question: "diff",
        old: comparison.old,
        new: comparison.new,
        summary: SummaryJson { opened, closed, changed, uncertain, workloads_new: appeared, workloads_gone: gone },
        worlds: comparison.worlds.iter().map(world).collect(),
        only_old: &comparison.only_old,
        only_new: &comparison.only_new,
        unread: comparison.unread.map(|unread| unread.kinds.iter().map(|kind| kind.name()).collect()),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn world(compared: &Compared<'_>) -> WorldJson {
    let workloads = |scene: &Scene<'_>, ids: &[WorkloadId]| ids.iter().map(|&id| workload(scene, id)).collect();
    WorldJson {
        name: compared.name.clone(),
        workloads_new: workloads(&compared.new, &compared.diff.appeared),
        workloads_gone: workloads(&compared.old, &compared.diff.gone),
        causes: compared.diff.causes.iter().map(|one| cause(compared, one)).collect(),
        changes: compared.diff.changes.iter().map(|one| change(compared, one)).collect(),
        only_in_cluster: compared.beside.as_ref().map(|beside| BesideJson {
            workloads: workloads(&compared.new, &beside.workloads),
            policies: beside.policies.iter().map(|&id| policy(&compared.new, id)).collect(),
        }),
    }
}

fn policy(scene: &Scene<'_>, id: PolicyId) -> WorkloadJson {
    let world = scene.inquiry.world();
    let policy = world.policy(id);
    let at = model::at(scene, world.object(policy.object).place);
    WorkloadJson { kind: policy.kind.name().to_owned(), name: world.policy_text(policy), at }
}

fn workload(scene: &Scene<'_>, id: WorkloadId) -> WorkloadJson {
    let world = scene.inquiry.world();
    let workload = world.workload(id);
    let object = world.object(workload.object);
    let (kind, name) = (object.kind_name.to_string(), world.workload_text(workload));
    WorkloadJson { kind, name, at: model::at(scene, object.place) }
}

fn cause(compared: &Compared<'_>, cause: &Cause) -> CauseJson {
    let (old, new) = (compared.old.inquiry.world(), compared.new.inquiry.world());
    let side = |new: bool| {
        let parts = parts(compared, cause).into_iter().filter(move |part| part.new == new);
        parts.map(|part| PartJson { at: model::at(part.scene, part.place), item: part.item }).collect()
    };
    let mut json = CauseJson {
        class: class(&cause.what),
        text: words::cause(compared, cause),
        change: None,
        kind: None,
        name: None,
        label: None,
        old: side(false),
        new: side(true),
    };
    let end = |end: usize| Some(compared.diff.ends[end].new.who.text(new));
    match &cause.what {
        What::Policy(change, before, after) => {
            let of = |world: &ringfence_cluster::World, id| {
                let policy = world.policy(id);
                (policy.kind.name(), world.policy_text(policy))
            };
            let named = after.map(|id| of(new, id)).or(before.map(|id| of(old, id)));
            json.change = Some(policy_change(*change));
            (json.kind, json.name) = named.unzip();
        }
        What::NamespaceLabel(_, namespace, change) => {
            json.name = Some(new.namespace_text(*namespace).to_owned());
            json.label = Some(label(change));
        }
        What::PodLabel(at, change) => {
            json.name = end(*at);
            json.label = Some(label(change));
        }
        What::Pods(at) => json.name = end(*at),
        What::Elsewhere => {}
    }
    json
}

const fn class(what: &What) -> &'static str {
    match what {
        What::Policy(..) => "policy",
        What::NamespaceLabel(..) => "namespace-label",
        What::PodLabel(..) => "pod-label",
        What::Pods(_) => "pods",
        What::Elsewhere => "elsewhere",
    }
}

const fn policy_change(change: PolicyChange) -> &'static str {
    match change {
        PolicyChange::Added => "added",
        PolicyChange::Removed => "removed",
        PolicyChange::Changed => "changed",
        PolicyChange::Accepted => "accepted",
        PolicyChange::Refused => "refused",
    }
}

fn label(change: &LabelChange) -> LabelJson {
    let text = |value: &Option<_>| value.as_ref().map(ToString::to_string);
    LabelJson { key: change.key.to_string(), before: text(&change.before), after: text(&change.after) }
}

fn change(compared: &Compared<'_>, change: &Change) -> ChangeJson {
    let shift = |shift: &ringfence_questions::Shift| ShiftJson {
        protocol: protocol_word(shift.protocol),
        ports: shift.ports.to_string(),
        before: phrase::tri(shift.before),
        after: phrase::tri(shift.after),
    };
    ChangeJson {
        kind: words::kind(change.kind()),
        from: names(compared, &change.sources),
        to: names(compared, &change.destinations),
        before: model::ports(&change.before),
        after: model::ports(&change.after),
        shifts: change.shifts.iter().map(shift).collect(),
        causes: change.causes.clone(),
    }
}
