//! `hatch-ineffective`.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_cluster::{Entry, Key, LabelSet, Operator, Requirement, Selector, Source, Symbol};
use ringfence_engine::{Endpoint, Engine};

use crate::hatch::{Remaining, remaining};
use crate::prelude::*;
use crate::wording;
use ringfence_cluster::blueprint::{Use, is_namespace_name};

declare_rule! {
    /// ## What it does
    /// Reports escape hatches that do not open: a namespace label that takes its namespace out of one isolating policy,
    /// while other policies go on isolating such a namespace and nothing allows everything in their place, or deny
    /// something there. The label is tried out: on an imagined namespace that also carries whatever else the clusterwide
    /// policies ask for, and on the namespaces of the input that the hatch is for, with the policies of their own.
    ///
    /// ## Why it matters
    /// The hatch is for the worst hour: somebody sets the label and expects traffic to flow. Leaving one policy is not
    /// enough, since every other policy that chooses the pods isolates them too, a profile as much as a baseline.
    ///
    /// Policies that choose the hatch's own value are taken as meant. Where nothing but baselines for every pod stands in the
    /// way, `baseline-isolates-everything` says so. The policies at the other end of a connection stay what they are: no
    /// hatch opens these.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: deny-by-default}
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - {key: io.cilium.k8s.namespace.labels.net.example.org/enforcement, operator: NotIn, values: ["off"]}
    ///   ingress: [{fromEntities: [none]}]
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: profile-web}
    /// spec:
    ///   endpointSelector:
    ///     matchLabels: {io.cilium.k8s.namespace.labels.net.example.org/profile: web}
    ///   ingress: [{fromEntities: [world]}]
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: deny-by-default}
    /// spec:
    ///   endpointSelector:
    ///     matchExpressions:
    ///       - {key: io.cilium.k8s.namespace.labels.net.example.org/enforcement, operator: NotIn, values: ["off"]}
    ///   ingress: [{fromEntities: [none]}]
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: profile-web}
    /// spec:
    ///   enableDefaultDeny: {ingress: false}
    ///   endpointSelector:
    ///     matchLabels: {io.cilium.k8s.namespace.labels.net.example.org/profile: web}
    ///   ingress: [{fromEntities: [world]}]
    /// ```
    ///
    /// ## References
    /// [Cilium: policy enforcement modes](https://docs.cilium.io/en/stable/security/network/policyenforcement/)
    pub static HATCH_INEFFECTIVE = "hatch-ineffective" {
        group: Blueprint, severity: Error, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

/// A label that takes its namespace out of a policy.
struct Hatch<'w> {
    key: &'w str,
    /// The policy it is taken out of.
    opened: Use<'w>,
    /// The label as pods carry it.
    label: (Key, Option<Symbol>),
}

/// The rules of policies that isolate, with one entry a direction.
type Isolating<'w> = BTreeMap<(PolicyId, u32), Vec<(EntryId, &'w Entry)>>;

pub(crate) fn check(cx: &mut Cx<'_>) {
    let keys: Vec<&str> = cx.blueprint().hatches().collect();
    if keys.is_empty() {
        return;
    }
    let meant = cx.meant();
    let told: Vec<PolicyId> = crate::baseline::baselines(cx).iter().map(|baseline| baseline.policy.id).collect();
    for key in keys {
        let Some(hatch) = hatch(key, &meant, cx) else { continue };
        let isolating = isolating(&hatch, &meant);
        let rest = rest(&hatch, &isolating, &told, &meant, cx);
        if isolating.keys().any(|(policy, _)| !told.contains(policy)) && !works_in_practice(&hatch, &isolating, &meant)
        {
            report(&hatch, &isolating, &rest, cx);
        } else if !rest.is_empty() {
            report_rest(&hatch, &rest, cx);
        }
    }
}

