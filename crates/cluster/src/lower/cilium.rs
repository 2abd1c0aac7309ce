//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (semantics §2, §4.1, §6).

use ringfence_manifest::kinds::cilium::{Authentication, CiliumPolicy, DefaultDeny, Item, Rule};
use ringfence_manifest::{Field, List};

use super::cidr::unreadable;
use super::cilium_ports::l7;
use super::{Base, Draft};
use crate::build::Builder;
use crate::{Direction, NamespaceId, PolicyId, Section, Source, Symbol, Tier, Tri, Verdict};

/// What the peers of a rule hang on beside themselves.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    /// The namespace of the policy; `None` for a clusterwide one.
    pub(super) namespace: Option<NamespaceId>,
    /// Whether the subject's selector names `reserved:init`, whatever it asks of it (semantics §6.6).
    pub(super) init: bool,
}

impl Builder<'_> {
    pub(super) fn cilium(&mut self, policy: PolicyId, namespace: Option<NamespaceId>, cilium: &CiliumPolicy) {
        let specs = std::iter::once(&cilium.spec).chain(cilium.specs.items());
        for (spec, rule) in specs.filter(|spec| !spec.is_nil()).enumerate() {
            match rule {
                Field::Set(rule, _) => self.cilium_rule(policy, spec as u32, namespace, rule),
                _ => self.unreadable_rule(policy, namespace, rule),
            }
        }
        self.unreadable_rule(policy, namespace, &cilium.specs);
    }

    fn unreadable_rule<T>(&mut self, policy: PolicyId, namespace: Option<NamespaceId>, rule: &Field<T>) {
        if let Some(place) = unreadable(rule) {
            self.unreadable_spec(policy, namespace, place);
        }
    }

    fn cilium_rule(&mut self, policy: PolicyId, spec: u32, namespace: Option<NamespaceId>, rule: &Rule) {
        let (base, owner) = self.cilium_subject(policy, spec, namespace, rule);
        let ingress = self.default_deny(rule, Direction::Ingress);
        let egress = self.default_deny(rule, Direction::Egress);
        self.section(&base, owner, Section::Ingress, &rule.ingress, ingress);
        self.section(&base, owner, Section::IngressDeny, &rule.ingress_deny, ingress);
        self.section(&base, owner, Section::Egress, &rule.egress, egress);
        self.section(&base, owner, Section::EgressDeny, &rule.egress_deny, egress);
    }

    fn cilium_subject(
        &mut self,
        policy: PolicyId,
        spec: u32,
        namespace: Option<NamespaceId>,
        rule: &Rule,
    ) -> (Base, Owner) {
        let node = rule.endpoint_selector.is_nil() && !rule.node_selector.is_nil();
        let written = if node { &rule.node_selector } else { &rule.endpoint_selector };
        let mut parts = self.parts_of(written, Self::cilium_key);
        // With neither selector the policy is refused, and nobody knows whom it was to select.
        parts.uncertain |= written.is_absent();
        let init =
            parts.keys().any(|key| key.source == Source::Reserved && self.world.symbols.text(key.name) == "init");
        if !node {
            self.confine(&mut parts, namespace);
        }
        let base = Base {
            policy,
            spec,
            tier: Tier::Normal,
            node,
            subject: self.compiled(parts),
            subject_place: written.at().map(|at| at.value),
            scope: namespace,
        };
        (base, Owner { namespace, init })
    }

    /// Whether items of a direction isolate (semantics §4.1): they do unless `enableDefaultDeny` says no.
    fn default_deny(&self, rule: &Rule, direction: Direction) -> Tri {
        let knobs = &self.world.knobs;
        if !knobs.non_default_deny || !knobs.version.at_least(1, 16) {
            return Tri::Yes;
        }
        let of = |flags: &DefaultDeny| {
            let flag = if direction == Direction::Ingress { &flags.ingress } else { &flags.egress };
            match flag {
                Field::Absent | Field::Null(_) => Tri::Yes,
                Field::Set(isolates, _) => (*isolates).into(),
                _ => Tri::Unknown,
            }
        };
        match &rule.enable_default_deny {
            Field::Absent | Field::Null(_) => Tri::Yes,
            Field::Set(flags, _) => of(flags),
            _ => Tri::Unknown,
        }
    }

    fn section<I: Item>(&mut self, base: &Base, owner: Owner, section: Section, list: &Field<List<I>>, deny: Tri) {
        if let Some(place) = unreadable(list) {
            self.entry(base, Draft::unknown(section, None, place, deny.and(Tri::Unknown)));
        }
        for (item, number) in list.items().iter().zip(0..) {
            let Some(at) = item.at() else { continue };
            let draft = Draft::unknown(section, Some(number), at.value, deny);
            let draft = match item {
                Field::Set(item, _) => self.item(owner, item, &draft),
                Field::Null(_) => {
                    let verdict = draft.verdict;
                    let isolating = Draft::isolating(section, at.value, deny);
                    Draft { item: Some(number), verdict, ..isolating }
                }
                _ => draft,
            };
            self.entry(base, draft);
        }
    }

    fn item<I: Item>(&mut self, owner: Owner, item: &I, draft: &Draft) -> Draft {
        let direction = draft.section.direction();
        let (l4, given) = self.cilium_ports(item, direction);
        let peers = item.peers();
        let l3 = self.cilium_peers(owner, &peers, draft.verdict == Verdict::Allow, given);
        let authentication = item.authentication().and_then(|mode| self.authentication(mode));
        let unknown = Draft::unknown(draft.section, draft.item, item.place(), draft.default_deny);
        Draft { l3, l4, l7: l7(item), authentication, ..unknown }
    }

    fn authentication(&mut self, written: &Field<Authentication>) -> Option<Symbol> {
        let mode = written.get()?.mode.get()?;
        Some(self.intern(mode))
    }
}
