//! Labels that a build puts into the peers of a NetworkPolicy, and the peers that are empty for it.
//!
//! Only `commonLabels` and `labels` add to selectors, and only to those of a NetworkPolicy (`spec/podSelector` and the
//! `podSelector` of each peer): kustomize knows no other policy's fields.

use ringfence_cluster::{Entry, IdentityId, NAMESPACE_LABELS, Operator, PeerKind, Requirement, Selector, World};
use ringfence_manifest::{Body, Field, LabelSelector, Object, Origin, Place, Transformer};

use crate::context::{Cx, PolicyRef};
use crate::moved::text_at;

/// A label that a build put into a selector.
#[derive(Clone, Copy)]
pub(crate) struct Added<'w> {
    /// The key.
    pub(crate) key: &'w str,
    /// The value.
    pub(crate) value: &'w str,
    /// What asked for it: the value in a kustomization.
    pub(crate) line: Place,
    /// `commonLabels` or `labels`.
    pub(crate) by: Transformer,
    /// The value that the author wrote under this key, with its place.
    pub(crate) was: Option<(&'w str, Place)>,
    of_namespace: bool,
}

/// A peer that selects nothing only because of a label that a build put into it.
pub(crate) struct Emptied<'w> {
    pub(crate) policy: PolicyRef<'w>,
    pub(crate) entry: &'w Entry,
    /// The peer as written.
    pub(crate) place: Place,
    /// The label that empties it; of several the first one that does so alone.
    pub(crate) blame: Added<'w>,
    /// Whom it selects as written.
    pub(crate) meant: Vec<IdentityId>,
}

/// The peers of policies that count which a build left empty.
pub(crate) fn emptied<'w>(cx: &Cx<'w>) -> Vec<Emptied<'w>> {
    let mut all = Vec::new();
    for policy in cx.policies().filter(|policy| policy.policy.counts() && policy.object.origin.is_some()) {
        for (id, entry) in policy.entries() {
            for peer in entry.peers() {
                let PeerKind::Endpoints(selector) = peer.kind else { continue };
                if !cx.engine().selected(selector).is_none() || cx.engine().subjects(id).is_none() {
                    continue;
                }
                let added = in_peer(cx, policy.object, peer.place);
                if let Some((blame, meant)) = blame(cx.world(), cx.world().selector(selector), &added) {
                    all.push(Emptied { policy, entry, place: peer.place, blame, meant });
                }
            }
        }
    }
    all
}

/// The label of a selector under a key that a build put there; the selector is a policy's subject, or in the peer at `place`.
pub(crate) fn under<'w>(cx: &Cx<'w>, object: &'w Object, place: Place, key: &str) -> Option<Added<'w>> {
    let plain = key.strip_prefix(NAMESPACE_LABELS).unwrap_or(key);
    let subject = match &object.body {
        Body::NetworkPolicy(spec) => spec.get().map(|spec| &spec.pod_selector),
        _ => None,
    };
    let subject = subject.filter(|subject| subject.at().is_some_and(|at| at.value == place));
    let of_subject = subject.map(|subject| in_selector(cx, object, subject, false));
    let mut added = of_subject.unwrap_or_else(|| in_peer(cx, object, place)).into_iter();
    added.find(|added| added.key == plain && added.of_namespace == (plain != key))
}

fn in_peer<'w>(cx: &Cx<'w>, object: &'w Object, place: Place) -> Vec<Added<'w>> {
    let spec = match &object.body {
        Body::NetworkPolicy(spec) if object.origin.is_some() => spec.get(),
        _ => None,
    };
    let Some(spec) = spec else { return Vec::new() };
    let from = spec.ingress.values().flat_map(|rule| rule.from.values());
    let to = spec.egress.values().flat_map(|rule| rule.to.values());
    let Some(peer) = from.chain(to).find(|peer| peer.place == place) else { return Vec::new() };
    let mut added = in_selector(cx, object, &peer.pod_selector, false);
    added.extend(in_selector(cx, object, &peer.namespace_selector, true));
    added
}