/// What is still in the way in the namespaces of the input, beside the policies that isolate any namespace whose hatch is
/// open. A lone key that no configuration names may mark a tier: of it nothing is said.
fn rest(hatch: &Hatch<'_>, isolating: &Isolating<'_>, told: &[PolicyId], meant: &Engine<'_>, cx: &Cx<'_>) -> Remaining {
    if is_unsure(hatch, cx) {
        return Remaining::new();
    }
    let world = meant.world();
    let mut rest = remaining(hatch.key, &hatch.value(world), &hatch.opened, meant);
    let pinned = |entry: EntryId| {
        let requirements = &world.selector(world.entry(entry).subject).requirements;
        requirements.iter().any(|one| one.key.name == hatch.label.0.name && matches!(one.operator, Operator::In(_)))
    };
    rest.retain(|policy, (entry, _)| {
        !told.contains(policy) && !isolating.keys().any(|(id, _)| id == policy) && !pinned(*entry)
    });
    rest
}

/// Whether nobody says that the key is a hatch, and no other key of its prefix means anything.
fn is_unsure(hatch: &Hatch<'_>, cx: &Cx<'_>) -> bool {
    cx.options().labels.enforcement.is_none() && !cx.blueprint().has_kin(hatch.key)
}

/// The hatch of a key: the first policy that lets nothing through and leaves it out; else the first that leaves it out.
fn hatch<'w>(key: &'w str, meant: &Engine<'w>, cx: &Cx<'w>) -> Option<Hatch<'w>> {
    let world = meant.world();
    let uses = || cx.blueprint().uses(key).iter().filter(|each| each.opts_out(world));
    let shuts = |each: &&Use<'w>| !world.entry(each.entry).allows_something();
    let opened = *uses().find(shuts).or_else(|| uses().next())?;
    let value = match &opened.requirement.operator {
        Operator::NotIn(values) => *values.first().filter(|value| !value.is_variable())?,
        _ => Symbol::ABSENT,
    };
    let name = opened.requirement.key.name;
    Some(Hatch { key, opened, label: (Key { source: Source::K8s, name }, Some(value)) })
}

/// The rules of clusterwide policies that isolate a namespace whose hatch is open, with the entries that do, one a direction.
fn isolating<'w>(hatch: &Hatch<'w>, meant: &Engine<'w>) -> Isolating<'w> {
    let world = meant.world();
    let opens = |entry: &&Entry| entry.scope.is_none() && meant.counts(entry.policy) && entry.allows_everything();
    let opening: Vec<&Entry> = world.entry_ids().map(|(_, entry)| entry).filter(opens).collect();
    let mut found: Isolating<'_> = BTreeMap::new();
    for (id, entry) in world.entry_ids() {
        if !meant.counts(entry.policy) || !crate::exclusion::isolates_cluster(entry) || !reaches(entry, hatch, world) {
            continue;
        }
        let rule = found.entry((entry.policy, entry.spec)).or_default();
        if rule.iter().all(|(_, other)| other.direction != entry.direction) && !is_opened(entry, &opening, hatch, world)
        {
            rule.push((id, entry));
        }
    }
    found.retain(|_, entries| !entries.is_empty());
    found
}

/// Whether namespaces of the input carry the label, and none of these policies reaches any of them: then it marks a tier
/// that the others never meant.
fn works_in_practice(hatch: &Hatch<'_>, isolating: &Isolating<'_>, meant: &Engine<'_>) -> bool {
    let world = meant.world();
    let entries: Vec<EntryId> = isolating.values().flatten().map(|(id, _)| *id).collect();
    let carries = |namespace: NamespaceId| {
        let mut labels = world.namespace_labels(namespace);
        labels.any(|(key, value)| key == hatch.key && value.is_some_and(|value| hatch.opens(value, world)))
    };
    let mut carriers = world.namespace_ids().map(|(id, _)| id).filter(|&id| carries(id)).peekable();
    let reached = |namespace: NamespaceId| {
        world.identities_of(namespace).any(|(pod, _)| {
            let by = |way| meant.isolation(&Endpoint::Pods(pod), way).by;
            Direction::BOTH.into_iter().flat_map(by).any(|id| entries.contains(&id))
        })
    };
    carriers.peek().is_some() && !carriers.any(reached)
}

