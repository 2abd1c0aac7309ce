//! The words for what changed and for what did it.

use ringfence_cluster::{EntryId, Protocol, Tri};
use ringfence_engine::Ports;
use ringfence_manifest::Place;
use ringfence_questions::{Cause, Change, ChangeKind, LabelChange, PolicyChange, Shift, What};

use super::super::{Scene, phrase};
use super::{Beside, Compared, Comparison, Counts, Unread};

/// `2 connections opened, 1 closed; 1 workload new`; that nothing changed.
pub(super) fn summary(comparison: &Comparison<'_>) -> String {
    let counts = Counts::of(comparison);
    let connections = [
        (counts.opened, "opened"),
        (counts.closed, "closed"),
        (counts.changed, "changed"),
        (counts.uncertain, "uncertain"),
    ];
    let new = if comparison.unread.is_some() { "not running" } else { "new" };
    let workloads = [(counts.appeared, new), (counts.gone, "gone")];
    let parts: Vec<String> =
        [listed("connection", &connections), listed("workload", &workloads)].into_iter().flatten().collect();
    match comparison.unread {
        Some(unread) => drift(comparison, unread, &parts),
        None if parts.is_empty() => "no connection changed, no workload is new or gone".to_owned(),
        None => parts.join("; "),
    }
}

/// The same where the side before is a cluster.
fn drift(comparison: &Comparison<'_>, unread: Unread<'_>, parts: &[String]) -> String {
    let Comparison { old, new, .. } = comparison;
    let also = parts.join("; ");
    match (unread.hides_policies(), parts) {
        (true, []) => format!("unknown: policies of `{old}` that could not be read may decide every connection"),
        (true, _) => format!("unknown: policies of `{old}` that could not be read may decide every connection; {also}"),
        (false, []) => format!("no drift: `{new}` over `{old}` changes no connection"),
        (false, _) => format!("`{new}` over `{old}`: {also}"),
    }
}

