//! Reporting a selector that matches nothing, whether it is a policy's subject or a peer.

use ringfence_cluster::{
    Direction, Entry, EntryId, IdentityId, NamespaceId, Operator, PolicyKind, Requirement, SelectorId, Tri,
    Verdict as Action, WorkloadId, World,
};
use ringfence_diagnostics::{Applicability, Confidence};
use ringfence_manifest::Place;
use ringfence_yaml::edit::append_entry;

use crate::added::{Added, under};
use crate::area::{METADATA_NAME, name_key};
use crate::context::{Cx, PolicyRef};
use crate::draft::Draft;
use crate::near::{Miss, NearNamespace, Verdict, is_of_namespace, workload_of};
use crate::spot::{FileEdits, Spot, spot};
use crate::wording::title;

/// How many places are shown for one thing.
const SHOWN: usize = 3;

/// One place where a selector stands.
#[derive(Clone, Copy)]
pub(crate) struct Use<'w> {
    pub(crate) policy: PolicyRef<'w>,
    pub(crate) entry: &'w Entry,
    pub(crate) id: EntryId,
    /// The selector, or the peer around it.
    pub(crate) place: Place,
}

/// Whether the selector says whom a policy is about, or with whom they talk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Subject,
    Peer,
}

/// One dead selector with everything that is said about it.
struct Story<'w, 'u> {
    world: &'w World,
    role: Role,
    first: Use<'w>,
    uses: &'u [Use<'w>],
    spots: Vec<Option<Spot<'w>>>,
    selector: SelectorId,
    verdict: Verdict<'w>,
    /// Pods that carry the key with some other value, as far as they are not the subjects themselves.
    others: Vec<(&'w str, IdentityId)>,
    /// The label to blame, where a build put it into the selector.
    added: Option<Added<'w>>,
    /// What makes the peers of a NetworkPolicy look into the namespace where the pods are.
    abroad: Option<Vec<FileEdits>>,
}

/// Reports a selector that matches nothing at all its places at once.
pub(crate) fn report<'w>(cx: &mut Cx<'w>, role: Role, selector: SelectorId, uses: &[Use<'w>], verdict: Verdict<'w>) {
    let Some(&first) = uses.first() else { return };
    let spots = uses.iter().map(|each| spot(cx, each.place, verdict.blame?)).collect();
    let others = others(cx, role, &first, &verdict);
    let abroad = abroad(cx, role, uses, &verdict);
    let blamed = verdict.blame.map(|blame| cx.world().symbols.text(blame.key.name));
    let added = blamed.and_then(|key| under(cx, first.policy.object, first.place, key));
    let story = Story { world: cx.world(), role, first, uses, spots, selector, verdict, others, added, abroad };
    let place = story.spots.first().and_then(|spot| Some(spot.as_ref()?.place)).unwrap_or(first.place);
    let message = story.message();
    let draft = cx.report(place, message).here(story.here()).about(first.policy.object);
    let draft = if story.verdict.sure { draft } else { draft.confidence(Confidence::Medium) };
    story.tell(draft);
}

fn abroad(cx: &Cx<'_>, role: Role, uses: &[Use<'_>], verdict: &Verdict<'_>) -> Option<Vec<FileEdits>> {
    let Miss::Elsewhere(pod) = verdict.miss else { return None };
    let name = cx.world().namespace_name(cx.world().identity(pod).namespace)?;
    let line = format!("namespaceSelector: {{matchLabels: {{{METADATA_NAME}: {name}}}}}");
    let of_api = |each: &Use<'_>| role == Role::Peer && each.policy.policy.kind == PolicyKind::NetworkPolicy;
    let alone = |each: &Use<'_>| {
        cx.node(each.place)
            .is_some_and(|peer| peer.get("namespaceSelector").is_none() && peer.get("podSelector").is_some())
    };
    let edit = |each: &Use<'_>| cx.edit(each.place, |peer| append_entry(peer, &line));
    uses.iter().map(|each| edit(each).filter(|_| of_api(each) && alone(each))).collect()
}