impl Hatch<'_> {
    /// The value that takes a namespace out.
    fn value(&self, world: &World) -> String {
        match &self.opened.requirement.operator {
            Operator::NotIn(values) => values.first().map_or("", |&value| world.symbols.text(value)).to_owned(),
            _ => String::new(),
        }
    }

    /// The label as a namespace carries it.
    fn text(&self, world: &World) -> String {
        match self.opened.requirement.operator {
            Operator::NotIn(_) => format!("{}: {}", self.key, self.value(world)),
            _ => self.key.to_owned(),
        }
    }

    /// Whether a value of the label takes its namespace out.
    fn opens(&self, value: &str, world: &World) -> bool {
        match &self.opened.requirement.operator {
            Operator::NotIn(values) => values.iter().any(|&each| world.symbols.text(each) == value),
            _ => true,
        }
    }
}

/// Whether an entry applies to some namespace that carries the hatch's label, and that the policy it leaves would choose.
fn reaches(entry: &Entry, hatch: &Hatch<'_>, world: &World) -> bool {
    let own = world.selector(entry.subject);
    let left = world.selector(world.entry(hatch.opened.entry).subject);
    let pinned = |requirement: &Requirement| {
        let asks = matches!(requirement.operator, Operator::In(_));
        asks && (is_namespace_name(requirement, world) || requirement.key.name == hatch.label.0.name)
    };
    if own.requirements.iter().any(pinned) {
        return false;
    }
    let pod = imagined([own, left], hatch);
    let others = left.requirements.iter().filter(|each| each.key.name != hatch.label.0.name);
    own.matches(&pod, &world.symbols).is_yes()
        && others.into_iter().all(|each| each.matches(&pod, &world.symbols).is_yes())
}

/// A pod with what some selectors ask for, in a namespace that carries the hatch's label.
fn imagined<'s>(selectors: impl IntoIterator<Item = &'s Selector>, hatch: &Hatch<'_>) -> LabelSet {
    let mut labels = LabelSet::default();
    for requirement in selectors.into_iter().flat_map(|selector| &selector.requirements) {
        let value = match &requirement.operator {
            Operator::In(values) => values.first().copied(),
            Operator::Exists => Some(Symbol::ABSENT),
            Operator::NotIn(_) | Operator::DoesNotExist => continue,
        };
        let source = if requirement.key.source == Source::Any { Source::K8s } else { requirement.key.source };
        let key = Key { source, name: requirement.key.name };
        if matches!(requirement.operator, Operator::In(_)) || labels.values(key).next().is_none() {
            labels.insert(key, value);
        }
    }
    labels.insert(hatch.label.0, hatch.label.1);
    labels
}

/// Whether one of the entries that allow everything applies to whom an entry isolates, in its direction.
fn is_opened(entry: &Entry, opening: &[&Entry], hatch: &Hatch<'_>, world: &World) -> bool {
    let pod = imagined([world.selector(entry.subject)], hatch);
    opening.iter().any(|other| {
        other.direction == entry.direction && world.selector(other.subject).matches(&pod, &world.symbols).possible()
    })
}

