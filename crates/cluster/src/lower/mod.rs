//! Lowering: every item of every policy becomes an [`Entry`] (semantics §2, §6, §7, §8).
//!
//! A refused policy is lowered too, as if its fault were mended. What tools may change of a policy, or a placeholder
//! stands for, is unknown; it never makes an entry say more than it does.

mod admin;
mod cidr;
mod cilium;
mod cilium_peers;
mod cilium_ports;
mod cluster_network_policy;
mod fqdn;
mod icmp;
mod network_policy;
mod selector;
mod service;

use std::ops::Range;

use ringfence_manifest::{Body, Object, Place};

use crate::accept;
use crate::build::Builder;
use crate::{
    Acceptance, Entry, L3, L4, L7, NamespaceId, ObjectId, Policy, PolicyId, PolicyKind, Section, Selector, SelectorId,
    Symbol, Tier, Tri, Verdict,
};

/// What all entries of one rule share.
#[derive(Clone, Copy)]
struct Base {
    policy: PolicyId,
    spec: u32,
    tier: Tier,
    node: bool,
    subject: SelectorId,
    subject_place: Option<Place>,
    scope: Option<NamespaceId>,
}

/// What one entry has of its own.
struct Draft {
    section: Section,
    item: Option<u32>,
    place: Place,
    priority: (u32, u32),
    verdict: Verdict,
    l3: L3,
    l4: L4,
    l7: L7,
    authentication: Option<Symbol>,
    default_deny: Tri,
}

impl Draft {
    /// An allowing entry that matches nothing: it only isolates.
    fn isolating(section: Section, place: Place, default_deny: Tri) -> Self {
        Self {
            section,
            item: None,
            place,
            priority: (0, 0),
            verdict: Verdict::Allow,
            l3: L3::Nothing,
            l4: L4::Any,
            l7: L7::default(),
            authentication: None,
            default_deny,
        }
    }

    /// An entry of which nothing is known but its list.
    fn unknown(section: Section, item: Option<u32>, place: Place, default_deny: Tri) -> Self {
        let verdict = section.verdict();
        Self { item, verdict, l3: L3::Unknown, l4: L4::Unknown, ..Self::isolating(section, place, default_deny) }
    }
}

impl Section {
    /// What its items do.
    const fn verdict(self) -> Verdict {
        match self {
            Self::Ingress | Self::Egress => Verdict::Allow,
            Self::IngressDeny | Self::EgressDeny => Verdict::Deny,
        }
    }
}

impl Builder<'_> {
    pub(crate) fn policies(&mut self) {
        for (id, object, _) in self.objects() {
            if let Some(kind) = kind_of(object) {
                let policy = PolicyId(self.world.policies.len() as u32);
                let entries = self.entries(policy, id, object);
                let acceptance = self.acceptance(id, object, kind);
                let namespace = self.home(id);
                self.world.policies.push(Policy { object: id, kind, namespace, acceptance, entries });
            }
        }
    }

    /// Appends what a policy says.
    pub(crate) fn entries(&mut self, policy: PolicyId, id: ObjectId, object: &Object) -> Range<u32> {
        let namespace = self.home(id);
        let start = self.world.entries.len();
        match &object.body {
            Body::NetworkPolicy(spec) => self.network_policy(policy, namespace, spec, object.place),
            Body::Cilium(cilium) => self.cilium(policy, namespace, cilium),
            Body::AdminNetworkPolicy(spec) => self.admin(policy, spec),
            Body::BaselineAdminNetworkPolicy(spec) => self.baseline(policy, spec),
            Body::ClusterNetworkPolicy(spec) => self.cluster_network_policy(policy, spec),
            _ => {}
        }
        if self.is_doubtful(id) {
            self.blur(start);
        }
        start as u32..self.world.entries.len() as u32
    }

    /// Whether a policy counts.
    pub(crate) fn acceptance(&self, id: ObjectId, object: &Object, kind: PolicyKind) -> Acceptance {
        let implemented = match kind {
            PolicyKind::NetworkPolicy => true,
            PolicyKind::CiliumNetworkPolicy | PolicyKind::CiliumClusterwideNetworkPolicy => self.is_cilium(),
            PolicyKind::AdminNetworkPolicy | PolicyKind::BaselineAdminNetworkPolicy => !self.is_cilium(),
            PolicyKind::ClusterNetworkPolicy => !self.is_cilium() || self.world.knobs.cluster_network_policy,
        };
        if !implemented {
            return Acceptance::NotImplemented;
        }
        // What is wrong here may be mended on the way.
        let altered = self.is_doubtful(id);
        let rejections =
            if altered { Vec::new() } else { accept::rejections(object, &self.world.knobs, self.world.dialect) };
        if rejections.is_empty() { Acceptance::Accepted } else { Acceptance::Refused(rejections) }
    }

    /// Makes all that the entries from `start` on say unknown.
    fn blur(&mut self, start: usize) {
        for at in start..self.world.entries.len() {
            let subject = self.uncertain(self.world.entries[at].subject);
            let entry = &mut self.world.entries[at];
            entry.subject = subject;
            entry.l3 = L3::Unknown;
            entry.l4 = L4::Unknown;
            entry.default_deny = Tri::Unknown;
        }
    }

    /// The same selector, never surely matched, and never surely not: its requirements may be changed too.
    fn uncertain(&mut self, selector: SelectorId) -> SelectorId {
        let injected = self.world.selector(selector).requirements.iter().filter(|requirement| requirement.injected);
        let requirements = injected.cloned().collect();
        self.selector(Selector { requirements, uncertain: true })
    }

    fn entry(&mut self, base: &Base, draft: Draft) {
        self.world.entries.push(Entry {
            policy: base.policy,
            spec: base.spec,
            section: draft.section,
            item: draft.item,
            place: draft.place,
            tier: base.tier,
            priority: draft.priority,
            verdict: draft.verdict,
            direction: draft.section.direction(),
            node: base.node,
            subject: base.subject,
            subject_place: base.subject_place,
            scope: base.scope,
            l3: draft.l3,
            l4: draft.l4,
            l7: draft.l7,
            authentication: draft.authentication,
            default_deny: draft.default_deny,
        });
    }
}

/// The kind of policy that an object is.
pub(crate) fn kind_of(object: &Object) -> Option<PolicyKind> {
    Some(match &object.body {
        Body::NetworkPolicy(_) => PolicyKind::NetworkPolicy,
        Body::Cilium(cilium) if cilium.clusterwide => PolicyKind::CiliumClusterwideNetworkPolicy,
        Body::Cilium(_) => PolicyKind::CiliumNetworkPolicy,
        Body::AdminNetworkPolicy(_) => PolicyKind::AdminNetworkPolicy,
        Body::BaselineAdminNetworkPolicy(_) => PolicyKind::BaselineAdminNetworkPolicy,
        Body::ClusterNetworkPolicy(_) => PolicyKind::ClusterNetworkPolicy,
        _ => return None,
    })
}