fn others<'w>(cx: &Cx<'w>, role: Role, first: &Use<'w>, verdict: &Verdict<'w>) -> Vec<(&'w str, IdentityId)> {
    let Some(blame) = verdict.blame else { return Vec::new() };
    let all = verdict.area.values(cx.world().symbols.text(blame.key.name));
    let subjects = cx.engine().subjects(first.id);
    all.filter(|(_, id)| role == Role::Subject || subjects.get(*id).is_no()).take(50).collect()
}

impl<'w> Story<'w, '_> {
    fn message(&self) -> String {
        let effect = self.effect();
        let known = if self.verdict.sure { "" } else { "known " };
        let asked = match (self.verdict.blame, &self.verdict.miss) {
            (Some(blame), Miss::Unseen) => {
                let key = self.world.key_text(blame.key);
                return format!("Cilium leaves the pod label `{key}` out of identities, so {effect}");
            }
            (Some(blame), Miss::Namespace(_)) => {
                return format!("no {known}namespace has {}, so {effect}", self.asked(blame));
            }
            (Some(blame), Miss::OnNode(_)) => {
                let asked = self.asked(blame);
                return format!("only pods on the network of their node have {asked}, so {effect}");
            }
            (Some(blame), _) => match self.excluded(blame) {
                Some(label) => return format!("every pod of {} has `{label}`, so {effect}", self.whereabouts()),
                None => format!("has {}", self.asked(blame)),
            },
            (None, _) => format!("has all of `{}`", self.world.selector_text(self.selector)),
        };
        format!("no {known}pod of {} {asked}, so {effect}", self.whereabouts())
    }

    /// `` `app: web` ``; the name of a namespace without its key.
    fn asked(&self, requirement: &Requirement) -> String {
        let text = self.world.requirement_text(requirement);
        match &requirement.operator {
            Operator::In(values) if name_key(self.world.symbols.text(requirement.key.name)) => {
                let names: Vec<String> =
                    values.iter().map(|&value| format!("`{}`", self.world.symbols.text(value))).collect();
                format!("the name {}", names.join(" or "))
            }
            _ => format!("`{text}`"),
        }
    }

    /// The label that pods must not have.
    fn excluded(&self, requirement: &Requirement) -> Option<String> {
        match &requirement.operator {
            Operator::NotIn(values) => {
                let operator = Operator::In(values.clone());
                Some(self.world.requirement_text(&Requirement { operator, ..requirement.clone() }))
            }
            Operator::DoesNotExist => Some(self.world.key_text(requirement.key).to_string()),
            _ => None,
        }
    }

    fn whereabouts(&self) -> String {
        match self.verdict.area.namespaces.as_slice() {
            [one] => match self.world.namespace_name(*one) {
                Some(name) => format!("`{name}`"),
                None => "this namespace".to_owned(),
            },
            many => format!("the {} namespaces it looks at", many.len()),
        }
    }

    fn effect(&self) -> String {
        let does = if self.verdict.sure { "" } else { "probably " };
        if self.role == Role::Subject {
            return format!("{} {does}applies to nothing", title(self.first.policy.object));
        }
        let verb = match (self.first.entry.verdict, self.first.entry.direction) {
            (Action::Deny, _) => "denies nobody",
            (Action::Pass, _) => "passes nobody on",
            (Action::Allow, Direction::Ingress) => "admits nobody",
            (Action::Allow, Direction::Egress) => "leads to nobody",
        };
        format!("this peer {does}{verb}")
    }

    fn here(&self) -> &'static str {
        if self.verdict.sure { "matches nothing" } else { "matches nothing that is known here" }
    }

    fn tell(&self, draft: Draft<'_>) {
        let draft = self.tell_uses(draft);
        let Some(blame) = self.verdict.blame else {
            self.tell_partly(draft);
            return;
        };
        if let Some(added) = &self.added {
            return self.tell_added(draft, added);
        }
        let key = self.world.symbols.text(blame.key.name);
        match &self.verdict.miss {
            Miss::Values(values) => self.tell_values(draft, key, values, Applicability::Unsafe),
            Miss::Keys(keys) => self.tell_keys(draft, blame, keys),
            Miss::Owner(owner) => self.tell_owner(draft, blame, *owner),
            Miss::Elsewhere(pod) => self.tell_elsewhere(draft, blame, *pod),
            Miss::OfNamespace(_) if self.role == Role::Subject => self.tell_what_is_there(draft),
            Miss::OfNamespace(namespace) => self.tell_of_namespace(draft, blame, *namespace),
            Miss::OnNode(workload) => self.tell_on_node(draft, *workload),
            Miss::Namespace(near) => self.tell_namespace(draft, blame, *near),
            Miss::Unseen => {
                draft.help("select by a label that Cilium keeps, as `app` or `app.kubernetes.io/name`");
            }
            Miss::None | Miss::Partly(..) if self.excluded(blame).is_some() => {
                draft.help("drop the condition, or leave the label off the pods that are meant");
            }
            Miss::None | Miss::Partly(..) if self.others.is_empty() => self.tell_what_is_there(draft),
            Miss::None | Miss::Partly(..) => self.tell_values(draft, key, &self.others, Applicability::Suggestion),
        }
    }

    fn tell_uses<'f>(&self, mut draft: Draft<'f>) -> Draft<'f> {
        for (each, spot) in self.uses.iter().zip(&self.spots).skip(1).take(SHOWN) {
            draft = draft.label(spot.as_ref().map_or(each.place, |spot| spot.place), "the same selector");
        }
        match self.uses.len().saturating_sub(SHOWN + 1) {
            0 => draft,
            more => draft.note(format!("{more} more places have the same selector")),
        }
    }

    /// Another value of the same key.
    fn tell_values(&self, draft: Draft<'_>, key: &str, values: &[(&'w str, IdentityId)], how: Applicability) {
        let draft = values.iter().take(SHOWN).fold(draft, |draft, &(value, pod)| {
            self.point(draft, pod, key, format!("these pods have `{key}: {value}`"))
        });
        let listed: Vec<String> = values.iter().take(SHOWN).map(|(value, _)| format!("`{key}: {value}`")).collect();
        let draft = match how {
            Applicability::Suggestion => draft.help(format!(
                "ask for a label that the pods carry ({}), or put the label on the pods that are meant",
                listed.join(", ")
            )),
            _ => draft.help(format!("did you mean {}?", listed.join(" or "))),
        };
        if let [(value, pod)] = values {
            let edits = self.edits(|spot| spot.with_value(value));
            draft.fix_all(how, format!("ask for `{key}: {value}`: {}", self.consequence(*pod)), edits);
        }
    }

    /// The same value under another key.
    fn tell_keys(&self, draft: Draft<'_>, blame: &Requirement, keys: &[(&'w str, IdentityId)]) {
        let value = self.value(blame);
        let draft = keys
            .iter()
            .take(SHOWN)
            .fold(draft, |draft, &(key, pod)| self.point(draft, pod, key, format!("these pods have `{key}: {value}`")));
        let listed: Vec<String> = keys.iter().take(SHOWN).map(|(key, _)| format!("`{key}: {value}`")).collect();
        let draft = draft.help(format!("did you mean {}?", listed.join(" or ")));
        if let [(key, pod)] = keys {
            let old = self.world.symbols.text(blame.key.name);
            let edits = self.edits(|spot| spot.with_key(old, key));
            let message = format!("ask for `{key}: {value}`: {}", self.consequence(*pod));
            draft.fix_all(Applicability::Unsafe, message, edits);
        }
    }

    fn tell_owner(&self, draft: Draft<'_>, blame: &Requirement, owner: WorkloadId) {
        let workload = self.world.workload(owner);
        let object = self.world.object(workload.object);
        let key = self.world.symbols.text(blame.key.name);
        let label = object.meta.labels.get().and_then(|labels| labels.get(key));
        let place = label.map_or(object.place, |label| label.key_place);
        let draft = draft.label(place, format!("the {} has the label, its pods do not", object.kind_name));
        draft.help(format!(
            "policies look at pods: put {} under `spec.template.metadata.labels`, or ask for a label that stands there",
            self.asked(blame)
        ));
    }

    fn tell_elsewhere(&self, draft: Draft<'_>, blame: &Requirement, pod: IdentityId) {
        let namespace = self.world.identity(pod).namespace;
        let name = self.world.namespace_text(namespace);
        let key = self.world.symbols.text(blame.key.name);
        let draft = self.point(draft, pod, key, format!("these pods are in `{name}`"));
        let kind = self.first.policy.policy.kind;
        if self.role == Role::Subject || self.world.namespace_name(namespace).is_none() {
            let own = "a policy reaches pods of its own namespace only";
            draft.help(format!("{own}: put it into `{name}`, or ask for labels that pods here carry"));
            return;
        }
        let message = format!("ask for namespace `{name}`: {}", self.consequence(pod));
        match kind {
            PolicyKind::CiliumNetworkPolicy => {
                let line = format!("k8s:io.kubernetes.pod.namespace: {name}");
                let edits = self.edits(|spot| spot.beside(&line).filter(|_| spot.is_label()));
                draft.help(format!("without a namespace a peer means the policy's own; add `{line}`")).fix_all(
                    Applicability::Unsafe,
                    message,
                    edits,
                );
            }
            PolicyKind::NetworkPolicy => {
                let selector = format!("{METADATA_NAME}: {name}");
                draft
                    .help(format!(
                        "a `podSelector` alone means the policy's own namespace; add a `namespaceSelector` with `{selector}` to the same list item"
                    ))
                    .fix_all(Applicability::Unsafe, message, self.abroad.clone());
            }
            _ => {
                draft.help(format!("ask for the namespace `{name}` too"));
            }
        }
    }

    fn tell_of_namespace(&self, draft: Draft<'_>, blame: &Requirement, namespace: NamespaceId) {
        let key = self.world.symbols.text(blame.key.name);
        let name = self.world.namespace_text(namespace);
        let draft = match self.world.namespace_label_place(namespace, key) {
            Some(place) => draft.label(place, format!("it is a label of the namespace `{name}`, not of its pods")),
            None => draft.note(format!("it speaks of the namespace `{name}`, not of its pods")),
        };
        draft.help(if self.first.policy.policy.kind.is_cilium() {
            format!("labels of a namespace are asked for as `k8s:io.cilium.k8s.namespace.labels.{key}`")
        } else {
            "ask for it in a `namespaceSelector`".to_owned()
        });
    }

    fn tell_on_node(&self, draft: Draft<'_>, workload: WorkloadId) {
        let workload = self.world.workload(workload);
        let place = workload.labels_place.unwrap_or_else(|| self.world.object(workload.object).place);
        let draft = draft.label(place, "these pods use the network of their node: to policies they are the node");
        draft.help(if self.role == Role::Subject {
            "no policy about pods applies to pods with `hostNetwork: true`: give them a network of their own, or leave the policy out"
        } else if self.first.policy.policy.kind.is_cilium() {
            "use the entities `host` and `remote-node`"
        } else {
            "pods with `hostNetwork: true` are out of reach of pod selectors; allow the addresses of the nodes"
        });
    }

    fn tell_namespace(&self, draft: Draft<'_>, blame: &Requirement, near: Option<NearNamespace<'w>>) {
        let Some(near) = near else {
            draft.confidence(Confidence::Medium).help(
                "declare the namespace, or name it under `external` in the configuration if it is made elsewhere",
            );
            return;
        };
        let object = self.world.namespace(near.namespace).object.map(|id| self.world.object(id));
        let place = near.key.and_then(|key| self.world.namespace_label_place(near.namespace, key));
        let place = place.or_else(|| object.map(ringfence_manifest::Object::name_place));
        let key = near.key.map_or_else(|| self.world.key_text(blame.key).to_string(), str::to_owned);
        let found = format!("{key}: {}", near.value.unwrap_or_else(|| self.value(blame)));
        let what = format!("this namespace has `{found}`");
        let draft = match place {
            Some(place) => draft.label(place, what),
            None => draft.note(format!("namespace `{}` exists", self.world.namespace_text(near.namespace))),
        };
        let edits = match (near.value, near.key) {
            (Some(value), _) => self.edits(|spot| spot.with_value(value)),
            (None, Some(key)) => {
                let old = self.world.key_text(blame.key);
                self.edits(|spot| spot.with_key(&old, key))
            }
            _ => None,
        };
        let whom = format!("the pods of `{}`", self.world.namespace_text(near.namespace));
        let message = format!("ask for `{found}`: {}", self.consequence_for(&whom));
        draft.help(format!("did you mean `{found}`?")).fix_all(Applicability::Unsafe, message, edits);
    }

    fn tell_partly(&self, draft: Draft<'_>) {
        let Miss::Partly(pod, lacks) = &self.verdict.miss else { return };
        let Some(workload) = workload_of(self.world, *pod) else { return };
        let place = workload.labels_place.unwrap_or_else(|| self.world.object(workload.object).place);
        draft
            .label(place, format!("these pods come nearest, but lack {}", self.asked(lacks)))
            .help("all requirements of a selector must hold of the same pod");
    }

    /// A label that a build put there: not what the author asked for.
    fn tell_added(&self, draft: Draft<'_>, added: &Added<'_>) {
        let (key, label) = (added.by.key(), added.text());
        let draft = draft.label(added.line, format!("`{key}` puts it into selectors too"));
        self.show_what_is_there(draft).help(format!(
            "put `{label}` on the pods that are meant, or keep it out of selectors: under `labels` with `includeSelectors: false`"
        ));
    }

    /// Nobody carries the key: what the pods carry instead.
    fn tell_what_is_there(&self, draft: Draft<'_>) {
        let asked = self.verdict.blame.map_or_else(String::new, |blame| self.asked(blame));
        let draft = self.show_what_is_there(draft);
        draft.help(format!("put {asked} on the pods that are meant, or ask for labels that they carry"));
    }

    fn show_what_is_there<'f>(&self, mut draft: Draft<'f>) -> Draft<'f> {
        for &pod in self.verdict.area.pods.iter().take(SHOWN) {
            let labels = self.world.pod_labels(self.world.identity(pod));
            let texts: Vec<String> =
                labels.filter_map(|(key, value)| Some(format!("{key}: {}", value?))).take(SHOWN).collect();
            if let Some(place) = workload_of(self.world, pod).and_then(|workload| workload.labels_place)
                && !texts.is_empty()
            {
                draft = draft.label(place, format!("these pods have `{}`", texts.join(", ")));
            }
        }
        draft
    }

    fn point<'f>(&self, draft: Draft<'f>, pod: IdentityId, key: &str, message: String) -> Draft<'f> {
        let Some(workload) = workload_of(self.world, pod) else { return draft };
        match self.world.label_place(workload, key).or(workload.labels_place) {
            Some(place) => draft.label(place, message),
            None => draft,
        }
    }

    /// What a fix opens or closes.
    fn consequence(&self, pod: IdentityId) -> String {
        let whom = match workload_of(self.world, pod) {
            Some(workload) => format!("the pods of `{}`", self.world.workload_text(workload)),
            None => "those pods".to_owned(),
        };
        self.consequence_for(&whom)
    }

    fn consequence_for(&self, whom: &str) -> String {
        let entry = self.first.entry;
        if self.role == Role::Subject {
            let isolates = |direction: Direction| {
                self.first
                    .policy
                    .entries()
                    .any(|(_, each)| each.direction == direction && each.default_deny == Tri::Yes)
            };
            let sides: Vec<&str> =
                Direction::BOTH.into_iter().filter(|&side| isolates(side)).map(Direction::as_str).collect();
            return match sides.as_slice() {
                [] => format!("applies the rules to {whom}"),
                sides => format!("isolates {whom} in {}", sides.join(" and ")),
            };
        }
        match (entry.verdict, entry.direction) {
            (Action::Allow, Direction::Ingress) => format!("opens the subjects of this policy to {whom}"),
            (Action::Allow, Direction::Egress) => format!("lets the subjects of this policy reach {whom}"),
            _ => format!("closes the connection with {whom}"),
        }
    }

    fn value(&self, blame: &Requirement) -> &'w str {
        match &blame.operator {
            Operator::In(values) => values.first().map_or("", |&value| self.world.symbols.text(value)),
            _ => "",
        }
    }

    /// The edits of all places, or none.
    fn edits(&self, edit: impl Fn(&Spot<'w>) -> Option<FileEdits>) -> Option<Vec<FileEdits>> {
        self.spots.iter().map(|spot| edit(spot.as_ref()?)).collect()
    }
}

/// Whether the requirement that is to blame is one that another rule speaks of.
pub(crate) fn is_about_namespaces(world: &World, verdict: &Verdict<'_>) -> bool {
    verdict.blame.is_some_and(|blame| is_of_namespace(world, blame))
}