/// What the answer depends on that is not there.
pub(super) const fn unseen(compared: &Compared<'_>) -> &'static str {
    if compared.is_live() {
        "it depends on what neither the cluster nor the files show"
    } else {
        "it depends on what the files do not show"
    }
}

/// The heading of workloads that only the world after has.
pub(super) const fn appeared(compared: &Compared<'_>) -> &'static str {
    if compared.is_live() { "workloads that do not run in the cluster" } else { "new workloads" }
}

/// `left as they are: 3 workloads, 1 policy that only the cluster has`.
pub(super) fn beside(beside: &Beside) -> Option<String> {
    let workloads = beside.workloads.len();
    let workloads = (workloads > 0).then(|| phrase::count(workloads, "workload"));
    let policies = match beside.policies.len() {
        0 => None,
        1 => Some("1 policy".to_owned()),
        count => Some(format!("{count} policies")),
    };
    let parts: Vec<String> = workloads.into_iter().chain(policies).collect();
    (!parts.is_empty()).then(|| format!("only in the cluster, and left as they are: {}", parts.join(", ")))
}

fn listed(word: &str, counts: &[(usize, &str)]) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for (count, what) in counts.iter().filter(|(count, _)| *count > 0) {
        let noun = if parts.is_empty() { phrase::count(*count, word) } else { count.to_string() };
        parts.push(format!("{noun} {what}"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The word for a kind of change.
pub(super) const fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Opened => "opened",
        ChangeKind::Closed => "closed",
        ChangeKind::Changed => "changed",
        ChangeKind::Uncertain => "uncertain",
    }
}

/// The ports of a change, with what became of them where its kind does not tell.
pub(super) fn ports(change: &Change) -> String {
    let of = |before: Tri, after: Tri| {
        let shifts = change.shifts.iter().filter(|shift| (shift.before, shift.after) == (before, after));
        let ports: Vec<(Protocol, Ports)> =
            shifts.map(|Shift { protocol, ports, .. }| (*protocol, ports.clone())).collect();
        (!ports.is_empty()).then(|| phrase::ports(&ports))
    };
    match change.kind() {
        ChangeKind::Opened | ChangeKind::Closed => {
            of(Tri::No, Tri::Yes).or_else(|| of(Tri::Yes, Tri::No)).unwrap_or_default()
        }
        ChangeKind::Changed => {
            let opened = of(Tri::No, Tri::Yes).map(|ports| format!("{ports} opened"));
            let closed = of(Tri::Yes, Tri::No).map(|ports| format!("{ports} closed"));
            opened.into_iter().chain(closed).collect::<Vec<_>>().join(", ")
        }
        ChangeKind::Uncertain => {
            let ways = [
                (Tri::No, Tri::Unknown, "was closed, may be open"),
                (Tri::Yes, Tri::Unknown, "was open, may be closed"),
                (Tri::Unknown, Tri::Yes, "is open, may have been closed"),
                (Tri::Unknown, Tri::No, "is closed, may have been open"),
            ];
            let texts =
                ways.into_iter().filter_map(|(before, after, words)| Some(format!("{}: {words}", of(before, after)?)));
            texts.collect::<Vec<_>>().join("; ")
        }
    }
}

/// What did it: `NetworkPolicy `shop/db` removed`.
pub(super) fn cause(compared: &Compared<'_>, cause: &Cause) -> String {
    let (old, new) = (compared.old.inquiry.world(), compared.new.inquiry.world());
    match &cause.what {
        What::Policy(change, before, after) => {
            let name = after.map(|id| phrase::policy(id, new)).or(before.map(|id| phrase::policy(id, old)));
            let became = if compared.is_live() { policy_drift(*change) } else { policy_change(*change) };
            format!("{} {became}", name.unwrap_or_default())
        }
        What::NamespaceLabel(_, namespace, change) => {
            format!("label {} of namespace `{}`", label(compared, change), new.namespace_text(*namespace))
        }
        What::PodLabel(end, change) => {
            format!("label {} of `{}`", label(compared, change), compared.diff.ends[*end].new.who.text(new))
        }
        What::Pods(end) => {
            format!("ports, service account or network of `{}`", compared.diff.ends[*end].new.who.text(new))
        }
        What::Elsewhere => {
            "no policy or label of these ends themselves: other pods or port names they depend on".to_owned()
        }
    }
}

const fn policy_change(change: PolicyChange) -> &'static str {
    match change {
        PolicyChange::Added => "added",
        PolicyChange::Removed => "removed",
        PolicyChange::Changed => "changed",
        PolicyChange::Accepted => "now accepted",
        PolicyChange::Refused => "now refused",
    }
}

/// What a policy is on two sides that stand beside each other.
const fn policy_drift(change: PolicyChange) -> &'static str {
    match change {
        PolicyChange::Added => "only in the files",
        PolicyChange::Removed => "only in the cluster",
        PolicyChange::Changed => "differs",
        PolicyChange::Accepted => "accepted only as the files say",
        PolicyChange::Refused => "accepted only as the cluster has it",
    }
}

fn label(compared: &Compared<'_>, change: &LabelChange) -> String {
    let LabelChange { key, before, after } = change;
    match (before, after) {
        (None, Some(after)) if compared.is_live() => format!("`{key}: {after}`, only in the files,"),
        (Some(before), None) if compared.is_live() => format!("`{key}: {before}`, only in the cluster,"),
        (Some(before), Some(after)) if compared.is_live() => {
            format!("`{key}`, `{before}` in the cluster and `{after}` in the files,")
        }
        (None, Some(after)) => format!("`{key}: {after}` added"),
        (Some(before), None) => format!("`{key}: {before}` removed"),
        (Some(before), Some(after)) => format!("`{key}` changed from `{before}` to `{after}`"),
        (None, None) => format!("`{key}`"),
    }
}

/// A part of a cause and where it stands: the item of a policy, a label.
pub(super) struct Part<'a, 's> {
    pub(super) scene: &'a Scene<'s>,
    /// Whether it is of the world after.
    pub(super) new: bool,
    pub(super) item: String,
    pub(super) place: Place,
}

/// Where a cause stands, on either side.
pub(super) fn parts<'a, 's>(compared: &'a Compared<'s>, cause: &Cause) -> Vec<Part<'a, 's>> {
    let mut parts = Vec::new();
    parts.extend(cause.old.iter().map(|&id| of_entry(&compared.old, false, id)));
    parts.extend(cause.new.iter().map(|&id| of_entry(&compared.new, true, id)));
    let [old, new] = places(compared, &cause.what);
    let both = [(&compared.old, false, old), (&compared.new, true, new)];
    parts.extend(
        both.into_iter()
            .filter_map(|(scene, new, place)| Some(Part { scene, new, item: String::new(), place: place? })),
    );
    // Of a policy that both sides have, both are worth a look.
    let shows = |new: bool| parts.iter().any(|part| part.new == new);
    let missing = [(&compared.old, false), (&compared.new, true)].into_iter().filter(|(_, new)| !shows(*new));
    let policies = cause.what.policy().map(|(_, old, new)| [old, new]).unwrap_or_default();
    let more: Vec<Part<'_, '_>> = missing
        .filter_map(|(scene, new)| {
            let world = scene.inquiry.world();
            let policy = world.policy(policies[usize::from(new)]?);
            Some(Part { scene, new, item: String::new(), place: world.object(policy.object).place })
        })
        .collect();
    parts.extend(more);
    parts
}

/// Where a cause is told to stand: its items, or the policy itself where more than one of its items is new or gone; at most
/// so many.
pub(super) fn spots(compared: &Compared<'_>, cause: &Cause, most: usize) -> Vec<String> {
    let parts = parts(compared, cause);
    let whole = matches!(cause.what.policy(), Some((PolicyChange::Added | PolicyChange::Removed, ..)));
    let mut spots: Vec<String> = match parts.as_slice() {
        [first, _, ..] if whole => first.policy(cause).and_then(|part| part.text()).into_iter().collect(),
        parts => parts.iter().filter_map(Part::text).collect(),
    };
    spots.dedup();
    let left = spots.len().saturating_sub(most);
    spots.truncate(most);
    spots.extend((left > 0).then(|| format!("and {left} more")));
    spots
}

fn of_entry<'a, 's>(scene: &'a Scene<'s>, new: bool, id: EntryId) -> Part<'a, 's> {
    let world = scene.inquiry.world();
    let entry = world.entry(id);
    // What isolates without allowing anything stands where it chooses its pods.
    let place = if entry.item.is_some() { entry.place } else { entry.subject_place.unwrap_or(entry.place) };
    Part { scene, new, item: phrase::item(entry, world), place }
}

/// Where a label stands on either side.
fn places(compared: &Compared<'_>, what: &What) -> [Option<Place>; 2] {
    let (old, new) = (compared.old.inquiry.world(), compared.new.inquiry.world());
    match what {
        What::NamespaceLabel(before, after, change) => {
            [old.namespace_label_place(*before, &change.key), new.namespace_label_place(*after, &change.key)]
        }
        What::PodLabel(end, change) => {
            let workload = |who: &ringfence_questions::Who| match who {
                ringfence_questions::Who::Workload(id) => Some(*id),
                _ => None,
            };
            let common = &compared.diff.ends[*end];
            let place = |world: &ringfence_cluster::World, who| {
                workload(who).and_then(|id| world.label_place(world.workload(id), &change.key))
            };
            [place(old, &common.old.who), place(new, &common.new.who)]
        }
        _ => [None, None],
    }
}

impl Part<'_, '_> {
    /// The policy that it is an item of.
    fn policy(&self, cause: &Cause) -> Option<Self> {
        let (_, old, new) = cause.what.policy()?;
        let world = self.scene.inquiry.world();
        let policy = world.policy(if self.new { new } else { old }?);
        let place = world.object(policy.object).place;
        Some(Self { scene: self.scene, new: self.new, item: String::new(), place })
    }

    /// `path:line (ingress[0])`, or nothing where no file is behind it.
    pub(super) fn text(&self) -> Option<String> {
        let at = self.scene.at(self.place);
        if at.is_empty() {
            None
        } else if self.item.is_empty() {
            Some(at)
        } else {
            Some(format!("{at} ({})", self.item))
        }
    }
}