fn report(hatch: &Hatch<'_>, isolating: &Isolating<'_>, rest: &Remaining, cx: &mut Cx<'_>) {
    let world = cx.world();
    let own = world.entry(hatch.opened.entry);
    let policy = cx.policy(own.policy);
    let name = world.policy_text(policy.policy);
    let spot = hatch.opened.place.and_then(|place| crate::spot::spot(cx, place, hatch.opened.requirement));
    let mut names: Vec<String> = isolating.keys().map(|&(id, _)| world.policy_text(world.policy(id))).collect();
    names.dedup();
    let label = hatch.text(world);
    let all: Vec<Direction> = Direction::BOTH
        .into_iter()
        .filter(|way| isolating.values().flatten().any(|(_, entry)| entry.direction == *way))
        .collect();
    let verb = if names.len() == 1 { "isolates" } else { "isolate" };
    let message = format!(
        "the escape hatch `{label}` does not open: beside `{name}`, {} still {verb} such a namespace in {}",
        wording::all(names.iter().map(String::as_str)),
        wording::directions(&all),
    );
    let unsure = is_unsure(hatch, cx);
    let further = further(rest, world);
    let mut edits = Vec::new();
    for entries in isolating.values() {
        let directions: Vec<Direction> = entries.iter().map(|(_, entry)| entry.direction).collect();
        let place = entries.first().and_then(|(_, entry)| entry.subject_place);
        edits.push(place.and_then(|place| crate::default_deny::switch_off(place, &directions, cx)));
    }
    let mut draft = cx
        .report(spot.map_or(own.place, |spot| spot.place), message)
        .about(policy.object)
        .here(format!("leaves `{name}` only"));
    for ((id, _), entries) in isolating {
        let directions: Vec<Direction> = entries.iter().map(|(_, entry)| entry.direction).collect();
        let text = format!(
            "`{}` isolates in {}, whatever that label says",
            world.policy_text(world.policy(*id)),
            wording::directions(&directions)
        );
        if let Some((_, entry)) = entries.first() {
            draft = draft.label(entry.subject_place.unwrap_or(entry.place), text);
        }
    }
    if unsure {
        draft = draft.severity(Severity::Warning).confidence(Confidence::Medium);
    }
    if !policy.policy.counts() {
        draft = draft.note(format!("`{name}` itself is refused: the hatch is judged as if it were accepted"));
    }
    draft
        .notes(further)
        .help("set `enableDefaultDeny` to false in policies that only add, or leave such namespaces out of them too; or allow everything (`fromEntities: [all]`, `toEntities: [all]`) to whoever carries the label")
        .fix_all(
            Applicability::Unsafe,
            "let these policies only add: pods that no other policy isolates are then open",
            edits.into_iter().collect(),
        );
}

/// Reports a hatch that stays shut in namespaces of the input, for what policies there do.
fn report_rest(hatch: &Hatch<'_>, rest: &Remaining, cx: &mut Cx<'_>) {
    const SHOWN: usize = 3;
    let world = cx.world();
    let own = world.entry(hatch.opened.entry);
    let policy = cx.policy(own.policy);
    let spot = hatch.opened.place.and_then(|place| crate::spot::spot(cx, place, hatch.opened.requirement));
    let namespaces: BTreeSet<NamespaceId> = rest.values().flat_map(|(_, namespaces)| namespaces).copied().collect();
    let names: Vec<&str> = namespaces.iter().map(|&id| world.namespace_text(id)).collect();
    // What only denies may be meant for the worst hour too.
    let isolates = |(entry, _): &(EntryId, _)| world.entry(*entry).verdict != ringfence_cluster::Verdict::Deny;
    let message = format!(
        "the escape hatch `{}` does not open {} whole: {} still in the way",
        hatch.text(world),
        wording::few(&names),
        if rest.len() == 1 { "another policy is".to_owned() } else { format!("{} other policies are", rest.len()) },
    );
    let mut draft = cx
        .report(spot.map_or(own.place, |spot| spot.place), message)
        .about(policy.object)
        .severity(if rest.values().any(isolates) { Severity::Warning } else { Severity::Info })
        .here(format!("leaves `{}` only", world.policy_text(policy.policy)));
    for (id, (entry, _)) in rest.iter().take(SHOWN) {
        draft = draft.label(world.entry(*entry).place, obstacle(*id, *entry, world));
    }
    draft
        .help("allow everything (`fromEntities: [all]`, `toEntities: [all]`) to whoever carries the label, and leave it out of policies that deny; or say in the runbook what stays shut");
}

/// What else is in the way, as notes.
fn further(rest: &Remaining, world: &World) -> Vec<String> {
    rest.iter().map(|(id, (entry, _))| format!("beside them, {}", obstacle(*id, *entry, world))).collect()
}

/// What a policy does to a namespace whose hatch is open.
fn obstacle(policy: PolicyId, entry: EntryId, world: &World) -> String {
    let name = world.policy_text(world.policy(policy));
    let entry = world.entry(entry);
    let does =
        if entry.verdict == ringfence_cluster::Verdict::Deny { "denies something of the" } else { "isolates the" };
    format!("`{name}` {does} {} all the same", entry.direction.as_str())
}
