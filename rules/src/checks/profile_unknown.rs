//! `profile-unknown`.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_yaml::edit::replace_scalar;

use crate::near::is_near;
use crate::prelude::*;
use crate::tenants::{Mark, tenants};
use crate::wording;
use ringfence_cluster::blueprint::{Blueprint, Role};

declare_rule! {
    /// ## What it does
    /// Reports namespaces whose profile label has a value that no policy selects. The profile key is taken from the
    /// configuration (`labels.profile`), else from the policies. An annotation under that key is read as the label that it
    /// was meant to be.
    ///
    /// ## Why it matters
    /// A profile that no policy selects permits nothing, and forbids nothing either: the namespace has whatever is left,
    /// all or nothing. A slip in the value looks exactly like a profile that nobody wrote yet.
    ///
    /// ## Example
    /// ```yaml bad
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: profiles}
    /// specs:
    ///   - enableDefaultDeny: {egress: false}
    ///     endpointSelector:
    ///       matchLabels: {io.cilium.k8s.namespace.labels.net.example.org/profile: standard}
    ///     egress: [{toEntities: [world]}]
    ///   - enableDefaultDeny: {egress: false}
    ///     endpointSelector:
    ///       matchLabels: {io.cilium.k8s.namespace.labels.net.example.org/profile: internal}
    ///     egress: [{toEntities: [cluster]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {net.example.org/profile: standrad}
    /// ```
    /// Use instead:
    /// ```yaml good
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: profiles}
    /// specs:
    ///   - enableDefaultDeny: {egress: false}
    ///     endpointSelector:
    ///       matchLabels: {io.cilium.k8s.namespace.labels.net.example.org/profile: standard}
    ///     egress: [{toEntities: [world]}]
    ///   - enableDefaultDeny: {egress: false}
    ///     endpointSelector:
    ///       matchLabels: {io.cilium.k8s.namespace.labels.net.example.org/profile: internal}
    ///     egress: [{toEntities: [cluster]}]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {net.example.org/profile: standard}
    /// ```
    ///
    /// ## References
    /// [Cilium: identity-relevant labels](https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/)
    pub static PROFILE_UNKNOWN = "profile-unknown" {
        group: Blueprint, severity: Warning, confidence: High, fix: Unsafe, since: "0.1.0"
    }
}

pub(crate) fn check(cx: &mut Cx<'_>) {
    let (world, blueprint) = (cx.world(), cx.blueprint());
    for key in blueprint.profiles() {
        let Some(known) = selected_values(key, blueprint, world) else { continue };
        let mut unknown: BTreeMap<&str, Vec<Mark<'_>>> = BTreeMap::new();
        for tenant in tenants(world) {
            let marks = tenant.labels(blueprint).into_iter().chain(tenant.annotations(blueprint));
            for mark in
                marks.filter(|mark| mark.role == Role::Profile && mark.key == key && !known.contains(mark.value))
            {
                unknown.entry(mark.value).or_default().push(mark);
            }
        }
        let slips: Vec<(&str, &str)> = unknown
            .keys()
            .filter_map(|value| Some((*value, *known.iter().find(|other| is_near(value, other))?)))
            .collect();
        for (value, meant) in slips {
            slip(&unknown.remove(value).unwrap_or_default(), meant, cx);
        }
        missing(key, &unknown, &known, cx);
    }
}

/// The values that policies name. `None` where a policy takes any value, or one that we cannot know.
fn selected_values<'w>(key: &str, blueprint: &Blueprint<'w>, world: &'w World) -> Option<BTreeSet<&'w str>> {
    use ringfence_cluster::Operator::{DoesNotExist, Exists, In, NotIn};
    let mut known = BTreeSet::new();
    for each in blueprint.uses(key) {
        match &each.requirement.operator {
            In(values) | NotIn(values) => {
                if values.iter().any(|value| value.is_variable()) {
                    return None;
                }
                known.extend(values.iter().map(|&value| world.symbols.text(value)));
            }
            Exists if each.of_subject => return None,
            Exists | DoesNotExist => {}
        }
    }
    Some(known)
}

/// A value near one that a policy selects.
fn slip(marks: &[Mark<'_>], meant: &str, cx: &mut Cx<'_>) {
    let [first, rest @ ..] = marks else { return };
    let edits = marks.iter().map(|mark| cx.edit(mark.value_place, |node| replace_scalar(node, meant))).collect();
    let owners = wording::few(&marks.iter().map(|mark| mark.tenant.name).collect::<Vec<_>>());
    let selected = selected_by(first.key, meant, cx);
    let message = format!("no policy selects profile `{}` of {owners}; `{meant}` comes nearest", first.value);
    let mut draft = cx.report(first.value_place, message).about(first.tenant.object).here("selected by no policy");
    for mark in rest {
        draft = draft.label(mark.value_place, "here too");
    }
    if let Some((place, policy)) = selected {
        draft = draft.label(place, format!("`{policy}` selects `{meant}`"));
    }
    draft.help(format!("`{meant}` may be meant")).fix_all(
        Applicability::Unsafe,
        format!("use profile `{meant}`: what its policies allow is opened, what they isolate is shut"),
        edits,
    );
}

/// Values that nobody wrote a policy for, all in one: they are one omission.
fn missing(key: &str, unknown: &BTreeMap<&str, Vec<Mark<'_>>>, known: &BTreeSet<&str>, cx: &mut Cx<'_>) {
    let mut marks: Vec<&Mark<'_>> = unknown.values().flatten().collect();
    marks.sort_by_key(|mark| mark.value_place);
    let [first, rest @ ..] = marks.as_slice() else { return };
    // Two values of one key may also be an accident: environments, teams.
    let sure = cx.options().labels.profile.is_some() || cx.blueprint().has_kin(key);
    let values = wording::all(unknown.keys().copied());
    let message = match unknown.len() {
        1 => format!("no policy selects profile {values} of `{}`", first.tenant.name),
        many => format!("no policy selects {many} of the profiles in use: {values}"),
    };
    let exist: Vec<(&str, Option<(Place, String)>)> =
        known.iter().map(|value| (*value, selected_by(key, value, cx))).collect();
    let mut draft = cx.report(first.value_place, message).about(first.tenant.object).here("selected by no policy");
    for mark in rest {
        draft = draft.label(mark.value_place, "nor is this one");
    }
    if let Some((value, Some((place, policy)))) = exist.first() {
        draft = draft.label(*place, format!("`{policy}` selects `{value}`"));
    }
    let help =
        format!("write a policy for each, or use a profile that has one: {}", wording::all(known.iter().copied()));
    let draft = if sure { draft } else { draft.severity(Severity::Info).confidence(Confidence::Medium) };
    draft.help(if known.is_empty() { "write a policy for each".to_owned() } else { help });
}

/// A policy that names a value, and where.
fn selected_by(key: &str, value: &str, cx: &Cx<'_>) -> Option<(Place, String)> {
    let world = cx.world();
    let names = |each: &&ringfence_cluster::blueprint::Use<'_>| {
        each.values().any(|&symbol| world.symbols.text(symbol) == value)
    };
    let mut uses: Vec<_> = cx.blueprint().uses(key).iter().filter(names).collect();
    uses.sort_by_key(|each| !each.of_subject);
    uses.into_iter().find_map(|each| {
        let place = crate::spot::spot(cx, each.place?, each.requirement)?.place;
        Some((place, world.policy_text(world.policy(world.entry(each.entry).policy))))
    })
}