fn in_selector<'w>(
    cx: &Cx<'w>,
    object: &'w Object,
    selector: &'w Field<LabelSelector>,
    of_namespace: bool,
) -> Vec<Added<'w>> {
    let labels = selector.get().and_then(|selector| selector.match_labels.get());
    let (Some(labels), Some(origin)) = (labels, object.origin.as_deref()) else { return Vec::new() };
    let added = labels.entries.iter().filter_map(|label| {
        let Field::Set(value, at) = &label.value else { return None };
        let is_label = |by: &Transformer| matches!(by, Transformer::Labels | Transformer::CommonLabels);
        let by = origin.by(at.value).filter(is_label)?;
        let was = if is_put(origin, label.key_place) { None } else { Some(written(cx, origin, label.key_place)?) };
        Some(Added { key: &label.key, value, line: at.value, by, was, of_namespace })
    });
    added.collect()
}

/// Whether a build put the whole label there, key and value: a label that was there keeps the place of its key.
fn is_put(origin: &Origin, key: Place) -> bool {
    origin.changes.iter().any(|change| change.place == key && change.was.is_none())
}

/// The value that stood behind a key. One line changes many places of an object: it is the nearest one.
fn written<'w>(cx: &Cx<'w>, origin: &Origin, key: Place) -> Option<(&'w str, Place)> {
    let behind = |was: &Place| was.file == key.file && was.span.start >= key.span.end;
    let was = origin.changes.iter().filter_map(|change| change.was).filter(behind).min_by_key(|was| was.span.start)?;
    Some((text_at(cx, was)?, was))
}

/// Which label empties a selector, and whom the selector meant; `None` where it is empty without them too.
fn blame<'w>(world: &World, selector: &Selector, added: &[Added<'w>]) -> Option<(Added<'w>, Vec<IdentityId>)> {
    if added.is_empty() {
        return None;
    }
    let built: Option<Vec<&Requirement>> = added.iter().map(|label| label.find(world, selector)).collect();
    let built = built?;
    let with = |kept: Option<usize>| {
        let own = selector.requirements.iter().filter(|each| !built.contains(each)).cloned();
        let mut requirements: Vec<Requirement> = own.collect();
        for (at, label) in added.iter().enumerate() {
            if kept == Some(at) {
                requirements.push(built[at].clone());
            } else if let Some((was, _)) = label.was {
                // A value that nothing in the world has is carried by nobody.
                let operator = Operator::In(world.symbols.find(was).into_iter().collect());
                requirements.push(Requirement { operator, ..built[at].clone() });
            }
        }
        Selector { requirements, uncertain: selector.uncertain }
    };
    let meant = selected(world, &with(None));
    let alone = (0..added.len()).find(|&at| selected(world, &with(Some(at))).is_empty());
    (!meant.is_empty()).then(|| (added[alone.unwrap_or(0)], meant))
}

/// The pods that a selector matches: those that it surely does, where there are any.
fn selected(world: &World, selector: &Selector) -> Vec<IdentityId> {
    let matched = |(id, identity): (IdentityId, &ringfence_cluster::Identity)| {
        Some((id, selector.matches(&identity.labels, &world.symbols))).filter(|(_, tri)| tri.possible())
    };
    let possible: Vec<_> = world.identity_ids().filter_map(matched).collect();
    let sure = possible.iter().any(|(_, tri)| tri.is_yes());
    possible.into_iter().filter(|(_, tri)| !sure || tri.is_yes()).map(|(id, _)| id).collect()
}

impl Added<'_> {
    /// The label as text.
    pub(crate) fn text(&self) -> String {
        format!("{}: {}", self.key, self.value)
    }

    /// The requirement that it became.
    fn find<'s>(&self, world: &World, selector: &'s Selector) -> Option<&'s Requirement> {
        let is_key = |text: &str| match text.strip_prefix(NAMESPACE_LABELS) {
            Some(plain) => self.of_namespace && plain == self.key,
            None => !self.of_namespace && text == self.key,
        };
        selector.requirements.iter().find(|each| {
            let value = matches!(&each.operator, Operator::In(values) if values.len() == 1
                && world.symbols.text(values[0]) == self.value);
            value && is_key(world.symbols.text(each.key.name))
        })
    }
}
